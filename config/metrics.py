"""What a monitoring system reads (Prometheus' text format). Totals and ages; no case and no person."""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from referrals.reporting import measures

# By name: what it is called outside, what it says, and what its label is.
FAMILIES = {
    "looks_overdue": ("Clocks that are due and have not been looked at", ""),
    "oldest_overdue_look_seconds": ("How long the longest of these has waited", ""),
    "outbox_waiting": ("Messages that are to be sent, now or later", "channel"),
    "outbox_retrying": ("Of these, tried before in vain", "channel"),
    "outbox_oldest_seconds": ("Age of the oldest message that is to be sent", "channel"),
    "messages_failed": ("Messages that were given up", "channel"),
    "events_unnumbered": ("Events that are not in the feeds yet", ""),
    "referrals_open": ("Open referrals, counted once a minute", "state"),
    "clocks_parked": ("Clocks whose look fails again and again, counted once a minute", ""),
    "heartbeat_age_seconds": ("Since a part of the engine last finished its work", "part"),
    "node_cut_off": ("A worker node that does not reach its broker", "part"),
    "canary_late_seconds": ("By how much a thing that was due for the sake of this is late", ""),
    "canary_since_last_seconds": ("Since the last of these that was sent was due", ""),
    "well": ("1 while this sign of life is as it should be", "sign"),
    "proof_found": ("Rows that break a promise, by check of the standing proof", "check"),
    "proof_not_run": ("1 if the check could not be run", "check"),
    "proof_seconds": ("How long the check took", "check"),
    "proof_age_seconds": ("Since the check was run", "check"),
    "bank_holidays_known_seconds": ("How far ahead bank holidays are known; then desks open on them", ""),
}
LATENESS = "From when a rung was due to when it fired, for rungs that told somebody"


class Engine(Collector):
    """Asks the database anew for each look, so that any web process may answer."""

    def collect(self) -> Iterator[Metric]:
        """Every figure, by family."""
        families = {
            name: GaugeMetricFamily(f"rcrp_{name}", help_, labels=[label] if label else [])
            for name, (help_, label) in FAMILIES.items()
        }
        for figure in measures.figures():
            labels = [figure.label] if FAMILIES[figure.name][1] else []
            families[figure.name].add_metric(labels, figure.value)
        yield from families.values()
        late = measures.lateness()
        yield HistogramMetricFamily(
            "rcrp_escalation_lateness_seconds", LATENESS, buckets=late.upto, sum_value=late.seconds
        )


REGISTRY = CollectorRegistry()
REGISTRY.register(Engine())


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For the bearer of the token; if there is none, for this machine itself and for no proxy."""
    if not allowed(request):
        return HttpResponse("not for you\n", status=403, content_type="text/plain")
    return HttpResponse(generate_latest(REGISTRY), content_type="text/plain; version=0.0.4; charset=utf-8")


metrics.own_transactions = True


def allowed(request: HttpRequest) -> bool:
    """Whether the caller may read this."""
    if settings.METRICS_TOKEN:
        offered = request.headers.get("Authorization", "")
        return hmac.compare_digest(offered.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    forwarded = {"X-Forwarded-For", "X-Real-Ip", "Forwarded"} & set(request.headers)
    return not forwarded and request.META.get("REMOTE_ADDR", "") in {"127.0.0.1", "::1"}
