"""A message as it came: a bundle with its header first, its resources found by reference."""

from dataclasses import dataclass
from typing import Any

from referrals.domain.errors import Invalid
from referrals.fhir import structure
from referrals.fhir.names import EVENTS, MESSAGE_REASONS, REQUEST
from referrals.fhir.reading import Reading

MOST = 200  # entries; one of BaRS's largest examples has forty


@dataclass(frozen=True)
class Message:
    """One message. ``focus`` is its ServiceRequest; ``reason`` and the status of that say what to do."""

    bundle: Reading
    header: Reading
    focus: Reading
    by_address: dict[str, Reading]
    reason: str

    def resolve(self, reference: Reading | None, *kinds: str) -> Reading | None:
        """The resource that is referred to. Raises Invalid if it is not there, or of another kind."""
        said = reference and reference.text("reference")
        if not reference or said is None:
            return None
        reference.text("type")
        found = self.by_address.get(f"{_resource_path(reference.path)}{said}" if said[0] == "#" else said)
        if found is None or found.value["resourceType"] not in kinds:
            raise Invalid(
                "the message refers to what it does not hold",
                {f"{reference.path}.reference": f"put the {' or '.join(kinds)} into the bundle"},
            )
        return found

    def of_kind(self, kind: str) -> list[Reading]:
        """All resources of a kind."""
        found = {each.path: each for each in self.by_address.values() if each.value["resourceType"] == kind}
        return list(found.values())


def read(data: dict[str, Any]) -> Message:
    """The message. Raises Invalid, NotKept."""
    structure.check(data)
    if data["resourceType"] != "Bundle" or data["type"] != "message":
        raise Invalid("a message is a Bundle of the type message", {"Bundle.type": "message"})
    if len(data.get("entry", ())) > MOST:
        raise Invalid("the message is too long", {"Bundle.entry": f"at most {MOST}"})
    bundle = Reading.of(data)
    bundle.text("type")
    by_address = _addresses(bundle)
    first = bundle.many("entry")[:1]
    header = first[0].one("resource") if first else None
    if header is None or header.value["resourceType"] != "MessageHeader":
        raise Invalid(
            "a message begins with its header", {"Bundle.entry[0].resource": "put the MessageHeader first"}
        )
    focus = _focus(header, by_address)
    reason = header.coded("reason", MESSAGE_REASONS)
    message = Message(bundle, header, focus, by_address, reason or "")
    _pass_over_routing(message)
    return message


def _pass_over_routing(message: Message) -> None:
    """Who sends, the token says; whom it reached, the address. A performer among them is read later."""
    ends = [message.header.one("sender"), *(d.one("receiver") for d in message.header.many("destination"))]
    named = {end.value.get("reference", "") for end in ends if end}
    for found in filter(None, map(message.by_address.get, named)):
        if found.value["resourceType"] in ("Organization", "HealthcareService", "Practitioner"):
            found.pass_over()


def identity(message: Message) -> str:
    """By what a message that is sent again is known. Raises Invalid without any."""
    bundle, header = message.bundle, message.header
    identifier = bundle.one("identifier")
    said = identifier and identifier.text("value")
    if identifier:
        identifier.text("system")
    found = header.text("id") or said or bundle.text("id")
    if not found:
        raise Invalid(
            "a message needs an identity, by which it is known when it is sent again",
            {"MessageHeader.id": "give each new message an id of its own, such as a UUID"},
        )
    return found


def _addresses(bundle: Reading) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for entry in bundle.many("entry"):
        resource = entry.one("resource")
        if resource is None:
            continue
        kind, key = resource.value["resourceType"], resource.value.get("id")
        names = [entry.value.get("fullUrl"), f"{kind}/{key}" if key else None]
        inner = {f"{resource.path}#{each.value.get('id')}": each for each in resource.many("contained")}
        for name, each in [*((name, resource) for name in names if name), *inner.items()]:
            if found.setdefault(name, each).path != each.path:
                raise Invalid("two resources have one address", {each.path: "give each a fullUrl of its own"})
    return found


def _resource_path(path: str) -> str:
    """The path of the entry's resource in which an element stands."""
    return path[: path.index("].resource") + len("].resource")]


def _focus(header: Reading, by_address: dict[str, Reading]) -> Reading:
    event = header.one("eventCoding")
    if not event or (event.text("system"), event.text("code")) != (EVENTS, REQUEST):
        raise Invalid(
            "this door takes requests for service",
            {"MessageHeader.eventCoding": f"{EVENTS}|{REQUEST}; answers are moves of the plain API"},
        )
    reference = header.one("focus")
    said = reference and reference.text("reference")
    found = by_address.get(said or "")
    if found is None or found.value["resourceType"] != "ServiceRequest":
        raise Invalid(
            "the header says which ServiceRequest the message is about",
            {"MessageHeader.focus": "the fullUrl of the bundle's ServiceRequest"},
        )
    return found
