"""What has happened, as it may be told: events, with the texts that the reader's audience may read."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor
from agencies.api.authentication import acting
from referrals.api.filtering import refuse_unknown
from referrals.api.paging import Column, page
from referrals.api.rows import at, kinds
from referrals.domain.disclosure import readable
from referrals.models import Content, Event
from referrals.reporting.event import tell

IN_ORDER = {"number": (Column("seq", int),)}


def answer(events: QuerySet[Event], request: Request) -> Response:
    """One page of a timeline, the oldest first. Five queries, however many events."""
    refuse_unknown(request, ("cursor", "limit"))
    found = page([(events, "")], request, IN_ORDER)
    on_page = events.filter(seq__in=[number for (number,) in found.keys]).order_by("seq")
    told = tell(on_page, acting(request))
    texts = contents(told, acting(request))
    for event in told:
        event["contents"] = [
            texts[each["id"]] for each in event["data"].get("content", ()) if each["id"] in texts
        ]
    return Response(found.answer(told))


def contents(events: Iterable[Mapping[str, Any]], actor: Actor) -> dict[str, dict[str, Any]]:
    """The texts that these events point at, by id, as far as the actor's audience reads them."""
    ids = {each["id"] for event in events for each in event["data"].get("content", ())}
    seen = Content.objects.visible_to(actor).filter(pk__in=ids, kind__in=kinds(actor.audience))
    return {
        str(content.pk): {
            "id": str(content.pk),
            "kind": content.kind,
            "version": content.version,
            "body": _body(content, actor),
            "provided_by": content.provider.get("agency"),
            "obtained_at": at(content.obtained_at),
        }
        for content in seen
        if actor.audience in content.audience
    }


def _body(content: Content, actor: Actor) -> object:
    """The text; of a person's details, those that the audience reads."""
    return readable(content.body, actor.audience) if content.kind == "person" else content.body
