"""Referrals over HTTP: the list, one referral, its timeline; asking for help, and moving one step."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from agencies.models import Agency, Team
from referrals.api import asking, etags, moving, rows, shapes, timeline
from referrals.api.fields import named
from referrals.api.filtering import (
    InstantFilter,
    NhsNumberFilter,
    StrictFilterSet,
    YesNoFilter,
    any_of,
    narrowed,
    refuse_unknown,
)
from referrals.api.idempotency import OneEffect
from referrals.api.one import answer, seen
from referrals.api.paging import Column, Ordering, Part, page
from referrals.api.schema import CURSOR, ETAG, LIMIT, query
from referrals.api.shapes import page_of
from referrals.domain.case import Category, Priority
from referrals.domain.referral import FINAL, OPEN, State
from referrals.models import Event, Referral
from referrals.services import referral as referrals
from referrals.services import searching
from referrals.services.duplicates import possible_duplicates

BREACH = Column("breach_at", datetime)
SENT = Column("sent_at", datetime, descending=True, nullable=True)
KEY = Column("id", UUID, prefixed=False)
ORDERINGS: dict[str, Ordering] = {
    "breach_at": (BREACH, KEY),
    "-breach_at": (BREACH.reversed(), KEY.reversed()),
    "-sent_at": (SENT, KEY),
    "sent_at": (SENT.reversed(), KEY.reversed()),
    "breach_at,-sent_at": (BREACH, SENT, KEY),
}


class ReferralFilterSet(StrictFilterSet):
    """Narrows what the caller sees; can never widen it."""

    open = YesNoFilter(method="filter_open", label="Not ended: what somebody must still act on")
    state = filters.MultipleChoiceFilter(choices=[(s, s) for s in State], method=any_of)
    priority = filters.MultipleChoiceFilter(choices=[(p, p) for p in Priority], method=any_of)
    category = filters.MultipleChoiceFilter(choices=[(c, c) for c in Category], method=any_of)
    overdue = YesNoFilter(method="filter_overdue", label="Open, and past its deadline")
    from_agency = filters.CharFilter(method="filter_agency", label="Id or code of the asking agency")
    to_agency = filters.CharFilter(method="filter_agency", label="Id or code of the asked agency")
    to_team = filters.CharFilter(method="filter_team", label="Id or code of the asked team")
    sent_after = InstantFilter(field_name="sent_at", lookup_expr="gte", label="Sent then or later")
    sent_before = InstantFilter(field_name="sent_at", lookup_expr="lt", label="Sent earlier")
    person_nhs_number = NhsNumberFilter(method="filter_person", label="Spaces are allowed")
    source_incident_number = filters.CharFilter(label="The sender's own number of the incident")
    q = filters.CharFilter(
        method="filter_text", label="A reference, an incident number, an NHS number or half a name"
    )

    def filter_open(self, queryset: QuerySet, name: str, wanted: bool) -> QuerySet:
        """By state, in words that the indexes of worklists understand."""
        return any_of(queryset, "state", sorted(OPEN if wanted else FINAL))

    def filter_overdue(self, queryset: QuerySet, name: str, wanted: bool) -> QuerySet:
        """Late by the database's clock."""
        late = Q(state__in=sorted(OPEN), breach_at__lt=Now())
        return queryset.filter(late if wanted else ~late)

    def filter_agency(self, queryset: QuerySet, name: str, word: str) -> QuerySet:
        """By either end."""
        return queryset.filter(**{name: self.place(Agency, name, word)})

    def filter_team(self, queryset: QuerySet, name: str, word: str) -> QuerySet:
        """By the asked team."""
        return queryset.filter(to_team=self.place(Team, name, word))

    def filter_person(self, queryset: QuerySet, name: str, number: str) -> QuerySet:
        """By a detail of the person, which the caller's audience must be allowed to read."""
        if not searching.reads_numbers(self.actor):
            raise ValidationError(
                {name: ["NHS numbers are not shown to your agency, so not searched either"]}
            )
        return queryset.filter(searching.has_number(number))

    def filter_text(self, queryset: QuerySet, name: str, text: str) -> QuerySet:
        """By whatever the text looks like."""
        if len(text.strip()) < searching.SHORTEST_NAME:
            raise ValidationError({name: ["give at least two characters"]})
        return queryset.filter(searching.meant(text, self.actor))


def parts_seen(request: Request) -> list[Part]:
    """What the caller sees, in parts, with a word for the one that has the most of them."""
    states = request.query_params.getlist("state")
    if not states and request.query_params.get("open") == "true":
        states = sorted(OPEN)
    return Referral.objects.visible_in_parts(acting(request), states)


class ReferralViewSet(OneEffect, viewsets.ViewSet):
    """Referrals that the caller's agency sent or got, and those of cases in which it has a part."""

    scopes_to_read = ("referrals:read",)
    scopes_to_write = ("referrals:write",)
    filterset_class = ReferralFilterSet

    @extend_schema(responses=page_of(shapes.Referral), parameters=query(ReferralFilterSet, ORDERINGS))
    def list(self, request: Request) -> Response:
        """Every referral that you see, by time to breach unless ordered otherwise."""
        parts = narrowed(ReferralFilterSet, request, parts_seen(request))
        found = page(parts, request, ORDERINGS)
        return Response(found.answer(rows.read([key[-1] for key in found.keys], acting(request))))

    @extend_schema(request=asking.AskSerializer, responses={201: shapes.Referral}, parameters=[ETAG])
    def create(self, request: Request) -> Response:
        """Ask a team for help. It is sent at once unless ``draft`` is true."""
        body = asking.AskSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        by = acting(request).asserting(named(said.get("by")))
        asked = asking.asked(said, by)
        made = referrals.create(asked=asked, by=by)
        known = possible_duplicates(
            of=made.case_id,
            nhs_number=asked.person.get("nhs_number", ""),
            incident_number=asked.source_incident_number,
            by=by,
        )
        return answer(made.pk, request, status=201, possible_duplicates=known)

    @extend_schema(responses=shapes.Referral, parameters=[ETAG])
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One referral. ``ETag`` is its version."""
        refuse_unknown(request, ())
        seen(pk, request)
        return answer(pk, request)

    @extend_schema(responses=page_of(shapes.TimelineEvent), parameters=[CURSOR, LIMIT])
    def timeline(self, request: Request, pk: UUID) -> Response:
        """What happened to this referral, the oldest first."""
        case_id, _ = seen(pk, request)
        events = Event.objects.visible_to(acting(request)).filter(case_id=case_id, referral_id=pk)
        return timeline.answer(events, request)

    @extend_schema(request=moving.MoveSerializer, responses=shapes.Referral, parameters=[ETAG])
    def moves(self, request: Request, pk: UUID) -> Response:
        """Move it one step, as ``allowed_actions`` lists them. Send ``If-Match`` to move what you read."""
        _, version = seen(pk, request)
        body = moving.MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = moving.details(body.validated_data, acting(request))
        referrals.move(referral_id=pk, version=etags.wanted(request, version), **said)
        return answer(pk, request)
