"""Saying that a part of the engine has just finished its work."""

from datetime import datetime

from django.db import connection

BEAT = """
insert into referrals_heartbeat (part, beat_at, trouble) values (%s, clock_timestamp(), %s)
    on conflict (part) do update set beat_at = excluded.beat_at, trouble = excluded.trouble
    returning beat_at
"""
TURN = """
insert into referrals_heartbeat (part, beat_at) values (%(part)s, clock_timestamp())
    on conflict (part) do update set beat_at = excluded.beat_at
     where referrals_heartbeat.beat_at < clock_timestamp() - make_interval(secs => %(seconds)s)
    returning true
"""
YOUNGER = """
select exists (select from referrals_heartbeat
                where part = %s and beat_at > clock_timestamp() - make_interval(secs => %s))
"""
OUT = "delete from referrals_heartbeat where part = %s"


def beat(part: str, trouble: str = "") -> datetime:
    """Note that this part finished now, by the database's clock; when that was."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, [part, trouble])
        return cursor.fetchone()[0]


def my_turn(part: str, *, seconds: float) -> bool:
    """Whether nobody did this for so long, so that the caller shall; whoever is told so has the turn."""
    with connection.cursor() as cursor:
        cursor.execute(TURN, {"part": part, "seconds": seconds})
        return cursor.fetchone() is not None


def younger(part: str, *, seconds: float) -> bool:
    """Whether this part finished within so many seconds."""
    with connection.cursor() as cursor:
        cursor.execute(YOUNGER, [part, seconds])
        return cursor.fetchone()[0]


def sign_out(part: str) -> None:
    """This part has ended as it should, and shall not be missed."""
    with connection.cursor() as cursor:
        cursor.execute(OUT, [part])
