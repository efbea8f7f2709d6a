"""What trying out an agreement costs over 100,000 referrals, beside reading the same rows alone."""

import time

from tests.bench.databases import Scaled, use


def against_reading(database: Scaled) -> dict[str, float]:
    """Seconds for every referral between the two busiest agencies, and how many times the mere reading."""
    from referrals.reporting import simulation

    use(database, "worker")
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


def _busiest():
    from django.db.models import Count, Max, Min

    from referrals.models import AgreementVersion, Referral

    ends = ("from_agency_id", "to_agency_id")
    counted = Referral.objects.exclude(sent_at=None).values(*ends).annotate(n=Count("id"))
    pair = counted.order_by("-n").first()
    found = Referral.objects.filter(**{end: pair[end] for end in ends}).exclude(sent_at=None)
    days = found.aggregate(first=Min("sent_at"), last=Max("sent_at"))
    version = AgreementVersion.objects.select_related("agreement").latest("live_from")
    version.agreement.from_agency_id, version.agreement.to_agency_id = (pair[end] for end in ends)
    version.agreement.category = ""
    return version, days["first"], days["last"], pair["n"]


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
