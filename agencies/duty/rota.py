"""Who answers, worked out from what the rota says at one instant: total, and never nobody.

Nothing is read here, so that any rota there could be can be tried.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agencies.roles import TIERS, Role


@dataclass(frozen=True)
class Recipient:
    """Somebody to tell: a member, or an agency's duty contact (who has no membership)."""

    agency_id: int
    membership_id: int | None
    user_id: int | None
    name: str
    role: str


@dataclass(frozen=True)
class Answer:
    """Whom to tell, never nobody; ``gap`` when nobody was there at the tier asked for.

    ``then`` is whoever comes next, if these do not answer: others further up or aside, at last the duty
    contact; empty, where the duty contact is told already.
    """

    recipients: tuple[Recipient, ...]
    gap: bool
    then: tuple[Recipient, ...] = field(default=(), compare=False)


Post = tuple[int, Role | None]  # a team and a tier; without one, the duty contact of its agency


@dataclass(frozen=True)
class Desk:
    """A team at that instant: at its desk or not, who stands in for it, and whom its agency names."""

    is_open: bool
    fallback: int | None
    contact: Recipient


@dataclass(frozen=True)
class Cover:
    """A change of a shift: ``by`` (or nobody) instead of one member, or of everybody on call."""

    instead_of: int | None
    by: Recipient | None


People = Mapping[Post, tuple[Recipient, ...]]


@dataclass(frozen=True)
class Rota:
    """Teams, whoever is on call, what was changed since, and the members of each tier, at one instant."""

    desks: Mapping[int, Desk]
    on_call: People
    members: People
    covers: Mapping[Post, tuple[Cover, ...]] = field(default_factory=dict)

    def answer(self, team: int, tier: Role | None) -> Answer:
        """The first post, going up and then aside, at which there is somebody; and the next, with others."""
        contact = (self.desks[team].contact,)
        if tier is None:
            return Answer(contact, gap=False)
        staffed = ((post, found) for post in self._posts(team, tier) if (found := self.there(post)))
        post, first = next(staffed, (None, ()))
        if not first:
            return Answer(contact, gap=True)
        others = (tuple(who for who in found if who not in first) for _, found in staffed)
        return Answer(first, gap=post != (team, tier), then=next(filter(None, others), contact))

    def _posts(self, team: int, tier: Role) -> Iterator[Post]:
        seen: set[int] = set()
        at: int | None = team
        while at is not None and at in self.desks and at not in seen:
            yield from ((at, higher) for higher in upwards(tier))
            seen.add(at)
            at = self.desks[at].fallback

    def there(self, post: Post) -> tuple[Recipient, ...]:
        """Whoever is on call, as changed since; else, while the team is open, the members of the tier.

        Whoever was taken off the shift is not told as a member either.
        """
        covers = self.covers.get(post, ())
        off = {cover.instead_of for cover in covers}
        shift = () if None in off else self.on_call.get(post, ())
        kept = [who for who in shift if who.membership_id not in off]
        found = tuple(dict.fromkeys([*kept, *(cover.by for cover in covers if cover.by)]))
        if found or not self.desks[post[0]].is_open:
            return found
        return tuple(who for who in self.members.get(post, ()) if who.membership_id not in off)


def upwards(tier: Role) -> tuple[Role, ...]:
    """The tier and those above it. Beside the ladder, supervisors come next."""
    if tier in TIERS:
        return TIERS[TIERS.index(tier) :]
    return (tier, *TIERS[1:])
