"""Sending events to partners' own systems: in order for each case, soon again after a failure, loud at last.

One worker sends at a time, to many endpoints at once; each endpoint has a place of its own, so that a slow
one holds up nobody else. An endpoint is claimed for a while, sent to outside every transaction, and what came
of it is recorded in a second, short one: whoever dies in between leaves the claim to run out, and what was
sent meanwhile is sent again under the same ``webhook-id``. Three failures in a row open a breaker: from
then on one delivery is tried at a time, ever more seldom but at least every five minutes. When one goes
through, all that waits goes.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from time import monotonic

from django.db import connection

from agencies.locks import Lock, alone
from notifications.channels import signing, webhook
from notifications.services.clock import database_now
from notifications.services.webhook_batch import Batch, Describe, Parcel, Tried, claim, secrets_of
from notifications.services.webhook_outcome import record

PLACES = 16  # endpoints that are sent to at the same moment
LANES = 8  # cases of one endpoint that are sent at the same moment
TIME_OUT = 5.0  # seconds that a receiver may take
KEPT = timedelta(days=30)  # that the log is kept

FORGET = """
delete from notifications_webhookdelivery where id in (
  select id from notifications_webhookdelivery where finished_at < %s order by finished_at limit 1000)
"""


def deliver_due(
    *, describe: Describe, clock: Callable[[], datetime] = database_now, seconds: float = 20
) -> int:
    """Send what is due, until nothing is or the time is over; how many went or ended.

    Repeating is safe, and so is a second caller: one sends at a time, which leaves the other workers'
    processes to the clocks. Inside a caller's transaction nothing is sent.
    """
    if connection.in_atomic_block:
        return 0
    with alone(Lock.WEBHOOKS) as mine:
        return _send_all(describe, clock, monotonic() + seconds) if mine else 0


def _send_all(describe: Describe, clock: Callable[[], datetime], until: float) -> int:
    ended, running = 0, set[Future[tuple[Batch, list[Tried]]]]()
    _forget(clock())
    with ThreadPoolExecutor(PLACES) as places:
        while True:
            if monotonic() < until:
                claimed = claim(PLACES - len(running), describe, clock())
                running |= {places.submit(_send, batch) for batch in claimed}
            if not running:
                return ended
            done, running = wait(running, timeout=0.25, return_when=FIRST_COMPLETED)
            ended += sum(record(*future.result(), clock()) for future in done)


def _send(batch: Batch) -> tuple[Batch, list[Tried]]:
    """In lanes, each case in one; what was tried, as it happened. Touches no database."""
    whole = sorted(
        (p for p in batch.parcels if p.body), key=lambda p: (str(p.delivery.case_id), p.delivery.pk)
    )
    chains = [list(chain) for _, chain in groupby(whole, key=lambda p: p.delivery.case_id)]
    chains.sort(key=lambda chain: chain[0].delivery.pk)
    if not chains:
        return batch, []
    with ThreadPoolExecutor(min(LANES, len(chains))) as lanes:
        tried = [each for chain in lanes.map(partial(_send_chain, batch), chains) for each in chain]
    return batch, sorted(tried, key=lambda each: each.at)


def _send_chain(batch: Batch, chain: Sequence[Parcel]) -> list[Tried]:
    """One case's, one after the other; after a failure none."""
    tried: list[Tried] = []
    for parcel in chain:
        if not batch.goes_on or (tried and not tried[-1].went):
            break
        tried.append(_try(batch, parcel))
        batch.in_a_row = 0 if tried[-1].went else batch.in_a_row + 1
    return tried


def _try(batch: Batch, parcel: Parcel) -> Tried:
    """Send once; an error by its name: its text might quote what it was given."""
    began, status, error = monotonic(), None, ""
    body = parcel.body or b""
    try:
        secrets = secrets_of(batch.endpoint, batch.at)
        headers = signing.headers(parcel.delivery.message_id, body, secrets, batch.at)
        status = webhook.post(batch.endpoint.url, body, headers, TIME_OUT)
    except Exception as wrong:  # a receiver may fail in any way; none may stop the others
        error = type(wrong).__name__
    return Tried(parcel.delivery, status, error, batch.at, monotonic() - began)


def _forget(now: datetime) -> None:
    """The log is kept for 30 days."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [now - KEPT])
