"""What the codes of missing patients are called when people read them."""

from referrals.domain.missing import Grade, Owner, State
from referrals.domain.retaking import LegalStatus

STATES = {
    State.DRAFT: "Draft, not sent",
    State.DISCARDED: "Discarded",
    State.REPORTED: "Missing",
    State.LOCATED: "Found, not back",
    State.RETURNED: "Back, steps open",
    State.CLOSED: "Closed",
    State.CANCELLED: "Cancelled",
}
STATE_COLOURS = {
    State.DRAFT: "grey",
    State.REPORTED: "red",
    State.LOCATED: "yellow",
    State.RETURNED: "blue",
}
GRADES = {
    Grade.HIGH: "High",
    Grade.MEDIUM: "Medium",
    Grade.LOW: "Low",
    Grade.NO_APPARENT: "No apparent risk",
}
GRADE_COLOURS = {Grade.HIGH: "red", Grade.MEDIUM: "orange", Grade.LOW: "yellow", Grade.NO_APPARENT: "grey"}
OWNERS = {Owner.UNIT: "the unit", Owner.JOINT: "both, police lead the search", Owner.POLICE: "the police"}
FLAGS = {
    "high_not_taken": "High, and the police have not taken it",
    "review_overdue": "Review overdue",
    "power_lapsing": "The power to retake is about to lapse",
    "absence_unreported": "Absence confirmed, not reported",
    "draft_left": "Draft left unsent",
    "missing_again": "Missing again within 72 hours",
    "unit_cluster": "Several from this unit in a week",
    "walkout": "Walked out of an emergency department",
}
LEGAL = {
    LegalStatus.UNKNOWN: "Not known",
    LegalStatus.INFORMAL: "Informal",
    LegalStatus.S2: "Section 2",
    LegalStatus.S3: "Section 3",
    LegalStatus.S4: "Section 4",
    LegalStatus.S5_2: "Section 5(2), doctor's holding power",
    LegalStatus.S5_4: "Section 5(4), nurse's holding power",
    LegalStatus.S7: "Section 7, guardianship",
    LegalStatus.S37: "Section 37",
    LegalStatus.S37_41: "Section 37/41",
    LegalStatus.CTO: "Recalled from a community treatment order",
    LegalStatus.S135: "Section 135",
    LegalStatus.S136: "Section 136",
}
ANSWERS = {"yes": "Yes", "no": "No", "unknown": "Not known"}
SECURITY = {"none": "Not secure", "low": "Low secure", "medium": "Medium secure", "high": "High secure"}
BASES = {
    "nhs_number": "the same NHS number",
    "name_and_birth": "the same name and date of birth",
    "said": "linked by hand",
}
ACTIONS = {
    "send": "Send the report",
    "discard": "Discard the draft",
    "grade": "Grade the risk",
    "review": "Reviewed: log it",
    "locate": "Found",
    "lost_again": "Lost from sight again",
    "return": "Back on the unit",
    "not_back": "Not back: it was recorded by mistake",
    "debrief": "Debriefed",
    "close": "Close the report",
    "cancel": "Cancel: reported by mistake",
    "sighting": "Log a sighting",
    "add": "Add what is known",
}
LOUD = ("grade", "locate", "return", "debrief", "close")
SEARCH_GOES_ON = (
    "The patient is missing again, since they were last seen. The police are told; if they are not asked any "
    "more, they are asked anew at once. If the patient is somewhere else, say “Found” next."
)
