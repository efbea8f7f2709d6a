"""Webhooks: who may have one, and each endpoint's feed written out into what is owed to it.

The feed is numbered once and never fills in behind, so that writing out what comes after an endpoint's
position skips nothing that committed. An event is owed to whoever's feed it is in: the feed is the parties'.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from agencies.acting import Actor
from notifications.channels import outside
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.services import webhook
from referrals import policies
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere
from referrals.models import Feed
from referrals.models.keys import instant

MOST = 20  # endpoints of one agency
VISIBLE = re.compile(r"[!-~]+")
BATCH = 500  # events of one endpoint's that are written out at a time

FAN_OUT = """
with due as (
  select e.id, e.agency_id, e.position, e.types from notifications_webhookendpoint e
   where e.removed_at is null and e.disabled_at is null
     and exists (select from referrals_feed f where f.agency_id = e.agency_id and f.position > e.position)
   order by e.id for no key update of e skip locked
), ahead as (
  select d.id as endpoint_id, d.agency_id, d.types, f.position, f.event_id, f.case_id from due d
   cross join lateral (select * from referrals_feed f where f.agency_id = d.agency_id
     and f.position > d.position order by f.position limit %(batch)s) f
), owed as (
  insert into notifications_webhookdelivery
    (endpoint_id, agency_id, position, event_id, case_id, type, created_at, next_attempt_at,
     attempts, tried, outcome)
  select a.endpoint_id, a.agency_id, a.position, a.event_id, a.case_id, v.type, %(now)s, %(now)s,
         0, '[]', ''
    from ahead a join referrals_event v on v.id = a.event_id and v.case_id = a.case_id
   where a.types = '{}' or v.type = any(a.types) order by a.position, a.endpoint_id
  on conflict do nothing returning 1
), moved as (
  update notifications_webhookendpoint e set position = x.last
    from (select endpoint_id, max(position) as last from ahead group by 1) x where e.id = x.endpoint_id
)
select (select count(*) from ahead), (select count(*) from owed)
"""


@transaction.atomic
def fan_out() -> int:
    """Owe each endpoint its next events; how many positions were passed. Repeating is safe."""
    with connection.cursor() as cursor:
        cursor.execute(FAN_OUT, {"batch": BATCH, "now": instant()})
        return cursor.fetchone()[0]


@transaction.atomic
def register(*, said: Mapping[str, Any], by: Actor) -> tuple[WebhookEndpoint, str]:
    """A new endpoint of the actor's agency, and its secret. It is sent what happens from now on.

    ``after`` lets it begin at an earlier position of the feed. Raises NotYourMove, Invalid, MoveNotAllowed.
    """
    policies.check_manages_webhooks(by)
    asked = {**said}
    _check_url(asked["url"])
    if WebhookEndpoint.objects.visible_to(by).kept().count() >= MOST:
        raise MoveNotAllowed(f"an agency has at most {MOST} webhooks: remove one first")
    after = asked.pop("after", None)
    last = Feed.objects.visible_to(by).aggregate(last=Max("position"))["last"] or 0
    begin = last if after is None else min(after, last)
    return webhook.register(said=asked, position=begin, by=by, at=instant())


@transaction.atomic
def change(*, webhook_id: UUID, said: Mapping[str, Any], by: Actor) -> WebhookEndpoint:
    """Change it. Raises NotYourMove, NotThere, Invalid."""
    endpoint, asked = locked(webhook_id, by), {**said}
    if "url" in asked:
        _check_url(asked["url"])
    return webhook.change(endpoint, said=asked, by=by, at=instant())


@transaction.atomic
def remove(*, webhook_id: UUID, by: Actor) -> None:
    """Raises NotYourMove, NotThere."""
    webhook.remove(locked(webhook_id, by), by=by, at=instant())


@transaction.atomic
def rotate(*, webhook_id: UUID, overlap: timedelta, by: Actor) -> tuple[WebhookEndpoint, str]:
    """A new secret; the old one signs besides it for so long. Raises NotYourMove, NotThere."""
    endpoint = locked(webhook_id, by)
    return endpoint, webhook.rotate(endpoint, overlap=overlap, by=by, at=instant())


@transaction.atomic
def test(*, webhook_id: UUID, by: Actor) -> WebhookDelivery:
    """Have something sent to it now. Raises NotYourMove, NotThere, MoveNotAllowed."""
    return webhook.test(_sent_to(webhook_id, by), at=instant())


@transaction.atomic
def replay(*, webhook_id: UUID, delivery_id: int, by: Actor) -> WebhookDelivery:
    """Have an event sent again that was sent, or given up. Raises NotYourMove, NotThere, MoveNotAllowed."""
    endpoint = _sent_to(webhook_id, by)
    found = WebhookDelivery.objects.visible_to(by).filter(endpoint=endpoint, pk=delivery_id).first()
    if found is None:
        raise NotThere("there is no such delivery, or it is older than the log")
    if found.position is None or found.finished_at is None:
        raise MoveNotAllowed("it waits to be sent, or is a test: there is nothing to send again")
    return webhook.replay(found, at=instant())


def locked(webhook_id: UUID, by: Actor) -> WebhookEndpoint:
    """The endpoint, for the actor to change. Raises NotYourMove, NotThere."""
    policies.check_manages_webhooks(by)
    seen = WebhookEndpoint.objects.visible_to(by).kept().select_for_update(of=["self"], no_key=True)
    found = seen.filter(pk=webhook_id).first()
    if found is None:
        raise NotThere("there is no such webhook of your agency")
    return found


def _sent_to(webhook_id: UUID, by: Actor) -> WebhookEndpoint:
    endpoint = locked(webhook_id, by)
    if endpoint.disabled_at is not None:
        raise MoveNotAllowed("this webhook is disabled: enable it first")
    return endpoint


def _check_url(url: str) -> None:
    """Such an address as may be called; what its name means is looked at whenever something is sent."""
    if problem := _wrong_with(url):
        raise Invalid(problem, {"/url": problem})


def _wrong_with(url: str) -> str:
    schemes = ["https", *(["http"] if settings.WEBHOOKS_MAY_REACH_LOOPBACK else [])]
    try:
        split = urlsplit(url)
        whole = split.scheme in schemes and split.hostname and split.port != 0 and VISIBLE.fullmatch(url)
    except ValueError:
        whole = False
    if not whole:
        return "write https://, the host's name and a path, in visible ASCII characters"
    if "@" in split.netloc or split.fragment:
        return "an address holds no user name, no password and no fragment"
    return "this address is not on the public internet" if _is_literally_inside(split.hostname or "") else ""


def _is_literally_inside(host: str) -> bool:
    try:
        literal = ip_address(host)
    except ValueError:
        return False  # a name, or a way of writing an address that the resolver will unfold
    return not outside.may_be_called(literal)
