"""Clocks whose look fails: tried again a little later each time, then parked, and a human is told.

A parked clock still waits and is looked at every 15 minutes; its holder's duty contact is told each
time, until it has been mended or met. No text of the error is kept: it might quote a row.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

import notifications.services as notifications
from referrals.domain.clocks import HOLDER, ClockKind, Holder
from referrals.services.due import Due
from referrals.services.writing import ENGINE, NewEvent, append

log = logging.getLogger(__name__)

MOST_TRIES = 5

# 10 s, 20 s, 40 s, 80 s; then every 15 minutes.
COUNT = """
update referrals_clock k
   set tries = k.tries + 1, trouble = x.t,
       parked_at = case when k.tries + 1 >= %(most)s then coalesce(k.parked_at, %(now)s) end,
       next_look_at = %(now)s + case when k.tries + 1 >= %(most)s then interval '15 minutes'
                                     else interval '5 seconds' * 2 ^ (k.tries + 1) end
  from unnest(%(ids)s::bigint[], %(troubles)s::text[]) x(i, t)
 where k.id = x.i and k.stopped_at is null
"""
CASES = """
select k.id, c.reference from referrals_clock k join referrals_case c on c.id = k.case_id where k.id = any(%s)
"""
PARKED = """
select k.id, k.case_id, k.referral_id, k.kind, k.tries, k.trouble, k.only_agency_id, c.opened_on,
       c.reference, r.reference, coalesce(r.priority, k.priority), r.from_agency_id, r.to_agency_id,
       c.accountable_agency_id
  from referrals_clock k join referrals_case c on c.id = k.case_id
  left join referrals_referral r on r.id = k.referral_id
 where k.id = any(%(ids)s) and k.parked_at is not null and k.stopped_at is null
 order by k.case_id, k.id
"""


class Trouble(NamedTuple):
    """A clock whose look failed, and the kind of error."""

    clock_id: int
    error: str


class Parked(NamedTuple):
    """A parked clock, with what telling about it needs."""

    id: int
    case_id: UUID
    referral_id: UUID | None
    kind: str
    tries: int
    trouble: str
    only_agency_id: int | None
    opened_on: Any
    case_reference: str
    referral_reference: str | None
    priority: str
    from_agency: int | None
    to_agency: int | None
    accountable_agency: int

    @property
    def holder(self) -> int:
        """The agency of the one who must act; the accountable one if the kind itself is at fault."""
        known = self.kind in set(ClockKind) and HOLDER[ClockKind(self.kind)]
        ends = {Holder.SENDER: self.from_agency, Holder.RECEIVER: self.to_agency}
        return (ends.get(known) if known else None) or self.accountable_agency


def note(troubles: Sequence[Trouble], now: datetime) -> None:
    """Count one more try for each of these clocks, and tell of those that are parked."""
    if not troubles:
        return
    _log(troubles)
    if not _tried(partial(_count, troubles, now)):
        troubles = [each for each in troubles if _tried(partial(_count, [each], now))]
    for parked in _parked(troubles):
        if parked.tries == MOST_TRIES:
            _tried(partial(_append, parked, now))
        _tried(partial(_tell, parked, now))


def _log(troubles: Sequence[Trouble]) -> None:
    """Whoever mends a clock looks for its case."""
    with connection.cursor() as cursor:
        cursor.execute(CASES, [[each.clock_id for each in troubles]])
        cases = dict(cursor.fetchall())
    for clock, error in troubles:
        log.error("clock_failed", extra={"case": cases.get(clock), "clock": clock, "error": error})


def mended(clocks: Sequence[Due], now: datetime) -> None:
    """Say that these parked clocks run again."""
    append([NewEvent(c.case_id, c.opened_on, c.referral_id, "clock.mended", now, ENGINE,
                     {"clock": {"id": c.id, "kind": c.kind}}, c.only_agency_id) for c in clocks])  # fmt: skip


def _tried(write: Callable[[], None]) -> bool:
    """Whether the write went well. What cannot even be noted stands in the log."""
    try:
        with transaction.atomic():
            write()
    except Exception as wrong:
        if connection.connection is None or connection.connection.closed:
            raise
        log.critical("clock_failure_not_noted", extra={"error": type(wrong).__name__})
        return False
    return True


def _count(troubles: Sequence[Trouble], now: datetime) -> None:
    words: dict[str, Any] = {
        "ids": [each.clock_id for each in troubles],
        "troubles": [each.error[:60] for each in troubles],
        "most": MOST_TRIES,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, words)


def _parked(troubles: Sequence[Trouble]) -> list[Parked]:
    with connection.cursor() as cursor:
        cursor.execute(PARKED, {"ids": [each.clock_id for each in troubles]})
        return [Parked(*row) for row in cursor]


def _append(clock: Parked, now: datetime) -> None:
    head = (clock.case_id, clock.opened_on, clock.referral_id)
    data = {"clock": {"id": clock.id, "kind": clock.kind}, "tries": clock.tries, "error": clock.trouble}
    append([NewEvent(*head, "clock.parked", now, ENGINE, data, clock.only_agency_id)])


def _tell(clock: Parked, now: datetime) -> None:
    about = f"referral:{clock.referral_id}" if clock.referral_id else f"case:{clock.case_id}"
    data = {
        "reference": clock.referral_reference or clock.case_reference,
        "case": clock.case_reference,
        "priority": clock.priority,
        "clock": clock.kind,
    }
    contact = notifications.Recipient(clock.holder, role="duty contact")
    owed = notifications.Owed(
        key=f"parked:{clock.id}:{clock.tries}",
        case_id=clock.case_id,
        opened_on=clock.opened_on,
        about=about,
        kind="clock.parked",
        recipient=contact,
        data=data,
    )
    notifications.enqueue([owed], at=now)
