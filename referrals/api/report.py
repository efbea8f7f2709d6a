"""Measures over HTTP, as JSON and as CSV: each with its definition beside the figures."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.api.authentication import acting
from agencies.api.views import Answers
from agencies.instants import LONDON
from referrals.api import report_shapes as shapes
from referrals.api.filtering import refuse_unknown
from referrals.api.paging import whole
from referrals.api.rows import at
from referrals.api.shapes import page_of
from referrals.domain.errors import NotThere
from referrals.reporting.report import Asked, Definition, Told
from referrals.reporting.reports import MEASURES, count

PERIOD, LONGEST = timedelta(days=28), timedelta(days=366)
EVERY_GROUP = sorted({group for each in MEASURES.values() for group in each.groups})
PARAMETERS = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day, in London; by default 28 days ago."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, included; by default today."),
    OpenApiParameter("by", str, enum=EVERY_GROUP, description="By default all."),
    OpenApiParameter("format", str, enum=["json", "csv"], description="Or ask by the Accept header."),
    OpenApiParameter("measure", str, OpenApiParameter.PATH, enum=list(MEASURES)),
]
COLUMNS = ("group", "numerator", "denominator", "value", "suppressed")


class CsvRenderer(BaseRenderer):
    """A measure's lines as CSV; a problem as its words."""

    media_type, format, charset = "text/csv", "csv", "utf-8"

    def render(
        self,
        data: Mapping[str, Any],
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        """The definition stands in the first lines, so that no figure travels without it."""
        if "lines" not in data:  # a problem document, whatever was asked for
            return json.dumps(data)
        page = io.StringIO()
        writer = csv.writer(page)
        for name in ("measure", "title", "version", "unit", "from", "to", "by", "until", "counted"):
            writer.writerow([name, data[name]])
        writer.writerows(data["definition"].items())
        writer.writerows([f"left out: {each['why']}", each["count"]] for each in data["left_out"])
        writer.writerow(COLUMNS)
        writer.writerows([_plain(line[name]) for name in COLUMNS] for line in data["lines"])
        return page.getvalue()


def _plain(value: object) -> object:
    """A text that a spreadsheet would take for a formula is kept a text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" else value


class ReportsView(Answers, APIView):
    """What can be measured."""

    scopes_to_read = ("reports:read",)

    @extend_schema(operation_id="reports_list", responses=page_of(shapes.Measure))
    def get(self, request: Request) -> Response:
        """Every measure with its definition, and how it can be grouped."""
        refuse_unknown(request, ())
        found = [{**_defined(name, each), "groups": each.groups} for name, each in MEASURES.items()]
        return Response(whole(found))


class ReportView(Answers, APIView):
    """One measure over a period."""

    scopes_to_read = ("reports:read",)
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(responses=shapes.Report, parameters=PARAMETERS)
    def get(self, request: Request, measure: str) -> Response:
        """The figures with their definition. ``Accept: text/csv`` for a spreadsheet."""
        refuse_unknown(request, ("from", "to", "by", "format"))
        if measure not in MEASURES:
            raise NotThere(f"there is no such measure; there are {', '.join(MEASURES)}")
        first, last = _days(request.query_params)
        by = _grouping(request.query_params, measure)
        until = _start_of(last + timedelta(days=1))
        told = count(measure, Asked(acting(request), _start_of(first), until, timezone.now(), by))
        answer = Response(_as_json(told, first, last))
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _days(parameters: Mapping[str, str]) -> tuple[date, date]:
    """The first day and the last. Raises ValidationError."""
    today = timezone.localdate(timezone=LONDON)
    found = {}
    for name, default in (("from", today - PERIOD), ("to", today)):
        try:
            found[name] = date.fromisoformat(parameters[name]) if name in parameters else default
        except ValueError:
            raise ValidationError({name: ["a day, as in 2026-11-22"]}) from None
    if not timedelta(0) <= found["to"] - found["from"] <= LONGEST or found["to"].year > today.year + 1:
        raise ValidationError({"to": ["a day after the first, and within a year of it"]})
    return found["from"], found["to"]


def _grouping(parameters: Mapping[str, str], measure: str) -> str:
    """By what the lines are. Raises ValidationError."""
    by = parameters.get("by", "all")
    if by not in MEASURES[measure].groups:
        raise ValidationError({"by": [f"one of {', '.join(MEASURES[measure].groups)}"]})
    return by


def _start_of(day: date) -> datetime:
    """The first instant of a day in London."""
    return datetime.combine(day, time.min, LONDON)


def _defined(name: str, definition: Definition) -> dict[str, Any]:
    return {
        "measure": name,
        "title": definition.title,
        "version": definition.version,
        "unit": definition.unit,
        "definition": {
            "numerator": definition.numerator,
            "denominator": definition.denominator,
            "exclusions": definition.exclusions,
        },
    }


def _as_json(told: Told, first: date, last: date) -> dict[str, Any]:
    """The measure as it is answered."""
    return {
        **_defined(told.name, told.definition),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "by": told.asked.by,
        "until": at(min(told.asked.now, told.asked.until).astimezone(UTC)),
        "counted": told.counted,
        "left_out": [{"why": why, "count": count} for why, count in told.left_out.items()],
        "lines": [
            {
                "group": line.group,
                "numerator": None if hidden else line.numerator,
                "denominator": None if hidden else line.denominator,
                "value": None if hidden else line.value,
                "suppressed": hidden,
            }
            for line, hidden in told.shown
        ],
    }
