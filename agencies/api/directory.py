"""The directory: which agencies and teams there are, and how to reach them now."""

import re
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import ActorAuthentication, HasScope, acting
from agencies.api.filtering import GivenFilterSet
from agencies.api.schema import ID_OR_CODE
from agencies.api.views import Answers
from agencies.areas import covering
from agencies.duty import open_now
from agencies.models import Agency, AgencyCode, ServiceHours, Team
from agencies.roles import AgencyKind, TeamKind

NUMBER = re.compile(r"[0-9]{1,3}")
NOT_OURS = ValidationError({"cursor": ["take it from next or previous of an answer, or leave it out"]})


class DirectoryPagination(CursorPagination):
    """Pages by code, which never changes."""

    ordering = "code"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """REST framework's own speaks OpenAPI 3.0, where null was said in another way."""
        address = {"type": ["string", "null"], "format": "uri"}
        fields = {"next": address, "previous": address, "results": schema}
        return {"type": "object", "required": list(fields), "properties": fields}

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Where a page begins. Raises ValidationError for what no answer of ours gave."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise NOT_OURS from None
        if cursor and "\0" in (cursor.position or ""):  # PostgreSQL has no such text
            raise NOT_OURS
        return cursor

    def get_page_size(self, request: Request) -> int:
        """How many. Raises ValidationError for what is no such number."""
        said = request.query_params.getlist("limit") or [str(self.page_size)]
        if len(said) > 1 or not NUMBER.fullmatch(said[0]) or not 0 < int(said[0]) <= self.max_page_size:
            raise ValidationError({"limit": [f"a whole number from 1 to {self.max_page_size}"]})
        return int(said[0])


@extend_schema_view(retrieve=extend_schema(parameters=[ID_OR_CODE]))
class DirectoryViewSet(Answers, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Rows of the directory, which any partner may read, by id or by code."""

    authentication_classes = (ActorAuthentication,)
    permission_classes = (HasScope,)
    scopes_to_read = ("cases:read", "referrals:read")
    pagination_class = DirectoryPagination
    lookup_value_regex = "[A-Za-z0-9-]{1,60}"

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """As asked. Raises ValidationError for a parameter that there is not."""
        known = {"limit", "cursor", *self.filterset_class.base_filters} if self.action == "list" else set()
        if wrong := [name for name in self.request.query_params if name not in known]:
            said = f"there is no such query parameter; there are {', '.join(sorted(known)) or 'none'}"
            raise ValidationError({name: [said] for name in wrong})
        return super().filter_queryset(queryset)

    def get_object(self) -> Agency | Team:
        """Codes start with a letter, so a number is an id."""
        wanted = self.kwargs["pk"]
        by = "pk" if wanted.isdecimal() else "code"
        return get_object_or_404(self.get_queryset(), **{by: wanted})


class AgencyCodeSerializer(serializers.ModelSerializer):
    """An official code, and from when until when it held."""

    class Meta:
        model = AgencyCode
        fields = ("scheme", "code", "valid_from", "valid_until")


class AgencySerializer(serializers.ModelSerializer):
    """An agency as every partner may see it."""

    codes = AgencyCodeSerializer(many=True)
    succeeded_by = serializers.SlugRelatedField("code", read_only=True, allow_null=True)

    class Meta:
        model = Agency
        fields = ("id", "code", "name", "kind", "phone", "codes", "succeeded_by", "sandbox")


class AgencyFilterSet(GivenFilterSet):
    """Narrows the agencies; can never widen them."""

    kind = filters.MultipleChoiceFilter(choices=AgencyKind.choices)


class AgencyViewSet(DirectoryViewSet):
    """Agencies with their official codes."""

    serializer_class = AgencySerializer
    filterset_class = AgencyFilterSet

    def get_queryset(self) -> QuerySet[Agency]:
        """Two queries for any number."""
        seen = Agency.objects.visible_to(acting(self.request))
        return seen.select_related("succeeded_by").prefetch_related("codes")


class AgencyInBriefSerializer(serializers.ModelSerializer):
    """An agency, as other things mention it."""

    class Meta:
        model = Agency
        fields = ("id", "code", "name", "kind")


class ServiceHoursSerializer(serializers.ModelSerializer):
    """Hours on a day of the week (0 is Monday), London time; closing may be next morning."""

    class Meta:
        model = ServiceHours
        fields = ("weekday", "opens", "closes")


class TeamSerializer(serializers.ModelSerializer):
    """A team as every partner may see it: where it is open, for what, and who stands in."""

    agency = AgencyInBriefSerializer()
    open_now = serializers.SerializerMethodField()
    hours = ServiceHoursSerializer(many=True)
    fallback = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    serves = serializers.SlugRelatedField("code", many=True, read_only=True)

    class Meta:
        model = Team
        fields = (
            "id", "code", "name", "kind", "agency", "phone", "open_now", "always_open", "hours",
            "closed_on_bank_holidays", "areas", "categories", "youngest", "oldest", "rooms", "fallback",
            "serves",
        )  # fmt: skip

    def get_open_now(self, team: Team) -> bool:
        """At the database's present time."""
        return open_now(team, team.looked_at)


def id_or_code(agency: str) -> str:
    """By which field an agency is named: codes start with a letter."""
    return "pk" if agency.isdecimal() and len(agency) < 6 else "code"


class TeamFilterSet(GivenFilterSet):
    """Narrows the teams; can never widen them."""

    kind = filters.MultipleChoiceFilter(choices=TeamKind.choices)
    agency = filters.CharFilter(method="filter_agency", label="The agency's id or code")
    area = filters.CharFilter(method="filter_area", label="Covers this area")
    category = filters.CharFilter(method="filter_category", label="Takes this category")

    def filter_agency(self, teams: QuerySet[Team], name: str, agency: str) -> QuerySet[Team]:
        """Teams of the agency."""
        return teams.filter(**{f"agency__{id_or_code(agency)}": agency})

    def filter_area(self, teams: QuerySet[Team], name: str, area: str) -> QuerySet[Team]:
        """Teams that name the area, read as where a referral is routed by it."""
        return covering(teams, area)

    def filter_category(self, teams: QuerySet[Team], name: str, category: str) -> QuerySet[Team]:
        """Teams that name the category, or take any."""
        return teams.filter(Q(categories__contains=[category]) | Q(categories=[]))


class TeamViewSet(DirectoryViewSet):
    """Teams with their hours and coverage."""

    serializer_class = TeamSerializer
    filterset_class = TeamFilterSet

    def get_queryset(self) -> QuerySet[Team]:
        """Three queries for any number."""
        seen = Team.objects.visible_to(acting(self.request)).annotate(looked_at=Now())
        return seen.select_related("agency", "fallback").prefetch_related("hours", "serves")

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Teams with their hours and coverage; an ``agency`` that there is not is refused."""
        answer = super().list(request, *args, **kwargs)
        agency = request.query_params.get("agency")
        if agency and not answer.data["results"]:
            found = Agency.objects.visible_to(acting(request)).filter(**{id_or_code(agency): agency})
            if not found.exists():
                said = f"no agency has the id or code {agency}: see GET /agencies/"
                raise ValidationError({"agency": [said]})
        return answer


routes = [("agencies", AgencyViewSet), ("teams", TeamViewSet)]
