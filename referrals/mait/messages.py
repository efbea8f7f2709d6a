"""Incident messages, read into the plain API's fields and written from its answers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from referrals.api import safe_xml
from referrals.api.news import IN_WORDS, Done
from referrals.domain.errors import Invalid, Refused
from referrals.mait.vocabulary import (
    BY_ELEMENT,
    CONFIRMATION,
    CONSIDERED,
    GROUPS,
    INCIDENT,
    MEANINGS,
    NAMESPACE,
    REFUSAL,
    STANDING,
)

SPACE = f"{{{NAMESPACE}}}"
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0 cannot hold them


class NotKept(Refused):
    """Something was sent that would be lost: each such place is named."""


def read(sent: bytes) -> dict[str, Any]:
    """What a message says. Raises Unreadable, Invalid for what is malformed, NotKept for what is not read."""
    root = safe_xml.read(sent)
    if root.tag != SPACE + INCIDENT:
        raise Invalid("this is no incident message", {"": f"begin with {INCIDENT} of {NAMESPACE}"})
    found: dict[str, Any] = {}
    unread = [f"@{name[:60]}" for name in root.attrib] + list(_read_into(found, root, ""))
    if unread:
        lost = {where: "this is not read here, and would be lost: leave it out" for where in unread}
        raise NotKept("the message holds what is not kept here", lost)
    return found


def _read_into(found: dict[str, Any], element: Element, path: str) -> Iterable[str]:
    """Reads what is inside; the places of what is not known."""
    if any(text and text.strip() for text in (element.text, *(child.tail for child in element))):
        yield path or INCIDENT
    for child in element:
        name = f"{path}{child.tag.removeprefix(SPACE)[:80]}"
        if not path and name in GROUPS and not child.attrib:
            yield from _read_into(found, child, f"{name}/")
        elif name not in BY_ELEMENT or len(child) or child.attrib or not child.tag.startswith(SPACE):
            yield name
        else:
            _put(found, name, (child.text or "").strip())


def _put(found: dict[str, Any], name: str, text: str) -> None:
    """Keep a value under its field. Raises Invalid for one that is there twice, or is no number."""
    _, field, kind = BY_ELEMENT[name]
    *outer, last = field.split("/")
    place = found.setdefault(outer[0], {}) if outer else found
    if last in place:
        raise Invalid("a message says each thing once", {name: "it is there twice"})
    try:
        place[last] = kind(text)
    except ValueError:
        raise Invalid("this is no number", {name: "write it in digits, as in 34"}) from None


def write(root: str, values: Mapping[str, Any]) -> bytes:
    """A message, of its elements in this order; what is not known is left out; a list item by item."""
    element = Element(root, {"xmlns": NAMESPACE})
    groups: dict[str, Element] = {}
    for name, value in values.items():
        group, _, inner = name.rpartition("/")
        if value in (None, ""):
            continue
        if group and group not in groups:
            groups[group] = SubElement(element, group)
        for each in value if isinstance(value, list) else [value]:
            SubElement(groups.get(group, element), inner).text = UNWRITABLE.sub("\ufffd", str(each))
    return tostring(element, encoding="utf-8", xml_declaration=True)


def incident(told: Mapping[str, Any], kind: str, key: str, more: Mapping[str, Any]) -> bytes:
    """A referral as an incident message, as far as its reader is told; ``more`` is by STANDING's fields."""
    said = {
        **told,
        "message": key,
        "kind": kind,
        "from_team": told["from_team"]["code"],
        "to_team": told["to_team"]["code"],
    }
    standing = {each.element: more.get(each.field) for each in STANDING}
    return write(INCIDENT, {each.element: _get(said, each.field) for each in MEANINGS} | standing)


def _get(said: Mapping[str, Any], field: str) -> object:
    outer, _, inner = field.rpartition("/")
    return (said.get(outer) or {}).get(inner) if outer else said.get(field)


def confirmation(told: Mapping[str, Any], key: str, done: Sequence[Done]) -> bytes:
    """The electronic confirmation: what the message did, and where the referral stands."""
    owner = told["accountable_agency"]
    return write(
        CONFIRMATION,
        {
            "InReplyTo": key,
            "Status": " ".join(IN_WORDS[each] for each in done) or CONSIDERED,
            "Done": list(done),
            "Reference": told["reference"],
            "Case": told["case"]["reference"],
            "State": told["state"],
            "AccountableAgency": owner and owner["code"],
            "ActBy": told["breach_at"],
        },
    )


def refusal(status: int, slug: str, problems: list[str]) -> bytes:
    """Why a message was not taken: HTTP's status, the plain API's kind of problem, and each in words."""
    return write(REFUSAL, {"Status": status, "Kind": slug, "Problem": problems})
