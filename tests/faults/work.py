"""Promises that fall due during a fault, and the questions that show whether one was lost."""

import random
import time
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.db import DatabaseError, connections

from referrals.domain.errors import Refused
from referrals.models import Referral
from referrals.services import referral as referrals
from tests.factories.world import World, act, move

STEPS = 4  # of the default ladder, up to the rung that repeats

# The clocks that are waited for fall due within the storm; all others are put off for days.
SET = """
update referrals_clock k set started_at = x.t, target_at = x.t + %(length)s,
       next_look_at = x.t + %(length)s / 2, step = 0
  from (select id, clock_timestamp() + %(begin)s + random() * %(spread)s::interval as t
          from referrals_clock where kind = 'acknowledge' and stopped_at is null) x where x.id = k.id
"""
PUT_OFF = """
update referrals_clock set started_at = started_at + interval '9 days',
       target_at = target_at + interval '9 days',
       next_look_at = next_look_at + interval '9 days' where kind <> 'acknowledge' and stopped_at is null
"""
QUESTIONS = {
    "lost": """
select k.id, s from referrals_clock k cross join generate_series(0, 3) s
 where k.kind = 'acknowledge' and k.stopped_at is null
   and not exists (select from referrals_escalation e where e.clock_id = k.id and e.step = s)""",
    "told_twice_or_never": """
select e.id from referrals_escalation e left join referrals_event v on v.case_id = e.case_id
   and v.type = 'escalation.fired' and (v.data->'clock'->>'id')::bigint = e.clock_id
   and (v.data->>'step')::int = e.step and (v.data->>'repetition')::int = e.repetition
 where not e.superseded group by e.id having count(v.id) <> 1""",
    "without_its_messages": """
select e.id from referrals_escalation e where not e.superseded and not exists
  (select from notifications_message m where m.escalation_id = e.id)""",
    "fired_after_acknowledgement": """
select e.id from referrals_escalation e join referrals_clock k on k.id = e.clock_id
 where e.fired_at > k.stopped_at""",
    "early": "select id from referrals_escalation where fired_at < due_at",
    "chain_broken": """
select case_id from (
  select e.case_id, e.seq, row_number() over w as n, e.hash,
         event_digest(coalesce(lag(e.hash) over w, ''), e.case_id, e.seq, e.referral_id, e.type,
                      e.occurred_at, e.recorded_at, e.actor, e.data) as right_hash
    from referrals_event e window w as (partition by e.case_id order by e.seq)) c
 where seq <> n or hash <> right_hash""",
}
LATEST = """
select coalesce(max(extract(epoch from fired_at - greatest(due_at, %s))), 0) from referrals_escalation
 where not superseded
"""


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


def set_clocks(superuser: str, spread: Spread) -> None:
    """Let every acknowledgement fall due within the storm."""
    words = {name: f"{getattr(spread, name)} seconds" for name in ("length", "begin", "spread")}
    with psycopg.connect(superuser, autocommit=True) as database:
        database.execute(PUT_OFF)
        cursor = psycopg.ClientCursor(database)
        cursor.execute(
            SET.replace("%(length)s", "%(length)s::interval").replace("+ %(begin)s", "+ %(begin)s::interval"),
            words,
        )


def acknowledge(world: World, made: list[Referral], share: float, rng: random.Random, until: float) -> int:
    """Acknowledge a share of them at random moments; how many. A stopped database is waited for."""
    chosen = rng.sample(made, int(len(made) * share))
    for referral in chosen:
        time.sleep(max(0.0, (until - time.monotonic()) / len(chosen) * rng.random()))
        while not _acknowledged(world, referral):
            time.sleep(0.2)
    connections.close_all()
    return len(chosen)


def _acknowledged(world: World, referral: Referral) -> bool:
    try:
        move(world.trust, referral, "acknowledge")
    except DatabaseError:
        connections.close_all()
        return False
    except Refused:
        return True  # an answer was lost with the database, the move was not
    return True


def found(superuser: str, recovered_at: datetime) -> dict[str, float]:
    """The answers: how many rows each question finds, and the worst lateness after recovery in seconds."""
    with psycopg.connect(superuser, autocommit=True) as database:
        answers: dict[str, float] = {
            name: len(database.execute(question.encode()).fetchall()) for name, question in QUESTIONS.items()
        }
        answers["latest"] = float(database.execute(LATEST, [recovered_at]).fetchone()[0])
        answers["fired"] = database.execute("select count(*) from referrals_escalation").fetchone()[0]
    return answers
