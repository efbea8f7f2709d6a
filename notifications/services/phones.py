"""People say how they are reached: a phone that they prove to be theirs, and channels in their order."""

import re
from collections.abc import Sequence
from datetime import timedelta
from hmac import compare_digest
from secrets import randbelow

from django.db import transaction
from django.db.models.functions import Now

from agencies import audit
from agencies.acting import Actor
from agencies.models import Reach
from agencies.models.reach import BEYOND_THE_INBOX, MOBILE
from notifications.services.clock import database_now
from notifications.services.outbox import Owed, Recipient, enqueue

GOOD_FOR = timedelta(minutes=15)
TRIES = 5
APART = timedelta(minutes=1)  # between two codes: nobody's phone is made to ring all night


class NotSo(Exception):
    """What was typed cannot be: the message says why, and what to do."""


def of(by: Actor) -> Reach:
    """How this person is reached; unsaved, if they have never said."""
    return Reach.objects.filter(user=by.user_id).first() or Reach(user_id=by.user_id)


@transaction.atomic
def ask(*, phone: str, by: Actor) -> Reach:
    """Send a code to a phone that the person says is theirs. Raises NotSo."""
    reach, now, number = _locked(by), database_now(), mobile(phone)
    if reach.asked_until and reach.asked_until - GOOD_FOR + APART > now:
        raise NotSo("a code was sent less than a minute ago: wait for it")
    reach.asked_phone, reach.asked_code = number, f"{randbelow(10**6):06}"
    reach.asked_until, reach.asked_tries = now + GOOD_FOR, 0
    reach.save()
    owed = Owed(
        key=f"phone.code:{by.user_id}:{now.isoformat()}",
        case_id=None,
        opened_on=now.date(),
        about=f"member:{by.membership_id}",
        kind="phone.code",
        recipient=Recipient(by.agency_id, by.membership_id, role=by.role),
        channel="sms",
    )
    enqueue([owed], at=now)
    _record("phone.asked", by)
    return reach


def confirm(*, code: str, by: Actor) -> Reach:
    """The code that came back. A wrong one counts, and is kept though it is refused. Raises NotSo."""
    with transaction.atomic():
        reach = _locked(by)
        wrong = _judge(reach, re.sub(r"[^0-9]", "", code))
        reach.save()
        if not wrong:
            _record("phone.verified", by)
    if wrong:
        raise NotSo(wrong)
    return reach


def _judge(reach: Reach, typed: str) -> str:
    """Take the phone over if this is its code; else why not."""
    now = database_now()
    if not reach.asked_until or reach.asked_until <= now or reach.asked_tries >= TRIES:
        reach.asked_phone, reach.asked_code, reach.asked_until = "", "", None
        return "no code is waited for any more: have a new one sent"
    if not compare_digest(reach.asked_code, typed):
        reach.asked_tries += 1
        return "that is not the code that was sent: type its six digits, or have a new one sent"
    reach.phone, reach.verified_at, reach.changed_at = reach.asked_phone, now, now
    reach.asked_phone, reach.asked_code, reach.asked_until = "", "", None
    return ""


@transaction.atomic
def choose(*, channels: Sequence[str] | None, by: Actor) -> Reach:
    """Which channels beyond the inbox, the first first; None for those of each ladder. Raises NotSo."""
    reach = _locked(by)
    _check(channels or (), reach)
    reach.channels, reach.changed_at = channels if channels is None else list(channels), Now()
    reach.save()
    _record("channels.chosen", by, channels=reach.channels)
    return reach


def _check(channels: Sequence[str], reach: Reach) -> None:
    if len(set(channels)) < len(channels) or not set(channels) <= set(BEYOND_THE_INBOX):
        raise NotSo("each channel once: a text, an e-mail")
    if "sms" in channels and not reach.phone:
        raise NotSo("texts need a phone that is proved to be yours: have a code sent to it first")
    if "email" in channels and not reach.user.email:
        raise NotSo("you have no e-mail address here: ask whoever runs your agency's accounts")


@transaction.atomic
def forget(*, by: Actor) -> Reach:
    """The phone is theirs no more: nothing goes there, and texts are no channel of theirs."""
    reach = _locked(by)
    reach.phone, reach.verified_at, reach.changed_at = "", None, Now()
    reach.asked_phone, reach.asked_code, reach.asked_until = "", "", None
    if reach.channels is not None:
        reach.channels = [channel for channel in reach.channels if channel != "sms"]
    reach.save()
    _record("phone.forgotten", by)
    return reach


def mobile(typed: str) -> str:
    """A British mobile number as E.164 has it, of however it is written. Raises NotSo."""
    digits = re.sub(r"[\s().-]", "", typed)
    number = re.sub(r"^(?:\+44|0044|44)?0?(?=7)", "+44", digits)
    if not re.fullmatch(MOBILE, number):
        raise NotSo("type a British mobile number, such as 07700 900123")
    return number


def _locked(by: Actor) -> Reach:
    """The person's row, made if need be, and theirs alone to change."""
    Reach.objects.bulk_create([Reach(user_id=by.user_id)], ignore_conflicts=True)
    return Reach.objects.select_for_update(of=["self"]).select_related("user").get(user=by.user_id)


def _record(action: str, by: Actor, **data: object) -> None:
    audit.record(action=action, by=by, target_label="user", target_id=by.user_id, data=dict(data))
