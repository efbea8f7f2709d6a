"""Referrals that were kept on paper while the system was away: a CSV file, all of it or nothing.

Each row goes the way of ``POST /referrals/``: the same fields, checks and services. It is chased from when
it is entered; when it happened stands beside. A preview does all of it, and undoes it again.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple
from uuid import UUID

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import audit
from agencies.acting import Actor
from agencies.api.authentication import acting
from referrals.api import asking, errors, rows, shapes
from referrals.api.fields import named
from referrals.api.filtering import refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.domain.errors import Refused
from referrals.services import referral as referrals

MOST = 200  # rows of one file
FIRST = 2  # the number of the first row, as a spreadsheet counts: the heading is row 1
PREVIEW = OpenApiParameter(
    "preview", bool, description="True: say what would be made and what is wrong, and make nothing."
)

Path = tuple[str, ...]
COLUMNS: Mapping[str, Path] = {
    **{name: (name,) for name in (
        "category", "priority", "from_team", "to_team", "area", "lead", "summary", "scene_safety", "flags",
        "source_incident_number", "occurred_at",
    )},
    "location": ("location", "text"),
    **{f"person_{name}": ("person", name) for name in rows.PERSON_FIELDS},
    **{f"by_{name}": ("by", name) for name in ("name", "role", "contact")},
}  # fmt: skip
NEEDED = ("category", "priority", "occurred_at")

FORMULAS = set("@+-=|%\t\r\n")

Line = dict[str, str]
Wrong = dict[str, Any]


class Table(NamedTuple):
    """A file: the names of its columns, and its rows by column."""

    heading: list[str]
    lines: list[Line]


class CsvParser(BaseParser):
    """A CSV file in UTF-8 with a heading."""

    media_type = "text/csv"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Table:
        """What it holds. Raises ParseError."""
        request = (parser_context or {}).get("request")
        sent = request._request.body if request is not None else stream.read()
        try:
            text = sent.decode("utf-8-sig")
            if "\0" in text:
                raise ValueError("it holds a zero byte")
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="")
            return Table(list(reader.fieldnames or []), list(reader))
        except (ValueError, csv.Error) as problem:
            raise ParseError(f"this is not CSV in UTF-8 that can be read: {problem}") from None


def _wrong_heading(heading: list[str]) -> Wrong:
    """By its name, each column that there is not, that is needed, or that is there twice; with the first of
    them, those that there are."""
    wrong = {name: "there is no such column" for name in heading if name not in COLUMNS}
    wrong |= {name: "this column is needed" for name in NEEDED if name not in heading}
    wrong |= {name: "this column is there twice" for name in heading if heading.count(name) > 1}
    if wrong:
        wrong[next(iter(wrong))] += f"; the columns are {', '.join(COLUMNS)}"
    return {name: [said] for name, said in wrong.items()}


class ImportView(OneEffect):
    """Back-entry: every row is made, or none is."""

    scopes_to_write = ("referrals:write",)
    parser_classes = (CsvParser,)

    @extend_schema(
        operation_id="referrals_import",
        request={"text/csv": OpenApiTypes.STR},
        responses={200: shapes.Imported, 201: shapes.Imported},
        parameters=[PREVIEW],
    )
    def post(self, request: Request) -> Response:
        """A heading, and a row for each referral, with ``occurred_at``. What is wrong is told by row, all at
        once: columns, fields and teams; what only shows when a row is made, once those are right.
        """
        refuse_unknown(request, ("preview",))
        preview = _truth(request.query_params.get("preview", "false"))
        table = request.data if isinstance(request.data, Table) else Table([], [])
        _check(table, acting(request))
        start = transaction.savepoint()
        made = _make(table.lines, acting(request))
        told = rows.read(made, acting(request))
        if preview:
            transaction.savepoint_rollback(start)
        else:
            audit.record(
                action="import", by=acting(request), target_label="referrals", data={"rows": len(made)}
            )
        results = [_as_json(number, each, preview) for number, each in enumerate(told, FIRST)]
        return Response({"preview": preview, "results": results}, 200 if preview else 201)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValidationError({"preview": ["write true or false"]})
    return text == "true"


def _check(table: Table, by: Actor) -> None:
    """The heading, and how many rows there are. Raises ValidationError, with what is wrong with the rows."""
    lines, wrong = table.lines, dict[str, object]()
    if heading := _wrong_heading(table.heading):
        wrong["heading"] = heading
    if not 0 < len(lines) <= MOST:
        wrong["rows"] = [f"a file holds 1 to {MOST} rows: this one has {len(lines)}"]
    elif heading:
        wrong["rows"] = _beside(heading, lines, by)
    if wrong:
        raise ValidationError({name: found for name, found in wrong.items() if found})


def _beside(heading: Wrong, lines: list[Line], by: Actor) -> dict[str, Wrong]:
    """What is wrong with rows, besides what follows from their heading."""
    found = {str(number): _faults(line, by) for number, line in enumerate(lines, FIRST)}
    told = {
        row: {name: said for name, said in of.items() if name not in heading} for row, of in found.items()
    }
    return {row: of for row, of in told.items() if of}


def _faults(line: Line, by: Actor) -> Wrong:
    """What is wrong with a row by itself: its cells, its fields, and teams that there are not."""
    if line.get("") or None in line.values():
        return {"row": ["it has more or fewer cells than the heading has columns"]}
    sent = _nested({name: text for name, text in line.items() if name in COLUMNS})
    body = asking.AskSerializer(data=sent)
    found = {} if body.is_valid() else {**asking.apart(sent), **body.errors}
    teams = {name: sent[name] for name in ("from_team", "to_team") if name in sent and name not in found}
    wrong = {**asking.lost(teams, by), **dict(_by_column(found))}
    if not line.get("occurred_at"):
        wrong["occurred_at"] = ["when it happened, with its offset"]
    return wrong


def _make(lines: list[Line], by: Actor) -> list[UUID]:
    """Make every row; if any cannot be made, say of each what is wrong with it. Raises ValidationError."""
    made, wrong, passes = list[UUID](), dict[str, Wrong](), False
    for number, line in enumerate(lines, FIRST):
        if found := _faults(line, by):
            wrong[str(number)] = found
            continue
        try:
            with transaction.atomic():
                made.append(_one(line, by))
        except ValidationError as problem:
            wrong[str(number)] = dict(_by_column(problem.detail))
        except Refused as refusal:
            wrong[str(number)] = _refused(refusal)
            passes = passes or errors.may_pass(refusal)
    if wrong:
        raise (errors.MayPass if passes else ValidationError)({"rows": wrong})
    return made


def _refused(refusal: Refused) -> Wrong:
    """A service's refusal, under the name of the column that it names."""
    named = {tuple(pointer.strip("/").split("/")): said for pointer, said in refusal.errors.items()}
    return {COLUMN_OF.get(path, "row"): [said] for path, said in named.items()} or {"row": [refusal.message]}


