"""What this door calls things: code systems, identifiers, extensions, and what our codes become.

Those of NHS England (``fhir.nhs.uk``) are as BaRS uses them. Ours begin with an address that nobody owns:
whoever deploys this agrees on a real one with its partners.
"""

from referrals.domain.case import SEXES, Flag, Priority, SceneSafety
from referrals.domain.referral import State

OURS = "https://rcrp.example/fhir"
CATEGORY = f"{OURS}/CodeSystem/category"
STATE = f"{OURS}/CodeSystem/referral-state"
REASONS = f"{OURS}/CodeSystem/reason"
FLAG = f"{OURS}/CodeSystem/flag"

REFERRAL = f"{OURS}/Id/referral"
CASE = f"{OURS}/Id/case"
TEAM = f"{OURS}/Id/team"
AGENCY = f"{OURS}/Id/agency"
ASKING = f"{OURS}/Id/asking"
INCIDENT = f"{OURS}/Id/source-incident-number"
DECISION = f"{OURS}/Id/threshold-decision"

LEAD = f"{OURS}/StructureDefinition/lead"
AREA = f"{OURS}/StructureDefinition/area"
PHONED = f"{OURS}/StructureDefinition/phone-confirmation"
ACCOUNTABLE = f"{OURS}/StructureDefinition/accountable-agency"
AGE = f"{OURS}/StructureDefinition/age-in-years"
SEX = f"{OURS}/StructureDefinition/sex"
DESCRIPTION = f"{OURS}/StructureDefinition/description"

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
EVENTS = "https://fhir.nhs.uk/CodeSystem/message-events-bars"
MESSAGE_REASONS = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"
MESSAGE_CATEGORY = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
FLAG_CATEGORIES = "https://fhir.nhs.uk/CodeSystem/flag-categories-bars"
SCENE_SAFETY = "https://fhir.nhs.uk/CodeSystem/scene-safety-codes-bars"
LOCATION = "https://fhir.nhs.uk/StructureDefinition/LocationExtension"
ERROR_CODES = "https://fhir.nhs.uk/CodeSystem/http-error-codes"

REQUEST, RESPONSE = "servicerequest-request", "servicerequest-response"

# R4's order of urgency is routine, urgent, asap, stat.
PRIORITIES = {Priority.P1: "stat", Priority.P2: "asap", Priority.P3: "urgent", Priority.P4: "routine"}
SCENES = {SceneSafety.SAFE: "S", SceneSafety.UNSAFE: "U", SceneSafety.UNKNOWN: "UNK"}
FLAG_CATEGORY = {Flag.REPEAT_CALLER: "RC", Flag.DOMESTIC_ABUSE: "SG"}
GENDERS = SEXES

# What the receiver does with it (Task), and what has become of the ask (ServiceRequest). A closed one is
# what it was before it was closed. R4 says of ``received`` that the performer has claimed ownership to
# evaluate it; here accountability stays with the sender until ``accepted``, and an extension says whose.
TASKS = {
    State.DRAFT: "draft",
    State.DISCARDED: "cancelled",
    State.SENT: "requested",
    State.ACKNOWLEDGED: "received",
    State.INFO_REQUESTED: "on-hold",
    State.ACCEPTED: "accepted",
    State.IN_PROGRESS: "in-progress",
    State.COMPLETED: "completed",
    State.CLOSED: "completed",
    State.DECLINED: "rejected",
    State.FAILED: "failed",
    State.REDIRECTED: "cancelled",
    State.CANCELLED: "cancelled",
    State.ENTERED_IN_ERROR: "entered-in-error",
}
REQUESTS = {
    State.DRAFT: "draft",
    State.DISCARDED: "revoked",
    State.SENT: "active",
    State.ACKNOWLEDGED: "active",
    State.INFO_REQUESTED: "active",
    State.ACCEPTED: "active",
    State.IN_PROGRESS: "active",
    State.COMPLETED: "completed",
    State.CLOSED: "completed",
    State.DECLINED: "revoked",
    State.FAILED: "revoked",
    State.REDIRECTED: "revoked",
    State.CANCELLED: "revoked",
    State.ENTERED_IN_ERROR: "entered-in-error",
}
