"""Whether the engine lives: heartbeats, the canary and the standing proof, in a few words each.

A dead engine is louder than a breached case: readiness, metrics and the outside heartbeat read this.
"""

from django.db import connection

from referrals.models import Heartbeat, Proof
from referrals.models.keys import instant

# Seconds without a beat after which a part counts as silent.
LIMITS = {
    "tick": 30,
    "deliver": 30,
    "number": 30,
    "return": 300,
    "prove": 300,
    "webhooks": 120,
    "dates": 300,
    "rota": 2 * 3600,
}
NODE, NODE_LIMIT = "node:", 45
NODE_FORGOTTEN = 3600  # a node that was never heard again is no longer missed
CANARY_LATE = 30  # seconds from due to sent
CANARY_MISSING = 150  # seconds since the last that was due and sent

ENGINE = ("looks_in_time", "looks_by_ladder", "rungs_on_record", "rungs_told", "messages_sent")
"""The checks of the standing proof that tell whether escalations are made and sent, as the canary cannot."""

CANARY = """
select coalesce(extract(epoch from clock_timestamp()
         - min(due_at) filter (where sent_at is null and due_at <= clock_timestamp())), 0)::float8,
       extract(epoch from clock_timestamp() - max(due_at) filter (where sent_at is not null))::float8
  from referrals_canary where due_at > clock_timestamp() - interval '1 day'
"""


def heartbeats() -> dict[str, tuple[float, str]]:
    """Each part's seconds since its last beat, and its trouble."""
    now = instant()
    found = Heartbeat.objects.values_list("part", "beat_at", "trouble")
    return {part: ((now - beat).total_seconds(), trouble) for part, beat, trouble in found}


def canary() -> tuple[float, float | None]:
    """Seconds by which a canary is late now; and since the last that was sent was due, if any was."""
    with connection.cursor() as cursor:
        cursor.execute(CANARY)
        return cursor.fetchone()


def signs() -> dict[str, str]:
    """Every sign of life, and ``ok`` or what is wrong with it."""
    beats = heartbeats()
    said = {part: _silent(beats.get(part), limit) for part, limit in LIMITS.items()}
    said["canary"] = _canary_trouble(*canary())
    said["workers"] = _nodes(beats)
    said["proof"] = _proof()
    return {name: words or "ok" for name, words in said.items()}


def engine_trouble() -> str:
    """What is wrong with ticking or delivering, if anything; also where both run and nobody is told."""
    beats = heartbeats()
    for part in ("tick", "deliver"):
        if words := _silent(beats.get(part), LIMITS[part]):
            return f"{part}: {words}"
    if words := _canary_trouble(*canary()):
        return f"canary: {words}"
    words = _proof(name__in=ENGINE)
    return f"proof: {words}" if words else ""


def _silent(beat: tuple[float, str] | None, limit: float) -> str:
    if beat is None:
        return "never heard"
    seconds, trouble = beat
    return f"silent for {seconds:.0f} s" if seconds > limit else trouble


def _canary_trouble(late: float, since: float | None) -> str:
    if late > CANARY_LATE:
        return f"late by {late:.0f} s"
    if since is None:
        return "none was sent yet"
    return f"none was due and sent for {since:.0f} s" if since > CANARY_MISSING else ""


def _nodes(beats: dict[str, tuple[float, str]]) -> str:
    """Counts alone: readiness is for everybody to read, and no host's name is."""
    known = [beat for part, beat in beats.items() if part.startswith(NODE) and beat[0] < NODE_FORGOTTEN]
    if not known:
        return "none is heard"
    wrong = [words for beat in known if (words := _silent(beat, NODE_LIMIT))]
    return f"{len(wrong)} of {len(known)} {wrong[0]}" if wrong else ""


def _proof(**which: object) -> str:
    failing = Proof.objects.filter(**which).exclude(found=0, trouble="").order_by("name")
    words = [f"{name}: {trouble or found}" for name, found, trouble in
             failing.values_list("name", "found", "trouble")]  # fmt: skip
    return ", ".join(words)
