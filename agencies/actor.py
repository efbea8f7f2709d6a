"""The Actor: who does a thing, for which agency and team, and as what."""

from dataclasses import dataclass, replace
from typing import Any, Self

from agencies.roles import AUDIENCE_OF, AgencyKind, Audience, Role, level_of


@dataclass(frozen=True)
class NamedPerson:
    """A human being, as a signed-in membership or a partner's system names them."""

    name: str
    role: str
    contact: str


@dataclass(frozen=True)
class Actor:
    """A membership (a person signed in), or a client and the person it asserts.

    ``role`` is the membership's; a client's own is worker, the least. ``scopes``
    are the token's that the client still has; a person signed in has them all.
    """

    agency_id: int
    agency_code: str
    agency_kind: AgencyKind
    team_id: int | None
    role: Role
    membership_id: int | None = None
    user_id: int | None = None
    client_id: int | None = None
    client_name: str = ""
    person: NamedPerson | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def audience(self) -> Audience:
        """Which column of the disclosure table is theirs."""
        return AUDIENCE_OF[self.agency_kind]

    @property
    def level(self) -> Role:
        """How senior: the membership's role, or the asserted person's title's."""
        if self.membership_id is not None or self.person is None:
            return self.role
        return level_of(self.person.role)

    @property
    def is_named(self) -> bool:
        """Whether a human being answers for this, and not only a program."""
        return self.person is not None

    @property
    def only_reads(self) -> bool:
        """Whether they look and change nothing: an auditor never becomes who answers for somebody."""
        return self.role == Role.AUDITOR

    def asserting(self, person: NamedPerson) -> Self:
        """The client, saying who acts. Nobody who is signed in can be somebody else."""
        if self.membership_id is not None:
            return self
        return replace(self, person=person)

    def as_event(self) -> dict[str, Any]:
        """What events and audit lines keep of the actor."""
        person = self.person or NamedPerson(self.client_name, "system", "")
        return {
            "name": person.name,
            "role": person.role,
            "contact": person.contact,
            "agency": self.agency_code,
            "team_id": self.team_id,
            "membership_id": self.membership_id,
            "client_id": self.client_id,
        }
