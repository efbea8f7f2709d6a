"""Cases over HTTP: the list, one case, its timeline, who was accountable when; and its moves."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor
from agencies.api.authentication import acting
from agencies.models import Agency
from referrals.api import accountability, body, etags, fields, shapes, timeline, words
from referrals.api.briefs import brief, team
from referrals.api.dispute import disputes, links
from referrals.api.fields import OPTIONAL
from referrals.api.filtering import InstantFilter, StrictFilterSet, YesNoFilter, narrowed, refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import Column, page
from referrals.api.rows import PERSON_FIELDS, also, at, clocks, offered, person
from referrals.api.schema import CURSOR, ETAG, LIMIT, query
from referrals.api.shapes import page_of
from referrals.domain import reference
from referrals.domain.case import CaseState
from referrals.domain.errors import NotThere
from referrals.models import Case, Event, MissingReport, Party, Person, Referral
from referrals.services import case_moves

NEWEST_FIRST = {"newest": (Column("case_id", UUID, descending=True),)}
"""Keys rise with time, so that the index of an agency's parts is an index of its cases by age."""


AT = OpenApiParameter("at", OpenApiTypes.DATETIME, description="An instant, by default now.")


class CaseFilterSet(StrictFilterSet):
    """Narrows the caller's cases; can never widen them."""

    open = YesNoFilter(method="filter_open", label="Not closed: somebody answers for them")
    state = filters.ChoiceFilter(field_name="case__state", choices=[(s, s) for s in CaseState])
    accountable_agency = filters.CharFilter(method="filter_agency", label="Id or code of who answers now")
    opened_after = InstantFilter(
        field_name="case__opened_at", lookup_expr="gte", label="Opened then or later"
    )
    opened_before = InstantFilter(field_name="case__opened_at", lookup_expr="lt", label="Opened earlier")

    def filter_open(self, queryset: QuerySet, name: str, wanted: bool) -> QuerySet:
        """By the case's state."""
        return queryset.filter(case__state=CaseState.OPEN if wanted else CaseState.CLOSED)

    def filter_agency(self, queryset: QuerySet, name: str, word: str) -> QuerySet:
        """By who is accountable now."""
        return queryset.filter(case__accountable_agency=self.place(Agency, name, word))


class CaseMoveSerializer(fields.Bys):
    """One step of a case, by a named person. Which of the rest an action needs, its refusal says (422)."""

    action = fields.Choice(words.CASE_MOVES)
    reason = fields.Text(**OPTIONAL, allow_blank=True)
    outcome = fields.Choice(
        words.DISPUTE_OUTCOMES, **OPTIONAL, help_text="For settle_dispute: what is to happen now."
    )
    agreed_with = fields.NamedSerializer(
        **OPTIONAL, help_text="Who agreed for the other side, or the arbiter who decided."
    )
    other_case = fields.Text(**OPTIONAL, max_length=40, help_text="For link and unlink: a case's reference.")


class CaseViewSet(OneEffect, viewsets.ViewSet):
    """Cases in which the caller's agency has a part."""

    scopes_to_read = ("cases:read",)
    scopes_to_write = ("cases:write",)
    filterset_class = CaseFilterSet

    @extend_schema(responses=page_of(shapes.Case), parameters=query(CaseFilterSet))
    def list(self, request: Request) -> Response:
        """Every case in which you have a part, the newest first."""
        mine = Party.objects.visible_to(acting(request)).filter(agency=acting(request).agency_id, until=None)
        found = page(narrowed(CaseFilterSet, request, [(mine, "")]), request, NEWEST_FIRST)
        return Response(found.answer(read([key for (key,) in found.keys], acting(request))))

    @extend_schema(responses=shapes.Case, parameters=[ETAG])
    def retrieve(self, request: Request, reference: str) -> Response:
        """One case. ``ETag`` is its version."""
        refuse_unknown(request, ())
        return answer(find(reference, request), request)

    @extend_schema(responses=page_of(shapes.TimelineEvent), parameters=[CURSOR, LIMIT])
    def timeline(self, request: Request, reference: str) -> Response:
        """What happened in this case, the oldest first."""
        events = Event.objects.visible_to(acting(request)).filter(case=find(reference, request).pk)
        return timeline.answer(events, request)

    @extend_schema(responses=shapes.Accountability, parameters=[AT])
    def accountability(self, request: Request, reference: str) -> Response:
        """Who was accountable at an instant (by default now), since when and why; and the whole history."""
        return accountability.answer(find(reference, request), request)

    @extend_schema(request=CaseMoveSerializer, responses=shapes.Case, parameters=[ETAG])
    def moves(self, request: Request, reference: str) -> Response:
        """Close, reopen or review it; dispute whose it is, or settle that; link it with another case."""
        case = find(reference, request)
        said, by = body.said(CaseMoveSerializer, request)
        version = etags.wanted(request, case.version)
        moved = case_moves.move(reference=case.reference, by=by, version=version, **said)
        return answer(moved, request)


