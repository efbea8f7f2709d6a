"""What came of a sending to a webhook: its rows, the endpoint's breaker, and whoever must hear of it."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from secrets import randbelow
from typing import Any

import structlog
from django.db import connection, transaction

from agencies import audit
from notifications.models import WebhookEndpoint
from notifications.models.webhook import Outcome, WhyDisabled
from notifications.services.outbox import Owed, Recipient, enqueue
from notifications.services.webhook_batch import BREAKS, Batch, Tried

SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=5)  # between two tries
WARNED_AFTER = timedelta(hours=1)
DISABLED_AFTER = GIVEN_UP_AFTER = timedelta(days=5)
ATTEMPTS_KEPT = 20

log = structlog.get_logger("webhooks")

RECORD = """
update notifications_webhookdelivery d
   set attempts = d.attempts + x.tries, next_attempt_at = x.n, finished_at = x.f, outcome = x.o,
       tried = coalesce(case when jsonb_array_length(d.tried) < %(kept)s then d.tried else d.tried - 0 end
                        || x.t::jsonb, d.tried)
  from unnest(%(ids)s::bigint[], %(tries)s::int[], %(next)s::timestamptz[], %(finished)s::timestamptz[],
              %(outcomes)s::text[], %(tried)s::text[]) x(i, tries, n, f, o, t)
 where d.id = x.i and d.next_attempt_at is not null
"""
RELEASE = """
update notifications_webhookdelivery set next_attempt_at = %s where endpoint_id = %s and next_attempt_at > %s
"""


@transaction.atomic
def record(batch: Batch, tried: Sequence[Tried], now: datetime) -> int:
    """Write down what came of it, and let the endpoint go. How many ended."""
    held = WebhookEndpoint.objects.select_for_update(no_key=True).filter(
        pk=batch.endpoint.pk, claimed_until=batch.endpoint.claimed_until
    )
    endpoint = held.first()
    if endpoint is None:  # the claim ran out: another has sent since
        return 0
    healthy = endpoint.failures == 0 or any(each.went for each in tried)
    ends = [*_withheld(batch, now), *(_ending(each, now, healthy=healthy) for each in tried)]
    columns = ("ids", "tries", "next", "finished", "outcomes", "tried")
    values: list[list[Any]] = [list(column) for column in zip(*ends, strict=True)] if ends else [[]] * 6
    with connection.cursor() as cursor:
        cursor.execute(RECORD, {**dict(zip(columns, values, strict=True)), "kept": ATTEMPTS_KEPT})
    _judge(endpoint, tried, now)
    _tell_of_given_up(endpoint, [each for each in ends if each[4] == Outcome.GIVEN_UP], now)
    return sum(1 for each in ends if each[3] is not None)


End = tuple[int, int, datetime | None, datetime | None, str, str | None]


def _withheld(batch: Batch, now: datetime) -> list[End]:
    return [
        (p.delivery.pk, 0, None, now, Outcome.WITHHELD.value, None) for p in batch.parcels if p.body is None
    ]


def _ending(tried: Tried, now: datetime, *, healthy: bool) -> End:
    """The delivery's row after this attempt. It is given up only where the receiver takes others."""
    attempt = {
        "at": tried.at.isoformat(),
        "status": tried.status,
        "error": tried.error,
        "milliseconds": round(tried.took * 1000),
    }
    row, said = tried.delivery, json.dumps(attempt)
    if tried.went:
        return (row.pk, 1, None, now, Outcome.DELIVERED.value, said)
    if healthy and row.attempts + 1 >= BREAKS and now - row.created_at >= GIVEN_UP_AFTER:
        return (row.pk, 1, None, now, Outcome.GIVEN_UP.value, said)
    return (row.pk, 1, now + wait_after(row.attempts + 1), None, "", said)


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures: 5 s, doubled each time, 5 minutes at most, with jitter."""
    longest = min(SHORTEST * 2 ** min(failures - 1, 10), LONGEST)
    return longest * (500 + randbelow(501)) / 1000


def _judge(endpoint: WebhookEndpoint, tried: Sequence[Tried], now: datetime) -> None:
    """Open the breaker, keep it open or close it; at last disable the endpoint."""
    was_open, endpoint.claimed_until = endpoint.retry_at is not None, None
    for each in tried:
        endpoint.failures = 0 if each.went else endpoint.failures + 1
        endpoint.failing_since = None if each.went else endpoint.failing_since or now
        endpoint.warned_at = None if each.went else endpoint.warned_at
    if tried:
        over = endpoint.failures - BREAKS + 1
        endpoint.retry_at = now + wait_after(over) if over > 0 else None
    if was_open and endpoint.retry_at is None:
        with connection.cursor() as cursor:
            cursor.execute(RELEASE, [now, endpoint.pk, now])
    _be_loud(endpoint, tried, now)
    endpoint.save(update_fields=WRITTEN)


WRITTEN = (
    "failures", "failing_since", "retry_at", "claimed_until", "warned_at", "disabled_at", "disabled_reason",
)  # fmt: skip


def _be_loud(endpoint: WebhookEndpoint, tried: Sequence[Tried], now: datetime) -> None:
    """Whoever runs the agency hears when an endpoint has failed for an hour, and when it is disabled."""
    gone = any(each.status == HTTPStatus.GONE for each in tried)
    failing = now - endpoint.failing_since if endpoint.failing_since else timedelta(0)
    if gone or failing >= DISABLED_AFTER:
        endpoint.disabled_at = now
        endpoint.disabled_reason = WhyDisabled.GONE if gone else WhyDisabled.FAILING
        told = {"reason": endpoint.disabled_reason}
        audit.record(action="webhook.disabled", by=None, agency_id=endpoint.agency_id,
                     target_label="webhookendpoint", target_id=endpoint.pk, data=told)  # fmt: skip
        _tell(endpoint, "webhook.disabled", str(now), now)
    elif failing >= WARNED_AFTER and endpoint.warned_at is None:
        endpoint.warned_at = now
        _tell(endpoint, "webhook.failing", str(endpoint.failing_since), now)


def _tell_of_given_up(endpoint: WebhookEndpoint, given_up: Sequence[End], now: datetime) -> None:
    for each in given_up:
        _tell(endpoint, "webhook.given_up", str(each[0]), now)


def _tell(endpoint: WebhookEndpoint, kind: str, once_for: str, now: datetime) -> None:
    """In the agency's inbox, and to its duty contact by e-mail at once."""
    log.error(kind, webhook=str(endpoint.pk), host=endpoint.host)
    owed = Owed(
        key=f"{kind}:{endpoint.pk}:{once_for}",
        case_id=None,
        opened_on=now.date(),
        about=f"webhook:{endpoint.pk}",
        kind=kind,
        recipient=Recipient(endpoint.agency_id, role="duty contact"),
        data={"webhook": endpoint.host},
    )
    enqueue([owed], at=now)
