"""What is asked about a missing patient: in two tiers, so that the first can be sent in two minutes.

Sources: Derbyshire Healthcare, TEWV and South Yorkshire forms of report as read in 2026; the rest is ours.
``readers`` says whether only health reads a field: police see identity, location, risk, hazards, legal power
and contact, not diagnosis or treatment. Sending needs a person and a unit; whatever is missing is wanted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    ANSWER = "answer"
    INSTANT = "instant"
    NAMES = "names"


class NameKind(StrEnum):
    """What another name is."""

    KNOWN_AS = "known_as"
    FORMER = "former"
    BIRTH = "birth"
    ALIAS = "alias"


class Readers(StrEnum):
    """Who reads a field: whoever has a part in the search, or health alone."""

    SEARCHERS = "searchers"
    HEALTH = "health"


@dataclass(frozen=True)
class Field:
    """One thing to know. ``wanted``: the report says while it is missing; of a child only, if so marked."""

    name: str
    label: str
    readers: Readers
    tier: int = 2
    kind: Kind = Kind.TEXT
    wanted: bool = True
    of_child: bool = False


S, H = Readers.SEARCHERS, Readers.HEALTH
ANSWER, INSTANT = Kind.ANSWER, Kind.INSTANT

FIELDS = (
    Field("last_seen_place", "Where last seen", S, 1),
    Field("last_seen_activity", "Doing what", S, 1, wanted=False),
    Field("direction", "Direction gone", S, 1, wanted=False),
    Field("immediate_risk_reason", "Why there is, or is not, an immediate risk", S, 1),
    Field("ask_of_police", "What is asked of the police", S, 1),
    Field("names", "Other names", S, kind=Kind.NAMES, wanted=False),
    Field("whereabouts_known", "Are the whereabouts known?", S, kind=ANSWER, wanted=False),
    Field("out_of_character", "Out of character?", S, kind=ANSWER),
    Field("victim_of_crime", "Perhaps a victim of crime or exploitation?", S, kind=ANSWER),
    Field("leave_conditions", "Section 17 leave and its conditions", S, wanted=False),
    Field("responsible_clinician", "Responsible clinician", S),
    Field("height_and_build", "Height and build", S),
    Field("hair", "Hair", S),
    Field("marks", "Marks, tattoos, glasses", S, wanted=False),
    Field("clothing", "Clothing", S),
    Field("interpreter", "Interpreter needed", S, wanted=False),
    Field("self_harm_history", "Self-harm before", S),
    Field("risk_to_others", "Risk to others", S),
    Field("weapons_or_hazards", "Weapons, or hazards at the address", S),
    Field("medication_effect", "What missed medication may do", S),
    Field("physical_health", "Physical health that makes it urgent", S),
    Field("disability", "Disability", S, wanted=False),
    Field("drugs_or_alcohol", "Drugs or alcohol", S, wanted=False),
    Field("capacity", "Capacity to decide to be away", S),
    Field("likely_places", "Where they may be", S),
    Field("home_address", "Home address", S),
    Field("family_addresses", "Addresses of family and friends", S, wanted=False),
    Field("money", "Money, bank card", S, wanted=False),
    Field("transport", "Car, bicycle, travel card", S, wanted=False),
    Field("social_media", "Social media", S, wanted=False),
    Field("next_of_kin", "Next of kin, and how to reach them", S),
    Field("next_of_kin_told", "Next of kin told?", S, kind=ANSWER),
    Field("found_before", "Where found before", S, wanted=False),
    Field("photo_held", "A photograph is held by", S),
    Field("photo_released_by", "Who authorised its release", S, wanted=False),
    Field("photo_release_until", "The release ends", S, kind=INSTANT, wanted=False),
    Field("care_status", "Looked after, and by whom", S, of_child=True),
    Field("protection_plan", "Child protection plan", S, of_child=True),
    Field("diagnosis", "Diagnosis", H),
    Field("medication_missed", "Medication missed", H),
    Field("clinical_note", "Clinical note", H, wanted=False),
)
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
FOR_HEALTH = frozenset(field.name for field in FIELDS if field.readers == H)
FOR_SEARCHERS = frozenset(BY_NAME) - FOR_HEALTH

# The rest of what is wanted: columns of the report, and of the person.
COLUMNS = {
    "last_seen_at": "When last seen",
    "legal_status": "Legal status",
    "immediate_risk": "Is there an immediate risk?",
}
OF_DETAINED = {"section_started_at": "Start of the section", "section_expires_at": "End of the section"}
OF_PERSON = {"nhs_number": "NHS number", "phone": "Their telephone"}
AGE = ("date_of_birth", "Day of birth, or age: under 18, more is to be done")
UNSAID: tuple[object, ...] = ("", None, "unknown", [])


def still_wanted(
    known: Mapping[str, Any], *, detained: bool, under_18: bool | None, readable: Collection[str]
) -> list[dict[str, Any]]:
    """What is missing, first tier first; ``known`` maps names to what was said. Unknown is still wanted."""
    columns = {**COLUMNS, **(OF_DETAINED if detained else {})}
    asked = [(1, name, label) for name, label in columns.items()]
    asked += [(1, *AGE)] if under_18 is None else []
    asked += [(2, name, label) for name, label in OF_PERSON.items()]
    asked += [
        (field.tier, field.name, field.label)
        for field in FIELDS
        if field.wanted and field.name in readable and (under_18 or not field.of_child)
    ]
    missing = [each for each in asked if known.get(each[1]) in UNSAID]
    return [
        {"field": name, "label": label, "tier": tier}
        for tier, name, label in sorted(missing, key=lambda each: each[0])
    ]


def release_ended(known: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the release of the photograph ended, if it has: nobody is given it any more without another."""
    until = known.get("photo_release_until")
    ended = datetime.fromisoformat(until) if until else None
    return ended if ended is not None and ended <= now else None