def find(word: str, request: Request) -> Case:
    """The case by its reference, in whatever way it was typed. Raises NotThere."""
    try:
        wanted = reference.clean(word)
    except reference.BadReference as problem:
        raise NotThere(str(problem)) from None
    withheld = MissingReport.objects.visible_to(acting(request)).withheld_from(acting(request)).values("case")
    seen = Case.objects.visible_to(acting(request)).exclude(pk__in=withheld)
    found = seen.filter(reference=wanted).first()
    if found is None:
        raise NotThere("there is no such case, or your agency has no part in it")
    return found


def answer(case: Case, request: Request) -> Response:
    """One case as it stands now."""
    told = read([case.pk], acting(request))[0]
    return Response(told, headers={"ETag": etags.tag(told["version"])})


def read(ids: list[UUID], actor: Actor) -> list[dict[str, Any]]:
    """These cases, which the actor sees, in this order. Thirteen queries, however many."""
    related = ("accountable_agency", "accountable_team", "opened_by_agency")
    seen = list(Case.objects.visible_to(actor).filter(pk__in=ids).select_related(*related))
    beside = {
        "person": _people(ids, actor),
        "clocks": clocks(ids, actor),
        "referrals": _referrals(ids, actor),
        "parties": _parties(ids, actor),
        "disputes": disputes(ids, actor),
        "links": links(ids, actor),
        "allowed": case_moves.allowed(actor, seen),
    }
    told = {
        case.pk: _as_json(case, actor, {name: of.get(case.pk) for name, of in beside.items()})
        for case in seen
    }
    return [told[key] for key in ids if key in told]


def _as_json(case: Case, actor: Actor, beside: dict[str, Any]) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "state": case.state,
        "accountable_agency": brief(case.accountable_agency),
        "accountable_team": team(case.accountable_team),
        "accountable_since": at(case.accountable_since),
        "opened_at": at(case.opened_at),
        "opened_by_agency": brief(case.opened_by_agency),
        "first_sent_at": at(case.first_sent_at),
        "closed_at": at(case.closed_at),
        "person": beside["person"],
        "clocks": beside["clocks"] or [],
        "referrals": beside["referrals"] or [],
        "parties": beside["parties"] or [],
        "disputes": beside["disputes"] or [],
        "links": beside["links"] or [],
        "allowed_actions": offered(beside["allowed"] or [], actor, "cases:write"),
        "version": case.version,
    }


def _people(ids: list[UUID], actor: Actor) -> dict[UUID, dict[str, Any]]:
    withheld = MissingReport.objects.visible_to(actor).withheld_from(actor).values("case")
    seen = Person.objects.visible_to(actor).filter(case__in=ids).exclude(case__in=withheld)
    said = also(ids, actor)
    return {
        each["case_id"]: {**person(each, actor.audience), "also": said.get(each["case_id"], [])}
        for each in seen.values("case_id", *PERSON_FIELDS)
    }


def _referrals(ids: list[UUID], actor: Actor) -> dict[UUID, list[dict[str, Any]]]:
    seen = Referral.objects.visible_to(actor).filter(case__in=ids).select_related("to_team").order_by("id")
    found: dict[UUID, list[dict[str, Any]]] = {}
    for referral in seen:
        told = {
            "id": str(referral.pk),
            "reference": referral.reference,
            "state": referral.state,
            "lead": referral.lead,
            "category": referral.category,
            "priority": referral.priority,
            "to_team": team(referral.to_team),
            "breach_at": at(referral.breach_at),
            "parent": referral.parent_id and str(referral.parent_id),
        }
        found.setdefault(referral.case_id, []).append(told)
    return found


def _parties(ids: list[UUID], actor: Actor) -> dict[UUID, list[dict[str, Any]]]:
    seen = (
        Party.objects.visible_to(actor).filter(case__in=ids).select_related("agency").order_by("since", "id")
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for party in seen:
        told = {"agency": brief(party.agency), "since": at(party.since), "until": at(party.until)}
        found.setdefault(party.case_id, []).append(told)
    return found
