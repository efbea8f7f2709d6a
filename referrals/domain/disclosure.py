"""Which fields each audience reads. Serializers, pages and exports all ask here.

A field that is not listed is not shown. Defaults follow the NHS England guidance on sharing
information with the police: they see identity, location, risk and contact, not diagnosis, notes or
treatment; health sees scene safety and what happened, not intelligence or offending history.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from agencies.roles import Audience
from referrals.domain.missing_fields import FOR_HEALTH, FOR_SEARCHERS

IDENTITY = frozenset(
    {
        "family_name",
        "given_name",
        "date_of_birth",
        "age",
        "sex",
        "nhs_number",
        "description",
        "phone",
        "language",
    }
)

PERSON_FIELDS_READ_BY: Mapping[Audience, frozenset[str]] = {
    Audience.POLICE: IDENTITY,
    Audience.HEALTH: IDENTITY,
    Audience.COUNCIL: IDENTITY,
    Audience.VOLUNTARY: IDENTITY - {"nhs_number"},
}

# What a piece of text is about decides who reads it.
EVERYBODY = frozenset(Audience)
CONTENT_READ_BY: Mapping[str, frozenset[Audience]] = {
    "person": EVERYBODY - {Audience.VOLUNTARY},
    "summary": EVERYBODY,
    "location": EVERYBODY,
    "reason": EVERYBODY,
    "outcome": EVERYBODY,
    "caller_told": EVERYBODY,
    "risk": EVERYBODY,
    "contact_note": EVERYBODY,
    "already_tried": EVERYBODY,
    "rationale": EVERYBODY,
    "disagreement": EVERYBODY,
    "support_note": EVERYBODY,
    "caller": EVERYBODY,
    "new_information": EVERYBODY,
    "clinical_note": frozenset({Audience.HEALTH}),
    # of missing patients
    "missing_report": EVERYBODY - {Audience.VOLUNTARY},
    "missing_clinical": frozenset({Audience.HEALTH}),
    "sighting": EVERYBODY,
    "checklist_note": EVERYBODY - {Audience.VOLUNTARY},
    "return": EVERYBODY - {Audience.VOLUNTARY},
    "police_intelligence": frozenset({Audience.POLICE}),
    # agreements
    "dispute": EVERYBODY,
    # files that are attached, with what is said of them
    "photo": EVERYBODY - {Audience.VOLUNTARY},
    "document": EVERYBODY - {Audience.VOLUNTARY},
    "clinical_document": frozenset({Audience.HEALTH}),
    "police_document": frozenset({Audience.POLICE}),
    "withdrawal": EVERYBODY - {Audience.VOLUNTARY},
    # of a detention: what police are told is the time and the outcome, not the assessment
    "detention_note": EVERYBODY - {Audience.VOLUNTARY},
    "assessment_note": frozenset({Audience.HEALTH, Audience.COUNCIL}),
}

# What one kind of agency reads of a detention, and the others do not. The rest all its parties read.
DETENTION_FIELDS_READ_BY: Mapping[str, frozenset[Audience]] = {
    "officer_identifier": frozenset({Audience.POLICE}),
    "doctor": frozenset({Audience.HEALTH, Audience.COUNCIL}),
    "outcome": EVERYBODY - {Audience.VOLUNTARY},
}

# What of a missing report: the search needs the rest, and nobody but health needs a diagnosis for it.
MISSING_FIELDS_READ_BY: Mapping[Audience, frozenset[str]] = {
    Audience.POLICE: FOR_SEARCHERS,
    Audience.HEALTH: FOR_SEARCHERS | FOR_HEALTH,
    Audience.COUNCIL: FOR_SEARCHERS,
    Audience.VOLUNTARY: frozenset({"last_seen_place", "direction", "clothing", "height_and_build", "hair"}),
}


def readable(fields: Mapping[str, Any], audience: Audience) -> dict[str, Any]:
    """The fields of a person that this audience may read, in their order."""
    allowed = PERSON_FIELDS_READ_BY[audience]
    return {name: value for name, value in fields.items() if name in allowed}


def kinds_read_by(audience: Audience) -> list[str]:
    """The kinds of content that this audience may read."""
    return sorted(kind for kind, audiences in CONTENT_READ_BY.items() if audience in audiences)


def audiences_of(kind: str) -> Iterable[Audience]:
    """Who reads this kind of content. Raises KeyError for a kind that nobody has thought about."""
    return CONTENT_READ_BY[kind]


def reads_of_detention(field: str, audience: Audience) -> bool:
    """Whether this audience reads a field of a detention that not all read. Raises KeyError for another."""
    return audience in DETENTION_FIELDS_READ_BY[field]
