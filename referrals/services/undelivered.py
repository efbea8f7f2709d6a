"""A message that was given up: the case says so, and somebody is told who can act on it.

That is the duty contact of the recipient's agency; where it is that contact who could not be reached,
the inbox of the desk that is accountable for the case, which cannot fail.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import connection, transaction

import notifications.services as notifications
from agencies import audit
from referrals.services.writing import ENGINE, NewEvent, append

log = structlog.get_logger("delivery")

BATCH = 100
KIND = "message.failed"

FAILED = """
select m.id, m.case_id, c.opened_on, r.id, m.about, m.kind, m.channel, m.recipient, m.attempts, m.agency_id,
       coalesce(r.reference, c.reference), c.reference, coalesce(r.priority, ''),
       c.accountable_agency_id, c.accountable_team_id,
       case when r.sent_at is null then r.from_agency_id end
  from notifications_message m join referrals_case c on c.id = m.case_id
  left join referrals_referral r
         on r.id = case when m.about like 'referral:%%' then substr(m.about, 10)::uuid end
 where m.failed_at is not null and m.failure_told_at is null
 order by m.failed_at limit %s for no key update of c, m skip locked
"""
# What belongs to no case (a gap of the rota, a webhook's trouble) stands in its readers' inboxes, too: that
# an e-mail about it was given up is said in the log, and to the agency in its audit.
WITHOUT_A_CASE = """
update notifications_message m set failure_told_at = %s
 where m.id in (select id from notifications_message
                 where case_id is null and failed_at is not null and failure_told_at is null
                 order by failed_at limit %s for no key update skip locked)
returning m.id, m.kind, m.channel, m.recipient, m.attempts, m.agency_id
"""
TOLD = "update notifications_message set failure_told_at = %s where id = any(%s)"


class Failed(NamedTuple):
    """A message that was given up, with what telling about it needs."""

    id: UUID
    case_id: UUID
    opened_on: Any
    referral_id: UUID | None
    about: str
    kind: str
    channel: str
    recipient: str
    attempts: int
    agency_id: int
    reference: str
    case_reference: str
    priority: str
    accountable_agency: int
    accountable_team: int
    only_agency_id: int | None

    @property
    def to_tell(self) -> notifications.Recipient:
        """Who can act on it, and is not the one who could not be reached."""
        if self.recipient.startswith("agency:"):
            return notifications.Recipient(self.accountable_agency, team_id=self.accountable_team)
        return notifications.Recipient(self.agency_id, role="duty contact")


@transaction.atomic
def tell(*, now: datetime) -> int:
    """Say of a batch of messages that they were given up; how many. Repeating is safe: each is told once."""
    with connection.cursor() as cursor:
        cursor.execute(FAILED, [BATCH])
        failed = [Failed(*row) for row in cursor]
    append([_event(each, now) for each in failed])
    notifications.enqueue([_message(each) for each in failed], at=now)
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [now, [each.id for each in failed]])
    return len(failed) + _say_of_those_without_a_case(now)


def _say_of_those_without_a_case(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_A_CASE, [now, BATCH])
        rows = cursor.fetchall()
    for key, kind, channel, recipient, attempts, agency_id in rows:
        said = {"kind": kind, "channel": channel, "recipient": recipient, "attempts": attempts}
        log.error("a message was given up", message=str(key), agency=agency_id, **said)
        audit.record(
            action=KIND, by=None, target_label="message", target_id=key, data=said, agency_id=agency_id
        )
    return len(rows)


def _event(failed: Failed, now: datetime) -> NewEvent:
    data = {
        "message": str(failed.id),
        "kind": failed.kind,
        "channel": failed.channel,
        "recipient": failed.recipient,
        "attempts": failed.attempts,
    }
    head = (failed.case_id, failed.opened_on, failed.referral_id)
    return NewEvent(*head, KIND, now, ENGINE, data, failed.only_agency_id)


def _message(failed: Failed) -> notifications.Owed:
    data = {
        "reference": failed.reference,
        "case": failed.case_reference,
        "priority": failed.priority,
        "channel": failed.channel,
        "about": failed.kind,
    }
    return notifications.Owed(
        key=f"failed:{failed.id}",
        case_id=failed.case_id,
        opened_on=failed.opened_on,
        about=failed.about,
        kind=KIND,
        recipient=failed.to_tell,
        data=data,
    )
