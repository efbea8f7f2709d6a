"""Pages by keyset: a page begins after a row, not after a number of rows, so that none is missed or repeated.

A cursor is opaque: it holds the ordering, the direction and the values of the row it stands at. What
it was made from is checked, and whoever makes one up sees no more than without it.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from referrals.api.instants import NotAnInstant, instant_of

DEFAULT_LIMIT, MOST = 50, 200
LONGEST_CURSOR = 1_000  # characters

Part = tuple[QuerySet, str]
"""Rows to be shown, and the prefix of the fields that they are ordered by."""


@dataclass(frozen=True)
class Column:
    """One field that rows are ordered by. Null counts as later than any value, as in PostgreSQL."""

    name: str
    kind: type
    descending: bool = False
    nullable: bool = False
    prefixed: bool = True

    def after(self, field: str, value: object) -> Q:
        """Strictly after the value."""
        if value is None:
            return Q(**{f"{field}__isnull": False}) if self.descending else Q(pk__in=[])
        if self.descending:
            return Q(**{f"{field}__lt": value})
        later = Q(**{f"{field}__gt": value})
        return later | Q(**{f"{field}__isnull": True}) if self.nullable else later

    def from_(self, field: str, value: object) -> Q:
        """At the value or after it, in words that an index understands."""
        if self.descending:
            return Q() if value is None else Q(**{f"{field}__lte": value})
        if value is None:
            return Q(**{f"{field}__isnull": True})
        return Q() if self.nullable else Q(**{f"{field}__gte": value})

    def at(self, field: str, value: object) -> Q:
        """Exactly at the value."""
        return Q(**{f"{field}__isnull": True}) if value is None else Q(**{field: value})

    def reversed(self) -> "Column":
        """The same, read backwards."""
        return Column(self.name, self.kind, not self.descending, self.nullable, self.prefixed)

    def read(self, value: object) -> object:
        """A value out of a cursor. Raises ValueError."""
        if value is None and self.nullable:
            return None
        if self.kind is datetime:
            return instant_of(value)
        if self.kind is int and type(value) is int and abs(value) < 2**63:
            return value
        if self.kind is UUID and isinstance(value, str):
            return UUID(value)
        raise ValueError(f"{value!r} is no {self.kind}")


Ordering = tuple[Column, ...]


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after this row, in this ordering, forwards or backwards."""

    ordering: str
    backwards: bool
    values: tuple[Any, ...]

    def encode(self) -> str:
        """As it stands in an address."""
        values = [v.isoformat() if isinstance(v, datetime) else v for v in self.values]
        said = json.dumps([self.ordering, int(self.backwards), values], default=str, separators=(",", ":"))
        return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, orderings: dict[str, Ordering]) -> "Cursor":
        """Raises ValidationError for anything that we did not make."""
        try:
            if len(text) > LONGEST_CURSOR:
                raise ValueError("too long")
            name, backwards, values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", True))
            columns = orderings[name]
            read = tuple(c.read(v) for c, v in zip(columns, values, strict=True))
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error, NotAnInstant):
            raise ValidationError(
                {"cursor": ["take the cursor from next or previous of an answer"]}
            ) from None
        return cls(name, bool(backwards), read)


@dataclass(frozen=True)
class Page:
    """The rows of one page, each as the values of its ordering, and the addresses of its neighbours."""

    keys: list[tuple[Any, ...]]
    next: str | None
    previous: str | None

    def answer(self, results: list[Any]) -> dict[str, Any]:
        """As every list answers."""
        return {"next": self.next, "previous": self.previous, "results": results}


def whole(results: list[Any]) -> dict[str, Any]:
    """A list that is short by its nature: one page, without neighbours."""
    return Page([], None, None).answer(results)


def limit_of(request: Request, most: int = MOST, default: int = DEFAULT_LIMIT) -> int:
    """How many are asked for. Raises ValidationError."""
    asked = request.query_params.get("limit", str(default))
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= most and len(asked) < 9):
        raise ValidationError({"limit": [f"a number from 1 to {most}"]})
    return int(asked)


