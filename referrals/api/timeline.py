"""What has happened, as it may be told: events, with the texts that the reader's audience may read."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor
from agencies.api.authentication import acting
from referrals.api.filtering import refuse_unknown
from referrals.api.paging import Column, page
from referrals.api.rows import at, kinds
from referrals.domain.disclosure import readable
from referrals.models import Case, Content, Event, Referral

IN_ORDER = {"number": (Column("seq", int),)}
FIELDS = (
    "id", "case_id", "referral_id", "seq", "type", "occurred_at", "recorded_at", "actor", "data",
)  # fmt: skip
SHOWN_OF_ACTOR = ("name", "role", "contact", "agency")


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


def tell(events: QuerySet[Event], actor: Actor) -> list[dict[str, Any]]:
    """Events as partners read them, in the order given. Three queries."""
    lines = list(events.values(*FIELDS))
    referrals = _referrals({line["referral_id"] for line in lines} - {None}, actor)
    cases = _cases({line["case_id"] for line in lines}, actor) | {
        case_id: reference for _, case_id, reference in referrals.values()
    }
    return [_as_json(line, cases, referrals, actor) for line in lines]


def _referrals(ids: Iterable[UUID], actor: Actor) -> dict[UUID, tuple[str, UUID, str]]:
    seen = Referral.objects.visible_to(actor).filter(pk__in=ids)
    return {key: said for key, *said in seen.values_list("pk", "reference", "case_id", "case_reference")}


def _cases(ids: Iterable[UUID], actor: Actor) -> dict[UUID, str]:
    """By their own rows; one that the actor has left is still named by its referral."""
    return dict(Case.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", "reference"))


def _as_json(
    line: Mapping[str, Any], cases: Mapping[UUID, str], referrals: Mapping[UUID, tuple], actor: Actor
) -> dict[str, Any]:
    about = referrals.get(line["referral_id"])
    data = dict(line["data"])
    if "content" in data:
        data["content"] = [each for each in data["content"] if each["kind"] in kinds(actor.audience)]
    return {
        "id": line["id"],
        "number": line["seq"],
        "type": line["type"],
        "case": cases.get(line["case_id"]),
        "referral": line["referral_id"] and str(line["referral_id"]),
        "referral_reference": about and about[0],
        "occurred_at": at(line["occurred_at"]),
        "recorded_at": at(line["recorded_at"]),
        "actor": {name: line["actor"].get(name) for name in SHOWN_OF_ACTOR},
        "data": data,
    }


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
