"""A patient missing from a unit: a report's moves, its grades and whose they make it, absent against missing.

Sources: Mental Health Act 1983 Code of Practice 28.14 (returning patients is ordinarily the hospital's job);
College of Policing APP, missing persons (no apparent risk, low, medium, high); trusts' policies on absence
(absent: health searches; missing: whereabouts unknown and risk, crime or out of character, police at once).
Lengths and owners by grade are ours, until a local agreement replaces them. Unknown is never no.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from agencies.roles import TeamKind
from referrals.domain.case import Category, Priority
from referrals.domain.clocks import ClockKind
from referrals.domain.retaking import is_detained
from referrals.domain.threshold import Answer


class State(StrEnum):
    """Where a report stands."""

    DRAFT = "draft"
    DISCARDED = "discarded"
    REPORTED = "reported"
    LOCATED = "located"
    RETURNED = "returned"
    CLOSED = "closed"
    CANCELLED = "cancelled"


FINAL = frozenset({State.DISCARDED, State.CLOSED, State.CANCELLED})
OPEN = frozenset(State) - FINAL
AWAY = frozenset({State.REPORTED, State.LOCATED})
"""Not back yet: these stand on the board."""


class Need(StrEnum):
    """What a move cannot do without; the value is the field that carries it."""

    GRADE = "grade"
    TEXT = "reason"
    PLACE = "place"


@dataclass(frozen=True)
class Move:
    """One action: from where, to where (None: it stays), what it needs; the unit's alone, or any party's.

    A named person makes every one of them. Lowering a grade, and closing with steps open, need a reason too.
    """

    sources: frozenset[State]
    to: State | None
    units: bool = False
    needs: tuple[Need, ...] = ()


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


MOVES: dict[str, Move] = {
    "send": Move(_from(State.DRAFT), State.REPORTED, units=True),
    "discard": Move(_from(State.DRAFT), State.DISCARDED, units=True),
    "grade": Move(_from(State.REPORTED), None, needs=(Need.GRADE,)),
    "review": Move(_from(State.REPORTED), None),
    "locate": Move(_from(State.REPORTED), State.LOCATED, needs=(Need.PLACE,)),
    "lost_again": Move(_from(State.LOCATED), State.REPORTED, needs=(Need.TEXT,)),
    "return": Move(AWAY, State.RETURNED),
    "not_back": Move(_from(State.RETURNED), State.REPORTED, needs=(Need.TEXT,)),
    "debrief": Move(_from(State.RETURNED), None, units=True),
    "close": Move(_from(State.LOCATED, State.RETURNED), State.CLOSED, units=True),
    "cancel": Move(_from(State.REPORTED), State.CANCELLED, units=True, needs=(Need.TEXT,)),
}
TOLD_AS = {
    "send": "missing.reported",
    "discard": "missing.discarded",
    "grade": "missing.graded",
    "review": "missing.reviewed",
    "locate": "missing.located",
    "lost_again": "missing.lost_again",
    "return": "missing.returned",
    "not_back": "missing.not_back",
    "debrief": "missing.debriefed",
    "close": "missing.closed",
    "cancel": "missing.cancelled",
}


def pairs() -> set[tuple[State, State]]:
    """Every change of state that exists; the database's guard admits exactly these."""
    return {(old, move.to) for move in MOVES.values() for old in move.sources if move.to is not None}


# At least one of these runs while a report stands there: nothing open is unwatched, at commit.
WATCH: dict[State, tuple[ClockKind, ...]] = {
    State.DRAFT: (ClockKind.MISSING_DRAFT,),
    State.REPORTED: (ClockKind.MISSING_GRADE, ClockKind.MISSING_REVIEW),
    State.LOCATED: (ClockKind.MISSING_RETURN,),
    State.RETURNED: (ClockKind.MISSING_AFTERCARE,),
}

# The promise whose first rung raises each flag. There is no other way to raise one.
FLAGS: Mapping[ClockKind, str] = {
    ClockKind.MISSING_NOT_TAKEN: "high_not_taken",
    ClockKind.MISSING_REVIEW: "review_overdue",
    ClockKind.MISSING_POWER: "power_lapsing",
    ClockKind.MISSING_UNREPORTED: "absence_unreported",
    ClockKind.MISSING_DRAFT: "draft_left",
    ClockKind.MISSING_AGAIN: "missing_again",
    ClockKind.MISSING_CLUSTER: "unit_cluster",
    ClockKind.MISSING_WALKOUT: "walkout",
}
LASTING = frozenset({"missing_again", "unit_cluster", "walkout"})
"""Facts, which stay true after somebody has looked; the other flags go when the promise is kept."""
LOOKED_AT = (ClockKind.MISSING_AGAIN, ClockKind.MISSING_CLUSTER, ClockKind.MISSING_WALKOUT)

