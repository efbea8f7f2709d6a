"""Saying that a part of the engine has just finished its work."""

from django.db import connection

BEAT = """
insert into referrals_heartbeat (part, beat_at) values (%s, clock_timestamp())
    on conflict (part) do update set beat_at = excluded.beat_at
"""


def beat(part: str) -> None:
    """Note that this part finished now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, [part])
