"""Taking one of the two walls away: the application's own filter, or PostgreSQL's row-level security."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.apps import apps

from referrals.models.visible import ReferralQuerySet

WALLS = ["both walls", "rows alone", "filter alone"]

GUARDED = """
select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relrowsecurity
"""


def guarded(connection: psycopg.Connection) -> set[str]:
    """The tables that have row-level security. Those that say who people are cannot."""
    found = {name for (name,) in connection.execute(GUARDED)}
    connection.rollback()
    return found


def without_the_filter(monkeypatch: pytest.MonkeyPatch, tables: set[str]) -> None:
    """Every scope of rows that PostgreSQL guards gives all of them."""
    for model in apps.get_models():
        queryset = type(model._default_manager.get_queryset())
        if model._meta.db_table in tables and hasattr(queryset, "visible_to"):
            monkeypatch.setattr(queryset, "visible_to", lambda rows, actor: rows.all())
    for narrower in ("received_by", "sent_by"):
        monkeypatch.setattr(ReferralQuerySet, narrower, lambda rows, actor: rows.all())
    monkeypatch.setattr(ReferralQuerySet, "visible_in_parts", lambda rows, *_: [(rows.all(), "")])


@contextmanager
def without_row_security(connection: psycopg.Connection) -> Iterator[None]:
    """Every policy is off, and afterwards on again."""
    tables = guarded(connection)
    try:
        for table in tables:
            connection.execute(f'alter table "{table}" disable row level security')
        connection.commit()
        yield
    finally:
        for table in tables:
            connection.execute(f'alter table "{table}" enable row level security')
        connection.commit()
