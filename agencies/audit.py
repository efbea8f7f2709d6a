"""The audit log's only writer."""

from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from agencies.actor import Actor

# Not through the ORM: its RETURNING would have to pass the policy for reading, and a
# line about nobody we know (a failed sign-in) is nobody's to read.
INSERT = """
insert into agencies_auditevent (action, agency_id, actor, target_label, target_id, data)
values (%s, %s, %s, %s, %s, %s)
"""


def record(
    *,
    action: str,
    by: Actor | None,
    target_label: str = "",
    target_id: object = "",
    data: dict[str, Any] | None = None,
    agency_id: int | None = None,
) -> None:
    """Write one line, in the caller's transaction: it stands or falls with what it tells.

    The line belongs to ``agency_id``, else to the actor's agency.
    """
    if agency_id is None and by is not None:
        agency_id = by.agency_id
    actor = None if by is None else Jsonb(by.as_event())
    line = (action, agency_id, actor, target_label, str(target_id), Jsonb(data or {}))
    with connection.cursor() as cursor:
        cursor.execute(INSERT, line)
