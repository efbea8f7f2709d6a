"""The elements of an incident message, and the field of the plain API that each stands for: both ways.

Names are ours, see ``referrals.mait``. The order is that in which they are written; any order is read.
"""

from typing import NamedTuple

NAMESPACE = "https://rcrp.example/mait"
INCIDENT, CONFIRMATION, REFUSAL = "IncidentMessage", "Confirmation", "Refusal"
CREATE, UPDATE, CLOSE = "create", "update", "close"
KINDS = (CREATE, UPDATE, CLOSE)
# What an electronic confirmation says, in the words of the government's profile of MAIT. Nobody has
# acknowledged anything by it: only a named human does.
CONSIDERED = "received and is being considered"


class Meaning(NamedTuple):
    """The place in the message, the place in the plain API's body, and how the text is read."""

    element: str
    field: str
    kind: type = str


MEANINGS = (
    Meaning("MessageId", "message"),
    Meaning("MessageType", "kind"),
    Meaning("Originator/Team", "from_team"),
    Meaning("Originator/IncidentNumber", "source_incident_number"),
    Meaning("Recipient/Team", "to_team"),
    Meaning("Recipient/Reference", "reference"),
    Meaning("Incident/Type", "category"),
    Meaning("Incident/Priority", "priority"),
    Meaning("Incident/OccurredAt", "occurred_at"),
    Meaning("Incident/SceneSafety", "scene_safety"),
    Meaning("Incident/Text", "summary"),
    Meaning("Location/Text", "location/text"),
    Meaning("Location/Uprn", "location/uprn"),
    Meaning("Location/What3Words", "location/what3words"),
    Meaning("Location/Latitude", "location/latitude", float),
    Meaning("Location/Longitude", "location/longitude", float),
    Meaning("Person/FamilyName", "person/family_name"),
    Meaning("Person/GivenName", "person/given_name"),
    Meaning("Person/DateOfBirth", "person/date_of_birth"),
    Meaning("Person/Age", "person/age", int),
    Meaning("Person/Sex", "person/sex"),
    Meaning("Person/NhsNumber", "person/nhs_number"),
    Meaning("Person/Description", "person/description"),
    Meaning("Person/Phone", "person/phone"),
    Meaning("Person/Language", "person/language"),
    Meaning("Author/Name", "by/name"),
    Meaning("Author/Role", "by/role"),
    Meaning("Author/Contact", "by/contact"),
)
# What is told of an incident besides, and never read: where it stands, and how it ended.
STANDING = (
    Meaning("Incident/State", "state"),
    Meaning("Incident/Outcome", "outcome"),
    Meaning("Incident/OutcomeReason", "outcome_reason"),
    Meaning("Incident/OutcomeText", "outcome_text"),
)
BY_ELEMENT = {each.element: each for each in MEANINGS}
ELEMENT_OF = {f"/{each.field}": each.element for each in MEANINGS} | {
    "/person": "Person", "/location": "Location", "/by": "Author", "/reason": "Incident/Text",
    "/caller_told": "Incident/Text", "/text": "Incident/Text", "/phone": "Person/Phone",
}  # fmt: skip
GROUPS = frozenset(each.element.partition("/")[0] for each in MEANINGS if "/" in each.element)
