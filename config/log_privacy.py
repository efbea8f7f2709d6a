"""What a log never holds: the person. Where something broke is told, and how; not with which words."""

import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import psycopg

Entry = MutableMapping[str, Any]

# The text of any other error may quote what somebody entered.
TELLS_NOTHING_ENTERED = (OSError, ImportError, AttributeError, TypeError, NameError)
CELERY_TRACE = "celery.app.trace"


def without_words(logger: object, method: str, entry: Entry) -> Entry:
    """An exception as its kinds, places in the code, and what the database calls it."""
    told = entry.pop("exc_info", None)
    if isinstance(told, tuple):
        told = told[1]
    elif told is True:
        told = sys.exception()
    if isinstance(told, BaseException):
        entry["exception"] = "\n".join(_chain(told))
    return entry


def without_arguments(logger: object, method: str, entry: Entry) -> Entry:
    """Celery's line on a task that failed repeats its arguments and the error's text.

    Another handler may have left the text, formatted, in the record.
    """
    for left in ("message", "exc_text"):
        entry.pop(left, None)
    record = entry.get("_record")
    if record is not None and record.name == CELERY_TRACE:
        context = entry.pop("data", {})
        entry |= {"event": "a task failed", "task": context.get("name"), "request_id": context.get("id")}
    return entry


def _chain(wrong: BaseException) -> Iterator[str]:
    before = wrong.__cause__ or (None if wrong.__suppress_context__ else wrong.__context__)
    if before is not None:
        yield from _chain(before)
    yield "".join(traceback.format_tb(wrong.__traceback__)) + _named(wrong)


def _named(wrong: BaseException) -> str:
    name = f"{type(wrong).__module__}.{type(wrong).__qualname__}"
    if isinstance(wrong, psycopg.Error):
        said = (wrong.sqlstate, wrong.diag.constraint_name, wrong.diag.table_name)
        return " ".join([name, *(word for word in said if word)])
    if isinstance(wrong, TELLS_NOTHING_ENTERED):
        return f"{name}: {wrong}"
    return name
