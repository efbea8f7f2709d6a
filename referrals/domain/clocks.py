"""Every promise that can be late: its kinds, whose it is, its default length and the source of each.

Lengths are minutes. "Ours" marks a default of this project, to be replaced by a local agreement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agencies.roles import AgencyKind
from referrals.domain.case import Category, Priority
from referrals.domain.referral import ASKED, HELD, State


class ClockKind(StrEnum):
    """What a clock waits for."""

    SEND = "send"
    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    ANSWER_INFO = "answer_info"
    START = "start"
    REVIEW = "review"
    OUTCOME_SEEN = "outcome_seen"
    RE_ACTION = "re_action"
    PHONE_CONFIRMATION = "phone_confirmation"
    CLAIMED_ACCEPTANCE = "claimed_acceptance"
    FIRST_CONTACT = "first_contact"
    FACE_TO_FACE = "face_to_face"
    CASE_REVIEW = "case_review"
    UNDETERMINED = "undetermined"
    THRESHOLD_REVIEW = "threshold_review"
    THRESHOLD_DISAGREED = "threshold_disagreed"
    THRESHOLD_REOPENED = "threshold_reopened"
    REFER_ON = "refer_on"
    NEXT_CONTACT = "next_contact"
    CALL_BACK = "call_back"
    PROMISED_ARRIVAL = "promised_arrival"
    # agreements
    DISPUTE = "dispute"
    HANDOVER = "handover"
    # of a detention
    REACH_PLACE = "reach_place"
    OFFICER_RELEASE = "officer_release"
    AMHP_CONSIDERS = "amhp_considers"
    DETENTION_LIMIT = "detention_limit"
    # of missing patients
    MISSING_DRAFT = "missing_draft"
    MISSING_UNREPORTED = "missing_unreported"
    MISSING_GRADE = "missing_grade"
    MISSING_NOT_TAKEN = "missing_not_taken"
    MISSING_REVIEW = "missing_review"
    MISSING_POWER = "missing_power"
    MISSING_AGAIN = "missing_again"
    MISSING_CLUSTER = "missing_cluster"
    MISSING_WALKOUT = "missing_walkout"
    MISSING_RETURN = "missing_return"
    MISSING_AFTERCARE = "missing_aftercare"


class Holder(StrEnum):
    """Whose clock it is: the one who must act. A named team's is named on the clock itself."""

    SENDER = "sender"
    RECEIVER = "receiver"
    ACCOUNTABLE = "accountable"
    NAMED_TEAM = "named team"


HOLDER = {
    ClockKind.SEND: Holder.SENDER,
    ClockKind.ACKNOWLEDGE: Holder.RECEIVER,
    ClockKind.DECIDE: Holder.RECEIVER,
    ClockKind.ANSWER_INFO: Holder.SENDER,
    ClockKind.START: Holder.RECEIVER,
    ClockKind.REVIEW: Holder.RECEIVER,
    ClockKind.OUTCOME_SEEN: Holder.SENDER,
    ClockKind.RE_ACTION: Holder.SENDER,
    ClockKind.PHONE_CONFIRMATION: Holder.SENDER,
    ClockKind.CLAIMED_ACCEPTANCE: Holder.RECEIVER,
    ClockKind.FIRST_CONTACT: Holder.ACCOUNTABLE,
    ClockKind.FACE_TO_FACE: Holder.ACCOUNTABLE,
    ClockKind.CASE_REVIEW: Holder.ACCOUNTABLE,
    ClockKind.UNDETERMINED: Holder.NAMED_TEAM,
    ClockKind.THRESHOLD_REVIEW: Holder.NAMED_TEAM,
    ClockKind.THRESHOLD_DISAGREED: Holder.NAMED_TEAM,
    ClockKind.THRESHOLD_REOPENED: Holder.NAMED_TEAM,
    ClockKind.REFER_ON: Holder.NAMED_TEAM,
    ClockKind.NEXT_CONTACT: Holder.NAMED_TEAM,
    ClockKind.CALL_BACK: Holder.NAMED_TEAM,
    ClockKind.PROMISED_ARRIVAL: Holder.RECEIVER,
    # agreements
    ClockKind.DISPUTE: Holder.NAMED_TEAM,
    ClockKind.HANDOVER: Holder.RECEIVER,
    # of a detention
    ClockKind.REACH_PLACE: Holder.NAMED_TEAM,
    ClockKind.OFFICER_RELEASE: Holder.NAMED_TEAM,
    ClockKind.AMHP_CONSIDERS: Holder.NAMED_TEAM,
    ClockKind.DETENTION_LIMIT: Holder.NAMED_TEAM,
    # of missing patients
    **{kind: Holder.NAMED_TEAM for kind in ClockKind if kind.startswith("missing_")},
}

