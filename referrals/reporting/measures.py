"""The engine in figures, for the metrics: totals only, never a case. Cheap however many rows there are.

What costs is counted by the worker once a minute and kept (``services.measure``); the rest is asked of
small indexes by a function that sees every row and gives numbers only.
"""

from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection

from agencies import duty
from agencies.instants import day_of
from notifications.models import Message
from referrals.models import Measure, Proof
from referrals.models.keys import instant
from referrals.reporting import alive
from referrals.services.measure import BOUNDS

BY_CHANNEL = ("outbox_waiting", "outbox_retrying", "messages_failed")
"""Said of every channel, 0 too: an alarm on the first failure needs the figure before it."""


class Figure(NamedTuple):
    """One figure: its name, the value of its one label, and itself."""

    name: str
    label: str
    value: float


class Lateness(NamedTuple):
    """How late rungs fired that told somebody: how many up to each bound in seconds, and all seconds."""

    upto: list[tuple[str, float]]
    seconds: float


def figures() -> Iterator[Figure]:
    """All but the lateness."""
    with connection.cursor() as cursor:
        cursor.execute("select name, label, value from engine_measures()")
        counted = {(name, label): value for name, label, value in cursor.fetchall()}
    nothing = {(name, channel): 0.0 for name in BY_CHANNEL for channel in Message.Channel.values}
    yield from (Figure(*named, value) for named, value in {**nothing, **counted}.items())
    for name, label, value in Measure.objects.values_list("name", "label", "value"):
        if not name.startswith("lateness"):
            yield Figure(name, label, value)
    known = duty.holidays_known_until() - day_of(instant())
    yield Figure("bank_holidays_known_seconds", "", known.total_seconds())
    yield from _signs_of_life()
    yield from _proofs()


def lateness() -> Lateness:
    """The classes in order, empty ones too."""
    kept = dict(Measure.objects.filter(name="lateness_bucket").values_list("label", "value"))
    total = Measure.objects.filter(name="lateness_sum").values_list("value", flat=True).first()
    return Lateness([(bound, kept.get(bound, 0.0)) for bound in BOUNDS], total or 0.0)


def _signs_of_life() -> Iterator[Figure]:
    for part, (seconds, trouble) in alive.heartbeats().items():
        yield Figure("heartbeat_age_seconds", part, seconds)
        if part.startswith(alive.NODE):
            yield Figure("node_cut_off", part, float(bool(trouble)))
    late, since = alive.canary()
    yield Figure("canary_late_seconds", "", late)
    if since is not None:
        yield Figure("canary_since_last_seconds", "", since)
    for sign, words in alive.signs().items():
        yield Figure("well", sign, float(words == "ok"))


def _proofs() -> Iterator[Figure]:
    now = instant()
    for name, found, trouble, took, ran in Proof.objects.values_list(
        "name", "found", "trouble", "took_ms", "ran_at"
    ):
        yield Figure("proof_found", name, found)
        yield Figure("proof_not_run", name, float(bool(trouble)))
        yield Figure("proof_seconds", name, took / 1000)
        yield Figure("proof_age_seconds", name, (now - ran).total_seconds())
