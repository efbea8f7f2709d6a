"""Promises that fall due during a fault, and the questions that show whether one was lost."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import psycopg

from referrals.models import Referral
from referrals.services import referral as referrals
from tests.factories.world import NURSE, World, act

if TYPE_CHECKING:
    from tests.faults.stage import Stage

BY = {"name": NURSE.name, "role": NURSE.role, "contact": NURSE.contact}

# The clocks that are waited for fall due during the fault; all others of these cases are put off for days.
SET = """
update referrals_clock k set started_at = x.t, target_at = x.t + %(length)s::interval,
       next_look_at = x.t + %(length)s::interval / 2, step = 0
  from (select id, clock_timestamp() + %(begin)s::interval + random() * %(spread)s::interval as t
          from referrals_clock
         where kind = 'acknowledge' and stopped_at is null and referral_id = any(%(made)s)) x
 where x.id = k.id
"""
PUT_OFF = """
update referrals_clock set started_at = started_at + interval '9 days',
       target_at = target_at + interval '9 days', next_look_at = next_look_at + interval '9 days'
 where kind <> 'acknowledge' and stopped_at is null
   and case_id in (select case_id from referrals_referral where id = any(%(made)s))
"""
# A rung's own times are the engine's; when its event was recorded, and after which, is the database's.
SAID = """referrals_escalation e join referrals_event v
    on v.type = 'escalation.fired' and v.case_id = e.case_id
   and (v.data->'clock'->>'id')::bigint = e.clock_id and (v.data->>'step')::int = e.step
   and (v.data->>'repetition')::int = e.repetition"""
QUESTIONS = {
    "lost": """
select k.id, s from referrals_clock k cross join generate_series(0, 3) s
 cross join lateral (select k.started_at + (k.target_at - k.started_at) * (s + 1) / 2 as at) due
 where k.kind = 'acknowledge' and case when k.stopped_at is null then due.at < clock_timestamp()
       else greatest(due.at, %(recovered)s) + interval '60 seconds' < k.stopped_at end
   and not exists (select from referrals_escalation e where e.clock_id = k.id and e.step = s)""",
    "told_twice_or_never": f"""
select e.id from referrals_escalation e left join (select e.id from {SAID}) said on said.id = e.id
 where not e.superseded group by e.id having count(said.id) <> 1""",
    "without_its_messages": """
select e.id from referrals_escalation e where not e.superseded and not exists
  (select from notifications_message m where m.escalation_id = e.id)""",
    "fired_after_acknowledgement": f"""
select e.id from {SAID} join referrals_event done on done.case_id = v.case_id and done.seq < v.seq
   and done.referral_id = v.referral_id and done.type = 'referral.acknowledged'
 where v.data->'clock'->>'kind' = 'acknowledge'""",
    "early": f"select e.id from {SAID} where v.recorded_at < e.due_at",
    "chain_broken": """
select case_id from (
  select e.case_id, e.seq, row_number() over w as n, e.hash,
         event_digest(coalesce(lag(e.hash) over w, ''), e.case_id, e.seq, e.referral_id, e.type,
                      e.occurred_at, e.recorded_at, e.actor, e.data) as right_hash
    from referrals_event e window w as (partition by e.case_id order by e.seq)) c
 where seq <> n or hash <> right_hash""",
}
LATEST = f"""
select coalesce(max(extract(epoch from v.recorded_at - greatest(e.due_at, %(recovered)s))), 0) from {SAID}
 where not e.superseded and v.recorded_at >= %(begun)s
"""
FIRED = "select count(*) from referrals_escalation where fired_at >= %(begun)s"


@dataclass(frozen=True)
class Spread:
    """How long each promise is, when the first begins, and over how long they begin; in seconds."""

    length: float
    begin: float
    spread: float

    @property
    def whole(self) -> float:
        """Until the last rung of the last promise is due."""
        return self.begin + self.spread + 2 * self.length


def fill(world: World, number: int) -> list[Referral]:
    """So many sent referrals, that nobody acknowledges."""
    return [act(world.police, referrals.create, asked=world.asked()) for _ in range(number)]


def set_clocks(superuser: str, made: Sequence[Referral], spread: Spread) -> None:
    """Let every acknowledgement of these fall due during the fault."""
    words = {name: f"{getattr(spread, name)} seconds" for name in ("length", "begin", "spread")}
    with psycopg.connect(superuser, autocommit=True) as database:
        keys = [each.pk for each in made]
        database.execute(PUT_OFF, {"made": keys})
        database.execute(SET, {**words, "made": keys})


def acknowledge(stage: "Stage", made: Sequence[Referral], share: float, until: float) -> int:
    """Acknowledge a share of them at random moments, as a partner's system does; how many were.

    Whatever is not answered, or answered by a system that is being killed, is asked again with its key.
    """
    chosen, done = stage.rng.sample(list(made), int(len(made) * share)), 0
    with httpx.Client(base_url=stage.system.address, timeout=10) as line:
        for referral in chosen:
            time.sleep(max(0.0, (until - time.monotonic()) / len(chosen) * stage.rng.random()))
            address = f"/api/v1/referrals/{referral.pk}/moves/"
            status = persist(line, address, {"action": "acknowledge", "by": BY}, stage.tokens["trust"])
            done += status == HTTPStatus.OK
    return done


def persist(line: httpx.Client, address: str, body: dict, token: str, patience: float = 120) -> int:
    """Send until it is answered by somebody who could; the answer's status."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            status = line.post(address, json=body, headers=headers).status_code
        except httpx.TransportError:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return status
        time.sleep(0.2)
    raise SystemExit(f"{address} was never answered")


def found(superuser: str, begun_at: datetime, recovered_at: datetime) -> dict[str, float]:
    """The answers: how many rows each question finds, and the worst lateness in seconds since recovery."""
    with psycopg.connect(superuser, autocommit=True) as database:
        return answers(database, begun_at, recovered_at)


def answers(database: psycopg.Connection, begun_at: datetime, recovered_at: datetime) -> dict[str, float]:
    """As ``found``, on a superuser's connection."""
    when = {"begun": begun_at, "recovered": recovered_at}
    rows = {name: len(database.execute(asked.encode(), when).fetchall()) for name, asked in QUESTIONS.items()}
    (latest,), (fired,) = (database.execute(asked.encode(), when).fetchone() for asked in (LATEST, FIRED))
    return {**rows, "latest": round(max(0.0, float(latest)), 1), "fired": fired}
