"""What this door reads and writes of FHIR R4 (4.0.1): each type's elements, in the standard's order.

``name:type``, then ``*`` if it repeats, ``!`` if the standard requires it, ``@`` if XML writes it as an
attribute. Anything else is refused by name. A test compares the table with the published definitions.
"""

import re
from dataclasses import dataclass

SPECIFIC = re.compile(r"(\w+):([\w.]+)([*!@]*)")


@dataclass(frozen=True)
class Element:
    """One element of a type."""

    name: str
    type: str
    repeats: bool
    required: bool
    attribute: bool


TYPES = {
    # resources
    "Bundle": "id:id meta:Meta identifier:Identifier type:code! timestamp:instant total:unsignedInt "
    "link:Bundle.link* entry:Bundle.entry*",
    "Bundle.link": "relation:string! url:uri!",
    "Bundle.entry": "fullUrl:uri resource:Resource search:Bundle.entry.search",
    "Bundle.entry.search": "mode:code",
    "MessageHeader": "id:id meta:Meta text:Narrative eventCoding:Coding! "
    "destination:MessageHeader.destination* sender:Reference author:Reference "
    "source:MessageHeader.source! reason:CodeableConcept response:MessageHeader.response focus:Reference* "
    "definition:canonical",
    "MessageHeader.destination": "name:string endpoint:url! receiver:Reference",
    "MessageHeader.source": "name:string software:string version:string contact:ContactPoint endpoint:url!",
    "MessageHeader.response": "identifier:id! code:code! details:Reference",
    "ServiceRequest": "id:id meta:Meta text:Narrative contained:Resource* extension:Extension* "
    "identifier:Identifier* basedOn:Reference* replaces:Reference* requisition:Identifier status:code! "
    "intent:code! category:CodeableConcept* priority:code subject:Reference! encounter:Reference "
    "occurrencePeriod:Period authoredOn:dateTime requester:Reference performer:Reference* "
    "locationReference:Reference* supportingInfo:Reference* note:Annotation*",
    "Task": "id:id meta:Meta text:Narrative extension:Extension* identifier:Identifier* status:code! "
    "statusReason:CodeableConcept businessStatus:CodeableConcept intent:code! priority:code "
    "code:CodeableConcept focus:Reference encounter:Reference executionPeriod:Period "
    "authoredOn:dateTime requester:Reference owner:Reference restriction:Task.restriction",
    "Task.restriction": "period:Period",
    "Patient": "id:id meta:Meta text:Narrative extension:Extension* identifier:Identifier* name:HumanName* "
    "telecom:ContactPoint* gender:code birthDate:date communication:Patient.communication*",
    "Patient.communication": "language:CodeableConcept!",
    "Location": "id:id meta:Meta text:Narrative extension:Extension* status:code name:string "
    "type:CodeableConcept* address:Address position:Location.position",
    "Location.position": "longitude:decimal! latitude:decimal!",
    "Flag": "id:id meta:Meta text:Narrative status:code! category:CodeableConcept* code:CodeableConcept! "
    "subject:Reference!",
    "PractitionerRole": "id:id meta:Meta text:Narrative practitioner:Reference organization:Reference "
    "code:CodeableConcept* telecom:ContactPoint*",
    "Practitioner": "id:id meta:Meta text:Narrative name:HumanName* telecom:ContactPoint*",
    "Organization": "id:id meta:Meta text:Narrative identifier:Identifier* active:boolean name:string",
    "HealthcareService": "id:id meta:Meta text:Narrative identifier:Identifier* active:boolean "
    "providedBy:Reference name:string",
    "OperationOutcome": "id:id issue:OperationOutcome.issue*!",
    "OperationOutcome.issue": "severity:code! code:code! details:CodeableConcept diagnostics:string "
    "expression:string*",
    "CapabilityStatement": "id:id url:uri version:string name:string title:string status:code! "
    "date:dateTime! description:markdown kind:code! software:CapabilityStatement.software "
    "implementation:CapabilityStatement.implementation fhirVersion:code! format:code*! "
    "rest:CapabilityStatement.rest*",
    "CapabilityStatement.software": "name:string! version:string",
    "CapabilityStatement.implementation": "description:string! url:url",
    "CapabilityStatement.rest": "mode:code! documentation:markdown "
    "security:CapabilityStatement.rest.security resource:CapabilityStatement.rest.resource* "
    "operation:CapabilityStatement.rest.resource.operation*",
    "CapabilityStatement.rest.security": "service:CodeableConcept* description:markdown",
    "CapabilityStatement.rest.resource": "type:code! documentation:markdown "
    "interaction:CapabilityStatement.rest.resource.interaction* versioning:code "
    "searchParam:CapabilityStatement.rest.resource.searchParam*",
    "CapabilityStatement.rest.resource.interaction": "code:code!",
    "CapabilityStatement.rest.resource.searchParam": "name:string! type:code! documentation:markdown",
    "CapabilityStatement.rest.resource.operation": "name:string! definition:canonical!",
    # datatypes
    "Meta": "versionId:id lastUpdated:instant source:uri profile:canonical* security:Coding* tag:Coding*",
    "Narrative": "status:code! div:xhtml!",
    "Identifier": "use:code type:CodeableConcept system:uri value:string",
    "Reference": "reference:string type:uri identifier:Identifier display:string",
    "Coding": "system:uri version:string code:code display:string userSelected:boolean",
    "CodeableConcept": "coding:Coding* text:string",
    "Period": "start:dateTime end:dateTime",
    "Annotation": "time:dateTime text:markdown!",
    "HumanName": "use:code text:string family:string given:string* prefix:string*",
    "ContactPoint": "system:code value:string use:code rank:positiveInt",
    "Address": "use:code text:string line:string* city:string district:string postalCode:string "
    "country:string",
    "Extension": "extension:Extension* url:uri!@ valueBoolean:boolean valueCode:code valueDateTime:dateTime "
    "valueInteger:integer valueString:string valueReference:Reference",
}
RESOURCES = frozenset(
    {
        "Bundle", "MessageHeader", "ServiceRequest", "Task", "Patient", "Location", "Flag",
        "PractitionerRole", "Practitioner", "Organization", "HealthcareService", "OperationOutcome",
        "CapabilityStatement",
    }
)  # fmt: skip
# The forms of R4's primitives (hl7.org/fhir/R4/datatypes.html); a text is not blank and bears no controls.
DAY = r"([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
WHOLE_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
TEXT = r"(?s:[^\x00-\x08\x0b\x0c\x0e-\x1f]*\S[^\x00-\x08\x0b\x0c\x0e-\x1f]*)"
PRIMITIVES = {
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "code": r"[^\s]+( [^\s]+)*",
    "uri": r"\S+",
    "url": r"\S+",
    "canonical": r"\S+",
    "string": TEXT,
    "markdown": TEXT,
    "xhtml": TEXT,
    "boolean": r"true|false",
    "integer": r"-?([0]|[1-9][0-9]{0,8})",
    "unsignedInt": r"[0]|[1-9][0-9]{0,8}",
    "positiveInt": r"[1-9][0-9]{0,8}",
    "decimal": r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,2})?",
    "date": DAY,
    "dateTime": rf"{DAY}|{WHOLE_DAY}T{CLOCK}",
    "instant": rf"{WHOLE_DAY}T{CLOCK}",
}
NUMBERS = {"boolean": bool, "integer": int, "unsignedInt": int, "positiveInt": int, "decimal": float}


def _element(said: str) -> Element:
    name, kind, marks = SPECIFIC.fullmatch(said).groups()  # type: ignore[union-attr]
    return Element(name, kind, "*" in marks, "!" in marks, "@" in marks)


ELEMENTS = {kind: {e.name: e for e in map(_element, said.split())} for kind, said in TYPES.items()}
FORMS = {kind: re.compile(form) for kind, form in PRIMITIVES.items()}
