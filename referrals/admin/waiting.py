"""What waits for the people of the worklist, and whose it is, read in a constant number of queries."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from agencies.acting import Actor
from referrals.domain.clocks import HOLDER, RECEIVER_ACTS, SENDER_ACTS, Holder
from referrals.domain.referral import ASKED, Side, State, actions_from
from referrals.models import Case, Clock, Referral
from referrals.screens.paging import first_of
from referrals.screens.rows import Row, as_rows

NOTHING = Q(pk=None)
RECEIVERS = [kind for kind, end in HOLDER.items() if end == Holder.RECEIVER]
AT_ONCE = ("acknowledge", "accept")


@dataclass(frozen=True)
class Place:
    """Whose work is looked at: what those people got or sent, or answer for while a desk is closed."""

    title: str
    got: Q
    sent: Q
    stands_in: Q = NOTHING

    @property
    def received(self) -> Q:
        """Sent to them, and theirs to act on."""
        return self.got & Q(state__in=RECEIVER_ACTS, sent_at__isnull=False)

    @property
    def returned(self) -> Q:
        """Sent by them, and theirs to act on again. No row is in both."""
        return self.sent & Q(state__in=SENDER_ACTS) & ~self.received

    @property
    def answered(self) -> Q:
        """Sent to a desk that is closed, for which they answer."""
        return self.stands_in & Q(state__in=RECEIVER_ACTS, sent_at__isnull=False)

    @property
    def parts(self) -> tuple[Q, ...]:
        """Those that share no row, each with its index."""
        return (self.received, self.returned, *([] if self.stands_in is NOTHING else [self.answered]))

    @property
    def all(self) -> Q:
        """All of it."""
        return reduce(or_, self.parts)


def places_of(actor: Actor) -> dict[str, Place]:
    """The places that this person can look at, their own desk first."""
    whole = Place("My agency", Q(to_agency_id=actor.agency_id), Q(from_agency_id=actor.agency_id))
    found = {}
    if actor.team_id is not None:
        to_us, from_us = Q(to_team_id=actor.team_id), Q(from_team_id=actor.team_id)
        for_others = whole.got & Q(answering_team_id=actor.team_id)
        found["team"] = Place("My team", whole.got & to_us, whole.sent & from_us, for_others)
    if actor.membership_id is not None:
        held = Q(held_by_id=actor.membership_id)
        found["mine"] = Place("Mine", held & whole.got, held & whole.sent)
    return {**found, "agency": whole}


@dataclass(frozen=True)
class Line:
    """One row of the worklist: what it is, what it waits for, whose it is, what can be done at once."""

    row: Row
    accountable: str
    accountable_is_us: bool
    may: tuple[str, ...]


def lines(actor: Actor, place: Place, due: Q, after: str, most: int) -> list[Line]:
    """The first so many after a key."""
    seen = Referral.objects.visible_to(actor).filter(due)
    parts = [seen.filter(part) for part in place.parts]
    return _told(as_rows(first_of(parts, after, most), actor), actor)


def _told(shown: list[Row], actor: Actor) -> list[Line]:
    cases = Case.objects.visible_to(actor).filter(pk__in={row.referral["case_id"] for row in shown})
    owners = {
        pk: (agency, name)
        for pk, agency, name in cases.values_list("pk", "accountable_agency_id", "accountable_agency__name")
    }
    return [_line(row, actor, owners) for row in shown]


def _line(row: Row, actor: Actor, owners: dict[UUID, tuple[int, str]]) -> Line:
    agency, name = owners.get(row.referral["case_id"], (None, ""))
    got = row.referral["to_agency_id"] == actor.agency_id or row.referral["to_team_id"] == actor.team_id
    return Line(
        row=row,
        accountable=name,
        accountable_is_us=agency == actor.agency_id,
        may=_may(row.referral) if got else (),
    )


def _may(referral: dict[str, Any]) -> tuple[str, ...]:
    """What takes one click, from the lifecycle's own table; the service judges it again."""
    allowed = actions_from(State(referral["state"]), Side.RECEIVER)
    return tuple(action for action in AT_ONCE if action in allowed)


def next_to_decide(actor: Actor) -> Referral | None:
    """What is to be decided first at this person's desk, else in the agency, by the desk's own deadline.

    What a colleague works on is passed over.
    """
    free = Q(held_by_name="") | Q(held_by_id=actor.membership_id, held_by_id__isnull=False)
    due = Clock.objects.visible_to(actor).running().filter(referral=OuterRef("pk"), kind__in=RECEIVERS)
    own = Subquery(due.order_by("target_at").values("target_at")[:1])
    seen = Referral.objects.visible_to(actor).filter(free, state__in=ASKED)
    found: QuerySet[Referral] = seen.annotate(own_due=own)
    for place in places_of(actor).values():
        ours = place.got if place.stands_in is NOTHING else place.got | place.stands_in
        first = found.filter(ours, sent_at__isnull=False).order_by("own_due", "id").first()
        if first is not None and place.title != "Mine":
            return first
    return None
