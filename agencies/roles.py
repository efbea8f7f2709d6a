"""Kinds of agency and team, roles of people, scopes of programs: the words for who."""

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

# Job titles that a partner's system may assert for a person, by tier: the field's own words.
TITLES = {
    Role.SUPERVISOR: (
        "supervisor", "sergeant", "shift lead", "shift leader", "team leader", "team lead",
        "nurse in charge", "charge nurse", "senior nurse", "ward sister", "coordinator",
    ),
    Role.MANAGER: (
        "manager", "inspector", "matron", "bronze", "silver",
        "force incident manager", "site manager", "head of service",
    ),
    Role.DIRECTOR: ("director", "superintendent", "gold", "commander", "chief executive"),
}  # fmt: skip


def level_of(title: str) -> Role:
    """The tier of an asserted job title; whoever is not listed is a worker.

    The last words count, as in English: "duty inspector" and "Detective
    Inspector" are inspectors. What follows "to" or "for" is somebody else's title:
    "assistant to the director" is a worker.
    """
    words = " ".join(title.casefold().replace("-", " ").split())
    own = words.partition(" to ")[0].partition(" for ")[0]
    for role in reversed(TIERS):
        if any(f" {own}".endswith(f" {listed}") for listed in TITLES.get(role, ())):
            return role
    return Role.WORKER


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
