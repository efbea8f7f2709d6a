"""R4's XML and its JSON, turned into each other by the table of elements (hl7.org/fhir/R4/xml.html)."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring

from referrals.api import safe_xml
from referrals.domain.errors import Invalid
from referrals.fhir import elements
from referrals.fhir.elements import ELEMENTS, FORMS, NUMBERS, RESOURCES
from referrals.fhir.refusals import NotKept
from referrals.fhir.structure import NOT_READ

FHIR, XHTML = "{http://hl7.org/fhir}", "{http://www.w3.org/1999/xhtml}"


def read(sent: bytes) -> dict[str, Any]:
    """The resource as its JSON. Raises Unreadable, Invalid, NotKept."""
    root = safe_xml.read(sent)
    reader = _Reader()
    found = reader.resource(root, "")
    reader.say()
    return found


class _Reader:
    """Reads elements by the table, and remembers what it does not know and what is wrong."""

    def __init__(self) -> None:
        self.unread: dict[str, str] = {}
        self.wrong: dict[str, str] = {}

    def say(self) -> None:
        """Raises Invalid or NotKept, if anything was found."""
        if self.wrong:
            raise Invalid("the resource is not built as FHIR R4 has it", self.wrong)
        if self.unread:
            raise NotKept("the resource holds what is not kept here", self.unread)

    def resource(self, element: Element, path: str) -> dict[str, Any]:
        """A resource, by the name of its element."""
        kind = element.tag.removeprefix(FHIR)
        if not element.tag.startswith(FHIR):
            self.wrong[path or "Resource"] = "a resource is an element of the namespace http://hl7.org/fhir"
        elif kind not in RESOURCES:
            self.unread[path or "Resource"] = f"{kind[:60]} is not read here, and would be lost: leave it out"
        else:
            return {"resourceType": kind, **self.inside(element, kind, path or kind)}
        return {}

    def inside(self, element: Element, kind: str, path: str) -> dict[str, Any]:
        """What an element holds: its attributes, then its elements."""
        known, found = ELEMENTS[kind], {}
        for name, value in element.attrib.items():
            if name in known and known[name].attribute:
                found[name] = value
            else:
                self.unread[f"{path}.{name[:60]}"] = NOT_READ
        self._check_text(element, path)
        for child in element:
            self._add(found, child, known.get(child.tag.removeprefix(FHIR).removeprefix(XHTML)), path)
        return found

    def _add(self, found: dict[str, Any], child: Element, each: elements.Element | None, path: str) -> None:
        name = child.tag.rpartition("}")[2][:60]
        space = XHTML if each and each.type == "xhtml" else FHIR
        if each is None or each.attribute or not child.tag.startswith(space):
            self.unread[f"{path}.{name}"] = NOT_READ
        elif each.repeats:
            place = len(found.setdefault(name, []))
            found[name].append(self.value(child, each.type, f"{path}.{name}[{place}]"))
        elif name in found:
            self.wrong[f"{path}.{name}"] = "it is there twice, and may be there once"
        else:
            found[name] = self.value(child, each.type, f"{path}.{name}")

    def value(self, element: Element, kind: str, path: str) -> object:
        """What an element means as JSON."""
        if kind == "xhtml":
            return tostring(element, encoding="unicode")
        if kind == "Resource":
            self._check_text(element, path)
            if len(element) != 1 or element.attrib:
                self.wrong[path] = "it holds one resource"
            return self.resource(element[0], path) if len(element) else {}
        return self._primitive(element, kind, path) if kind in FORMS else self.inside(element, kind, path)

    def _primitive(self, element: Element, kind: str, path: str) -> object:
        self._check_text(element, path)
        more = [*(set(element.attrib) - {"value"}), *(each.tag.rpartition("}")[2] for each in element)]
        self.unread |= {f"{path}.{name[:60]}": NOT_READ for name in more}
        text = element.attrib.get("value", "")
        if kind not in NUMBERS or not FORMS[kind].fullmatch(text):
            return text  # a text that is no number is refused as in JSON
        return text == "true" if kind == "boolean" else NUMBERS[kind](text)

    def _check_text(self, element: Element, path: str) -> None:
        loose = [element.text, *(child.tail for child in element)]
        if any(text and text.strip() for text in loose):
            self.wrong[path] = "R4 writes values as attributes: here is text between the elements"


def write(resource: Mapping[str, Any]) -> bytes:
    """The resource as XML, its elements in the standard's order."""
    root = Element(resource["resourceType"], {"xmlns": FHIR.strip("{}")})
    _fill(root, resource, resource["resourceType"])
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _fill(element: Element, value: Mapping[str, Any], kind: str) -> None:
    for each in ELEMENTS[kind].values():
        if each.attribute:
            element.set(each.name, value[each.name])
        elif each.name in value:
            for inner in value[each.name] if each.repeats else [value[each.name]]:
                _append(element, each, inner)


def _append(parent: Element, each: elements.Element, value: object) -> None:
    if each.type == "xhtml":
        parent.append(fromstring(value, forbid_dtd=True))
        return
    child = SubElement(parent, each.name)
    if each.type == "Resource":
        _fill(SubElement(child, value["resourceType"]), value, value["resourceType"])
    elif each.type in FORMS:
        child.set("value", str(value).lower() if isinstance(value, bool) else str(value))
    else:
        _fill(child, value, each.type)
