"""One effect for each key: the answer to a request is kept with what it did, and given again.

The key's row is written in the request's own transaction. A second request with the same key waits
for the first one at the unique index: it finds its answer, or, if the first was undone, takes its place.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from agencies.acting import Actor
from referrals.domain.errors import KeyReused

CLAIM = """
insert into referrals_idempotencykey (agency_id, caller, key, request_digest, answer_headers, answer_body)
values (%s, %s, %s, %s, '{}', '') on conflict (agency_id, caller, key) do nothing returning id
"""
FIND = """
select request_digest, answer_status, answer_headers::text, answer_body
  from referrals_idempotencykey where agency_id = %s and caller = %s and key = %s
"""
KEEP = """
update referrals_idempotencykey set answer_status = %s, answer_headers = %s, answer_body = %s where id = %s
"""
KEPT = timedelta(days=30)  # as long as the log of webhooks; who tries again does so within hours
BATCH = 1_000
FORGET = """
delete from referrals_idempotencykey where id in (
  select id from referrals_idempotencykey where created_at < %s order by created_at limit %s)
"""


@dataclass(frozen=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def claim(*, key: str, digest: str, by: Actor) -> int | Answer:
    """The new row's id for the first request with this key; else the answer that it got.

    ``digest`` is SHA-256 over the request. Raises KeyReused if the key came with another request.
    """
    owner: list[Any] = [by.agency_id, caller(by), key]
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [*owner, digest])
        if row := cursor.fetchone():
            return row[0]
        cursor.execute(FIND, owner)
        known, status, headers, body = cursor.fetchone()
    if known != digest:
        raise KeyReused("this idempotency key was used for another request: give each request a new one")
    return Answer(status, json.loads(headers), bytes(body))


def caller(by: Actor) -> str:
    """Whose keys they are: a client's or a person's own, so that nobody meets another's."""
    return f"user:{by.user_id}" if by.client_id is None else f"client:{by.client_id}"


def keep(claimed: int, answer: Answer) -> None:
    """Keep the answer for whoever asks again with the same key."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [answer.status, json.dumps(answer.headers), answer.body, claimed])


def forget(*, now: datetime) -> int:
    """Take away the oldest keys that are past keeping, at most a batch; how many.

    An answer tells of a person, and would outlast what is kept of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [now - KEPT, BATCH])
        return cursor.rowcount
