"""Gaps of the rota before they happen: told to managers, once a week and 72 hours ahead, in words.

One that a change of the rota has just made is told at once, were it to begin that minute.

From the rota, which is small, never from what is stored of cases. Repeating is safe: each is told once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

import notifications.services as notifications
from agencies import duty
from agencies import services as agencies
from agencies.acting import Actor
from agencies.instants import LONDON
from agencies.models import Agency, Membership, Shift, ShiftOverride, Team
from agencies.roles import Role
from referrals.models.keys import instant

WEEKS = timedelta(days=14)
NOTICE = timedelta(hours=72)
MOST = 20
"""Gaps in one message: the page has them all."""
THEN = (("email", 60),)
SOON, AT_ONCE = timedelta(hours=4), (("email", 3),)
"""A gap that begins so soon leaves the inbox after minutes."""

log = structlog.get_logger("engine")

Gaps = Sequence[tuple[duty.Gap, str]]


def ahead(agency_id: int, now: datetime, length: timedelta = WEEKS, also: Iterable[duty.Post] = ()) -> Gaps:
    """The agency's gaps from now on, the first to begin first, each with its words."""
    plan, teams = duty.plan(agency_id, now, now + length)
    found = duty.gaps(plan, now, now + length, also)
    return [(gap, duty.in_words(gap, teams[gap.team].name)) for gap in found]


@transaction.atomic
def tell(*, now: datetime) -> list[int]:
    """Owe every agency's managers what is due to be told; the agencies of which it could not be worked out.

    Each agency has a savepoint of its own: what is amiss in one rota is not the others' loss, and is loud.
    """
    failed = []
    for key in Agency.objects.filter(pk__in=Team.objects.values("agency")).values_list("pk", flat=True):
        try:
            with transaction.atomic():
                _tell(key, now)
        except Exception as wrong:  # a rota may be amiss in any way; none may silence the others
            if connection.connection is None or connection.connection.closed:
                raise
            log.error("gaps of a rota cannot be told", agency=key, trouble=type(wrong).__name__)
            failed.append(key)
    return failed


def _tell(agency_id: int, now: datetime) -> None:
    if found := ahead(agency_id, now):
        told = managers(agency_id)
        owed = [*_weekly(agency_id, found, told, now), *_soon(found, told, now)]
        notifications.enqueue(owed, at=now)


@transaction.atomic
def override(*, change: agencies.Change, by: Actor) -> ShiftOverride:
    """As ``agencies.services``; a gap that it makes is told at once."""
    with telling_new(by.agency_id):
        return agencies.override(change=change, by=by)


@transaction.atomic
def swap(*, first: Shift, second: Shift, reason: str, by: Actor) -> list[ShiftOverride]:
    """As ``agencies.services``; a gap that it makes is told at once."""
    with telling_new(by.agency_id):
        return agencies.swap(first=first, second=second, reason=reason, by=by)


@transaction.atomic
def withdraw_override(*, override_id: int, by: Actor) -> ShiftOverride:
    """As ``agencies.services``; a gap that it makes is told at once."""
    with telling_new(by.agency_id):
        return agencies.withdraw_override(override_id=override_id, by=by)


@transaction.atomic
def leave(*, membership_id: int, by: Actor | None) -> Membership:
    """As ``agencies.services``; a gap that it makes is told at once."""
    with telling_new(_agency_of(membership_id)):
        return agencies.leave(membership_id=membership_id, by=by)


@transaction.atomic
def change_role(*, membership_id: int, role: Role, by: Actor | None) -> Membership:
    """As ``agencies.services``; a gap that it makes is told at once."""
    with telling_new(_agency_of(membership_id)):
        return agencies.change_role(membership_id=membership_id, role=role, by=by)


def _agency_of(membership_id: int) -> int:
    return Membership.objects.values_list("agency_id", flat=True).get(pk=membership_id)


@contextmanager
def telling_new(agency_id: int) -> Iterator[None]:
    """Tell the gaps within 72 hours that there were not before, one that has begun as well. Some 14 queries.

    The hourly look would miss what begins before it, and what has begun by then.
    """
    then = instant()
    plan, _ = duty.plan(agency_id, then, then + NOTICE)
    before, posts = duty.gaps(plan, then, then + NOTICE), plan.posts
    yield
    now = instant()
    found = ahead(agency_id, now, NOTICE, posts)
    made = [each for each in found if not any(_holds(gap, each[0]) for gap in before)]
    if made:
        told = managers(agency_id)
        notifications.enqueue([owed for gap, words in made for owed in _gap(gap, words, told, now)], at=now)


def _holds(before: duty.Gap, gap: duty.Gap) -> bool:
    """Whether it is a part of one that there was, as far as that was looked at."""
    post = (before.team, before.tier) == (gap.team, gap.tier)
    return post and before.begins <= gap.begins and (before.longer or gap.ends <= before.ends)


def managers(agency_id: int) -> list[notifications.Recipient]:
    """Its managers; of an agency without any, its duty contact."""
    held = Membership.objects.active().filter(agency=agency_id, role__in=[Role.MANAGER, Role.DIRECTOR])
    found = [notifications.Recipient(agency_id, each.pk, role=each.role) for each in held]
    return found or [notifications.Recipient(agency_id, role="duty contact")]


def _weekly(
    agency_id: int, found: Gaps, told: Iterable[notifications.Recipient], now: datetime
) -> Iterable[notifications.Owed]:
    """In each of London's weeks, at the first look."""
    year, week, _ = now.astimezone(LONDON).isocalendar()
    monday = date.fromisocalendar(year, week, 1)
    said = [words for _, words in found[:MOST]]
    for who in told:
        yield _owed(f"rota-week:{agency_id}:{monday}", monday, "rota.week", who, said)


def _soon(
    found: Gaps, told: Sequence[notifications.Recipient], now: datetime
) -> Iterable[notifications.Owed]:
    """Each gap that begins within 72 hours, and has not begun."""
    for gap, words in found:
        if now < gap.begins <= now + NOTICE:
            yield from _gap(gap, words, told, now)


def _gap(
    gap: duty.Gap, words: str, told: Sequence[notifications.Recipient], now: datetime
) -> Iterable[notifications.Owed]:
    """One gap: the sooner it begins, the sooner by e-mail."""
    key = f"rota-gap:{gap.team}:{gap.tier}:{gap.begins.isoformat()}"
    then = AT_ONCE if gap.begins <= now + SOON else THEN
    for who in told:
        yield _owed(key, gap.begins.date(), "rota.gap", who, [words], then)


def _owed(  # noqa: PLR0913  # what a message is
    key: str,
    day: date,
    kind: str,
    who: notifications.Recipient,
    said: list[str],
    then: tuple[tuple[str, int], ...] = THEN,
) -> notifications.Owed:
    data: dict[str, Any] = {"said": said}
    return notifications.Owed(
        key=key, case_id=None, opened_on=day, about="rota", kind=kind, recipient=who, data=data, then=then
    )