# Every state that is not final has a clock: nothing open is unwatched. The database checks it at commit.
WATCH: dict[State, tuple[ClockKind, ...]] = {
    State.DRAFT: (ClockKind.SEND,),
    State.SENT: (ClockKind.ACKNOWLEDGE, ClockKind.DECIDE),
    State.ACKNOWLEDGED: (ClockKind.DECIDE,),
    State.INFO_REQUESTED: (ClockKind.DECIDE, ClockKind.ANSWER_INFO),
    State.ACCEPTED: (ClockKind.START,),
    State.IN_PROGRESS: (ClockKind.REVIEW,),
    State.COMPLETED: (ClockKind.OUTCOME_SEEN,),
    State.DECLINED: (ClockKind.RE_ACTION,),
    State.FAILED: (ClockKind.RE_ACTION,),
}

# Where the receiver must act, and where the sender must.
RECEIVER_ACTS, SENDER_ACTS = (
    sorted(state for state, kinds in WATCH.items() if any(HOLDER[kind] == end for kind in kinds))
    for end in (Holder.RECEIVER, Holder.SENDER)
)

# Clocks that a state does not start but lets run on.
BESIDE: dict[State, frozenset[ClockKind]] = {
    **{
        state: frozenset(
            {ClockKind.PHONE_CONFIRMATION, ClockKind.CLAIMED_ACCEPTANCE, ClockKind.PROMISED_ARRIVAL}
        )
        for state in ASKED
    },
    **{state: frozenset({ClockKind.PROMISED_ARRIVAL}) for state in HELD},
}

# What keeps a promise; leaving a state by any other action only stops its clocks.
MET_BY: dict[ClockKind, frozenset[str]] = {
    ClockKind.SEND: frozenset({"send"}),
    ClockKind.ACKNOWLEDGE: frozenset({"acknowledge"}),
    ClockKind.DECIDE: frozenset({"accept", "decline"}),
    ClockKind.ANSWER_INFO: frozenset({"answer_info"}),
    ClockKind.START: frozenset({"start"}),
    ClockKind.REVIEW: frozenset({"complete", "fail"}),
    ClockKind.OUTCOME_SEEN: frozenset({"close", "reopen"}),
    ClockKind.RE_ACTION: frozenset({"resend", "police_reassess", "no_further_action"}),
    ClockKind.CLAIMED_ACCEPTANCE: frozenset({"accept", "decline"}),
    ClockKind.PHONE_CONFIRMATION: frozenset({"accept"}),
    ClockKind.PROMISED_ARRIVAL: frozenset({"complete"}),
}


# While one of these runs, something is owed to the person or the caller: the case is not closed.
KEEPS_OPEN = {
    ClockKind.UNDETERMINED: "whether police respond is undetermined: decide it",
    ClockKind.THRESHOLD_REVIEW: "an officer decided against the answers: a supervisor reviews it",
    ClockKind.THRESHOLD_DISAGREED: "a disagreement about the police response waits: review it",
    ClockKind.THRESHOLD_REOPENED: "the police response is to be decided anew: decide or review it",
    ClockKind.NEXT_CONTACT: "interim support goes on: end it, or log that help arrived",
    ClockKind.CALL_BACK: "a call back is owed: ring the caller, and log it",
    # agreements
    ClockKind.DISPUTE: "it is disputed whose this person is: settle the dispute",
}


@dataclass(frozen=True)
class Limit:
    """A default length in minutes by priority P1 to P4, what it runs from, and where it is from."""

    minutes: tuple[int, int, int, int]
    runs_from: str
    source: str


