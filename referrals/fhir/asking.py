"""What a message asks for, as the body of the plain API, whose rules then judge it."""

from typing import Any

from referrals.domain.errors import Invalid
from referrals.fhir import names
from referrals.fhir.message import Message
from referrals.fhir.names import FLAG_CATEGORIES, FLAG_CATEGORY, PRIORITIES, SCENES
from referrals.fhir.reading import Reading

INTENTS = ("plan", "order")
PRIORITY_OF = {code: priority.value for priority, code in PRIORITIES.items()}
SCENE_OF = {code: safety.value for safety, code in SCENES.items()}
CATEGORY_OF_FLAG = {code: flag.value for flag, code in FLAG_CATEGORY.items()}


def body(message: Message) -> dict[str, Any]:
    """The plain API's body of a new referral: what was not said is left out."""
    request = message.focus
    _check_kind(request)
    status = request.text("status")
    priority = request.text("priority")
    lead, area = request.extension(names.LEAD), request.extension(names.AREA)
    said = {
        "category": request.coded("category", names.CATEGORY),
        "priority": PRIORITY_OF.get(priority, priority),
        "draft": True if status == "draft" else None,
        "lead": lead and lead.text("valueBoolean"),
        "area": area and area.text("valueString"),
        "from_team": team(message, request.one("requester")),
        "to_team": team(message, request.one("performer")),
        "person": patient(message, request),
        "case": _logical(request.one("encounter"), names.CASE),
        "asking": _shared(request.one("requisition")),
        "source_incident_number": request.identified(names.INCIDENT),
        "occurred_at": request.text("authoredOn"),
        "location": place(message.resolve(request.one("locationReference"), "Location")),
        "summary": "\n\n".join(notes(request)) or None,
        "phone_confirmation": _phoned(request.extension(names.PHONED)),
        "threshold_decision": _supporting(message),
        "by": author(message),
        **flags(message),
    }
    return {name: value for name, value in said.items() if value not in (None, {})}


def _check_kind(request: Reading) -> None:
    """A referral, and not a request for validation; asked for, and not only proposed. Raises Invalid."""
    if request.coded("category", names.MESSAGE_CATEGORY) not in (None, "referral"):
        raise Invalid("only referrals are taken", {f"{request.path}.category": "the code referral, or none"})
    if request.text("intent") not in INTENTS:
        raise Invalid("only what is asked for is taken", {f"{request.path}.intent": " or ".join(INTENTS)})


def notes(request: Reading) -> list[str]:
    """What is said in words."""
    return [note.text("text") for note in request.many("note")]


def team(message: Message, reference: Reading | None) -> str | None:
    """A team, by its code: in the reference itself, or in the organisation that it refers to."""
    if reference is None:
        return None
    found = message.resolve(reference, "Organization", "HealthcareService")
    reference.text("type")
    if found is None:
        return reference.identified(names.TEAM)
    found.text("name")
    found.text("active") if found.value.get("active") else None
    return found.identified(names.TEAM)


def author(message: Message) -> dict[str, Any] | None:
    """The named human being who did it."""
    role = message.resolve(message.header.one("author"), "PractitionerRole")
    if role is None:
        return None
    reference, code, phone = role.one("practitioner"), role.one("code"), role.one("telecom")
    practitioner = message.resolve(reference, "Practitioner")
    if phone and phone.value.get("system") in (None, "phone", "email"):
        phone.text("system")
        phone.text("use")
    said = {
        "name": _name(practitioner) if practitioner else reference and reference.text("display"),
        "role": code and code.text("text"),
        "contact": phone and phone.text("value"),
    }
    return {name: value for name, value in said.items() if value is not None}


def _name(practitioner: Reading) -> str | None:
    name = practitioner.one("name")
    if name is None:
        return None
    name.text("use")
    whole = name.text("text")
    return whole or " ".join(filter(None, [*name.texts("given"), name.text("family")]))


