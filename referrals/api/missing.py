"""Missing reports over HTTP: a first report in few words, more later, moves, checklist and sightings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor
from agencies.api.authentication import acting
from agencies.models import Team
from referrals.api import etags, fields, missing_shapes, places, rows, words
from referrals.api.fields import OPTIONAL, named
from referrals.api.filtering import StrictFilterSet, YesNoFilter, any_of, narrowed, refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.missing_shapes import MissingReportSerializer, as_json
from referrals.api.paging import Column, page, whole
from referrals.api.schema import ETAG, IF_MATCH, query
from referrals.api.shapes import page_of
from referrals.domain import reference
from referrals.domain.errors import NotThere, Refused
from referrals.domain.missing import FINAL, OPEN, Grade, State
from referrals.models import MissingReport
from referrals.reporting.missing_reports import read
from referrals.services import checklist, episode_links, missing, missing_moves, sighting
from referrals.services.duplicates import MOST
from referrals.services.episodes import duplicates

ORDERINGS = {"newest": (Column("id", UUID, descending=True),)}
"""Keys rise with time. The board itself is a page of the tracker."""


class ReportFilterSet(StrictFilterSet):
    """Narrows the reports that the caller sees; can never widen them."""

    open = YesNoFilter(method="filter_open", label="Not closed, cancelled or discarded")
    state = filters.MultipleChoiceFilter(choices=[(s, s) for s in State], method=any_of)
    grade = filters.MultipleChoiceFilter(choices=[(g, g) for g in Grade], method=any_of)
    unit = filters.CharFilter(method="filter_unit", label="Id or code of the unit")
    case = filters.CharFilter(method="filter_case", label="Reference of its case")

    def filter_open(self, queryset: QuerySet, name: str, wanted: bool) -> QuerySet:
        """By state."""
        return any_of(queryset, "state", sorted(OPEN if wanted else FINAL))

    def filter_unit(self, queryset: QuerySet, name: str, word: str) -> QuerySet:
        """By the unit that reported."""
        return queryset.filter(unit=self.place(Team, name, word))

    def filter_case(self, queryset: QuerySet, name: str, word: str) -> QuerySet:
        """By the case's reference, in whatever way it was typed."""
        try:
            return queryset.filter(case__reference=reference.clean(word))
        except reference.BadReference as problem:
            raise serializers.ValidationError({"case": [str(problem)]}) from None


class MissingMoveSerializer(fields.Bys):
    """One step. Which of the rest an action needs, its refusal says (422)."""

    action = fields.Choice(words.MISSING_ACTIONS)
    grade = fields.Choice(words.GRADES, **OPTIONAL)
    reason = fields.Text(**OPTIONAL, allow_blank=True)
    place = fields.Text(max_length=1_000, **OPTIONAL, allow_blank=True, help_text="Where found.")
    found_by = fields.Text(max_length=200, **OPTIONAL, allow_blank=True)
    harm = fields.Text(**OPTIONAL, allow_blank=True, help_text="What harm came to the patient, if any.")
    note = fields.Text(**OPTIONAL, allow_blank=True)
    power_used = fields.Choice(
        words.LEGAL_STATUSES, **OPTIONAL, help_text="Under which power the patient was brought back."
    )


class TickSerializer(fields.Bys):
    """One item of the checklist, done."""

    item = fields.Choice(words.CHECKLIST_ITEMS)
    note = fields.Text(**OPTIONAL, allow_blank=True)


class SightingSerializer(fields.StrictSerializer):
    """Who was seen, where and when."""

    place = fields.Text(max_length=1_000)
    seen_at = fields.Instant()
    sure = fields.Choice(words.ANSWERS, **OPTIONAL)
    told_by = fields.Text(max_length=200, **OPTIONAL, allow_blank=True)
    note = fields.Text(**OPTIONAL, allow_blank=True)
    by = fields.NamedSerializer(**OPTIONAL)


class LinkSerializer(fields.StrictSerializer):
    """An earlier episode of the same patient."""

    earlier = fields.Key()
    by = fields.NamedSerializer(**OPTIONAL)


class NamedOnlySerializer(fields.StrictSerializer):
    """Who does it."""

    by = fields.NamedSerializer(**OPTIONAL)


