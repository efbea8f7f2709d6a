"""What is due to webhooks: endpoints claimed for a while, with their next deliveries' documents."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from django.db import connection

from agencies.models import Agency
from notifications.channels import signing
from notifications.models import WebhookDelivery, WebhookEndpoint

BATCH = 200  # deliveries that one claim of an endpoint takes
SLICE = 2.0  # seconds after which a claim begins no further sending
LEASE = timedelta(seconds=60)  # longer than the slice and the last sending
BREAKS = 3  # failures in a row that open the breaker

log = structlog.get_logger("webhooks")

Documents = Mapping[int, Mapping[str, Any]]
Describe = Callable[[Agency, Mapping[int, int]], Documents]
"""Of an agency's events, by position in its feed: the documents of those that it may see now."""

# In order for each case: one that waits for its next try holds up those behind it, and nobody else.
FIRST = """not exists (select from notifications_webhookdelivery b
  where b.endpoint_id = d.endpoint_id and b.case_id = d.case_id and b.id < d.id
    and b.next_attempt_at > %(now)s)
"""
CLAIM = """
with due as (
  select e.id from notifications_webhookendpoint e
   where e.removed_at is null and e.disabled_at is null
     and (e.claimed_until is null or e.claimed_until <= %(now)s)
     and (e.retry_at is null or e.retry_at <= %(now)s)
     and not exists (select from agencies_apiclient c where c.id = e.client_id and c.revoked_at is not null)
     and exists (select from notifications_webhookdelivery d
       where d.endpoint_id = e.id and d.next_attempt_at is not null
         and (e.retry_at is not null or (d.next_attempt_at <= %(now)s and FIRST)))
   order by e.claimed_until nulls first limit %(most)s for no key update of e skip locked
)
update notifications_webhookendpoint e set claimed_until = %(until)s from due where due.id = e.id
returning e.id
""".replace("FIRST", FIRST)
WHAT_IS_DUE = """
select d.id from notifications_webhookdelivery d
 where d.endpoint_id = %(endpoint)s and d.next_attempt_at <= %(now)s and FIRST
 order by d.id limit %(batch)s
""".replace("FIRST", FIRST)
# The trial while the breaker is open: of the firsts of their cases, the one that was tried least, so that a
# single event at which a receiver chokes does not keep everything else from being tried.
A_TRIAL = """
select id from (
  select distinct on (case_id) id, attempts from notifications_webhookdelivery
   where endpoint_id = %(endpoint)s and next_attempt_at is not null order by case_id, id) d
 order by attempts, id limit 1
"""


@dataclass(frozen=True)
class Parcel:
    """One delivery, and its document as it is sent; none if the agency may not see it any more."""

    delivery: WebhookDelivery
    body: bytes | None


@dataclass(frozen=True)
class Tried:
    """What came of one attempt: the answer's status, or the name of the error; after so many seconds."""

    delivery: WebhookDelivery
    status: int | None
    error: str
    at: datetime
    took: float

    @property
    def went(self) -> bool:
        """Whether the receiver said that it has it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Batch:
    """What one claim of an endpoint sends."""

    endpoint: WebhookEndpoint
    parcels: Sequence[Parcel]
    now: datetime
    began: float = field(default_factory=monotonic)
    in_a_row: int = 0

    @property
    def at(self) -> datetime:
        """The database's time, as it was at the claim and has gone on since."""
        return self.now + timedelta(seconds=monotonic() - self.began)

    @property
    def goes_on(self) -> bool:
        """Whether another sending may begin."""
        return monotonic() - self.began < SLICE and self.in_a_row < BREAKS


def claim(most: int, describe: Describe, now: datetime) -> Iterator[Batch]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "until": now + LEASE, "most": most})
        keys = [key for (key,) in cursor]
    found = WebhookEndpoint.objects.filter(pk__in=keys).select_related("agency").order_by("id")
    for endpoint in found:
        try:
            yield _batch(endpoint, describe, now)
        except Exception:  # what cannot be told of one agency's events is not the others' loss
            log.exception("what is due to a webhook could not be made", webhook=str(endpoint.pk))


def _batch(endpoint: WebhookEndpoint, describe: Describe, now: datetime) -> Batch:
    with connection.cursor() as cursor:
        words = {"endpoint": endpoint.pk, "now": now, "batch": BATCH}
        cursor.execute(A_TRIAL if endpoint.retry_at else WHAT_IS_DUE, words)
        keys = [key for (key,) in cursor]
    due = list(WebhookDelivery.objects.filter(pk__in=keys).order_by("id"))
    wanted = {each.position: each.event_id for each in due if each.position}
    told = describe(endpoint.agency, wanted) if wanted else {}
    parcels = [Parcel(each, _body(each, told)) for each in due]
    return Batch(endpoint, parcels, now)


def _body(delivery: WebhookDelivery, told: Documents) -> bytes | None:
    document = a_test(delivery) if delivery.position is None else told.get(delivery.position)
    return document and json.dumps(document, ensure_ascii=False, default=str).encode()


def a_test(delivery: WebhookDelivery) -> dict[str, Any]:
    """What is sent to try an address: shaped like an event, of no case."""
    nothing = dict.fromkeys(("id", "number", "case", "referral", "referral_reference", "actor", "sequence"))
    at = delivery.created_at.isoformat()
    return {**nothing, "type": delivery.type, "occurred_at": at, "recorded_at": at, "data": {}}


def secrets_of(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """Those that sign now: the new one, and the old one as long as it still holds."""
    old = endpoint.old_secret_until is not None and now < endpoint.old_secret_until
    return [signing.unseal(each) for each in [endpoint.secret, *([endpoint.old_secret] if old else [])]]
