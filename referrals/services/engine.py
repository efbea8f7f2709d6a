"""The clock engine: looks at what is due, and tells whom the ladder names. It cannot forget: the rows are
the queue.

Any number of workers may tick at once, and any tick may be repeated: a rung fires once. The case row
is the lock; a tick skips cases that are busy, except one that has been busy for over a minute. A clock
whose look fails is set aside, and delays no other.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from referrals.models.keys import instant
from referrals.services import closing, parking
from referrals.services.due import Look, look, read_again
from referrals.services.parking import Trouble
from referrals.services.telling import tell

BATCH = 500
BUSY_TOO_LONG = timedelta(minutes=1)
LONGEST_WAIT = 2_000
"""Milliseconds that a tick waits for a busy case. The next one looks at others first, and tries again."""

CLAIM = """
select k.id from referrals_clock k join referrals_case c on c.id = k.case_id
 where k.next_look_at <= %(now)s order by k.next_look_at limit %(batch)s
   for no key update of c skip locked
"""
# Any of them: the oldest may be held for hours, and the next one shall have its turn.
BUSY = """
select case_id from referrals_clock
 where next_look_at <= %s and id <> all(%s::bigint[]) order by random() limit 1
"""
THE_ONE_THAT_WAITS = "select pg_try_advisory_xact_lock(hashtext('engine.busy_case'))"
WAIT_AT_MOST = "select set_config('lock_timeout', %s, true)"
WAIT = "select id from referrals_case where id = %s for no key update"
WAIT_AS_EVER = "set local lock_timeout to default"
DUE_IN = "select id from referrals_clock where case_id = %s and next_look_at <= %s"

LOOK_NEXT = """
update referrals_clock k
   set next_look_at = x.n, step = x.s, repetition = x.r, tries = 0, parked_at = null, trouble = '',
       taken_by = case when not x.f then k.taken_by end, taken_at = case when not x.f then k.taken_at end,
       quiet_until = case when not x.f then k.quiet_until end
  from unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::integer[], %s::boolean[])
       x(i, n, s, r, f) where k.id = x.i
"""


@dataclass(frozen=True)
class Tick:
    """What one tick did: clocks claimed and still due when read again, rungs told, messages owed."""

    claimed: int
    looked: int
    fired: int
    told: int

    def __add__(self, other: "Tick") -> "Tick":
        return Tick(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def tick(now: datetime | None = None) -> Tick:
    """Look at one batch of due clocks, in one transaction; then at a case that was busy for too long.

    That one is taken alone: who waits for one case's lock must hold no other's. ``now`` (UTC) is the
    database's time, read anew once the cases are locked, unless it is given.
    """
    with transaction.atomic():
        claimed = _claim(now or instant())
        done = look_at(claimed, now or instant())
    if len(claimed) < BATCH:
        with transaction.atomic():
            busy = _claim_busy(now or instant(), claimed)
            done += look_at(busy, now or instant())
    return done


def look_at(ids: list[int], now: datetime) -> Tick:
    """Look at these clocks and no others, in the caller's transaction."""
    done, troubles = _look_in_pieces(ids, now)
    parking.note(troubles, now)
    return done


def _claim(now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "batch": BATCH})
        return [key for (key,) in cursor]


def _claim_busy(now: datetime, claimed: list[int]) -> list[int]:
    """The clocks of a case that was skipped for too long: this time, wait for it, though not for ever.

    One engine of all waits; the others go on with what is free.
    """
    with connection.cursor() as cursor:
        cursor.execute(BUSY, [now - BUSY_TOO_LONG, claimed])
        if (found := cursor.fetchone()) is None:
            return []
        cursor.execute(THE_ONE_THAT_WAITS)
        if cursor.fetchone() != (True,) or not _waited_for(found[0]):
            return []
        cursor.execute(DUE_IN, [found[0], now])
        return [key for (key,) in cursor if key not in claimed]


def _waited_for(case_id: UUID) -> bool:
    """Whether the case came free, and is locked now, before the wait became too long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(WAIT_AT_MOST, [str(LONGEST_WAIT)])
            cursor.execute(WAIT, [case_id])
            cursor.execute(WAIT_AS_EVER)
    except OperationalError as wrong:
        if not isinstance(wrong.__cause__, LockNotAvailable):
            raise
        return False
    return True


def _look_in_pieces(ids: list[int], now: datetime) -> tuple[Tick, list[Trouble]]:
    """Look at all of them at once. A batch that fails is cut in two until the clock at fault is alone."""
    done, troubles = Tick(len(ids), 0, 0, 0), []
    pieces = [ids] if ids else []
    while pieces:
        piece = pieces.pop()
        try:
            looked, failed = _look(piece, now)
        except Exception as wrong:  # one clock may fail in any way; none may stop the others
            if connection.connection is None or connection.connection.closed:
                raise
            half = len(piece) // 2
            pieces += [piece[half:], piece[:half]] if half else []
            troubles += [] if half else [Trouble(piece[0], type(wrong).__name__)]
        else:
            done, troubles = done + looked, troubles + failed
    return done, troubles


@transaction.atomic
def _look(ids: list[int], now: datetime) -> tuple[Tick, list[Trouble]]:
    """All of one piece, or nothing; and the clocks for which no plan could be made."""
    looks, failed = _plan(ids, now)
    told = tell(looks, now)
    parking.mended([each.due for each in looks if each.due.parked], now)
    _look_next(looks, now)
    closing.change_hands(looks, now)
    with connection.cursor() as cursor:  # what is checked at commit shall fail here, in this piece
        cursor.execute("set constraints all immediate; set constraints all deferred")
    return Tick(0, len(looks) + len(failed), sum(each.told is not None for each in looks), told), failed


def _plan(ids: list[int], now: datetime) -> tuple[list[Look], list[Trouble]]:
    looks, failed = [], []
    for due in read_again(ids, now):
        try:
            looks.append(look(due, now))
        except Exception as wrong:  # a ladder may be malformed in any way
            failed.append(Trouble(due.id, type(wrong).__name__))
    return looks, failed


def _look_next(looks: Sequence[Look], now: datetime) -> None:
    """When to look again. Whoever took a clock that rings has it no more, unless their time is not up."""
    columns: list[list[Any]] = [
        [look.due.id for look in looks],
        [look.plan.next_look_at for look in looks],
        [look.plan.step for look in looks],
        [look.plan.repetition for look in looks],
        [bool(look.plan.fired) and not look.due.watch.is_quiet(now) for look in looks],
    ]
    with connection.cursor() as cursor:
        cursor.execute(LOOK_NEXT, columns)
