"""The patterns' rows as tables of the load's own, and the SQL that copies them for one batch."""

from collections.abc import Sequence
from typing import LiteralString

from django.db import connection
from psycopg import sql

from referrals.management.scale.columns import Column, Sayings, columns
from referrals.management.scale.marks import marks_of
from referrals.management.scale.patterns import Pattern
from referrals.management.scale.texts import LEFT, RIGHT

COPIED = """
insert into {table} ({names})
select {values} from scale.batch b join {place} t on t.pattern = b.pattern {beside}
"""
# A case keeps the hash of its last event.
HEADED = """
insert into {table} ({names})
select {values} from scale.batch b join {place} t on t.pattern = b.pattern {beside}
  join scale.chained h on h.case_id = b.key0 and h.seq = t.event_seq
"""
# Every hash covers the one before: so first all the cases' first events are made, then their second, and
# so on. PostgreSQL makes a table on all cores, where it fills one that there is on one.
LINK = """
create unlogged table {link} as
select {others}, event_digest(before, case_id, seq, referral_id, type, occurred_at, recorded_at, actor, data)
         as hash
  from (select {values}, {before} as before
          from scale.batch b join {place} t on t.pattern = b.pattern and t.seq = {seq} {beside} {after}) e
"""
AFTER = "join {} h on h.case_id = b.key0"
CHAINED = "insert into {table} ({others}, hash) select {others}, hash from scale.chained"
FEED = """
insert into referrals_feed (agency_id, position, event_id, case_id)
select case r.side when 1 then b.a1 when 2 then b.a2 when 3 then b.a3 end,
       b.positions + r.seq, b.events + r.seq, b.key0
  from scale.batch b join scale.reach r on r.pattern = b.pattern
"""
SAID = """
insert into scale.said
select %s, s.agency_id, format(w, s.code, s.agency_id, s.team_id, s.members[1], s.members[2], s.members[3],
                               s.members[4])::jsonb
  from (select distinct agency_id, code, team_id, members from scale.slot
        union all select 0, '', 0, array[0, 0, 0, 0]) s, (values (%s)) v(w)
"""
IN_SAYINGS = ("c", "a", "t", "m1", "m2", "m3", "m4")

Statement = sql.Composed


def tables_of(told: Sequence[Pattern]) -> list[str]:
    """Every table that a pattern has rows in: events before cases, which take the last hash; and the feed."""
    found = {table for pattern in told for table in pattern.rows} - {"referrals_case"}
    return [*sorted(found), "referrals_case", "referrals_feed"]


def prepare(told: Sequence[Pattern]) -> list[Statement]:
    """Write the patterns down; what copies them, in order."""
    known = [(pattern, marks_of(pattern)) for pattern in told]
    sayings, statements = Sayings(), []
    for table in tables_of(told)[:-1]:
        of = [pattern.number for pattern, _ in known for _ in pattern.rows.get(table, ())]
        rows = [(marks, row) for pattern, marks in known for row in pattern.rows.get(table, ())]
        made = columns(table, rows, sayings)
        _write_rows(table, made, of)
        statements += _statements(table, made)
    _write_sayings(sayings)
    return [*statements, sql.SQL(FEED).format()]


def _write_rows(table: str, made: Sequence[Column], of: Sequence[int]) -> None:
    kept = [("pattern", "int"), *(each for column in made for each in column.kept)]
    defined = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_literal(kind))) for name, kind in kept
    )
    holes = sql.SQL(", ").join([sql.Placeholder()] * len(kept))
    place = _place(table)
    rows = [
        [pattern, *(value for column in made for value in column.values[n])] for n, pattern in enumerate(of)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("create unlogged table {} ({})").format(place, defined))
        cursor.executemany(sql.SQL("insert into {} values ({})").format(place, holes), rows)
        cursor.execute(sql.SQL("analyze {}").format(place))


def _place(table: str) -> sql.Identifier:
    return sql.Identifier("scale", f"of_{table}")


def _literal(words: str) -> LiteralString:
    """SQL that is put together from the catalogue's names of types and the constants of these modules."""
    return words  # type: ignore[return-value]


def _write_sayings(sayings: Sayings) -> None:
    """Each saying in the words of each agency, and once for nobody."""
    with connection.cursor() as cursor:
        for text, number in sayings.numbers.items():
            words = text.replace("%", "%%")
            for place, mark in enumerate(IN_SAYINGS, start=1):
                words = words.replace(f"{LEFT}{mark}{RIGHT}", f"%{place}$s")
            cursor.execute(SAID, [number, words])
        cursor.execute("analyze scale.said")


def _statements(table: str, made: Sequence[Column]) -> list[Statement]:
    """What copies this table's rows for a batch."""
    values = [
        sql.SQL("{} as {}").format(sql.SQL(_literal(column.made)), sql.Identifier(column.name))
        for column in made
    ]
    words = {
        "table": sql.Identifier(table),
        "names": sql.SQL(", ").join(sql.Identifier(column.name) for column in made),
        "values": sql.SQL(", ").join(values),
        "place": _place(table),
        "others": sql.SQL(", ").join(sql.Identifier(c.name) for c in made if c.name != "hash"),
        "beside": sql.SQL(_literal(" ".join(column.beside for column in made))),
    }
    if table == "referrals_event":
        seqs = {row[0] for column in made if column.name == "seq" for row in column.values}
        return _chain(max(seqs), words)
    return [sql.SQL(HEADED if table == "referrals_case" else COPIED).format(**words)]


def _chain(length: int, words: dict[str, sql.Composable]) -> list[Statement]:
    """The events, link after link; then all of them, in the order of their cases."""
    links = [sql.Identifier("scale", f"link_{seq}") for seq in range(1, length + 1)]
    statements = []
    for seq, link in enumerate(links, start=1):
        before = sql.SQL("h.hash" if seq > 1 else "''::bytea")
        after = sql.SQL(AFTER).format(links[seq - 2]) if seq > 1 else sql.SQL("")
        made = sql.SQL(LINK).format(link=link, seq=sql.Literal(seq), before=before, after=after, **words)
        statements.append(made)
    every = sql.SQL(" union all ").join(sql.SQL("table {}").format(link) for link in links)
    gone = sql.SQL(", ").join(links)
    return [
        sql.SQL("drop table if exists {}, scale.chained").format(gone),
        *statements,
        sql.SQL("create unlogged table scale.chained as select * from ({}) e").format(every),
        sql.SQL(CHAINED).format(**words),
    ]
