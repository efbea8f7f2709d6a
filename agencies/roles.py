"""Kinds of agency and team, roles of people, scopes of programs: the words for who."""

import re

from django.db.models import TextChoices


class AgencyKind(TextChoices):
    """What an organisation is."""

    POLICE = "police", "Police"
    MENTAL_HEALTH_TRUST = "mental_health_trust", "Mental health trust"
    ACUTE_TRUST = "acute_trust", "Acute trust (A&E)"
    AMBULANCE_TRUST = "ambulance_trust", "Ambulance trust"
    NHS_111 = "nhs_111", "NHS 111"
    INDEPENDENT_PROVIDER = "independent_provider", "Independent provider"
    SOCIAL_CARE = "social_care", "Social care"
    VOLUNTARY = "voluntary", "Voluntary organisation"


def in_a_sentence(kind: str) -> str:
    """What a kind is called where a sentence goes on: police, NHS 111."""
    label = AgencyKind(kind).label
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


class Audience(TextChoices):
    """Who may read a field: the disclosure table speaks of these."""

    POLICE = "police", "Police"
    HEALTH = "health", "Health"
    COUNCIL = "council", "Council"
    VOLUNTARY = "voluntary", "Voluntary"


AUDIENCE_OF = {
    AgencyKind.POLICE: Audience.POLICE,
    AgencyKind.MENTAL_HEALTH_TRUST: Audience.HEALTH,
    AgencyKind.ACUTE_TRUST: Audience.HEALTH,
    AgencyKind.AMBULANCE_TRUST: Audience.HEALTH,
    AgencyKind.NHS_111: Audience.HEALTH,
    AgencyKind.INDEPENDENT_PROVIDER: Audience.HEALTH,
    AgencyKind.SOCIAL_CARE: Audience.COUNCIL,
    AgencyKind.VOLUNTARY: Audience.VOLUNTARY,
}


class TeamKind(TextChoices):
    """What sort of desk sends or receives."""

    CONTROL_ROOM = "control_room", "Control room"
    CRISIS_HUB = "crisis_hub", "Crisis hub"
    PLACE_OF_SAFETY = "place_of_safety", "Place of safety"
    WARD = "ward", "Ward"
    EMERGENCY_DEPARTMENT = "emergency_department", "Emergency department"
    CLINICAL_DESK = "clinical_desk", "Clinical desk"
    EMERGENCY_DUTY_TEAM = "emergency_duty_team", "Emergency duty team"
    LIAISON = "liaison", "Liaison"


class Role(TextChoices):
    """What a person is in a team."""

    WORKER = "worker", "Worker"
    SUPERVISOR = "supervisor", "Supervisor"
    MANAGER = "manager", "Manager"
    DIRECTOR = "director", "Director"
    LIAISON = "liaison", "Liaison"
    AUDITOR = "auditor", "Auditor"


# Whom an escalation climbs through, lowest first. Liaison and auditor stand beside it.
TIERS = (Role.WORKER, Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)

# Job titles that a partner's system may assert for a person, by tier: the field's own words, and the usual
# abbreviations of police ranks (College of Policing) and of on-call titles.
TITLES = {
    Role.SUPERVISOR: (
        "supervisor", "sergeant", "sgt", "ps", "ds", "shift lead", "shift leader", "team leader", "team lead",
        "nurse in charge", "clinician in charge", "charge nurse", "senior nurse", "lead nurse", "sister",
        "clinical lead", "lead clinician", "coordinator", "co ordinator", "operational commander",
    ),
    Role.MANAGER: (
        "manager", "inspector", "insp", "di", "dci", "fim", "cim", "matron", "bronze", "silver",
        "force incident manager", "site manager", "head of service", "head of nursing", "service lead",
        "tactical commander", "consultant psychiatrist", "responsible clinician", "nurse consultant",
        "consultant nurse", "lead amhp", "amhp lead",
    ),
    Role.DIRECTOR: (
        "director", "superintendent", "supt", "gold", "commander", "chief constable", "acc", "dcc",
        "chief executive", "ceo", "chief nurse", "chief operating officer",
    ),
}  # fmt: skip
DENIED = frozenset({"not", "no", "non", "never", "former", "formerly", "ex", "retired", "trainee", "student"})
"""Whoever says so of their title does not hold it."""
BESIDE = re.compile(r"\([^)]*\)|\bno\.? *\d+\b|\b\w*\d\w*\b|[^\w\s']|_")
"""What is no word of a title: what stands in brackets, a collar number, punctuation."""
ELSE = re.compile(r" (?:to|for) ")
WHERE = re.compile(r" (?:of|in|at|with) ")


def level_of(title: str) -> Role:
    """The tier of an asserted job title; whoever is not listed is a worker.

    The last words count, as in English: "duty inspector" and "Detective Inspector" are inspectors, and the
    longest that is listed decides: a tactical commander is no commander. What follows "to" or "for" is
    somebody else's title: "assistant to the director" is a worker, and so is "not a manager". A collar number
    and what stands in brackets are left out: "PS 1234".
    """
    words = BESIDE.sub(" ", title.casefold()).split()
    if DENIED.intersection(words):
        return Role.WORKER
    own = ELSE.split(" ".join(words))[0]
    held = [(len(listed), tier) for tier, all_ in TITLES.items() for listed in all_ if _is_held(own, listed)]
    return max(held, default=(0, Role.WORKER))[1]


def _is_held(own: str, listed: str) -> bool:
    """Whether a title ends so, but for where one works; and not whether it is only near somebody who is that:
    the office of the head of service is none."""
    before, found, after = f" {own} ".partition(f" {listed} ")
    return bool(found) and not WHERE.search(f"{before} ") and (not after or bool(WHERE.match(f" {after}")))


def titles_from(level: Role) -> str:
    """The titles of this tier and of those above it, in words."""
    return ", ".join(title for tier in TIERS[TIERS.index(level) :] for title in TITLES.get(tier, ()))


# What a client's token may be used for (OAuth 2 scopes; partner systems rely on the names).
SCOPES = {
    "referrals:read": "Read referrals",
    "referrals:write": "Make and move referrals",
    "cases:read": "Read cases",
    "cases:write": "Move cases",
    "events:read": "Follow the feed of events",
    "thresholds:write": "Record threshold decisions",
    "missing:read": "Read missing reports",
    "missing:write": "Make and move missing reports",
    "detentions:read": "Read detentions",
    "detentions:write": "Make and move detentions",
    "reports:read": "Read reports",
    "webhooks:manage": "Manage webhooks",
}
