"""Sets triggers, foreign keys and indexes aside for a load, and puts every one of them back.

All in the load's transaction: nobody else ever sees the tables without their rules, and a load that is
broken off leaves nothing. Putting a foreign key back checks every row.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg import sql

from referrals.management.scale.patterns import select

FOREIGN_KEYS = """
select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
 where conrelid = %s::regclass and contype = 'f' order by conname
"""
# Those that no constraint stands on: a load cannot make a double, but for what it would be told of.
INDEXES = """
select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
  from pg_index i join pg_class c on c.oid = i.indexrelid
 where i.indrelid = %s::regclass and not i.indisunique and not i.indisprimary and not i.indisexclusion
 order by c.relname
"""


@contextmanager
def set_aside(tables: list[str], done: Callable[[str], None]) -> Iterator[None]:
    """While it lasts the tables are bare. ``done`` is told what is being put back."""
    foreign_keys = {table: _named(FOREIGN_KEYS, table) for table in tables}
    indexes = {table: _named(INDEXES, table) for table in tables}
    for table in tables:
        _execute("alter table {} disable trigger user", table)
        for name in foreign_keys[table]:
            _execute("alter table {} drop constraint {}", table, name)
        for name in indexes[table]:
            _execute("drop index {}", name)
    yield
    for table in tables:
        done(table)
        for definition in indexes[table].values():
            _execute(definition)
    for table in tables:
        for name, definition in foreign_keys[table].items():
            _execute(f"alter table {{}} add constraint {{}} {definition}", table, name)
        _execute("alter table {} enable trigger user", table)


def _named(query: str, table: str) -> dict[str, str]:
    return {row["name"]: row["definition"] for row in select(query, table)}


def _execute(words: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(words).format(*(sql.Identifier(name) for name in names)))