def patient(message: Message, request: Reading) -> dict[str, Any] | None:
    """The person who needs help, with or without a name or a number."""
    found = message.resolve(request.one("subject"), "Patient")
    if found is None:
        return None
    name, phone, spoken = found.one("name"), found.one("telecom"), found.one("communication")
    age, sex = found.extension(names.AGE), found.extension(names.SEX)
    description = found.extension(names.DESCRIPTION)
    gender = found.text("gender")
    said = {
        "family_name": name and name.text("family"),
        "given_name": " ".join(name.texts("given")) if name else None,
        "date_of_birth": found.text("birthDate"),
        "age": age and age.text("valueInteger"),
        "sex": sex.text("valueString") if sex else gender,
        "nhs_number": found.identified(names.NHS_NUMBER),
        "description": description and description.text("valueString"),
        "phone": _phone(phone),
        "language": _spoken(spoken),
    }
    if name and name.value.get("use") in ("official", "usual"):
        name.text("use")
    return {name: value for name, value in said.items() if value not in (None, "")}


def _phone(telecom: Reading | None) -> str | None:
    if telecom is None or telecom.value.get("system") != "phone":
        return None
    telecom.text("system")
    telecom.text("use")
    return telecom.text("value")


def _spoken(communication: Reading | None) -> str | None:
    language = communication and communication.one("language")
    return language.text("text") if language else None


def place(location: Reading | None) -> dict[str, Any] | None:
    """Where the person is."""
    if location is None:
        return None
    location.pass_over("type")
    if location.value.get("status") == "active":
        location.text("status")
    more, position = location.extension(names.LOCATION), location.one("position")
    uprn = more and more.extension("UPRN")
    words = more and more.extension("what3words")
    said = {
        "text": ", ".join(filter(None, [location.text("name"), _address(location.one("address"))])),
        "uprn": uprn and uprn.text("valueString"),
        "what3words": words and words.text("valueString"),
        "latitude": position and position.text("latitude"),
        "longitude": position and position.text("longitude"),
    }
    return {name: value for name, value in said.items() if value not in (None, "")}


def _address(address: Reading | None) -> str:
    if address is None:
        return ""
    parts = [address.text("text"), *address.texts("line")]
    parts += [address.text(name) for name in ("city", "district", "state", "postalCode", "country")]
    return ", ".join(filter(None, parts))


def flags(message: Message) -> dict[str, Any]:
    """Scene safety, and what everybody should know at a glance."""
    found: dict[str, Any] = {}
    for flag in message.of_kind("Flag"):
        if flag.value["status"] == "active":
            flag.text("status")
        message.resolve(flag.one("subject"), "Patient", "Location")
        category = flag.coded("category", FLAG_CATEGORIES)
        if category == "SS":
            code = flag.coded("code", names.SCENE_SAFETY)
            if "scene_safety" in found:
                raise Invalid("a scene is safe, unsafe or unknown", {flag.path: "send one flag of the scene"})
            found["scene_safety"] = SCENE_OF.get(code or "", code)
        else:
            ours = flag.coded("code", names.FLAG)
            found.setdefault("flags", []).append(ours or CATEGORY_OF_FLAG.get(category or "", category))
    return found


def _supporting(message: Message) -> str | None:
    """The decision behind the ask; flags stand beside it, and are read as such."""
    found = None
    for reference in message.focus.many("supportingInfo"):
        if message.resolve(reference, "Flag") is None:
            found = found or _logical(reference, names.DECISION)
    return found


def _logical(reference: Reading | None, system: str) -> str | None:
    if reference is None:
        return None
    reference.text("type")
    return reference.identified(system)


def _shared(requisition: Reading | None) -> str | None:
    if requisition is None or requisition.value.get("system") != names.ASKING:
        return None
    requisition.text("system")
    return requisition.text("value")


def _phoned(told: Reading | None) -> dict[str, Any] | None:
    if told is None:
        return None
    parts = {"by": "valueString", "to": "valueString", "at": "valueDateTime"}
    found = {name: told.extension(name) for name in parts}
    return {name: each.text(parts[name]) for name, each in found.items() if each}
