"""The floor: the very statements that the system sent, recorded once and sent again by plain psycopg."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import connection

FRESH = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[CR]-[0-9A-Z]{4}-[0-9A-Z]{4}"
)
"""What is new in each request, and unique: UUIDv7 keys, and references."""


@dataclass
class Recording:
    """Statements with their parameters, in order."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    changing: list[set[Any]] = field(default_factory=list)  # of each, the parameters that name what is new

    @contextmanager
    def on(self) -> Iterator["Recording"]:
        """Record what Django sends meanwhile."""

        def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            self.statements.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(keep):
            yield self

    def made(self) -> set[str]:
        """The keys and references that the statements insert and nothing before them named."""
        found: set[str] = set()
        for sql, params in self.statements:
            if sql.lstrip().lower().startswith("insert"):
                found |= set(FRESH.findall(_text(params)))
        return found

    def send(self, cursor: psycopg.Cursor, renewed: dict[str, str] | None = None) -> None:
        """Send every statement again, with these keys in place of the recorded ones; read every answer."""
        for number, (sql, params) in enumerate(self.statements):
            cursor.execute(sql.encode(), self._renewed(number, renewed) if renewed else params)
            if cursor.description:
                cursor.fetchall()

    def _renewed(self, number: int, renewed: dict[str, str]) -> Any:
        """A statement's parameters with new keys. Where they stand is found once: a floor does not search."""
        if not self.changing:
            self.changing = [_places(params, renewed) for _, params in self.statements]
        params, places = self.statements[number][1], self.changing[number]
        if not places:
            return params
        values = dict(params) if isinstance(params, dict) else list(params)
        for place in places:
            values[place] = _renew(values[place], renewed)
        return values


@dataclass(frozen=True)
class Answer:
    """What one request of the real view sent to the database, and what it answered."""

    recording: Recording
    made: set[str]
    status: str
    body: Any


def renewals(made: set[str], number: int) -> dict[str, str]:
    """New keys for the recorded ones: random UUIDs, and references that nobody else makes."""
    alphabet = "BDEFGHIJKLMNOPQS"
    code = "".join(alphabet[(number >> (4 * place)) & 15] for place in range(7))
    return {
        old: f"{old[0]}-{code[:4]}-{code[4:]}{place % 10}" if old[1] == "-" else str(uuid4())
        for place, old in enumerate(sorted(made))
    }


def _places(params: Any, made: Iterable[str]) -> set[Any]:
    """Where among parameters one of these keys stands, by number or by name."""
    values = params.items() if isinstance(params, dict) else enumerate(params or ())
    return {place for place, value in values if any(key in _text(value) for key in made)}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_text(each) for each in value.values())
    if isinstance(value, list | tuple):
        return " ".join(_text(each) for each in value)
    return str(getattr(value, "obj", value))


def _renew(value: Any, renewed: dict[str, str]) -> Any:
    if isinstance(value, UUID):
        return UUID(renewed.get(str(value), str(value)))
    if isinstance(value, str):
        return FRESH.sub(lambda found: renewed.get(found.group(), found.group()), value)
    if isinstance(value, dict):
        return {name: _renew(each, renewed) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_renew(each, renewed) for each in value)
    return value


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return sorted(values)[len(values) // 2]