def _one(line: Line, by: Actor) -> UUID:
    body = asking.AskSerializer(data=_nested(line))
    body.is_valid(raise_exception=True)
    said = body.validated_data
    actor = by.asserting(named(said.get("by")))
    return referrals.create(asked=asking.asked(said, actor), by=actor).pk


def _nested(line: Line) -> dict[str, Any]:
    """The row as a body of ``POST /referrals/``. An empty cell is left out."""
    body: dict[str, Any] = {}
    for column, text in line.items():
        if text:
            *above, name = COLUMNS[column]
            within = body
            for step in above:
                within = within.setdefault(step, {})
            within[name] = READ.get(column, str)(_as_typed(text))
    return body


def _as_typed(text: str) -> str:
    """A cell of our own export, where an apostrophe stands before what a spreadsheet takes for a formula."""
    return text[1:].replace("\\|", "|") if text[:1] == "'" and text[1:2] in FORMULAS else text


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text


# How a cell is read where JSON has more than text; what does not fit is left for the field to refuse.
READ: Mapping[str, Any] = {
    "person_age": _whole,
    "lead": lambda text: {"true": True, "false": False}.get(text.lower(), text),
    "flags": lambda text: [each.strip() for each in text.split(";") if each.strip()],
}
COLUMN_OF = {path: name for name, path in COLUMNS.items()}


def _by_column(detail: object, path: Path = ()) -> Iterator[tuple[str, object]]:
    """What is wrong, under the name of the column that it is in."""
    if path in COLUMN_OF or not isinstance(detail, Mapping):
        yield COLUMN_OF.get(path) or "_".join(path) or "row", detail
        return
    for name, inner in detail.items():
        yield from _by_column(inner, path if name == "non_field_errors" else (*path, name))


def _as_json(number: int, told: Mapping[str, Any], preview: bool) -> dict[str, Any]:
    return {
        "row": number,
        "id": None if preview else told["id"],
        "reference": None if preview else told["reference"],
        "case": None if preview else told["case"]["reference"],
        "category": told["category"],
        "priority": told["priority"],
        "from_team": told["from_team"],
        "to_team": told["to_team"],
        "occurred_at": told["occurred_at"],
        "recorded_at": told["created_at"],
        "breach_at": told["breach_at"],
    }
