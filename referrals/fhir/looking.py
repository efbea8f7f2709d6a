"""Reading referrals as ServiceRequests and as Tasks: one by its id, or those that have an identifier."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor
from agencies.api.authentication import acting
from referrals.api import etags, one, rows
from referrals.api.ending import Ending, endings
from referrals.api.filtering import refuse_unknown
from referrals.domain.errors import Invalid, NotThere
from referrals.fhir import names
from referrals.fhir.building import Json
from referrals.fhir.request import service_request
from referrals.fhir.task import task
from referrals.fhir.view import FhirView, address
from referrals.models import Referral

MOST = 50
BUILDERS: dict[str, Callable[[Json, Ending | None], Json]] = {"ServiceRequest": service_request, "Task": task}
FIELD_OF = {names.REFERRAL: "reference", names.INCIDENT: "source_incident_number"}


class ReadView(FhirView):
    """One referral, as a resource of this ``kind``."""

    scopes_to_read = scopes_to_write = ("referrals:read",)
    kind = ""

    def get(self, request: Request, pk: str) -> Response:
        """As it stands. ``ETag`` is its version."""
        refuse_unknown(request, ("_format",))
        key = key_of(pk)
        _, version = one.seen(key, request)
        found = resources([key], acting(request), self.kind)[0]
        return Response(found, headers={"ETag": f"W/{etags.tag(version)}"})


class SearchView(FhirView):
    """The referrals with an identifier, as resources of this ``kind``."""

    scopes_to_read = scopes_to_write = ("referrals:read",)
    kind = ""

    def get(self, request: Request) -> Response:
        """At most fifty; more is no identifier."""
        refuse_unknown(request, ("_format", "identifier"))
        by = acting(request)
        named = Referral.objects.visible_to(by).filter(wanted(request.query_params.get("identifier", "")))
        keys = list(named.order_by("-created_at", "pk").values_list("pk", flat=True)[: MOST + 1])
        if len(keys) > MOST:
            raise Invalid(
                "too many have this identifier", {"identifier": f"more than {MOST}: ask by another"}
            )
        return Response(self.answer(resources(keys, by, self.kind), request))

    def answer(self, found: Sequence[Json], request: Request) -> Json:
        """The Bundle of what was found."""
        entries = [
            {
                "fullUrl": address(request, f"{self.kind}/{each['id']}"),
                "resource": each,
                "search": {"mode": "match"},
            }
            for each in found
        ]
        told: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
        told["link"] = [{"relation": "self", "url": request.build_absolute_uri()}]
        return {**told, "entry": entries} if entries else told


def key_of(text: str) -> UUID:
    """The id in an address. Raises NotThere for what is nobody's."""
    try:
        return UUID(text)
    except ValueError:
        raise NotThere("there is no such referral: an id is a UUID") from None


def wanted(said: str) -> Q:
    """The condition for ``system|value``, or a value of any system. Raises Invalid."""
    system, bar, value = said.rpartition("|")
    if not value or "\0" in value or (bar and system not in FIELD_OF):
        known = " or ".join(f"{each}|…" for each in FIELD_OF)
        raise Invalid("say which identifier", {"identifier": f"{known}, or a value alone"})
    fields = [FIELD_OF[system]] if bar else FIELD_OF.values()
    return Q(*((field, value) for field in fields), _connector=Q.OR)


def resources(keys: list[UUID], by: Actor, kind: str) -> list[Json]:
    """These referrals, which the actor sees, as resources. Four queries, however many."""
    ended = endings(keys, by)
    return [BUILDERS[kind](told, ended.get(UUID(told["id"]))) for told in rows.read(keys, by)]
