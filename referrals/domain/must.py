"""What each clock waits for, in words that follow "must": on screens, and in messages."""

from collections.abc import Mapping

from referrals.domain.clocks import ClockKind

MUST: Mapping[str, str] = {
    ClockKind.SEND: "send the draft",
    ClockKind.ACKNOWLEDGE: "acknowledge",
    ClockKind.DECIDE: "accept or decline",
    ClockKind.ANSWER_INFO: "answer the question",
    ClockKind.START: "start, by reaching the person",
    ClockKind.REVIEW: "be in contact again, or finish",
    ClockKind.OUTCOME_SEEN: "see the outcome and tell the caller",
    ClockKind.RE_ACTION: "say what happens next",
    ClockKind.PHONE_CONFIRMATION: "phone the receiving team",
    ClockKind.CLAIMED_ACCEPTANCE: "confirm the acceptance given by phone",
    ClockKind.FIRST_CONTACT: "be in contact with the person",
    ClockKind.FACE_TO_FACE: "see the person face to face",
    ClockKind.CASE_REVIEW: "review the case",
    ClockKind.UNDETERMINED: "decide whether police respond",
    ClockKind.THRESHOLD_REVIEW: "review the override",
    ClockKind.THRESHOLD_DISAGREED: "answer the disagreement",
    ClockKind.THRESHOLD_REOPENED: "decide the police response anew",
    ClockKind.REFER_ON: "refer the person on, or close the case",
    ClockKind.NEXT_CONTACT: "be in contact with the person again",
    ClockKind.CALL_BACK: "ring the caller back",
    ClockKind.PROMISED_ARRIVAL: "be there when promised",
    # agreements
    ClockKind.DISPUTE: "settle whose this person is",
    ClockKind.HANDOVER: "hand over, since who answers changes then",
    # of a detention
    ClockKind.REACH_PLACE: "reach a place of safety",
    ClockKind.OFFICER_RELEASE: "release the officers",
    ClockKind.AMHP_CONSIDERS: "have the person assessed",
    ClockKind.DETENTION_LIMIT: "end or extend the detention",
    # of missing patients
    ClockKind.MISSING_DRAFT: "send the report of the missing patient, or discard it",
    ClockKind.MISSING_UNREPORTED: "report the absence that is confirmed",
    ClockKind.MISSING_GRADE: "grade the risk of the missing patient",
    ClockKind.MISSING_NOT_TAKEN: "take the search: the risk is high",
    ClockKind.MISSING_REVIEW: "review the search and the risk",
    ClockKind.MISSING_POWER: "bring the patient back before the power to do so ends",
    ClockKind.MISSING_AGAIN: "look: missing again within 72 hours",
    ClockKind.MISSING_CLUSTER: "look: several patients missing from this unit in a week",
    ClockKind.MISSING_WALKOUT: "look: a walk-out from an emergency department",
    ClockKind.MISSING_RETURN: "bring the found patient back",
    ClockKind.MISSING_AFTERCARE: "check, debrief and close after the return",
}
