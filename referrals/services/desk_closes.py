"""A desk that closes: what waits for it is named, half an hour before, to whoever is there then.

What a desk was asked has a clock of its own to closing time (``closing``). What it asked, what came back to
it, and what it has promised in a case without asking anybody (a call, a decision, a search), have clocks of
their own; this is the word beforehand, so that they do not run out in an empty room.
Repeating is safe: what was named to somebody for one closing is not named again for it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

import notifications.services as notifications
from agencies import duty
from agencies.instants import spelt
from agencies.models import Team
from agencies.roles import Role
from notifications.models import Message
from referrals.domain.must import MUST
from referrals.domain.referral import State
from referrals.models import Clock, Referral
from referrals.services import on_duty
from referrals.services.closing import chain_of

BEFORE = timedelta(minutes=30)
KIND = "desk.closes"
MOST = 50
"""References in one message: the desk's own list has them all."""
WAITS: dict[str, str] = {
    State.DRAFT: "is a draft: send it, or discard it",
    State.DECLINED: "was declined: who is asked now?",
    State.FAILED: "came back: who is asked now?",
    State.COMPLETED: "is completed: the outcome is to be seen",
    State.INFO_REQUESTED: "has a question to be answered",
}


@dataclass(frozen=True)
class Closing:
    """A desk that closes at an instant (UTC), and the one of its own agency that answers then, if any."""

    team: Team
    at: datetime
    stand_in: Team | None


@dataclass(frozen=True)
class Waiting:
    """What waits for a desk, by its reference, and why, in words."""

    reference: str
    why: str


@transaction.atomic
def tell(*, now: datetime) -> int:
    """Owe what waits for each desk that is about to close; how many messages."""
    closings = {each.team.pk: each for each in _closings(now)}
    if not closings:
        return 0
    found = _waiting(closings)
    owed = [each for key in found for each in _messages(closings[key], found[key], now)]
    return notifications.enqueue(owed, at=now)


def _waiting(closings: Collection[int]) -> dict[int, list[Waiting]]:
    """What waits for each of these desks, the most urgent first; once for each reference. Two queries."""
    found: dict[int, dict[str, Waiting]] = {}
    sent = Referral.objects.filter(from_team__in=closings, state__in=list(WAITS))
    for team, reference, state in sent.order_by("breach_at", "id").values_list(
        "from_team", "reference", "state"
    ):
        found.setdefault(team, {})[reference] = Waiting(reference, f"{reference} {WAITS[state]}")
    promised = Clock.objects.running().filter(team__in=closings)
    for team, case, kind in promised.order_by("target_at", "id").values_list(
        "team", "case__reference", "kind"
    ):
        found.setdefault(team, {}).setdefault(case, Waiting(case, f"{case}: {MUST[kind]}"))
    return {team: list(each.values()) for team, each in found.items()}


def _closings(now: datetime) -> Iterable[Closing]:
    """The desks that are open, and close within half an hour. Three queries."""
    keys = set(Team.objects.filter(always_open=False).values_list("pk", flat=True))
    teams = duty.with_fallbacks(keys)
    for key in sorted(keys):
        chain = chain_of(key, teams)
        turn = duty.next_turn([duty.opening(team) for team in chain], now)
        if turn and turn.at - now <= BEFORE and duty.open_now(chain[0], now) and turn.answers != 0:
            yield Closing(chain[0], turn.at, None if turn.answers is None else chain[turn.answers])


def _messages(closing: Closing, found: Sequence[Waiting], now: datetime) -> Iterable[notifications.Owed]:
    """To the desk that stands in and whoever is on duty there then; else to who manages this one now."""
    named = _named(closing, now)
    new = [each for each in found if each.reference not in named]
    if not new:
        return
    data = {
        "desk": closing.team.name,
        "closes_at": spelt(closing.at),
        "references": [each.reference for each in new],
        "said": [each.why for each in new[:MOST]]
        + ([f"and {len(new) - MOST} more"] if len(new) > MOST else []),
    }
    for who in _told(closing, now):
        yield notifications.Owed(
            key=f"desk-closes:{closing.team.pk}:{closing.at.isoformat()}:{len(named)}",
            case_id=None,
            opened_on=closing.at.date(),
            about=f"desk:{closing.team.code}",
            kind=KIND,
            recipient=who,
            data=data,
            then=on_duty.THEN if who.membership_id else (),
        )


def _named(closing: Closing, now: datetime) -> set[str]:
    """The references that were named for this closing already."""
    told = Message.objects.filter(
        agency=closing.team.agency_id,
        created_at__gt=now - 2 * BEFORE,
        kind=KIND,
        about=f"desk:{closing.team.code}",
        data__closes_at=spelt(closing.at),
    )
    return {each for names in told.values_list("data__references", flat=True) for each in names}


def _told(closing: Closing, now: datetime) -> list[notifications.Recipient]:
    own = closing.team.agency_id
    post, at = (closing.team.pk, Role.MANAGER), now
    desk = []
    if closing.stand_in is not None:
        post, at = (closing.stand_in.pk, Role.WORKER), closing.at
        desk = [notifications.Recipient(own, team_id=closing.stand_in.pk)]
    there = [who for who in duty.answering({post}, at)[post].recipients if who.agency_id == own]
    people = [notifications.Recipient(own, who.membership_id, role=who.role) for who in there]
    return [*desk, *(people or [notifications.Recipient(own, role="duty contact")])]
