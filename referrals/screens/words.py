"""What codes are called when people read them. One place, so that every page says the same."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from referrals.domain.attachment import Kind
from referrals.domain.case import Category, Flag, Priority, SceneSafety
from referrals.domain.clocks import ClockKind, Holder
from referrals.domain.dispute import Settled
from referrals.domain.nhs_number import in_threes
from referrals.domain.referral import State
from referrals.domain.support import Ends, How, Who
from referrals.domain.threshold import Outcome

STATES = {
    State.DRAFT: "Draft, not sent",
    State.DISCARDED: "Discarded",
    State.SENT: "Not acknowledged",
    State.ACKNOWLEDGED: "Acknowledged, not decided",
    State.INFO_REQUESTED: "Question asked",
    State.ACCEPTED: "Accepted, not started",
    State.IN_PROGRESS: "In progress",
    State.COMPLETED: "Done, outcome not seen",
    State.CLOSED: "Closed",
    State.DECLINED: "Declined",
    State.FAILED: "Could not be done",
    State.REDIRECTED: "Passed on",
    State.CANCELLED: "Cancelled",
    State.ENTERED_IN_ERROR: "Entered in error",
}

# The colour only repeats what the words say.
STATE_COLOURS = {
    State.DRAFT: "grey",
    State.SENT: "orange",
    State.ACKNOWLEDGED: "yellow",
    State.INFO_REQUESTED: "purple",
    State.ACCEPTED: "blue",
    State.IN_PROGRESS: "blue",
    State.COMPLETED: "green",
    State.DECLINED: "red",
    State.FAILED: "red",
}

PRIORITIES = {
    Priority.P1: "P1 emergency",
    Priority.P2: "P2 very urgent",
    Priority.P3: "P3 urgent",
    Priority.P4: "P4 routine",
}
PRIORITY_COLOURS = {Priority.P1: "red", Priority.P2: "orange", Priority.P3: "yellow", Priority.P4: "grey"}

CATEGORIES = {
    Category.CONCERN_FOR_WELFARE: "Concern for welfare",
    Category.WALKOUT_HEALTHCARE: "Walked out of healthcare",
    Category.AWOL_DETAINED: "Absent without leave, detained patient",
    Category.MISSING_INFORMAL: "Missing, informal patient",
    Category.COMMUNITY_CRISIS: "Mental health crisis in the community",
    Category.MEDICAL_NEED: "Medical need",
    Category.CONVEYANCE: "Conveyance",
    Category.S136_HANDOVER: "Section 136 handover",
    Category.S135_SUPPORT: "Section 135 support",
    Category.VOLUNTARY_HANDOVER: "Voluntary handover",
    Category.VULNERABILITY_SAFEGUARDING: "Vulnerability or safeguarding",
    Category.RETURN_FOLLOWUP: "Follow-up after return",
}

FLAGS = {
    Flag.UNDER_18: "Under 18",
    Flag.REPEAT_CALLER: "Repeat caller",
    Flag.DOMESTIC_ABUSE: "Domestic abuse",
}
SCENE = {
    SceneSafety.SAFE: "Scene is safe",
    SceneSafety.UNSAFE: "Scene is not safe",
    SceneSafety.UNKNOWN: "Scene safety not known",
}

CLOCKS = {
    ClockKind.SEND: "Send the draft",
    ClockKind.ACKNOWLEDGE: "Acknowledge",
    ClockKind.DECIDE: "Accept or decline",
    ClockKind.ANSWER_INFO: "Answer the question",
    ClockKind.START: "Start",
    ClockKind.REVIEW: "Contact again or finish",
    ClockKind.OUTCOME_SEEN: "Outcome seen",
    ClockKind.RE_ACTION: "Next step after it came back",
    ClockKind.PHONE_CONFIRMATION: "Phone the receiving team",
    ClockKind.CLAIMED_ACCEPTANCE: "Confirm the acceptance by phone",
    ClockKind.FIRST_CONTACT: "First contact with the person",
    ClockKind.FACE_TO_FACE: "Face to face",
    ClockKind.CASE_REVIEW: "Review of the case",
    ClockKind.UNDETERMINED: "Police response decided",
    ClockKind.THRESHOLD_REVIEW: "Override reviewed",
    ClockKind.THRESHOLD_DISAGREED: "Disagreement answered",
    ClockKind.THRESHOLD_REOPENED: "Police response decided anew",
    ClockKind.REFER_ON: "Referred on after the threshold was not met",
    ClockKind.NEXT_CONTACT: "Next contact of interim support",
    ClockKind.CALL_BACK: "Caller rung back",
    ClockKind.PROMISED_ARRIVAL: "Promised arrival",
    # agreements
    ClockKind.DISPUTE: "Dispute settled",
    ClockKind.HANDOVER: "Handover at closing or opening time",
    # of a detention
    ClockKind.REACH_PLACE: "Arrival at a place of safety",
    ClockKind.OFFICER_RELEASE: "Officers released",
    ClockKind.AMHP_CONSIDERS: "Assessment by doctor and AMHP begun",
    ClockKind.DETENTION_LIMIT: "End of the power to detain",
    # of missing patients
    ClockKind.MISSING_DRAFT: "Draft of a missing report sent",
    ClockKind.MISSING_UNREPORTED: "Confirmed absence reported",
    ClockKind.MISSING_GRADE: "Risk of the missing patient graded",
    ClockKind.MISSING_NOT_TAKEN: "High risk: taken by the police",
    ClockKind.MISSING_REVIEW: "Review of the missing patient",
    ClockKind.MISSING_POWER: "End of the power to retake",
    ClockKind.MISSING_AGAIN: "Missing again within 72 hours: looked at",
    ClockKind.MISSING_CLUSTER: "Cluster on a unit: looked at",
    ClockKind.MISSING_WALKOUT: "Walk-out: looked at",
    ClockKind.MISSING_RETURN: "Found patient brought back",
    ClockKind.MISSING_AFTERCARE: "Steps after the return",
}
ENDS = {
    Holder.SENDER: "sender",
    Holder.RECEIVER: "receiver",
    Holder.ACCOUNTABLE: "accountable",
    Holder.NAMED_TEAM: "named team",
}

DECIDED = {
    Outcome.POLICE_RESPONSE: "Police attend",
    Outcome.NO_POLICE_RESPONSE: "No police response",
    Outcome.UNDETERMINED: "Undetermined, kept by the police",
}

ACTIONS = {
    "send": "Send now",
    "discard": "Discard the draft",
    "acknowledge": "Acknowledge",
    "request_info": "Ask a question",
    "answer_info": "Answer the question",
    "accept": "Accept",
    "decline": "Decline",
    "start": "Start: the person was reached",
    "fail": "Give it back: it cannot be done",
    "complete": "Complete",
    "close": "Outcome seen, close",
    "resend": "Send to another team",
    "police_reassess": "Decide the police response anew",
    "no_further_action": "No further action",
    "redirect": "Pass on to another team",
    "cancel": "Cancel",
    "request_cancel": "Ask to cancel",
    "agree_cancel": "Agree to cancel",
    "refuse_cancel": "Refuse to cancel",
    "enter_in_error": "Entered in error",
    "reopen": "Reopen",
}
# While the sender says that somebody accepted by phone.
OF_A_CLAIM = {"accept": "Confirm: it was accepted", "decline": "Nobody here accepted: decline"}
ALWAYS = {
    "contact": "Log a contact",
    "risk": "Raise or lower the risk",
    "inform": "Say what is new",
    "claim": "Accepted by phone",
    "arrival": "Promise an arrival",
    "arrived": "Somebody is there now",
    "take": "Take this alarm: I am dealing with it",
    "release": "Give the alarm back",
    "tick": "Done",
    "support": "Log who is with the person",
    "call_back": "Promise the caller a call back",
    "rang_back": "Log that the caller was rung back",
    "repin": "Put its deadlines on the agreement that holds now",
}
CASE_ACTIONS = {
    "close": "Close the case",
    "reopen": "Reopen the case",
    "review": "Reviewed: nothing has changed",
    # agreements
    "dispute": "Not ours: dispute it",
    "settle_dispute": "Settle the dispute",
    "withdraw_dispute": "Opened by mistake: withdraw the dispute",
    "link": "Link with another case of this person",
    "unlink": "Undo a link with another case",
}
SETTLED = {
    Settled.SENDER_KEEPS: "The team that asked keeps the person",
    Settled.RECEIVER_TAKES: "The team that was asked takes the person, and accepts a new referral",
    Settled.ANOTHER_TAKES: "Another agency takes the person, and is asked now",
    Settled.NOT_NEEDED: "Nobody needs to: the person is safe",
}

# One key each, where a page offers the action. ``next`` accepts and opens what waits next.
KEYS = {
    "acknowledge": "k",
    "accept": "a",
    "next": "n",
    "decline": "d",
    "request_info": "q",
    "redirect": "r",
    "start": "s",
    "contact": "l",
    "complete": "c",
}
ACCEPT_NEXT = "Accept, next"

LEVELS = {
    "worker": "the staff on duty",
    "supervisor": "the duty supervisor",
    "manager": "the on-call manager",
    "director": "the on-call director",
}

CHANNELS = {"phone": "Phone", "video": "Video", "in_person": "In person", "message": "Message"}
WITH_WHOM = {
    "person": "The person",
    "caller": "The caller",
    "receiver": "The receiving team",
    "other": "Somebody else",
}
SUPPORTERS = {
    Who.CONTROL_ROOM_WORKER: "A mental-health worker in the control room",
    Who.PROFESSIONAL: "A health or care professional",
    Who.OFFICER: "A police officer",
    Who.FRIEND_OR_FAMILY: "Friend or family",
    Who.MEMBER_OF_PUBLIC: "A member of the public",
    Who.NOBODY: "Nobody",
}
SUPPORTED_BY = {
    How.PHONE: "By phone",
    How.VIDEO: "By video",
    How.IN_PERSON: "In person",
    How.NOT_AT_ALL: "Not at all: nobody is there",
}
ATTACHMENTS = {
    Kind.PHOTO: "A photo of the person",
    Kind.DOCUMENT: "A document",
    Kind.CLINICAL_DOCUMENT: "A clinical document",
    Kind.POLICE_DOCUMENT: "A police document",
}
SUPPORT_ENDS = {
    "": "It goes on",
    Ends.ARRIVED: "Help has arrived",
    Ends.NOT_NEEDED: "It is not needed any more",
}

CONTACT_OUTCOMES = {
    "reached": "Reached",
    "no_answer": "No answer",
    "left_message": "Left a message",
    "refused": "Refused to speak",
}

SEXES = [("", "Not known"), ("female", "Female"), ("male", "Male"), ("other", "Other")]

CAUSES = {
    "opened": "opened the case",
    "accepted": "accepted it",
    "failed": "it could not be done",
    "cancelled": "it was cancelled",
    "entered_in_error": "it was entered in error",
}

OF_PERSON = {
    "family_name": "family name",
    "given_name": "given name",
    "date_of_birth": "born",
    "age": "age about",
    "sex": "sex",
    "nhs_number": "NHS number",
    "phone": "phone",
    "language": "language",
    "description": "described as",
}


def of_person(said: Mapping[str, str]) -> str:
    """Details of a person as text, in the order in which people say them."""
    spoken = {**said}
    if number := said.get("nhs_number"):
        spoken["nhs_number"] = in_threes(number)
    if born := said.get("date_of_birth"):
        spoken["date_of_birth"] = f"{date.fromisoformat(born):%-d %B %Y}"
    return ", ".join(f"{label} {spoken[name]}" for name, label in OF_PERSON.items() if name in spoken)


def stated(said: Mapping[str, Any]) -> str:
    """What was stated of a person at one time; a detail that was taken back is named."""
    gone = [label for name, label in OF_PERSON.items() if said.get(name) in ("", None) and name in said]
    told = of_person({name: str(value) for name, value in said.items() if value not in ("", None)})
    taken = f"taken back: {', '.join(gone)}" if gone else ""
    text = "; ".join(filter(None, (told, taken)))
    return text[:1].upper() + text[1:]
