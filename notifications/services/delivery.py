"""Sending what is owed: claimed for a while, sent outside every transaction, and every attempt recorded.

A worker claims rows with SKIP LOCKED until an instant, commits, sends, and records the result in a
second short transaction. One that dies in between leaves its claim to run out; then another sends
again. So a message goes out at least once, and once more for each such death: an e-mail keeps its
Message-ID, so that a mailbox may tell. What goes through a provider that can be asked keeps its reference,
is looked up by it before it is sent again, and is not sent again if it is found. Many messages to one
person become one e-mail or text, and no more than one a minute; under a reference they stay together. A
message whose sending kills its worker is tried alone from the third death on, and given up like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Any

from django.db import connection, transaction

from notifications.channels import CHANNELS, Channel, keeps_references, notify
from notifications.channels.failing import ForGood, named
from notifications.models import Attempt, Message
from notifications.services import codes, receipts
from notifications.services.clock import database_now
from notifications.services.next_channel import advance, hurry

BATCH = 500
BUNDLE = 1000  # all that a person is owed in a bad minute: what stays behind waits for another
IN_COMPANY = 3  # attempts that a message may take its bundle down with
ONCE_IN = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)

# An inbox reads the row itself: marking it is sending it.
INBOX = """
with due as (
  select id, opened_on from notifications_message
   where channel = 'inbox' and next_attempt_at <= %(now)s
   order by next_attempt_at limit %(batch)s for no key update skip locked
), sent as (
  update notifications_message m set attempts = m.attempts + 1, sent_at = %(now)s, next_attempt_at = null
    from due where m.id = due.id and m.opened_on = due.opened_on
  returning m.id, m.attempts
)
insert into notifications_attempt (message_id, number, at, error) select id, attempts, %(now)s, '' from sent
"""

# Whoever waits longest, unless they were written to within the minute or are being written to; and with
# it whatever else is due to the same recipient. The attempt is counted before it is made. A claim that ran
# out means that its worker died: that attempt is recorded now, and its messages wait behind the others.
CLAIM = """
with busy as materialized (
  select recipient from notifications_message where channel = %(channel)s and sent_at > %(now)s - %(once_in)s
   union all
  select recipient from notifications_message where channel = %(channel)s and claimed_until > %(now)s
), first as (
  select m.id, m.recipient, m.kind, m.reference,
         m.claimed_until is not null and m.attempts >= %(in_company)s and m.reference is null as alone
    from notifications_message m
   where m.channel = %(channel)s and m.next_attempt_at <= %(now)s
     and (m.claimed_until is null or m.claimed_until <= %(now)s)
     and m.recipient not in (select recipient from busy)
   order by m.next_attempt_at limit 1 for no key update of m skip locked
), taken as (
  select m.id, m.opened_on, m.attempts, m.claimed_until is not null as lost
    from notifications_message m join first using (recipient)
   where m.channel = %(channel)s and m.next_attempt_at <= %(now)s
     and m.reference is not distinct from first.reference
     and (%(kinds_together)s or m.kind = first.kind)
     and (m.claimed_until is null or m.claimed_until <= %(now)s)
     and case when first.alone then m.id = first.id
              else m.claimed_until is null or m.attempts < %(in_company)s end
   order by m.next_attempt_at limit %(bundle)s for no key update of m skip locked
), recorded as (
  insert into notifications_attempt (message_id, number, at, error)
  select id, attempts, %(now)s, 'WorkerLost' from taken where lost on conflict do nothing
)
update notifications_message m
   set claimed_until = %(until)s, next_attempt_at = %(until)s, attempts = m.attempts + 1,
       reference = case when %(keeps)s then coalesce(m.reference, (select id from first)) end
  from taken where m.id = taken.id and m.opened_on = taken.opened_on
returning m.id
"""
GIVE_UP = """
with lost as (
  select id, opened_on, attempts from notifications_message
   where channel = %(channel)s and next_attempt_at <= %(now)s and claimed_until <= %(now)s
     and attempts >= %(most)s for no key update skip locked
), recorded as (
  insert into notifications_attempt (message_id, number, at, error)
  select id, attempts, %(now)s, 'WorkerLost' from lost on conflict do nothing
)
update notifications_message m set failed_at = %(now)s, claimed_until = null, next_attempt_at = null
  from lost where m.id = lost.id and m.opened_on = lost.opened_on returning m.id
