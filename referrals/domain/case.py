"""What a case is about, and what may become of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

EARLIEST_BIRTH = date(1890, 1, 1)  # nobody older is known to live
SEXES = ("female", "male", "other", "unknown")  # as FHIR has it; other words are kept as they were said


class CaseState(StrEnum):
    """A case is open or closed; reopening continues it."""

    OPEN = "open"
    CLOSED = "closed"


class Cause(StrEnum):
    """Why accountability lies where it lies: the only causes there are."""

    OPENED = "opened"
    ACCEPTED = "accepted"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"


class Category(StrEnum):
    """What kind of help is asked for (Right Care, Right Person call types and hand-overs)."""

    CONCERN_FOR_WELFARE = "concern_for_welfare"
    WALKOUT_HEALTHCARE = "walkout_healthcare"
    AWOL_DETAINED = "awol_detained"
    MISSING_INFORMAL = "missing_informal"
    COMMUNITY_CRISIS = "community_crisis"
    MEDICAL_NEED = "medical_need"
    CONVEYANCE = "conveyance"
    S136_HANDOVER = "s136_handover"
    S135_SUPPORT = "s135_support"
    VOLUNTARY_HANDOVER = "voluntary_handover"
    VULNERABILITY_SAFEGUARDING = "vulnerability_safeguarding"
    RETURN_FOLLOWUP = "return_followup"


class Priority(StrEnum):
    """How soon (UK Mental Health Triage Scale A to E; MHSDS priority 1, 4, 2, 3)."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Flag(StrEnum):
    """What everybody should know at a glance."""

    UNDER_18 = "under_18"
    REPEAT_CALLER = "repeat_caller"
    DOMESTIC_ABUSE = "domestic_abuse"


class SceneSafety(StrEnum):
    """Whether it is safe to go there; unknown is not safe (NHS BaRS: S, U, UNK)."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


class MadeBy(StrEnum):
    """Whose a move of a case is. A side is one of those between whom it is disputed whose the person is."""

    ACCOUNTABLE = "the accountable agency"
    SIDE = "either side of what is disputed"
    PARTY = "any agency that has a part in the case"


@dataclass(frozen=True)
class CaseMove:
    """One step of a case: from which states, and whose it is. ``needs`` are fields that it must have."""

    sources: frozenset[CaseState]
    by: MadeBy
    needs: tuple[str, ...] = ()


OPEN, CLOSED = frozenset({CaseState.OPEN}), frozenset({CaseState.CLOSED})

CASE_MOVES = {
    "close": CaseMove(OPEN, MadeBy.ACCOUNTABLE, ("reason",)),
    "reopen": CaseMove(CLOSED, MadeBy.ACCOUNTABLE, ("reason",)),
    "review": CaseMove(OPEN, MadeBy.ACCOUNTABLE),
    "dispute": CaseMove(OPEN, MadeBy.SIDE),
    "settle_dispute": CaseMove(OPEN, MadeBy.SIDE, ("outcome", "reason")),
    "withdraw_dispute": CaseMove(OPEN, MadeBy.SIDE, ("reason",)),
    "link": CaseMove(OPEN | CLOSED, MadeBy.PARTY, ("other_case",)),
    "unlink": CaseMove(OPEN | CLOSED, MadeBy.PARTY, ("other_case",)),
}
