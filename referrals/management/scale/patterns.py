"""The cases that are copied: told by the services once for each kind, read, and rolled back again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from agencies.models import Membership, Team
from referrals.domain.case import Category, Priority
from referrals.management.demo import cases, past, stories
from referrals.management.demo.cast import Cast
from referrals.management.demo.stories import Story
from referrals.management.demo.tale import Plot, Tale
from referrals.management.scale.directory import PATTERN_CODES
from referrals.models.keys import instant
from referrals.services import engine, feed

BEGAN = timedelta(days=1100)  # how long ago the patterns are told: all their looks have been
REMINDED, BREACHED = timedelta(days=300), timedelta(days=400)  # half the target's year; all of it
PERSON = {
    "family_name": "Familyname",
    "given_name": "Givenname",
    "date_of_birth": "1901-02-03",
    "sex": "female",
    "nhs_number": "9990000018",
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A story to be told at a priority, ``weight`` times as often as one of weight 1.

    ``looks_for`` is how long the engine looks at it afterwards.
    """

    story: Callable[[Tale], Story]
    priority: Priority
    weight: int
    looks_for: timedelta | None = None


def _kinds(
    story: Callable[[Tale], Story], weights: dict[str, int], looks_for: timedelta | None = None
) -> list[Kind]:
    return [Kind(story, Priority(priority), weight, looks_for) for priority, weight in weights.items()]


ENDED = [
    *_kinds(stories.ended, {"P1": 3, "P2": 13, "P3": 11, "P4": 5}),
    *_kinds(stories.dropped, {"P2": 11, "P3": 9}),
    *_kinds(stories.cancelled, {"P2": 5, "P3": 4}),
    *_kinds(stories.withdrawn, {"P2": 13, "P3": 12}),
    *_kinds(stories.resent_and_ended, {"P2": 3, "P3": 1}),
    *_kinds(stories.in_error, {"P3": 5}),
    *_kinds(stories.discarded, {"P4": 5}),
]
OPEN = [
    *_kinds(stories.sent, {"P1": 3, "P2": 8, "P3": 6, "P4": 3}),
    *_kinds(stories.acknowledged, {"P1": 2, "P2": 7, "P3": 5, "P4": 2}),
    *_kinds(stories.info_requested, {"P2": 3, "P3": 2}),
    *_kinds(stories.accepted, {"P1": 2, "P2": 7, "P3": 5}),
    *_kinds(stories.in_progress, {"P1": 2, "P2": 9, "P3": 8, "P4": 4}),
    *_kinds(stories.completed, {"P2": 4, "P3": 3}),
    *_kinds(stories.declined, {"P2": 3, "P3": 2}),
    *_kinds(stories.failed, {"P2": 2}),
    *_kinds(stories.draft, {"P3": 2}),
    *_kinds(stories.redirect_asked, {"P2": 2}),
    *_kinds(stories.supported, {"P2": 2}),
    *_kinds(stories.asked_at_once, {"P1": 1}),
    *_kinds(stories.claimed, {"P2": 1}),
    *_kinds(stories.sent, {"P1": 1, "P2": 2, "P3": 1}, BREACHED),
    *_kinds(stories.acknowledged, {"P2": 1}, BREACHED),
]
DUE = Kind(stories.sent, Priority.P4, 0, REMINDED)
"""Reminded half a year ago; the first of its clocks breaches next, the others hours later."""
FILLER = Kind(stories.sent, Priority.P2, 0)


@dataclass(frozen=True)
class Pattern:
    """One case as the database held it: every row, by table, and what tells its copies apart from it."""

    number: int
    kind: Kind
    began: datetime
    rows: dict[str, list[Row]]
    reaches: list[tuple[int, int]]
    """Which event is in whose feed: its number in the case, and an agency."""

    @property
    def referrals(self) -> int:
        """How many it holds."""
        return len(self.rows["referrals_referral"])

    @property
    def next_look(self) -> timedelta:
        """How long after its beginning the engine looks at it next."""
        return min(k["next_look_at"] for k in self.rows["referrals_clock"] if k["next_look_at"]) - self.began


def record(kinds: list[Kind]) -> Iterator[Pattern]:
    """Tell and read each; nothing of it stays."""
    teams = [Team.objects.get(agency__code=code) for code in PATTERN_CODES]
    members = Membership.objects.filter(team__in=teams).select_related("user", "agency")
    cast, tables = Cast(members, []), tables_of_cases()
    for number, kind in enumerate(kinds):
        plot = Plot(Category.CONCERN_FOR_WELFARE, kind.priority, *teams)
        with transaction.atomic():
            found = _recorded(number, kind, Tale(number, plot, cast, PERSON), tables)
            transaction.set_rollback(True)
        yield found


def _recorded(number: int, kind: Kind, tale: Tale, tables: list[str]) -> Pattern:
    began = at = instant() - BEGAN
    story = kind.story(tale)
    minutes: float | None = 0
    while minutes is not None:
        at += timedelta(minutes=minutes)
        with past.at(at):
            minutes = next(story, None)
    if kind.looks_for:
        _look_until(began + kind.looks_for, tale.first.case_id)
    while feed.number_events():
        pass
    case_id = tale.first.case_id
    rows = {table: found for table in tables if (found := _rows(table, case_id))}
    reaches = [(row["seq"], row["agency_id"]) for row in select(REACHES, case_id)]
    return Pattern(number, kind, began, rows, reaches)


FIRST_LOOK = "select min(next_look_at) as at from referrals_clock where case_id = %s"
DUE_BY = "select id from referrals_clock where case_id = %s and next_look_at <= %s"


def _look_until(moment: datetime, case_id: UUID) -> None:
    """Have the engine look at the clocks of this case as they fall due, and at nobody else's."""
    while (due := select(FIRST_LOOK, case_id)[0]["at"]) is not None and due <= moment:
        at = min(due + cases.TICK, moment)
        engine.look_at([row["id"] for row in select(DUE_BY, case_id, at)], at)


ITS_OWN = {"referrals_feed", "referrals_feed_todo"}  # numbered anew for every copy


REACHES = """
select e.seq, f.agency_id from referrals_feed f join referrals_event e on e.id = f.event_id
 where e.case_id = %s
"""
TABLES = """
select c.table_name
  from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
 where c.column_name = 'case_id' and table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1
"""


def tables_of_cases() -> list[str]:
    """Every table whose rows hang off a case, and that of cases."""
    found = [row["table_name"] for row in select(TABLES)]
    return ["referrals_case", *(table for table in found if table not in ITS_OWN)]


def _rows(table: str, case_id: object) -> list[Row]:
    column = "id" if table == "referrals_case" else "case_id"
    words = sql.SQL("select * from {} where {} = %s order by 1")
    return select(words.format(sql.Identifier(table), sql.Identifier(column)), case_id)


def select(query: str | sql.Composed, *values: object) -> list[Row]:
    """What a query finds, each row by its columns' names."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