AGAIN_WITHIN = timedelta(hours=72)
CLUSTER_WITHIN, CLUSTER_OF = timedelta(days=7), 3
"""So many reports of one unit in so long are a cluster (ours)."""


class Grade(StrEnum):
    """How great the risk is (APP: no apparent risk means absent)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NO_APPARENT = "no_apparent"


BY_RISK = (Grade.HIGH, Grade.MEDIUM, Grade.LOW, Grade.NO_APPARENT)
PRIORITY = dict(zip(BY_RISK, Priority, strict=True))


class Owner(StrEnum):
    """Whom a grade proposes. Who answers is decided by a lead that is accepted, and by nothing else."""

    UNIT = "unit"
    JOINT = "joint"
    POLICE = "police"


OWNER = {
    Grade.HIGH: Owner.POLICE,
    Grade.MEDIUM: Owner.JOINT,
    Grade.LOW: Owner.UNIT,
    Grade.NO_APPARENT: Owner.UNIT,
}
OWNER_SAID = {
    Owner.POLICE: "high: police lead, at once",
    Owner.JOINT: "medium: joint, police lead the search",
    Owner.UNIT: "no apparent or low risk: the unit leads, police informed",
}


def is_lower(new: str, old: str) -> bool:
    """Whether the new grade says that the risk is less."""
    return old != "" and BY_RISK.index(Grade(new)) > BY_RISK.index(Grade(old))


def urgency(grade: str) -> int:
    """1 for high to 4 for no apparent risk: boards go by it."""
    return BY_RISK.index(Grade(grade)) + 1


class Facts(NamedTuple):
    """What the rules look at."""

    immediate_risk: str = Answer.UNKNOWN
    out_of_character: str = Answer.UNKNOWN
    victim_of_crime: str = Answer.UNKNOWN
    whereabouts_known: str = Answer.UNKNOWN
    under_18: bool = False


def proposed(facts: Facts) -> Grade:
    """The grade until somebody grades: at least medium of a child, and of whoever is missing by what was
    answered, police at once; and unknown is never no."""
    if facts.immediate_risk == Answer.YES:
        return Grade.HIGH
    if facts.immediate_risk != Answer.NO or facts.under_18 or _is_answered_missing(facts):
        return Grade.MEDIUM
    return Grade.LOW


def _is_answered_missing(facts: Facts) -> bool:
    """Whether crime, or that it is out of character, was answered yes of somebody who has to be found."""
    said = (facts.out_of_character, facts.victim_of_crime)
    return Answer.YES in said and facts.whereabouts_known != Answer.YES


class Standing(NamedTuple):
    """Absent (health searches) or missing (police at once), and why."""

    is_missing: bool
    reason: str


_MAKES_MISSING = (
    ("immediate_risk", "an immediate risk", "whether there is an immediate risk"),
    ("out_of_character", "out of character", "whether it is out of character"),
    ("victim_of_crime", "perhaps a victim of crime", "whether a crime is behind it"),
)


def standing(facts: Facts) -> Standing:
    """Missing, where the whereabouts are unknown and there is risk, crime, or it is out of character.

    What nobody has answered counts as unknown, and unknown is never no.
    """
    if facts.immediate_risk == Answer.YES:
        return Standing(True, "missing: an immediate risk, so police at once")
    if facts.whereabouts_known == Answer.YES:
        none = facts.immediate_risk == Answer.NO
        risk = "there is no immediate risk" if none else "whether there is an immediate risk was not answered"
        return Standing(False, f"absent: the whereabouts are known, and {risk}: health fetches")
    said = [text for name, text, _ in _MAKES_MISSING if getattr(facts, name) == Answer.YES]
    open_ = [text for name, _, text in _MAKES_MISSING if getattr(facts, name) == Answer.UNKNOWN]
    if said:
        return Standing(True, f"missing: whereabouts unknown, and {', '.join(said)}")
    if open_:
        return Standing(True, f"missing: whereabouts unknown, and it is not known {', or '.join(open_)}")
    return Standing(False, "absent: no risk, no crime and nothing out of character: health searches")


def category(legal_status: str, unit_kind: str) -> Category:
    """What is asked of the police. A detained patient is absent without leave, wherever they walked out."""
    if is_detained(legal_status):
        return Category.AWOL_DETAINED
    if unit_kind == TeamKind.EMERGENCY_DEPARTMENT:
        return Category.WALKOUT_HEALTHCARE
    return Category.MISSING_INFORMAL


CATEGORIES = frozenset({Category.AWOL_DETAINED, Category.WALKOUT_HEALTHCARE, Category.MISSING_INFORMAL})