class MissingViewSet(OneEffect, viewsets.ViewSet):
    """Missing reports of the cases in which the caller's agency has a part; drafts, for who typed them."""

    scopes_to_read = ("missing:read",)
    scopes_to_write = ("missing:write",)

    @extend_schema(responses=page_of(missing_shapes.MissingReport), parameters=query(ReportFilterSet))
    def list(self, request: Request) -> Response:
        """Every report that you see, the newest first."""
        by = acting(request)
        mine = Q(unit_agency=by.agency_id) | Q(asked_agency=by.agency_id)
        seen = MissingReport.objects.visible_to(by).opened_by(by)
        parts = [(seen if "case" in request.query_params else seen.filter(mine), "")]
        found = page(narrowed(ReportFilterSet, request, parts), request, ORDERINGS)
        return Response(found.answer(told([key for (key,) in found.keys], by)))

    @extend_schema(
        request=MissingReportSerializer, responses={201: missing_shapes.MissingReport}, parameters=[ETAG]
    )
    def create(self, request: Request) -> Response:
        """Report a patient missing: the police are asked in the same act, unless ``draft`` is true."""
        body = MissingReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by = acting(request).asserting(named(body.validated_data.get("reporter")))
        said = missing_shapes.said(body.validated_data, by)
        kept = body.validated_data.get("draft", False)
        reported = missing.Reported(
            unit=_unit(body.validated_data, by), occurred_at=body.validated_data.get("occurred_at"), **said
        )
        with by_where_it_was_sent():
            made = missing.create(said=reported, by=by, draft=kept)
        others = duplicates(reported.person, by).exclude(pk=made.pk).order_by("-pk")
        known = list(others.values_list("reference", flat=True)[:MOST])
        return answer(made.pk, by, request, 201, possible_duplicates=known)

    @extend_schema(responses=missing_shapes.MissingReport, parameters=[ETAG])
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One report. ``ETag`` is its version."""
        refuse_unknown(request, ())
        return answer(pk, acting(request), request)

    @extend_schema(
        request=missing_shapes.MissingChangeSerializer,
        responses=missing_shapes.MissingReport,
        parameters=[ETAG, IF_MATCH],
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Add what is known now; only what is named changes."""
        body = missing_shapes.MissingChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by = acting(request).asserting(named(body.validated_data.get("by")))
        wanted = etags.wanted(request, version_of(pk, by))
        said = missing.Added(**missing_shapes.said(body.validated_data, by))
        with by_where_it_was_sent():
            missing.update(report_id=pk, said=said, by=by, version=wanted)
        return answer(pk, by, request)

    @extend_schema(request=MissingMoveSerializer, responses=missing_shapes.MissingReport, parameters=[ETAG])
    def moves(self, request: Request, pk: UUID) -> Response:
        """Grade, review, locate, return, debrief, close or cancel it; send or discard a draft."""
        body = MissingMoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = {**body.validated_data}
        by = acting(request).asserting(named(said.pop("by", None)))
        wanted = etags.wanted(request, version_of(pk, by))
        missing_moves.move(report_id=pk, by=by, version=wanted, **said)
        return answer(pk, by, request)


class ChecklistView(OneEffect):
    """The checklist of a report: each item timed and named when done."""

    scopes_to_read = ("missing:read",)
    scopes_to_write = ("missing:write",)

    @extend_schema(responses=missing_shapes.Checklist)
    def get(self, request: Request, pk: UUID) -> Response:
        """Every item, done or not."""
        refuse_unknown(request, ())
        return Response(whole(one(pk, acting(request))["checklist"]))

    @extend_schema(request=TickSerializer, responses={201: missing_shapes.ChecklistLine})
    def post(self, request: Request, pk: UUID) -> Response:
        """Say that an item was done, and when."""
        body = TickSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = {**body.validated_data}
        by = acting(request).asserting(named(said.pop("by", None)))
        unmoved(pk, by, request)
        checklist.tick(report_id=pk, by=by, **said)
        lines = one(pk, by)["checklist"]
        return Response(next(line for line in lines if line["item"] == said["item"]), 201)


