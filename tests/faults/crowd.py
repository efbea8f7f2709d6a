"""Sixteen people press whatever buttons they see, and four engines look, all at once."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass

from tests.faults.stage import LATE, Stage, Struck, drain

MOVERS, TICKERS = 16, 4
PEOPLE = ("police", "trust", "other_trust", "ambulance")
# Cases first, like every writer.
RUSH = """
with mine as materialized (select id from referrals_case order by id for no key update skip locked)
update referrals_clock set started_at = started_at - interval '3 hours',
       target_at = target_at - interval '3 hours', next_look_at = next_look_at - interval '3 hours'
 where stopped_at is null and random() < 0.3 and case_id in (select id from mine)
   and started_at > clock_timestamp() - interval '1 day'
"""
# The engine tries again what a deadlock undid, and says nothing of it to whoever ticks.
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
COUNTING = threading.Lock()


@dataclass(frozen=True)
class Size:
    """How many referrals to fight over, and for how many seconds: enough that buttons are left to the end."""

    referrals: int = 400
    seconds: float = 60


SHORT = Size(referrals=12, seconds=5)


def play(stage: Stage, size: Size) -> Struck:
    """Let them, then count what went wrong; every refusal is in order, every other error is not."""
    from tests.faults import work

    made = work.fill(stage.world, size.referrals)
    before = stage.number(DEADLOCKS)
    done: Counter[str] = Counter()
    until = time.monotonic() + size.seconds
    seeds = [stage.rng.random() for _ in range(MOVERS)]
    threads = [
        *(
            threading.Thread(target=_press, args=(stage, made, random.Random(seed), until, done))
            for seed in seeds
        ),
        *(threading.Thread(target=_tick, args=(until, done)) for _ in range(TICKERS)),
    ]
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        stage.execute(RUSH)
        time.sleep(0.5)
    for thread in threads:
        thread.join(60)
    drain(stage.superuser, seconds=LATE)
    errors = {name: n for name, n in done.items() if name.startswith("error")}
    errors |= {"error hangs": hung} if (hung := sum(thread.is_alive() for thread in threads)) else {}
    return {
        "moved": done["moved"],
        "refused": done["refused"],
        "fired": done["fired"],
        "struck": done["refused"] if done["moved"] > size.seconds and done["fired"] else 0,
        "to_strike": 5,
        "deadlocks": stage.number(DEADLOCKS) - before,
        "errors": sum(errors.values()),
        **errors,
        "proof": stage.prove(),
    }


def _press(stage: Stage, made: list, rng: random.Random, until: float, done: Counter[str]) -> None:
    """Somebody's next button, again and again."""
    from django.db import connections

    while time.monotonic() < until:
        _counted(lambda: _move(stage, rng.choice(made), rng), done)
    connections.close_all()


def _move(stage: Stage, referral, rng: random.Random) -> str:
    from agencies.acting import acting_for
    from referrals.models import Case, Referral
    from referrals.policies import allowed_actions
    from tests.factories.world import decide_anew, move

    actor = getattr(stage.world, rng.choice(PEOPLE))
    with acting_for(actor.agency_id):
        case = Case.objects.visible_to(actor).filter(pk=referral.case_id).first()
        seen = Referral.objects.visible_to(actor).filter(case=referral.case_id).order_by("?").first()
    buttons = allowed_actions(actor, seen, case) if seen and case else []
    if not buttons:
        return "nothing to press"
    action = rng.choice(buttons)
    details = {}
    if action in ("redirect", "resend"):
        details = {"to_team": stage.world.teams[rng.choice(PEOPLE)]}
    if action == "police_reassess":
        details = {"threshold_decision": decide_anew(stage.world, referral).pk}
    move(actor, seen, action, **details)
    return "moved"


def _tick(until: float, done: Counter[str]) -> None:
    """An engine that looks as often as it can."""
    from django.db import connections

    from referrals.services import engine

    while time.monotonic() < until:
        _counted(lambda: "fired" if engine.tick().fired else "nothing due", done)
        time.sleep(0.05)
    connections.close_all()


def _counted(work, done: Counter[str]) -> None:
    from referrals.domain.errors import Refused

    try:
        came_of_it = work()
    except Refused:
        came_of_it = "refused"
    except Exception as wrong:  # whatever it is, it is counted and makes the run fail
        came_of_it = f"error {type(wrong.__cause__ or wrong).__name__}"
    with COUNTING:
        done[came_of_it] += 1
