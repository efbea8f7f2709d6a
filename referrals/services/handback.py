"""Work that is held by somebody who is not there any more returns to their team's queue, and a clock that
they took rings again.

Holding is working on something, not being accountable for it: nothing else changes, and its clocks run
on. A shift that began and ended since, a change of shift that sends somebody home, the end of a
membership and a locked account each end it; whoever is on no rota holds on.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

import notifications.services as notifications
from agencies.acting import Actor
from agencies.instants import spelt
from agencies.models import Membership
from referrals.models.keys import instant
from referrals.services import rota_gaps
from referrals.services.writing import ENGINE, NewEvent, append

BATCH = 500
KIND = "referral.returned_to_queue"

# Why member m, a user u, is there no more, who has had something since held.at; null where they are.
GONE = """(select case
    when m.until <= %(now)s or not u.is_active then 'left'
    when exists (select from agencies_shiftoverride o where o.instead_of_id = m.id and o.withdrawn_at is null
           and o.during @> %(now)s and (lower(o.during) > held.at or o.made_at > held.at))
         and not on_call(m.id, %(now)s) then 'shift_changed'
    when exists (select from agencies_shift s where s.membership_id = m.id
           and upper(s.during) > held.at and upper(s.during) <= %(now)s)
         and not on_call(m.id, %(now)s) then 'shift_ended'
    when exists (select from agencies_shiftoverride o where o.membership_id = m.id and o.withdrawn_at is null
           and upper(o.during) > held.at and upper(o.during) <= %(now)s)
         and not on_call(m.id, %(now)s) then 'shift_ended' end as cause) gone"""

# held.at: since when; the moves say so. A busy case waits for the next sweep.
FOUND = """
select r.id, r.case_id, r.opened_on, r.reference, r.case_reference, r.priority, r.version, r.held_by_id,
       r.to_agency_id, r.to_team_id, gone.cause
  from referrals_referral r
  join referrals_case c on c.id = r.case_id
  join agencies_membership m on m.id = r.held_by_id
  join agencies_user u on u.id = m.user_id
 cross join lateral (select max(recorded_at) as at from referrals_move v
    where v.referral_id = r.id and v.action in ('acknowledge', 'accept')) held
 cross join lateral :gone
 where r.held_by_id is not null and (%(member)s::bigint is null or r.held_by_id = %(member)s::bigint)
   and gone.cause is not null
 order by r.case_id limit %(batch)s for no key update of c skip locked
""".replace(":gone", GONE)
RETURN = """
update referrals_referral r
   set held_by_id = null, held_by_name = '', held_by_role = '', version = r.version + 1
  from unnest(%s::uuid[], %s::bigint[], %s::integer[]) x(i, m, v)
 where r.id = x.i and r.held_by_id = x.m and r.version = x.v
returning r.id
"""

TAKEN = """
select k.id, k.case_id, c.opened_on, k.referral_id, k.kind, k.target_at, k.only_agency_id, m.id, gone.cause
  from referrals_clock k
  join referrals_case c on c.id = k.case_id
  join agencies_membership m on m.id = (k.taken_by->>'membership_id')::bigint
  join agencies_user u on u.id = m.user_id
 cross join lateral (select k.taken_at as at) held
 cross join lateral :gone
 where k.quiet_until > %(now)s and k.stopped_at is null
   and (%(member)s::bigint is null or m.id = %(member)s::bigint) and gone.cause is not null
 order by k.case_id limit %(batch)s for no key update of c skip locked
""".replace(":gone", GONE)
RING = """
update referrals_clock k set quiet_until = %(now)s, next_look_at = %(now)s
  from unnest(%(ids)s::bigint[], %(members)s::bigint[]) x(i, m)
 where k.id = x.i and (k.taken_by->>'membership_id')::bigint = x.m and k.quiet_until > %(now)s
   and k.stopped_at is null
returning k.id
"""


class Held(NamedTuple):
    """A referral that somebody holds who is not there any more."""

    id: UUID
    case_id: UUID
    opened_on: Any
    reference: str
    case_reference: str
    priority: str
    version: int
    held_by: int
    agency_id: int
    team_id: int
    cause: str


class Taken(NamedTuple):
    """A clock that was taken by somebody who is not there any more."""

    id: int
    case_id: UUID
    opened_on: Any
    referral_id: UUID | None
    kind: str
    target_at: datetime
    only_agency_id: int | None
    member: int
    cause: str


@transaction.atomic
def leave(*, membership_id: int, by: Actor | None) -> Membership:
    """End a membership, its sessions and its tokens, and give back at once what the person held."""
    ended = rota_gaps.leave(membership_id=membership_id, by=by)
    return_work(now=instant(), membership_id=membership_id)
    ring_again(now=instant(), membership_id=membership_id)
    return ended


@transaction.atomic
def return_work(*, now: datetime, membership_id: int | None = None) -> int:
    """Return a batch of what is held by people who are gone at that instant; how many.

    Repeating is safe. A busy case is left for the next time.
    """
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {"now": now, "member": membership_id, "batch": BATCH})
        found = [Held(*row) for row in cursor]
        columns: list[Any] = [[h.id for h in found], [h.held_by for h in found], [h.version for h in found]]
        cursor.execute(RETURN, columns)
        returned = {key for (key,) in cursor}
    gone = [held for held in found if held.id in returned]
    append([_event(held, now) for held in gone])
    notifications.enqueue([_message(held) for held in gone], at=now)
    return len(gone)


@transaction.atomic
def ring_again(*, now: datetime, membership_id: int | None = None) -> int:
    """End the quiet of a batch of clocks whose takers are gone at that instant; how many.

    Their ladders go on at once, as if they had been given back. A busy case is left for the next time.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, {"now": now, "member": membership_id, "batch": BATCH})
        found = [Taken(*row) for row in cursor]
        pairs = {"ids": [each.id for each in found], "members": [each.member for each in found]}
        cursor.execute(RING, {"now": now, **pairs})
        rung = {key for (key,) in cursor}
    ended = [taken for taken in found if taken.id in rung]
    append([_released(taken, now) for taken in ended])
    return len(ended)


def _released(taken: Taken, now: datetime) -> NewEvent:
    clock = {"id": taken.id, "kind": taken.kind, "target_at": spelt(taken.target_at)}
    data = {"clock": clock, "cause": taken.cause, "membership": taken.member}
    head = (taken.case_id, taken.opened_on, taken.referral_id)
    return NewEvent(*head, "escalation.released", now, ENGINE, data, taken.only_agency_id)


def _event(held: Held, now: datetime) -> NewEvent:
    data = {"cause": held.cause, "membership": held.held_by, "version": held.version + 1}
    return NewEvent(held.case_id, held.opened_on, held.id, KIND, now, ENGINE, data)


def _message(held: Held) -> notifications.Owed:
    return notifications.Owed(
        key=f"returned:{held.id}:{held.version}",
        case_id=held.case_id,
        opened_on=held.opened_on,
        about=f"referral:{held.id}",
        kind=KIND,
        recipient=notifications.Recipient(held.agency_id, team_id=held.team_id),
        data={"reference": held.reference, "case": held.case_reference, "priority": held.priority},
    )
