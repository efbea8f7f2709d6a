"""Something to send under the name of every column that stands nowhere else, and whether it was kept."""

import re
from functools import cache
from typing import Any

import psycopg
from django.apps import apps
from django.db import models

WORD, NUMBER, KEY, DAY = "zqforged", 1_907_030_405, "0f0f0f0f-1999-7aaa-8bbb-0000000f0f0f", "1907-03-04"
FORGED = {
    models.DateTimeField: f"{DAY}T05:06:07+00:00",
    models.DateField: DAY,
    models.UUIDField: KEY,
    models.IntegerField: NUMBER,
    models.ForeignKey: NUMBER,
}
KEPT = """
select relname, (xpath('/table/row/f/text()', query_to_xml(format(
         'select string_agg(t::text, chr(10)) f from %I t where t::text ~ ''{}''', relname),
         true, false, '')))[1]::text
  from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'django_session'
"""


@cache
def every_field() -> dict[str, Any]:
    """The name of every column of ours, and what is sent as it: a word, a number, a key, a time."""
    rooms = (apps.get_app_config(name) for name in ("agencies", "referrals", "notifications"))
    fields = (field for room in rooms for model in room.get_models() for field in model._meta.concrete_fields)
    return {name: _forged(field) for field in fields for name in (field.name, field.attname)}


def _forged(field: models.Field) -> Any:
    return next((said for kind, said in FORGED.items() if isinstance(field, kind)), WORD)


def kept(connection: psycopg.Connection) -> dict[str, str]:
    """The rows that hold any of it, by table."""
    marks = "|".join(re.escape(str(each)) for each in (WORD, NUMBER, KEY, DAY))
    found = connection.execute(KEPT.format(marks)).fetchall()
    connection.rollback()
    return {table: rows for table, rows in found if rows}
