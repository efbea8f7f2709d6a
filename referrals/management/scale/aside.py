"""Sets triggers, foreign keys and indexes aside for a load, and puts every one of them back.

All in the load's transaction: nobody else ever sees the tables without their rules, and a load that is
broken off leaves nothing. Putting a foreign key back checks every row.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString

from django.db import connection
from psycopg import sql

from referrals.management.scale.patterns import select

FOREIGN_KEYS = """
select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
 where conrelid = %s::regclass and contype = 'f' order by conname
"""
# Those on which no rule stands.
INDEXES = """
select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
  from pg_index i join pg_class c on c.oid = i.indexrelid
 where i.indrelid = %s::regclass and not i.indisunique and not i.indisprimary and not i.indisexclusion
 order by c.relname
"""


@contextmanager
def set_aside(tables: Sequence[str], told: Callable[[str], None]) -> Iterator[None]:
    """While it lasts the tables are bare. ``told`` hears which of them is being put back."""
    bare = [Table.of(name) for name in tables]
    for table in bare:
        table.strip()
    yield
    for table in bare:
        told(table.name)
        table.index_again()
    for table in bare:
        table.guard_again()


@dataclass(frozen=True)
class Table:
    """A table's foreign keys and indexes, as their definitions by name."""

    name: str
    foreign_keys: dict[str, LiteralString]
    indexes: dict[str, LiteralString]

    @classmethod
    def of(cls, name: str) -> "Table":
        """As the catalogue describes it."""
        return cls(name, _named(FOREIGN_KEYS, name), _named(INDEXES, name))

    def strip(self) -> None:
        """Without triggers, foreign keys and indexes."""
        _execute("alter table {} disable trigger user", self.name)
        for name in self.foreign_keys:
            _execute("alter table {} drop constraint {}", self.name, name)
        for name in self.indexes:
            _execute("drop index {}", name)

    def index_again(self) -> None:
        """With its indexes."""
        for definition in self.indexes.values():
            _execute(definition)

    def guard_again(self) -> None:
        """With its foreign keys, for which the indexes are there now, and its triggers."""
        for name, definition in self.foreign_keys.items():
            _execute("alter table {} add constraint {} " + definition, self.name, name)
        _execute("alter table {} enable trigger user", self.name)


def _named(query: str, table: str) -> dict[str, LiteralString]:
    return {row["name"]: row["definition"] for row in select(query, table)}


def _execute(words: LiteralString, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(words).format(*(sql.Identifier(name) for name in names)))
