"""A code that somebody typed takes what its text told of: it stops the repetition, and never the clock.

It is no acknowledgement. By text it counts only from the very phone it was sent to; at the page, only for
the person it was sent to. Wrong ones are kept, and after a few nobody looks at more for a while.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

import notifications.services as notifications
from agencies.acting import Actor, acting_for, member
from agencies.models import Membership
from notifications.models import Message, TextCode, TypedCode
from notifications.services import codes
from referrals.domain.errors import Refused
from referrals.models import Escalation
from referrals.models.keys import instant
from referrals.services import escalation

BATCH = 100
MOST_WRONG, WITHIN = 5, timedelta(minutes=15)
KEPT = timedelta(days=30)
Outcome = TypedCode.Outcome
WRONG = (Outcome.UNKNOWN, Outcome.EXPIRED, Outcome.USED, Outcome.LEFT)


def take_in(*, provider_id: str, number: str, text: str) -> None:
    """Keep the code in a text that came in, and nothing else of it. The same text again changes nothing."""
    row = TypedCode(provider_id=provider_id, number=number, code=codes.read(text))
    TypedCode.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def type_in(*, text: str, by: Actor) -> str:
    """A code typed at the page, judged at once; what came of it. Kept, whatever that is."""
    row, now = (
        TypedCode(agency_id=by.agency_id, membership_id=by.membership_id, code=codes.read(text)),
        instant(),
    )
    row.outcome, _ = _judged(row, now, Q(membership__user=by.user_id))
    row.judged_at = now
    row.save(force_insert=True)
    return row.outcome


def judge(*, now: datetime) -> int:
    """Judge the texts that came in; how many. Repeating is safe: each is judged once, and then answered.

    Each in a transaction of its own: taking locks a case, and who waits for one must hold no other.
    """
    judged = 0
    while judged < BATCH and _judge_next(now):
        judged += 1
    if judged:
        TypedCode.objects.filter(judged_at__lt=now - KEPT).delete()
    return judged


@transaction.atomic
def _judge_next(now: datetime) -> bool:
    """The first that nobody else is at, if there is one."""
    waiting = TypedCode.objects.filter(judged_at=None).order_by("received_at", "id")
    row = waiting.select_for_update(skip_locked=True).first()
    if row is None:
        return False
    outcome, code = _judged(row, now, Q(phone=row.number))
    TypedCode.objects.filter(pk=row.pk).update(judged_at=now, outcome=outcome)
    _answer(row, outcome, code, now)
    return True


def _judged(row: TypedCode, now: datetime, whose: Q) -> tuple[str, TextCode | None]:
    """What comes of it, having taken what it takes; and the code that it is, if it is one."""
    if _lately(row, now).filter(outcome__in=WRONG).exclude(code="").count() >= MOST_WRONG:
        return Outcome.LIMITED, None
    known = TextCode.objects.select_for_update(of=["self"]).select_related(
        "membership__user", "membership__agency"
    )
    code = known.filter(whose, code=row.code).first() if row.code else None
    if code is None:
        return Outcome.UNKNOWN, None
    return _why_not(code, now) or _take(code), code


def _lately(row: TypedCode, now: datetime) -> QuerySet[TypedCode]:
    """What came from there within a quarter of an hour."""
    same = Q(membership=row.membership_id) if row.membership_id else Q(number=row.number)
    return TypedCode.objects.filter(same, received_at__gte=now - WITHIN)


def _why_not(code: TextCode, now: datetime) -> str:
    if code.used_at is not None:
        return Outcome.USED
    if code.until <= now:
        return Outcome.EXPIRED
    held = code.membership
    return "" if held.holds(now) and held.user.is_active else Outcome.LEFT


def _take(code: TextCode) -> str:
    """As the person whose code it is."""
    clock = Escalation.objects.filter(pk=code.escalation_id).values_list("clock_id", flat=True).first()
    try:
        with acting_for(code.agency_id):
            escalation.take(clock_id=clock or 0, by=member(code.membership))
    except Refused:
        return Outcome.REFUSED
    TextCode.objects.filter(pk=code.pk).update(used_at=Now())
    return Outcome.TAKEN


def _answer(row: TypedCode, outcome: str, code: TextCode | None, now: datetime) -> None:
    """A text back, to phones that we know alone, and not for ever: two machines could go on all night."""
    who = code.membership if code else _whose(row.number, now)
    if who is None or outcome == Outcome.LIMITED or _lately(row, now).count() > MOST_WRONG:
        return
    about = Message.objects.filter(pk=code.message_id).first() if code else None
    named = ("reference", "case", "priority")
    owed = notifications.Owed(
        key=f"code:{row.pk}",
        case_id=about.case_id if about else None,
        opened_on=about.opened_on if about else now.date(),
        about=about.about if about else f"member:{who.pk}",
        kind="code.taken" if outcome == Outcome.TAKEN else "code.refused",
        recipient=notifications.Recipient(who.agency_id, who.pk, role=who.role),
        data={name: about.data[name] for name in named if name in about.data} if about else {},
        channel="sms",
    )
    notifications.enqueue([owed], at=now)


def _whose(number: str, now: datetime) -> Membership | None:
    return Membership.objects.current(now).filter(user__reach__phone=number).order_by("id").first()