"""
# Only while the claim is still ours: what another has sent since is not ours to say.
RECORD = """
update notifications_message m
   set claimed_until = null, sent_at = x.s, failed_at = x.f, next_attempt_at = x.n,
       provider_id = %(provider_id)s, receipt_due_at = %(receipt_due_at)s
  from unnest(%(ids)s::uuid[], %(sent)s::timestamptz[], %(failed)s::timestamptz[], %(next)s::timestamptz[])
       x(i, s, f, n)
 where m.id = x.i and m.claimed_until = %(claimed_until)s
"""


@dataclass(frozen=True)
class Tried:
    """What came of a sending: the kind of error, if any, whether for good, and the provider's id."""

    error: str = ""
    for_good: bool = False
    provider_id: str = ""


def deliver_due(*, now: datetime) -> int:
    """One round: receipts, the next channel of what was not seen, a batch for inboxes, one bundle for each
    other channel, and one question after a receipt that did not come; how many messages.

    Several workers may run it at once: each takes other rows. Repeating is safe. Inside a caller's
    transaction nothing is sent: it would hold its locks meanwhile.
    """
    done = receipts.apply(now=now)
    advance(now=now)
    done += _to_inboxes(now)
    if connection.in_atomic_block:
        return done
    for name, channel in CHANNELS.items():
        done += _deliver(name, channel, now)
    return done + receipts.ask(now=now)


def _to_inboxes(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(INBOX, {"now": now, "batch": BATCH})
        return cursor.rowcount


def _deliver(name: str, channel: Channel, now: datetime) -> int:
    claimed = _claim(name, channel, now)
    if claimed:
        tried = _try(channel, claimed)
        _record(channel, claimed, tried, now)
    return len(claimed)


@transaction.atomic
def _claim(name: str, channel: Channel, now: datetime) -> list[Message]:
    words = {
        "channel": name,
        "now": now,
        "until": now + channel.lease,
        "once_in": ONCE_IN,
        "bundle": BUNDLE,
        "in_company": IN_COMPANY,
        "most": channel.most_attempts,
        "kinds_together": name != Message.Channel.SMS,
        "keeps": keeps_references(),
    }
    with connection.cursor() as cursor:
        cursor.execute(GIVE_UP, words)
        hurry([key for (key,) in cursor], now)
        cursor.execute(CLAIM, words)
        keys = [key for (key,) in cursor]
    found = Message.objects.filter(pk__in=keys).select_related("agency", "membership__user")
    claimed = list(found.order_by("created_at", "id"))
    codes.make(claimed[:1], now)
    return claimed


def _try(channel: Channel, claimed: Sequence[Message]) -> Tried:
    """Send, unless an earlier sending is found; what went wrong, by the name of the error."""
    try:
        earlier = _earlier(channel, claimed[0])
        return Tried(provider_id=earlier or channel.send(claimed, channel.time_out) or "")
    except ForGood as wrong:
        return Tried(named(wrong), for_good=True)
    except Exception as wrong:  # a channel may fail in any way; none may stop the others
        return Tried(named(wrong))


def _earlier(channel: Channel, first: Message) -> str:
    """The provider's id of what an earlier attempt sent, though nobody was left to record it."""
    if first.attempts == 1 or first.reference is None:
        return ""
    return notify.find(str(first.reference), channel.time_out)


@transaction.atomic
def _record(channel: Channel, claimed: Sequence[Message], tried: Tried, now: datetime) -> None:
    at, error = database_now(), tried.error
    rows = [Attempt(message_id=each.pk, number=each.attempts, at=at, error=error[:200]) for each in claimed]
    Attempt.objects.bulk_create(rows, ignore_conflicts=True)
    ends = [error and (tried.for_good or each.attempts >= channel.most_attempts) for each in claimed]
    words: dict[str, Any] = {
        "ids": [each.pk for each in claimed],
        "sent": [None if error else at for _ in claimed],
        "failed": [at if end else None for end in ends],
        "next": [
            now + wait_after(each.attempts) if error and not end else None
            for each, end in zip(claimed, ends, strict=True)
        ],
        "provider_id": tried.provider_id,
        "receipt_due_at": at + channel.receipt_within if tried.provider_id else None,
        "claimed_until": claimed[0].claimed_until,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD, words)
    hurry([each.pk for each, end in zip(claimed, ends, strict=True) if end], now)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: 5 s, doubled each time, 15 minutes at most, with jitter."""
    longest = min(timedelta(seconds=5) * 2 ** (attempts - 1), LONGEST_WAIT)
    return longest * (500 + randbelow(501)) / 1000