def page(parts: Sequence[Part], request: Request, orderings: dict[str, Ordering]) -> Page:
    """One page of the parts together. Every ordering ends with a column that no two rows share.

    The first ordering holds unless ``ordering`` or the cursor names another. One query.
    """
    limit, cursor, name = limit_of(request), _cursor(request, orderings), _ordering(request, orderings)
    if cursor and cursor.ordering != name:
        if "ordering" in request.query_params:
            raise ValidationError({"cursor": ["this cursor is of another ordering"]})
        name = cursor.ordering
    back = cursor is not None and cursor.backwards
    columns = tuple(c.reversed() for c in orderings[name]) if back else orderings[name]
    found = _keys(parts, columns, cursor, limit + 1)
    more, keys = len(found) > limit, found[:limit]
    if back:
        keys.reverse()
    links = (more or back, cursor is not None and (more or not back))
    return _linked(request, name, keys, links)


def keys_after(
    parts: Sequence[Part], columns: Ordering, last: tuple[Any, ...] | None, most: int
) -> list[tuple[Any, ...]]:
    """The next so many rows after this one, each as the values of its ordering. One query."""
    return _keys(parts, columns, None if last is None else Cursor("", False, last), most)


def _cursor(request: Request, orderings: dict[str, Ordering]) -> Cursor | None:
    text = request.query_params.get("cursor")
    return None if text is None else Cursor.decode(text, orderings)


def _ordering(request: Request, orderings: dict[str, Ordering]) -> str:
    name = request.query_params.get("ordering", next(iter(orderings)))
    if name not in orderings:
        raise ValidationError({"ordering": [f"one of {', '.join(orderings)}"]})
    return name


def _linked(request: Request, ordering: str, keys: list[tuple[Any, ...]], links: tuple[bool, bool]) -> Page:
    """The page with its neighbours' addresses, where there are any."""

    def address(*, backwards: bool, key: tuple[Any, ...]) -> str:
        cursor = Cursor(ordering, backwards, key).encode()
        return replace_query_param(request.build_absolute_uri(), "cursor", cursor)

    onwards, before = links
    return Page(
        keys,
        address(backwards=False, key=keys[-1]) if keys and onwards else None,
        address(backwards=True, key=keys[0]) if keys and before else None,
    )


def _keys(
    parts: Sequence[Part], columns: Ordering, cursor: Cursor | None, most: int
) -> list[tuple[Any, ...]]:
    """The first so many of each part, and of those the first so many."""
    firsts = [_first(part, prefix, columns, cursor, most) for part, prefix in parts]
    if len(firsts) == 1:
        return list(firsts[0])
    whole = firsts[0].union(*firsts[1:], all=True)
    return list(whole.order_by(*(("-" if c.descending else "") + c.name for c in columns))[:most])


def _first(part: QuerySet, prefix: str, columns: Ordering, cursor: Cursor | None, most: int) -> QuerySet:
    fields = [f"{prefix}{c.name}" if c.prefixed else c.name for c in columns]
    order = [("-" if c.descending else "") + field for c, field in zip(columns, fields, strict=True)]
    if cursor:
        part = part.filter(_beyond(columns, fields, cursor.values))
    return part.order_by(*order).values_list(*fields)[:most]


def _beyond(columns: Ordering, fields: list[str], values: tuple[Any, ...]) -> Q:
    """Rows after this one: later in the first column, or level there and later in the next, and so on."""
    steps = list(zip(columns, fields, values, strict=True))
    last, field, value = steps[-1]
    beyond = reduce(
        lambda inner, step: step[0].after(*step[1:]) | (step[0].at(*step[1:]) & inner),
        reversed(steps[:-1]),
        last.after(field, value),
    )
    first, field, value = steps[0]
    return first.from_(field, value) & beyond
