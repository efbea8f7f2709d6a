"""Which rows a proof looks at this time: what is new since the last one, and a bit of all the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

# Numbers are drawn before they are committed: whatever was written this lately is looked at again.
TOUCHED = """
select coalesce(array_agg(distinct case_id), '{}'),
       coalesce(min(id) filter (where recorded_at > now() - interval '2 minutes') - 1, max(id), %(after)s)
  from (select id, case_id, recorded_at from referrals_event
         where id > %(after)s order by id limit %(most)s) e
"""
SWEPT = "select id from referrals_case where id > %(after)s order by id limit %(most)s"
RUNGS = """
select coalesce(max(id), %(after)s),
       coalesce(min(id) filter (where fired_at > now() - interval '2 minutes') - 1, max(id), %(after)s)
  from (select id, fired_at from referrals_escalation where id > %(after)s order by id limit %(most)s) g
"""
FIRST = UUID(int=0)


@dataclass(frozen=True)
class Budget:
    """The most that one proof looks at bit by bit: new events and rungs, other cases, anchored heads."""

    events: int | None = 50_000
    cases: int | None = 2_000
    heads: int | None = 5_000


WHOLE = Budget(None, None, None)


@dataclass(frozen=True)
class Portion:
    """What is looked at now, and where the next proof goes on."""

    cases: Sequence[UUID]
    positions: dict[str, str]


def cases(positions: Mapping[str, str], budget: Budget) -> Portion:
    """Cases with new events, and the next ones in order; after the last the sweep begins again."""
    after = UUID(positions.get("cases", str(FIRST))) if budget.cases is not None else FIRST
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, {"after": int(positions.get("events", 0)), "most": budget.events})
        touched, settled = cursor.fetchone()
        cursor.execute(SWEPT, {"after": after, "most": budget.cases})
        swept = [key for (key,) in cursor]
    ended = budget.cases is None or len(swept) < budget.cases
    went_to = FIRST if ended else [after, *swept][-1]
    return Portion([*{*touched, *swept}], {"events": str(settled), "cases": str(went_to)})


def rungs(positions: Mapping[str, str], budget: Budget) -> tuple[tuple[int, int], str]:
    """The escalations to look at, as the ids after which and up to which; and where to go on."""
    after = int(positions.get("rungs", 0)) if budget.events is not None else 0
    with connection.cursor() as cursor:
        cursor.execute(RUNGS, {"after": after, "most": budget.events})
        upto, settled = cursor.fetchone()
    return (after, upto), str(settled)