class SightingView(OneEffect):
    """Sightings of the patient, by whoever has a part in the search."""

    scopes_to_read = ("missing:read",)
    scopes_to_write = ("missing:write",)

    @extend_schema(responses=missing_shapes.SightingLog)
    def get(self, request: Request, pk: UUID) -> Response:
        """All of them, the latest first."""
        refuse_unknown(request, ())
        return Response(whole(one(pk, acting(request))["sightings"]))

    @extend_schema(request=SightingSerializer, responses={201: missing_shapes.Sighting})
    def post(self, request: Request, pk: UUID) -> Response:
        """Log one; the other side is told."""
        body = SightingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = {**body.validated_data}
        by = acting(request).asserting(named(said.pop("by", None)))
        unmoved(pk, by, request)
        made = sighting.log(report_id=pk, seen=sighting.Seen(**said), by=by)
        logged = one(pk, by)["sightings"]
        return Response(next(each for each in logged if each["id"] == str(made.pk)), 201)


class EpisodesView(OneEffect):
    """Earlier episodes of the same patient, linked to a report."""

    scopes_to_read = ("missing:read",)
    scopes_to_write = ("missing:write",)

    @extend_schema(request=LinkSerializer, responses={201: missing_shapes.MissingReport})
    def post(self, request: Request, pk: UUID) -> Response:
        """Say that an earlier report is about the same patient: the two are linked, and never merged."""
        body = LinkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by = acting(request).asserting(named(body.validated_data.get("by")))
        unmoved(pk, by, request)
        episode_links.link(report_id=pk, earlier_id=body.validated_data["earlier"], by=by)
        return answer(pk, by, request, 201)


class UnlinkView(OneEffect):
    """Taking a link back."""

    scopes_to_write = ("missing:write",)

    @extend_schema(request=NamedOnlySerializer, responses=missing_shapes.MissingReport)
    def post(self, request: Request, pk: UUID, link: UUID) -> Response:
        """The two are about different people."""
        body = NamedOnlySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by = acting(request).asserting(named(body.validated_data.get("by")))
        unmoved(pk, by, request)
        if not any(each["id"] == str(link) for each in one(pk, by)["previous_episodes"]):
            raise NotThere("there is no such link")
        episode_links.unlink(link_id=link, by=by)
        return answer(pk, by, request)


SENT_AS = {"/last_seen_at": "/last_seen/at"}


@contextmanager
def by_where_it_was_sent() -> Iterator[None]:
    """A service's refusal names the fields of the report; a partner is told where in the body they stand."""
    try:
        yield
    except Refused as refusal:
        refusal.errors = {SENT_AS.get(field, field): said for field, said in refusal.errors.items()}
        raise


def _unit(data: Mapping[str, Any], by: Actor) -> Team:
    """The unit that reports; by default the client's own. Raises ValidationError."""
    word = data.get("unit") or (str(by.team_id) if by.team_id else None)
    if word is None:
        raise serializers.ValidationError({"unit": ["you act for no team: name one of your agency's"]})
    return places.one(Team, word, "unit", by)


def version_of(pk: UUID, by: Actor) -> int:
    """The report's version as it stands. Raises NotThere."""
    opened = MissingReport.objects.visible_to(by).opened_by(by)
    found = opened.filter(pk=pk).values_list("version", flat=True).first()
    if found is None:
        raise NotThere("there is no such report, or your agency has no part in it")
    return found


def unmoved(pk: UUID, by: Actor, request: Request) -> None:
    """The report stands as the caller read it, and will until this request is done: for acts beside it.

    Raises NotThere, Stale.
    """
    if (wanted := etags.wanted(request, version_of(pk, by))) is not None:
        missing.find(pk, by, wanted)


def told(ids: list[UUID], by: Actor) -> list[dict[str, Any]]:
    """These reports as partners read them."""
    seen = read(ids, by)
    running = rows.clocks([each.row.case_id for each in seen], by)
    return [as_json(each, running.get(each.row.case_id, []), by) for each in seen]


def one(pk: UUID, by: Actor) -> dict[str, Any]:
    """One report. Raises NotThere."""
    found = told([pk], by)
    if not found:
        raise NotThere("there is no such report, or your agency has no part in it")
    return found[0]


def answer(pk: UUID, by: Actor, request: Request, status: int = 200, **more: object) -> Response:
    """One report as it stands now."""
    found = {**one(pk, by), **more}
    headers = {"ETag": etags.tag(found["version"])}
    if status == 201:
        headers["Location"] = request.build_absolute_uri(f"/api/v1/missing-reports/{pk}/")
    return Response(found, status, headers=headers)
