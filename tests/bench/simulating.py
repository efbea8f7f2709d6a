"""What trying out an agreement costs over 100,000 referrals, beside reading the same rows alone."""

import time

import psycopg

from tests.bench.databases import Scaled, use
from tests.database import clone, superuser, url

# A load spreads its referrals over all agencies of England: no two have a hundred thousand between them.
BETWEEN_TWO = """
update referrals_referral set from_agency_id = %(from_agency_id)s, to_agency_id = %(to_agency_id)s
 where id in (select id from referrals_referral where sent_at is not null order by id limit %(referrals)s)
"""


def against_reading(database: Scaled, referrals: int) -> dict[str, float]:
    """Seconds for so many referrals between two agencies, and how many times the mere reading."""
    from referrals.reporting import simulation

    use(database, "worker")
    use(_between_two(database, referrals), "worker")
    version, since, until, referrals = _busiest()
    begun = time.perf_counter()
    made = simulation.simulate(version, since, until)
    took = time.perf_counter() - begun
    reading = _read(version, since, until)
    return {
        "referrals": referrals,
        "promises": made.whole.before.clocks,
        "s": took,
        "s for 100,000 referrals": took * 100_000 / max(referrals, 1),
        "times the reading": took / reading,
    }


def _between_two(database: Scaled, referrals: int) -> Scaled:
    """A copy in which the two busiest agencies have that many referrals between them."""
    pair = _pair()
    copy = Scaled(f"{database.name}_between_two", database.rows)
    use(copy, "worker")  # nobody may be connected to what is copied
    with superuser("postgres") as server:
        clone(server, database.name, copy.name)
    with psycopg.connect(url("superuser", copy.name), autocommit=True) as server:
        server.execute("set session_replication_role = replica")
        server.execute(BETWEEN_TWO, {**pair, "referrals": referrals})
        server.execute("vacuum analyze referrals_referral")
    return copy


def _pair():
    from django.db.models import Count

    from referrals.models import Referral

    counted = Referral.objects.exclude(sent_at=None).values("from_agency_id", "to_agency_id")
    busiest = counted.annotate(n=Count("id")).order_by("-n")[:1]
    return busiest.values("from_agency_id", "to_agency_id").get()


def _busiest():
    from django.db.models import Count, Max, Min

    from referrals.models import AgreementVersion, Referral

    pair = _pair()
    found = Referral.objects.filter(**pair).exclude(sent_at=None)
    days = found.aggregate(first=Min("sent_at"), last=Max("sent_at"), n=Count("id"))
    version = AgreementVersion.objects.select_related("agreement").latest("live_from")
    agreement = version.agreement
    agreement.from_agency_id, agreement.to_agency_id = pair["from_agency_id"], pair["to_agency_id"]
    agreement.category = ""
    return version, days["first"], days["last"], days["n"]


def _read(version, since, until) -> float:
    from django.db import connection, transaction

    from referrals.reporting.simulation import BATCH, asked_of

    statement, asked = asked_of(version.agreement, None)
    begun = time.perf_counter()
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement, {**asked, "since": since, "until": until})
        while cursor.fetchmany(BATCH):
            pass
    return time.perf_counter() - begun
