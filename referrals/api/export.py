"""Referrals as one CSV file of any length: read page by page while it is sent, and never held whole."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from defusedcsv import csv
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from agencies import audit
from agencies.acting import Actor, acting_for, still_acts
from agencies.api.authentication import acting
from agencies.roles import Audience
from referrals.api import rows
from referrals.api.filtering import narrowed, refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import Part, keys_after
from referrals.api.referral import ORDERINGS, ReferralFilterSet, parts_seen
from referrals.api.report import CsvRenderer
from referrals.api.schema import query
from referrals.domain.disclosure import PERSON_FIELDS_READ_BY

BATCH = 500  # rows that are held at a time
NEWEST_FIRST = ORDERINGS["-sent_at"]  # what is sent meanwhile stands before the beginning, and shifts nothing
FILTERS = [each for each in query(ReferralFilterSet) if each.name not in ("cursor", "limit")]

Path = tuple[str, ...]
COLUMNS: Mapping[str, Path] = {
    "id": ("id",),
    "reference": ("reference",),
    "case": ("case", "reference"),
    "state": ("state",),
    "category": ("category",),
    "priority": ("priority",),
    "lead": ("lead",),
    "from_agency": ("from_agency", "code"),
    "from_team": ("from_team", "code"),
    "to_agency": ("to_agency", "code"),
    "to_team": ("to_team", "code"),
    "accountable_agency": ("accountable_agency", "code"),
    "held_by": ("held_by", "name"),
    "occurred_at": ("occurred_at",),
    "created_at": ("created_at",),
    "sent_at": ("sent_at",),
    "accepted_at": ("accepted_at",),
    "breach_at": ("breach_at",),
    "overdue": ("overdue",),
    "escalation_level": ("escalation_level",),
    "scene_safety": ("scene_safety",),
    "flags": ("flags",),
    "source_incident_number": ("source_incident_number",),
}
OF_CONTENT: Mapping[str, Path] = {"summary": ("summary",), "location": ("location", "text")}


class ExportView(OneEffect):
    """The list as a file, for whoever may read the list.

    Each page is a short transaction of its own: a long file holds none, and ends when access does.
    """

    own_transactions = True
    scopes_to_read = ("referrals:read",)
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        operation_id="referrals_export",
        responses={(200, "text/csv"): OpenApiTypes.STR},
        parameters=FILTERS,
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every referral that you see and ask for, the newest first, with the fields that you may read."""
        refuse_unknown(request, frozenset(ReferralFilterSet.base_filters))
        actor = acting(request)
        with acting_for(actor.agency_id):
            parts = narrowed(ReferralFilterSet, request, parts_seen(request))
            asked = {"filters": sorted(request.query_params)}
            audit.record(action="export", by=actor, target_label="referrals", data=asked)
        named = {"Content-Disposition": 'attachment; filename="referrals.csv"'}
        return StreamingHttpResponse(
            _file(parts, actor, request), content_type="text/csv; charset=utf-8", headers=named
        )


def _file(parts: Sequence[Part], actor: Actor, request: Request) -> Iterator[str]:
    """The heading, then page after page. Whoever loses access meanwhile gets no further page."""
    columns, last = columns_read_by(actor.audience), None
    yield _lines([list(columns)])
    while True:
        with acting_for(actor.agency_id):
            if not still_acts(request._request):
                raise NotAuthenticated("your access has ended")
            keys = keys_after(parts, NEWEST_FIRST, last, BATCH)
            told = rows.read([key[-1] for key in keys], actor)
        yield _lines([[_cell(each, path) for path in columns.values()] for each in told])
        if len(keys) < BATCH:
            return
        last = keys[-1]


def columns_read_by(audience: Audience) -> dict[str, Path]:
    """What this audience may read, by the column's name. What it may not read has no column."""
    texts = {name: path for name, path in OF_CONTENT.items() if name in rows.kinds(audience)}
    known = PERSON_FIELDS_READ_BY[audience]
    person = {f"person_{name}": ("person", name) for name in rows.PERSON_FIELDS if name in known}
    return {**COLUMNS, **texts, **person}


def _lines(cells: list[list[Any]]) -> str:
    """As CSV in which no spreadsheet finds a formula."""
    page = io.StringIO()
    csv.writer(page).writerows(cells)
    return page.getvalue()


def _cell(told: Mapping[str, Any], path: Path) -> object:
    found: object = told
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, list):
        found = ";".join(found)
    hidden = isinstance(found, str) and found[:1] in ("\t", "\r", "\n")  # a spreadsheet skips these
    return f"'{found}" if hidden else found
