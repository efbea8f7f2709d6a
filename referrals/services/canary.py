"""The canary: due every minute, ticked where clocks are ticked, sent where messages are sent.

Whoever ticks and whoever delivers touches it, through a table of its own: if it is late, so are they. Whether
clocks are claimed, and rungs have their messages, it cannot tell: the standing proof does.
"""

from django.db import connection

PLANT = """
insert into referrals_canary (due_at) select date_trunc('minute', clock_timestamp()) + interval '1 minute'
 where not exists (select from referrals_canary where due_at > clock_timestamp()) on conflict do nothing
"""
TICK = """
update referrals_canary set ticked_at = clock_timestamp() where id in (select id from referrals_canary
  where ticked_at is null and due_at <= clock_timestamp() order by due_at limit 100 for update skip locked)
"""
SEND = """
update referrals_canary set sent_at = clock_timestamp() where id in (select id from referrals_canary
  where sent_at is null and ticked_at is not null order by due_at limit 100 for update skip locked)
"""
FORGET = "delete from referrals_canary where due_at < clock_timestamp() - interval '1 day'"


def tick() -> None:
    """After the clocks: the canaries that are due, and the next one."""
    with connection.cursor() as cursor:
        cursor.execute(TICK)
        cursor.execute(PLANT)
        if cursor.rowcount:
            cursor.execute(FORGET)


def send() -> None:
    """After the messages: the canaries that were ticked."""
    with connection.cursor() as cursor:
        cursor.execute(SEND)
