"""A referral as a ServiceRequest, made from what the plain API tells the same reader of it."""

from referrals.api.ending import Ending
from referrals.domain.referral import State
from referrals.fhir import names
from referrals.fhir.building import (
    Json,
    case,
    coded,
    extension,
    identified,
    nested,
    team,
    without_gaps,
)


def service_request(told: Json, ending: Ending | None) -> Json:
    """The ask: for whom, of whom, where and by when. What hangs off it is contained in it."""
    inside = contained(told)
    return without_gaps(
        {
            "resourceType": "ServiceRequest",
            "id": told["id"],
            "meta": {"versionId": str(told["version"])},
            "contained": inside,
            "extension": [
                extension(names.LEAD, "valueBoolean", told["lead"]),
                phoned(told["phone_confirmation"]),
            ],
            "identifier": [
                identified(names.REFERRAL, told["reference"]),
                identified(names.INCIDENT, told["source_incident_number"]),
            ],
            "basedOn": parent(told, "redirect"),
            "replaces": parent(told, "resend"),
            "requisition": identified(names.ASKING, told["asking"]),
            "status": status(told["state"], ending),
            "intent": "plan",
            "category": [
                coded(names.MESSAGE_CATEGORY, "referral"),
                coded(names.CATEGORY, told["category"]),
            ],
            "priority": names.PRIORITIES[told["priority"]],
            "subject": {"reference": "#person"}
            if told["person"]
            else {"display": "Somebody who is not shown to your agency"},
            "encounter": case(told),
            "occurrencePeriod": {"start": told["sent_at"] or told["created_at"], "end": told["breach_at"]},
            "authoredOn": told["occurred_at"],
            "requester": team(told["from_team"]),
            "performer": [team(told["to_team"])],
            "locationReference": [{"reference": "#place"}] if told.get("location") else [],
            "supportingInfo": supporting(told, inside),
            "note": [{"text": told.get("summary")}],
        }
    )


def status(state: str, ending: Ending | None) -> str:
    """As the ask stands; a closed one is what it was before."""
    before = ending.state if state == State.CLOSED and ending else state
    return names.REQUESTS[State(before)]


def parent(told: Json, link: str) -> list[Json]:
    """The referral that this one follows."""
    return [{"reference": f"ServiceRequest/{told['parent']}"}] if told["parent_link"] == link else []


def supporting(told: Json, inside: list[Json]) -> list[Json]:
    """The decision behind it, and its flags."""
    decision = identified(names.DECISION, told["threshold_decision"])
    flags = [{"reference": f"#{each['id']}"} for each in inside if each["resourceType"] == "Flag"]
    return [*([{"identifier": decision}] if decision else []), *flags]


def contained(told: Json) -> list[Json]:
    """The person, the place and the flags, which belong to this case alone."""
    found = [person(told["person"])] if told["person"] else []
    if told.get("location"):
        found.append(place(told["location"]))
    subject = {"reference": "#person"} if told["person"] else {"display": "Not shown"}
    scene = flag("scene-safety", "SS", coded(names.SCENE_SAFETY, names.SCENES[told["scene_safety"]]))
    said = [
        flag(f"flag-{code.replace('_', '-')}", names.FLAG_CATEGORY.get(code), coded(names.FLAG, code))
        for code in told["flags"]
    ]
    return found + [{**each, "subject": subject} for each in (scene, *said)]


def flag(key: str, category: str | None, code: Json | None) -> Json:
    """One thing that everybody should know at a glance."""
    kinds = [coded(names.FLAG_CATEGORIES, category)] if category else []
    return {"resourceType": "Flag", "id": key, "status": "active", "category": kinds, "code": code}


def person(said: Json) -> Json:
    """The person, as far as the reader's audience is told of them."""
    sex = said.get("sex")
    return {
        "resourceType": "Patient",
        "id": "person",
        "extension": [
            extension(names.AGE, "valueInteger", said.get("age")),
            extension(names.SEX, "valueString", None if sex in names.GENDERS else sex),
            extension(names.DESCRIPTION, "valueString", said.get("description")),
        ],
        "identifier": [identified(names.NHS_NUMBER, said.get("nhs_number"))],
        "name": [{"family": said.get("family_name"), "given": [said.get("given_name")]}],
        "telecom": [{"system": "phone", "value": said["phone"]}] if said.get("phone") else [],
        "gender": sex if sex in names.GENDERS else None,
        "birthDate": said.get("date_of_birth"),
        "communication": [{"language": {"text": said["language"]}}] if said.get("language") else [],
    }


def place(said: Json) -> Json:
    """Where the person is, in whichever ways that was said."""
    more = nested(
        names.LOCATION,
        extension("UPRN", "valueString", said.get("uprn")),
        extension("what3words", "valueString", said.get("what3words")),
    )
    at = {"longitude": said.get("longitude"), "latitude": said.get("latitude")}
    return {
        "resourceType": "Location",
        "id": "place",
        "extension": [more],
        "address": {"text": said.get("text")},
        "position": at,
    }


def phoned(said: Json | None) -> Json | None:
    """Who told whom by telephone, and when."""
    if not said:
        return None
    return nested(
        names.PHONED,
        extension("by", "valueString", said.get("by")),
        extension("to", "valueString", said.get("to")),
        extension("at", "valueDateTime", said.get("at")),
    )
