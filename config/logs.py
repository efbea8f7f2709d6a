"""How the log is written: one line an entry, each with the request it belongs to."""

import logging
from typing import Any

import structlog

from config.log_privacy import Entry, without_arguments, without_words

SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

LEVELS = {
    # Each request is logged once, by config.request_id; Django's own line would repeat it.
    "django.request": "ERROR",
    "django.server": "WARNING",
    # Three wake-ups every five seconds, for ever: only what goes wrong is worth a line.
    "celery.app.trace": "WARNING",
    "celery.worker.strategy": "WARNING",
    "celery.beat": "WARNING",
    # Statements hold what was entered.
    "django.db.backends": "WARNING",
    # It repeats each refusal, of which the attempt's record keeps the kind.
    "notifications_python_client": "ERROR",
    # "ready": the runner waits for it.
    "celery.apps.worker": "INFO",
}


UNSENT = "Message Error: "  # how beat begins; its whole stack follows, twice, each second without a broker


def in_one_line(logger: object, method: str, entry: Entry) -> Entry:
    """Beat's trouble with the broker: which wake-up was not sent, and why."""
    first, _, stack = str(entry.get("event")).partition("\n")
    if stack and first.startswith(UNSENT):
        entry.pop("exc_info", None)
        entry["event"] = "a wake-up was not sent: " + first.removeprefix(UNSENT)
    return entry


def logging_settings(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to standard output, for people or as JSON for machines."""
    structlog.configure(
        processors=[
            *SHARED,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    plain = structlog.dev.plain_traceback  # not the pretty one, which shows every local variable
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)
    if as_json:
        renderer = structlog.processors.JSONRenderer()
    last: list[Any] = [
        in_one_line,
        without_arguments,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    ]
    if as_json:
        last.append(without_words)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [*last, renderer],
            }
        },
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["out"], "level": logging.getLevelName(level)},
        "loggers": {name: {"level": level} for name, level in LEVELS.items()},
    }
