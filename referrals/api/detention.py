"""Detentions over HTTP: recorded, followed by milestones in any order, with who waits and until when."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor
from agencies.api.authentication import acting
from agencies.models import Team
from referrals.api import detention_rows as rows
from referrals.api import detention_shapes as shapes
from referrals.api import etags, fields, places, vocabulary, words
from referrals.api.asking import LocationSerializer, PersonSerializer
from referrals.api.fields import OPTIONAL, named
from referrals.api.filtering import StrictFilterSet, YesNoFilter, narrowed, refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import Column, page
from referrals.api.schema import ETAG, IF_MATCH, query
from referrals.api.shapes import page_of
from referrals.domain.errors import NotThere
from referrals.models import Detention
from referrals.services import detention, officers
from referrals.services.milestones import Said

NEWEST_FIRST = {"newest": (Column("id", UUID, descending=True),)}
CHILD = "What is thought, where neither age nor day of birth is known."


class DetainedSerializer(fields.StrictSerializer):
    """Who was detained, by what power, where and when."""

    person = PersonSerializer(**OPTIONAL)
    power = fields.Choice(words.POWERS)
    detained_at = fields.Instant(**OPTIONAL)
    location = LocationSerializer(**OPTIONAL)
    source_incident_number = fields.Text(max_length=60, **OPTIONAL, allow_blank=True)
    case = fields.CaseReference(**OPTIONAL, help_text="Left out, a case is opened.")
    under_18 = fields.Truth(**OPTIONAL, help_text=CHILD)
    note = fields.Text(**OPTIONAL, allow_blank=True)
    by = fields.NamedSerializer(**OPTIONAL)


class DescribedSerializer(fields.StrictSerializer):
    """What more is known of the person, the place of detention or the incident."""

    person = PersonSerializer(**OPTIONAL)
    location = LocationSerializer(**OPTIONAL)
    source_incident_number = fields.Text(max_length=60, **OPTIONAL, allow_blank=True)
    under_18 = fields.Truth(**OPTIONAL, help_text=CHILD)
    by = fields.NamedSerializer(**OPTIONAL)


class MilestoneSerializer(fields.StrictSerializer):
    """One milestone. Which of the rest a kind needs, its refusal says (422)."""

    kind = fields.Choice(words.MILESTONES)
    at = fields.Instant(**OPTIONAL)
    place = fields.IdOrCode(**OPTIONAL, help_text="The team at the place of safety.")
    place_kind = fields.Choice(words.PLACE_KINDS, **OPTIONAL, help_text=vocabulary.PLACE_KIND)
    basis = fields.Choice(words.ARRIVAL_BASES, **OPTIONAL, help_text=vocabulary.BASIS)
    disputed_at = fields.Instant(**OPTIONAL, help_text="When somebody else has it that they arrived.")
    disputed_basis = fields.Choice(words.ARRIVAL_BASES, **OPTIONAL)
    outcome = fields.Choice(words.DETENTION_OUTCOMES, **OPTIONAL)
    reason_code = fields.Text(
        max_length=30, **OPTIONAL, allow_blank=True, help_text=vocabulary.MILESTONE_REASON
    )
    extension_minutes = fields.Whole(**OPTIONAL, min_value=1, max_value=10_000)
    doctor = fields.NamedSerializer(**OPTIONAL, help_text="Who certified an extension.")
    note = fields.Text(**OPTIONAL, allow_blank=True)
    corrects = fields.Key(**OPTIONAL, help_text="The entry that this one replaces.")
    withdrawn = fields.Truth(default=False, allow_null=True, help_text="Only take that entry back.")
    by = fields.NamedSerializer(**OPTIONAL)


class WaitSerializer(fields.StrictSerializer):
    """One officer by an identifier, or so many by number: there since, and until."""

    identifier = fields.Text(max_length=40, **OPTIONAL)
    number = fields.Whole(
        min_value=0, max_value=100, **OPTIONAL, help_text="0 says that those of the number before have gone."
    )
    relieves = fields.Text(max_length=40, **OPTIONAL, help_text="The officer who may go.")
    corrects = fields.Key(**OPTIONAL)
    by = fields.NamedSerializer(**OPTIONAL)

    def get_fields(self) -> dict[str, serializers.Field]:
        """And the times: one of their names is a word of Python's."""
        since = fields.Instant(**OPTIONAL)
        until = fields.Instant(**OPTIONAL, help_text="Left out, they are still there.")
        return {**super().get_fields(), "from": since, "to": until}


