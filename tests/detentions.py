"""Simulated detentions, written past every rule and service: what measures are counted over.

Made by chance from a seed, in rows as the services leave them; some times are missing, some officers relieve
others, some nights are those on which clocks change.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from referrals.domain import detention as domain
from referrals.domain.reference import make
from tests.factories.world import World

SINCE = datetime(2026, 10, 20, tzinfo=UTC)
DAYS = 35
ACTOR = json.dumps({"name": "Pat Example", "role": "duty supervisor", "contact": "", "agency": "police"})
OUTCOMES = ["", "", *domain.HOME, *domain.HOME, "s2", "informal", "arrested"]

CASES = """copy referrals_case (id, reference, state, opened_at, opened_on, opened_by_agency_id,
  opened_by_team_id, accountable_agency_id, accountable_team_id, accountable_since, closed_at, version,
  event_seq, event_hash) from stdin"""
PARTIES = "copy referrals_party (case_id, agency_id, since) from stdin"
DETENTIONS = """copy referrals_detention (id, reference, case_id, agency_id, team_id, power, state, version,
  under_18, location, source_incident_number, detained_at, starts_at, extension_minutes, expires_at, place_id,
  accepted_at, released_at, assessed_at, decided_at, ended_at, outcome, actor, recorded_at) from stdin"""
OFFICERS = """copy referrals_officerwait (id, detention_id, case_id, agency_id, identifier, number, since,
  until, relieves, supersedes_id, actor, recorded_at) from stdin"""


class Simulated:
    """So many detentions of the world's police, at its trusts' desks."""

    def __init__(self, world: World, many: int, seed: int = 7) -> None:
        self.world, self.many, self.chance = world, many, random.Random(seed)
        self.places = [world.teams["trust"].pk, world.teams["other_trust"].pk, None]

    def write(self, owner: psycopg.Connection) -> None:
        """Copy them in; ``owner`` is the superuser's connection, which no rule holds back."""
        owner.execute("set session_replication_role = replica")
        held = [self._one(n) for n in range(self.many)]
        self._copy(owner, CASES, (self._case(each) for each in held))
        self._copy(owner, PARTIES, ((e["case"], self.world.police.agency_id, e["detained"]) for e in held))
        self._copy(owner, DETENTIONS, (self._detention(each) for each in held))
        self._copy(owner, OFFICERS, (wait for each in held for wait in self._waits(each)))
        owner.commit()

    def _copy(self, owner: psycopg.Connection, words: str, rows: Iterator[tuple[Any, ...]]) -> None:
        with owner.cursor().copy(words) as into:
            for row in rows:
                into.write_row(row)

    def _key(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def _maybe(self, at: datetime | None, least: int, most: int, chance: float) -> datetime | None:
        """So many minutes after another, if that is there, and by chance."""
        if at is None or self.chance.random() > chance:
            return None
        return at + timedelta(minutes=self.chance.randint(least, most))

    def _one(self, n: int) -> dict[str, Any]:
        """What happened to one person."""
        detained = SINCE + timedelta(minutes=self.chance.randrange(DAYS * 1_440))
        starts = self._maybe(detained, 5, 120, 0.9)
        power = self.chance.choice(["s136"] * 8 + ["s135", "voluntary"])
        extension = self.chance.randint(1, 720) if self.chance.random() < 0.1 else 0
        legal = starts is not None and power != "voluntary"
        assessed = self._maybe(starts, 60, 2_000, 0.8)
        outcome = self.chance.choice(OUTCOMES) if assessed else ""
        decided = self._maybe(assessed, 10, 100, 1) if outcome else None
        return {
            "n": n, "id": self._key(), "case": self._key(), "detained": detained, "starts": starts,
            "power": power, "extension": extension if legal else 0,
            "expires": starts + timedelta(minutes=1_440 + extension) if legal else None,
            "place": self.chance.choice(self.places) if starts else None,
            "released": self._maybe(starts, 0, 240, 0.8), "assessed": assessed, "decided": decided,
            "outcome": outcome, "ended": self._maybe(decided, 0, 600, 0.9),
        }  # fmt: skip

    def _case(self, e: dict[str, Any]) -> tuple[Any, ...]:
        police, desk = self.world.police.agency_id, self.world.teams["police"].pk
        at, reference = e["detained"], make("C", 10_000_000 + e["n"])
        return (e["case"], reference, "open", at, at.date(), police,
                desk, police, desk, e["detained"], None, 1, 0, b"")  # fmt: skip

    def _detention(self, e: dict[str, Any]) -> tuple[Any, ...]:
        state = "ended" if e["ended"] else "arrived" if e["starts"] else "detained"
        return (e["id"], make("D", 10_000_000 + e["n"]), e["case"], self.world.police.agency_id,
                self.world.teams["police"].pk, e["power"], state, 1, None, "{}", "", e["detained"],
                e["starts"], e["extension"], e["expires"], e["place"], None, e["released"], e["assessed"],
                e["decided"], e["ended"], e["outcome"], ACTOR, e["detained"])  # fmt: skip

    def _waits(self, e: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        """Nobody, a number, a relief, or an entry that was corrected; each to the full minute."""
        end = e["released"] or e["detained"] + timedelta(minutes=self.chance.randint(30, 600))
        for name in self.chance.sample(["A", "B", "C", ""], self.chance.randint(0, 3)):
            since = e["detained"] + timedelta(minutes=self.chance.randint(0, 60))
            until = self.chance.choice(
                [None, max(since, end - timedelta(minutes=self.chance.randint(0, 90)))]
            )
            first = self._key()
            number = None if name else self.chance.randint(0, 4)
            yield self._wait(e, first, name, number, since, until, None)
            if self.chance.random() < 0.3:
                ended = since + timedelta(minutes=self.chance.randint(0, 200))
                yield self._wait(e, self._key(), name, number, since, ended, first)

    def _wait(self, e, key, name, number, since, until, corrects) -> tuple[Any, ...]:
        return (key, e["id"], e["case"], self.world.police.agency_id, name, number, since, until, "",
                corrects, ACTOR, since)  # fmt: skip


# The same figures by another way: every officer looked up at every minute, and rows counted one by one.
BY_MINUTE = """
with d as (
  select id, to_char(detained_at at time zone 'Europe/London', 'IYYY"-W"IW') as week, detained_at,
         least(released_at, ended_at, %(now)s) as until
    from referrals_detention where detained_at >= %(since)s and detained_at < %(until)s),
held as materialized (
  select w.* from referrals_officerwait w
   where not exists (select from referrals_officerwait c where c.supersedes_id = w.id)),
minute as (
  select d.id, d.week,
         generate_series(min(w.since), least(max(coalesce(w.until, d.until)), d.until) - interval '1 minute',
                         interval '1 minute') as at
    from d join held w on w.detention_id = d.id group by d.id, d.week, d.until),
counted as (
  select m.id, m.week, m.at, greatest(
    count(distinct w.identifier) filter (where w.identifier <> ''),
    coalesce((array_agg(w.number order by w.since desc, w.id::text desc)
      filter (where w.identifier = ''))[1], 0)) as officers
    from minute m join held w on w.detention_id = m.id and w.since <= m.at
     and (w.until is null or m.at < w.until)
   group by m.id, m.week, m.at)
select {group}, sum(officers)::int from counted group by 1
"""


def officer_minutes(owner: psycopg.Connection, group: str, **period: datetime) -> dict[str, int]:
    """Officer-minutes by a group, minute by minute."""
    return dict(owner.execute(BY_MINUTE.replace("{group}", group), period).fetchall())


def everything(owner: psycopg.Connection) -> list[dict[str, Any]]:
    """Every detention, to be counted in Python."""
    cursor = owner.cursor(row_factory=psycopg.rows.dict_row)
    return cursor.execute("select * from referrals_detention").fetchall()


def counted(rows: list[dict[str, Any]], now: datetime) -> dict[str, tuple[float, float]]:
    """Numerator and denominator of each measure, over all."""
    legal = [r for r in rows if r["expires_at"]]
    over = [r for r in legal if r["expires_at"] <= now or r["assessed_at"] or r["ended_at"]]
    both = [r for r in rows if r["starts_at"] and r["released_at"] and r["released_at"] >= r["starts_at"]]
    assessed = [r for r in rows if r["starts_at"] and r["assessed_at"]]
    decided = [r for r in rows if r["outcome"]]
    hour = timedelta(hours=1)
    return {
        "handover-within-60": (sum(r["released_at"] - r["starts_at"] <= hour for r in both), len(both)),
        "arrival-to-release": (sum(r["released_at"] - r["starts_at"] <= hour for r in both), len(both)),
        "detention-outcomes": (sum(r["outcome"].startswith("discharged_") for r in decided), len(decided)),
        "detention-extensions": (sum(r["extension_minutes"] > 0 for r in legal), len(legal)),
        "detention-lapses": (sum(_lapsed(r, now) for r in over), len(over)),
        "arrival-to-assessment": (
            sum(r["assessed_at"] - r["starts_at"] <= 3 * hour for r in assessed), len(assessed),
        ),
    }  # fmt: skip


def _lapsed(row: dict[str, Any], now: datetime) -> bool:
    ran_out = row["expires_at"]
    seen = row["assessed_at"] is not None and row["assessed_at"] <= ran_out
    gone = row["ended_at"] is not None and row["ended_at"] <= ran_out
    return ran_out <= now and not seen and not gone