_ACK = (5, 15, 30, 120)
_DECIDE = (10, 30, 60, 480)
_CONTACT = (15, 60, 240, 1_440)

# A promised arrival is as long as was promised, and a handover is due when a desk closes or opens: no
# agreement says so.
LIMITS: dict[ClockKind, Limit] = {
    ClockKind.SEND: Limit(_ACK, "the draft's first save", "ours: as acknowledge"),
    ClockKind.ACKNOWLEDGE: Limit(_ACK, "each send", "ours"),
    ClockKind.DECIDE: Limit(_DECIDE, "each send", "ours"),
    ClockKind.ANSWER_INFO: Limit(_ACK, "the question", "ours: as acknowledge"),
    ClockKind.START: Limit(_CONTACT, "acceptance", "ours: as first contact"),
    ClockKind.REVIEW: Limit(_CONTACT, "start of work, and each contact since", "ours: as first contact"),
    ClockKind.OUTCOME_SEEN: Limit(_DECIDE, "completion", "ours: as decide"),
    ClockKind.RE_ACTION: Limit(_ACK, "the decline or failure", "ours: as acknowledge"),
    ClockKind.PHONE_CONFIRMATION: Limit((5, 5, 5, 5), "the send, at P1", "ours: phone first, then record"),
    ClockKind.CLAIMED_ACCEPTANCE: Limit(_ACK, "the claim", "ours: as acknowledge"),
    ClockKind.FIRST_CONTACT: Limit(_CONTACT, "the case's first send", "ours"),
    ClockKind.FACE_TO_FACE: Limit(
        (60, 240, 1_440, 4_320),
        "the case's first send",
        "UK Mental Health Triage Scale B 4 h, C 24 h, D 72 h; P1: emergency department liaison 1 h "
        "(NHS England proposed waits)",
    ),
    ClockKind.CASE_REVIEW: Limit((1_440,) * 4, "nothing else being open", "ours: once a day"),
    ClockKind.UNDETERMINED: Limit(_DECIDE, "the threshold decision", "ours: as decide"),
    ClockKind.THRESHOLD_REVIEW: Limit(
        (60, 120, 240, 480), "an override of the outcome", "ours: within a shift"
    ),
    ClockKind.THRESHOLD_DISAGREED: Limit(_ACK, "a professional's disagreement", "ours: as acknowledge"),
    ClockKind.THRESHOLD_REOPENED: Limit(_ACK, "new information, or a raised risk", "ours: as acknowledge"),
    ClockKind.NEXT_CONTACT: Limit(
        (15, 30, 60, 120), "each entry of interim support", "ours: until help arrives"
    ),
    ClockKind.CALL_BACK: Limit(_DECIDE, "the promise to the caller", "ours: as decide"),
    ClockKind.REFER_ON: Limit(_ACK, "a threshold not met, with nobody else asked", "ours: as re-action"),
    # agreements
    ClockKind.DISPUTE: Limit(_DECIDE, "the second decline, or the word of either side", "ours: as decide"),
    # of a detention: from the time that is stated, not the time of entry
    ClockKind.REACH_PLACE: Limit((60,) * 4, "the detention", "ours: as the handover"),
    ClockKind.OFFICER_RELEASE: Limit(
        (60,) * 4,
        "arrival at the first place of safety",
        "National Partnership Agreement: work towards a handover within one hour",
    ),
    ClockKind.AMHP_CONSIDERS: Limit(
        (180,) * 4, "arrival at the first place of safety", "Crisis Care Concordat: 3 to 4 hours to consider"
    ),
    ClockKind.DETENTION_LIMIT: Limit(
        (1_440,) * 4,
        "arrival at the first place of safety, however it was entered; an extension is added",
        "Mental Health Act 1983, ss.135(3ZA) and 136(2A)",
    ),
    # of missing patients; the end of a power is the law's, so that it is in no agreement
    ClockKind.MISSING_DRAFT: Limit((15, 15, 30, 30), "the draft's first save", "ours"),
    ClockKind.MISSING_UNREPORTED: Limit((15,) * 4, "the absence being confirmed", "ours"),
    ClockKind.MISSING_GRADE: Limit((10, 30, 60, 60), "the report", "ours: high 10, medium 30, low 60"),
    ClockKind.MISSING_NOT_TAKEN: Limit(
        (5, 15, 30, 120), "a report or grade of high", "ours: as acknowledge, in high"
    ),
    ClockKind.MISSING_REVIEW: Limit(
        (60, 240, 720, 1_440), "each grade and review", "ours: high 60, medium 240, low 720"
    ),
    ClockKind.MISSING_AGAIN: Limit((60,) * 4, "a report within 72 hours of the last return", "ours"),
    ClockKind.MISSING_CLUSTER: Limit((240,) * 4, "the third report of a unit in 7 days", "ours"),
    ClockKind.MISSING_WALKOUT: Limit((60,) * 4, "the report of a walk-out", "ours"),
    ClockKind.MISSING_RETURN: Limit((240,) * 4, "the patient being found", "ours"),
    ClockKind.MISSING_AFTERCARE: Limit(
        (4_320,) * 4, "the return", "ours: Scotland's framework has a discussion within 72 h"
    ),
}