class DetentionFilterSet(StrictFilterSet):
    """Narrows the caller's detentions; can never widen them."""

    open = YesNoFilter(method="filter_open", label="Not ended")
    state = filters.MultipleChoiceFilter(choices=[(s, s) for s in words.DETENTION_STATES])
    power = filters.ChoiceFilter(choices=[(p, p) for p in words.POWERS])
    case = filters.CharFilter(field_name="case__reference", max_length=30)
    place = filters.CharFilter(method="filter_place", label="Id or code of the place of safety")

    def filter_open(self, queryset: QuerySet, name: str, wanted: bool) -> QuerySet:
        """By whether somebody is still kept."""
        return queryset.filter(ended_at__isnull=wanted)

    def filter_place(self, queryset: QuerySet, name: str, word: str) -> QuerySet:
        """By where the person came to last."""
        return queryset.filter(place=self.place(Team, name, word))


class DetentionViewSet(OneEffect, viewsets.ViewSet):
    """Detentions of the cases in which the caller's agency has a part."""

    scopes_to_read = ("detentions:read",)
    scopes_to_write = ("detentions:write",)
    filterset_class = DetentionFilterSet

    @extend_schema(responses=page_of(shapes.Detention), parameters=query(DetentionFilterSet))
    def list(self, request: Request) -> Response:
        """Those that you see, the newest first."""
        mine = Detention.objects.visible_to(acting(request))
        found = page(narrowed(DetentionFilterSet, request, [(mine, "")]), request, NEWEST_FIRST)
        return Response(found.answer(rows.told([key for (key,) in found.keys], acting(request))))

    @extend_schema(request=DetainedSerializer, responses={201: shapes.Detention}, parameters=[ETAG])
    def create(self, request: Request) -> Response:
        """Record a detention. A case that is somebody else's becomes the police's with it."""
        said, by = _said(DetainedSerializer, request)
        made = detention.record(said=detention.Detained(**said), by=by)
        return answer(made.pk, request, 201)

    @extend_schema(responses=shapes.Detention, parameters=[ETAG])
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One detention. ``ETag`` is its version."""
        refuse_unknown(request, ())
        return answer(pk, request)

    @extend_schema(request=DescribedSerializer, responses=shapes.Detention, parameters=[ETAG, IF_MATCH])
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """State more of the person, the place of detention or the incident."""
        version = etags.wanted(request, _version(pk, request))
        said, by = _said(DescribedSerializer, request)
        who = said.pop("person", None)
        detention.describe(detention_id=pk, by=by, version=version, person_said=who, **said)
        return answer(pk, request)


class MilestonesView(OneEffect):
    """What happens in a detention, entered in any order."""

    scopes_to_write = ("detentions:write",)

    @extend_schema(request=MilestoneSerializer, responses={201: shapes.Detention})
    def post(self, request: Request, pk: UUID) -> Response:
        """Enter a milestone, or correct one. ``health_accepted`` accepts the handover that waits for you."""
        version = etags.wanted(request, _version(pk, request))
        said, by = _said(MilestoneSerializer, request)
        if "place" in said:
            said["place"] = places.one(Team, said["place"], "place", acting(request))
        detention.enter(detention_id=pk, said=Said(**said), by=by, version=version)
        return answer(pk, request, 201)


class OfficersView(OneEffect):
    """Which officers wait, or how many."""

    scopes_to_write = ("detentions:write",)

    @extend_schema(request=WaitSerializer, responses={201: shapes.Detention})
    def post(self, request: Request, pk: UUID) -> Response:
        """Say who waits, who was relieved, and who has gone. Nobody is counted twice."""
        version = etags.wanted(request, _version(pk, request))
        said, by = _said(WaitSerializer, request)
        times = {"since": said.pop("from", None), "until": said.pop("to", None)}
        officers.wait(detention_id=pk, said=officers.Waits(**times, **said), by=by, version=version)
        return answer(pk, request, 201)


def _said(kind: type[serializers.Serializer], request: Request) -> tuple[dict[str, Any], Actor]:
    """What was sent, and by whom."""
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    said = {**body.validated_data}
    return said, acting(request).asserting(named(said.pop("by", None)))


def _version(pk: UUID, request: Request) -> int:
    """The version as it stands. Raises NotThere."""
    found = Detention.objects.visible_to(acting(request)).filter(pk=pk).values_list("version", flat=True)
    if (version := found.first()) is None:
        raise NotThere("there is no such detention, or your agency has no part in its case")
    return version


def answer(pk: UUID, request: Request, status: int = 200) -> Response:
    """One detention as it stands now. Raises NotThere."""
    told = next(iter(rows.told([pk], acting(request))), None)
    if told is None:
        raise NotThere("there is no such detention, or your agency has no part in its case")
    headers = {"ETag": etags.tag(told["version"])}
    if status == 201:
        headers["Location"] = request.build_absolute_uri(f"/api/v1/detentions/{pk}/")
    return Response(told, status, headers=headers)
