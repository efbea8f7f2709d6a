"""What the codes of a detention are called when people read them."""

from referrals.domain.detention import (
    BASES,
    EXTENSION_REASONS,
    NO_AMBULANCE,
    Milestone,
    Outcome,
    Power,
    State,
)

POWERS = {
    Power.S136: "Section 136",
    Power.S135: "Section 135",
    Power.VOLUNTARY: "Voluntary, no legal clock",
}
STATES = {
    State.DETAINED: "With officers, not yet at a place of safety",
    State.ARRIVED: "At the place, not accepted",
    State.ACCEPTED: "Accepted by health",
    State.ASSESSING: "Being assessed",
    State.DECIDED: "Decided, still there",
    State.ENDED: "Ended",
}
STATE_COLOURS = {
    State.DETAINED: "orange",
    State.ARRIVED: "red",
    State.ACCEPTED: "blue",
    State.ASSESSING: "purple",
    State.DECIDED: "green",
    State.ENDED: "grey",
}
MILESTONES = {
    Milestone.DETAINED: "Detained",
    Milestone.PROFESSIONAL_CONSULTED: "Health professional consulted",
    Milestone.AMBULANCE_REQUESTED: "Ambulance requested",
    Milestone.AMBULANCE_ARRIVED: "Ambulance arrived",
    Milestone.AMBULANCE_NOT_USED: "No ambulance used",
    Milestone.PLACE_CONTACTED: "Place of safety asked",
    Milestone.CAPACITY_ANSWERED: "Place of safety answered",
    Milestone.ARRIVED: "Arrived at a place of safety",
    Milestone.HANDOVER_REQUESTED: "Handover requested",
    Milestone.HEALTH_ACCEPTED: "Accepted by health",
    Milestone.LAST_OFFICER_RELEASED: "Last officer released",
    Milestone.AMHP_NOTIFIED: "AMHP notified",
    Milestone.DOCTOR_NOTIFIED: "Doctor notified",
    Milestone.ASSESSMENT_STARTED: "Assessment started",
    Milestone.DECIDED: "Decided",
    Milestone.EXTENDED: "Extended",
    Milestone.BED_REQUESTED: "Bed requested",
    Milestone.BED_FOUND: "Bed found",
    Milestone.LEFT: "The person left the place",
}
OUTCOMES = {
    Outcome.DISCHARGED_NO_FOLLOW_UP: "Discharged home, no follow-up",
    Outcome.DISCHARGED_GP_CMHT: "Discharged home, GP or community team follows",
    Outcome.DISCHARGED_CRISIS_TEAM: "Discharged home, crisis team follows",
    Outcome.INFORMAL: "Admitted informally",
    Outcome.S2: "Detained under section 2",
    Outcome.S3: "Detained under section 3",
    Outcome.S4: "Detained under section 4",
    Outcome.RECALLED_OR_RETURNED: "Recalled, or returned from absence",
    Outcome.MEDICAL_ADMISSION: "Admitted for medical care",
    Outcome.ARRESTED: "Arrested",
    Outcome.TRANSFERRED: "Transferred to another place of safety",
    Outcome.ABSCONDED: "Absconded",
    Outcome.LAPSED_UNASSESSED: "Lapsed, nobody had assessed the person",
    Outcome.OTHER: "Another outcome",
}
REASONS = {
    **{code: text[:1].upper() + text[1:] for code, text in {**NO_AMBULANCE, **EXTENSION_REASONS}.items()},
    "refused": "Refused",
    "offered": "There is room",
}
ARRIVED_BY = {code: text[:1].upper() + text[1:] for code, text in BASES.items()}
AGES = {True: "Under 18", False: "Adult", None: "Age not known"}
