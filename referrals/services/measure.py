"""Figures for the metrics that are too dear to be counted at each look: counted once a minute, and kept."""

from django.db import connection, transaction

from referrals.domain.referral import OPEN
from referrals.models import Measure, ProofCursor

BOUNDS = ("1", "2.5", "5", "10", "30", "60", "300", "3600", "+Inf")
"""Upper ends, in seconds, of the classes into which lateness is counted."""

OPEN_NOW = """
select state, count(*) from referrals_referral where state in (:open) group by state
""".replace(":open", ", ".join(f"'{state}'" for state in sorted(OPEN)))
PARKED = "select count(*) from referrals_clock where parked_at is not null and next_look_at is not null"

# Each rung that told somebody is counted once: those fired this lately wait, lest a number that was
# drawn before is committed after.
LATENESS = """
select extract(epoch from fired_at - due_at)::float8, id from referrals_escalation
 where id > %(after)s and not superseded and fired_at < now() - interval '2 minutes'
   and id < coalesce((select min(id) from referrals_escalation
                       where id > %(after)s and fired_at >= now() - interval '2 minutes'), 9e18)
 order by id limit 20000
"""


@transaction.atomic
def take() -> None:
    """Count anew what is open; go on counting how late rungs fired."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_NOW)
        counted = dict(cursor.fetchall())
        cursor.execute(PARKED)
        parked = cursor.fetchone()[0]
    for state in sorted(OPEN):
        _set("referrals_open", state, counted.get(state, 0))
    _set("clocks_parked", "", parked)
    _count_lateness()


def _count_lateness() -> None:
    cursor, _ = ProofCursor.objects.select_for_update().get_or_create(
        name="lateness", defaults={"position": "0"}
    )
    with connection.cursor() as database:
        database.execute(LATENESS, {"after": int(cursor.position)})
        found = database.fetchall()
    if not found:
        return
    late = [max(seconds, 0.0) for seconds, _ in found]
    for bound in BOUNDS:
        _add("lateness_bucket", bound, sum(seconds <= float(bound) for seconds in late))
    _add("lateness_sum", "", sum(late))
    cursor.position = str(found[-1][1])
    cursor.save()


def _set(name: str, label: str, value: float) -> None:
    Measure.objects.update_or_create(name=name, label=label, defaults={"value": value})


def _add(name: str, label: str, value: float) -> None:
    row, _ = Measure.objects.get_or_create(name=name, label=label, defaults={"value": 0})
    _set(name, label, row.value + value)
