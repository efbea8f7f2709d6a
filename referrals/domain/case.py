"""What a case is about, and what may become of it."""

from enum import StrEnum


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


CASE_MOVES = {
    "close": (CaseState.OPEN, CaseState.CLOSED),
    "reopen": (CaseState.CLOSED, CaseState.OPEN),
    "review": (CaseState.OPEN, CaseState.OPEN),
}