# These run from a stated time to one that follows from it.
STATED = frozenset(
    {
        ClockKind.REACH_PLACE,
        ClockKind.OFFICER_RELEASE,
        ClockKind.AMHP_CONSIDERS,
        ClockKind.DETENTION_LIMIT,
    }
)

# A raised priority shortens every promise but these: a routine, what was promised by name, a desk's closing
# time, what runs from a stated time, and the pace of a missing report, which follows its grade.
OWN_PACE = frozenset(
    {
        ClockKind.CASE_REVIEW,
        ClockKind.PROMISED_ARRIVAL,
        ClockKind.HANDOVER,
        *STATED,
        *(kind for kind in ClockKind if kind.startswith("missing_")),
    }
)

# Shorter promises for one category or kind of receiver; they never lengthen the priority's own.
BY_CATEGORY: dict[Category, dict[ClockKind, int]] = {
    Category.CONVEYANCE: {ClockKind.ACKNOWLEDGE: 15, ClockKind.DECIDE: 30},
    Category.S136_HANDOVER: {ClockKind.DECIDE: 15},
}
BY_RECEIVER: dict[AgencyKind, dict[ClockKind, int]] = {
    AgencyKind.SOCIAL_CARE: {ClockKind.ACKNOWLEDGE: 30, ClockKind.DECIDE: 120},
}

Terms = Mapping[str, Any]
"""What an agreement's version promises, as stored: see ``default_terms`` for the shape."""


def default_terms() -> dict[str, Any]:
    """The default agreement's targets, in minutes.

    ``{"targets": {priority: {kind: minutes}}, "categories": {category: {kind: minutes}},
    "receivers": {kind of agency: {kind: minutes}}}``.
    """
    return {
        "targets": {
            priority.value: {kind.value: limit.minutes[place] for kind, limit in LIMITS.items()}
            for place, priority in enumerate(Priority)
        },
        "categories": {key.value: dict(each) for key, each in BY_CATEGORY.items()},
        "receivers": {key.value: dict(each) for key, each in BY_RECEIVER.items()},
    }


def target(
    terms: Terms, kind: ClockKind, *, priority: str, category: str, receiver: str | None
) -> tuple[int, str]:
    """The length of a promise in minutes, and the clause that says so (as in ``targets.P2.decide``).

    What an agreement's version says nothing of, since it is older than the kind of promise, holds by
    default: its clause is ``defaults.P2.decide``.
    """
    by_default = LIMITS[kind].minutes[list(Priority).index(Priority(priority))]
    promised = terms["targets"][priority].get(kind)
    plain = (promised, "targets") if promised is not None else (by_default, "defaults")
    found = [
        (plain[0], f"{plain[1]}.{priority}.{kind}"),
        (terms.get("categories", {}).get(category, {}).get(kind), f"categories.{category}.{kind}"),
        (terms.get("receivers", {}).get(receiver, {}).get(kind), f"receivers.{receiver}.{kind}"),
    ]
    return min((minutes, clause) for minutes, clause in found if minutes is not None)