class Security(StrEnum):
    """How secure the unit is: the regulator is told of absences from secure services only (CQC reg. 17)."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Phase(StrEnum):
    """When an item is done."""

    SEARCH = "search"
    RETURN = "return"


class Whose(StrEnum):
    """Of whom an item is asked."""

    EVERYBODY = "everybody"
    CHILD = "child"
    SECURE = "secure"


@dataclass(frozen=True)
class Item:
    """One line of the checklist, timed and named when done. ``closes``: the report closes with it, or with
    a reason. ``polices``: the police tick it. ``is_care``: what is noted with it is health's alone."""

    title: str
    phase: Phase = Phase.SEARCH
    whose: Whose = Whose.EVERYBODY
    closes: bool = False
    polices: bool = False
    is_care: bool = False


BACK = Phase.RETURN
CHECKLIST: Mapping[str, Item] = {
    "ward": Item("Ward searched"),
    "building": Item("Building searched"),
    "grounds": Item("Grounds searched"),
    "cctv": Item("CCTV looked at"),
    "security": Item("Security told"),
    "phone": Item("Rang the patient"),
    "next_of_kin": Item("Rang the next of kin"),
    "crisis_team": Item("Crisis or community team told"),
    "home_address": Item("Home address tried"),
    "doctor": Item("Doctor told"),
    "incident_number": Item("Incident form made; its number"),
    "children_services": Item("Children's services told", whose=Whose.CHILD, closes=True),
    "guardian": Item("Parent or guardian told", whose=Whose.CHILD, closes=True),
    "regulator_absence": Item("Regulator told of the absence", whose=Whose.SECURE, closes=True),
    "checked": Item("Checked on return", BACK, closes=True, is_care=True),
    "prevention_interview": Item("Police prevention interview", BACK, closes=True, polices=True),
    "debriefed": Item("Debriefed", BACK, closes=True, is_care=True),
    "care_plan_reviewed": Item("Care plan and observation reviewed", BACK, closes=True, is_care=True),
    "return_interview": Item("Return interview of the child", BACK, Whose.CHILD, closes=True),
    "regulator_return": Item("Regulator told of the return", BACK, Whose.SECURE, closes=True),
}


def asked_of(*, under_18: bool | None, security: str) -> list[str]:
    """The items that this report has; a child's too while nobody knows the age: unknown is never no."""
    whose = {Whose.EVERYBODY, *([Whose.CHILD] if under_18 is not False else [])}
    if security in (Security.LOW, Security.MEDIUM, Security.HIGH):
        whose.add(Whose.SECURE)
    return [code for code, item in CHECKLIST.items() if item.whose in whose]


def open_steps(asked: Collection[str], done: Collection[str], *, returned: bool) -> list[str]:
    """What is still to be done before the report closes without a reason."""
    return [
        code
        for code in asked
        if code not in done and CHECKLIST[code].closes and (returned or CHECKLIST[code].phase != BACK)
    ]
