"""The small parts of which resources are built: what is not known is left out, never null."""

from typing import Any

from referrals.fhir import names

Json = dict[str, Any]


def without_gaps(value: object) -> object:
    """The same, less whatever holds nothing: R4 has no null and no empty list."""
    if isinstance(value, dict):
        found = {name: without_gaps(inner) for name, inner in value.items()}
        return {name: inner for name, inner in found.items() if inner not in (None, "", [], {})}
    if isinstance(value, list):
        return [each for each in map(without_gaps, value) if each not in (None, "", [], {})]
    return value


def coded(system: str, code: str | None, text: str | None = None) -> Json | None:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code}] if code else [], "text": text}


def identified(system: str, value: str | None) -> Json | None:
    """An Identifier."""
    return {"system": system, "value": value} if value else None


def logical(kind: str, system: str, place: Json) -> Json:
    """A reference to a team or an agency, which this door gives no address of its own."""
    return {"type": kind, "identifier": identified(system, place["code"]), "display": place["name"]}


def team(place: Json) -> Json:
    """A reference to a team."""
    return logical("Organization", names.TEAM, place)


def case(told: Json) -> Json:
    """The case, as the context of what is done: in R4's words an encounter."""
    return {"type": "Encounter", "identifier": identified(names.CASE, told["case"]["reference"])}


def extension(url: str, name: str, value: object) -> Json | None:
    """An extension, if it has a value."""
    return None if value in (None, "") else {"url": url, name: value}


def nested(url: str, *inner: Json | None) -> Json | None:
    """An extension of extensions, if any of them has a value."""
    found = [each for each in inner if each]
    return {"extension": found, "url": url} if found else None
