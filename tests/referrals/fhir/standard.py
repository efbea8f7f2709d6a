"""The published definitions of FHIR R4, and a validator of our own: types, cardinality, required bindings."""

import json
import re
from collections.abc import Iterator
from functools import cache

from config.standards import PICKED

PRIMITIVE = re.compile(r"[a-z]\w*")
NUMBERS = {
    "boolean": (bool,),
    "decimal": (int, float),
    **dict.fromkeys(("integer", "unsignedInt", "positiveInt"), (int,)),
}
URL_FORM = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"


@cache
def published(name: str) -> dict:
    """One file of the standard."""
    return json.loads((PICKED / f"{name}.json").read_text())


@cache
def elements_of(kind: str) -> dict[str, dict]:
    """The elements of a type, of those inside it too, by path, in the standard's order."""
    snapshot = published(f"StructureDefinition-{kind.partition('.')[0]}")["snapshot"]["element"]
    return {each["path"]: each for each in snapshot}


def children(kind: str) -> list[dict]:
    """The elements directly inside a type or a backbone element."""
    return [each for path, each in elements_of(kind).items() if path.rpartition(".")[0] == kind]


def types_of(element: dict) -> list[str]:
    """The types that an element may have, as R4 names them.

    Its pages give resources' ids the type ``id`` (hl7.org/fhir/R4/resource.html); the definitions' generator
    wrote ``string``.
    """
    if element.get("base", {}).get("path") == "Resource.id":
        return ["id"]
    found = []
    for each in element.get("type", ()):
        fhir = [e["valueUrl"] for e in each.get("extension", ()) if e["url"] == URL_FORM]
        found.append(fhir[0] if fhir else each["code"])
    return found


def spelled(element: dict) -> dict[str, str]:
    """The names that an element goes by in JSON, with the type of each: value[x] is many."""
    name, path = element["path"].rpartition(".")[2], element["path"]
    if "contentReference" in element:
        return {name: element["contentReference"].removeprefix("#")}
    if name.endswith("[x]"):
        return {name[:-3] + kind[0].upper() + kind[1:]: kind for kind in types_of(element)}
    (kind,) = types_of(element)
    return {name: path if kind in ("BackboneElement", "Element") else kind}


@cache
def codes(url: str) -> frozenset[str] | None:
    """The codes of a value set that lists them or takes whole code systems; None if it is open-ended."""
    found = next((f for f in _value_sets() if f["url"] == url.partition("|")[0]), None)
    if found is None or "compose" not in found:
        return None
    known: set[str] = set()
    for part in found["compose"]["include"]:
        if "filter" in part or "valueSet" in part:
            return None
        listed = [each["code"] for each in part.get("concept", ())]
        system = _code_systems().get(part["system"])
        if not listed and system is None:
            return None
        known |= set(listed or _all(system.get("concept", ())))
    return frozenset(known)


@cache
def _value_sets() -> list[dict]:
    return [json.loads(path.read_text()) for path in PICKED.glob("ValueSet-*.json")]


@cache
def _code_systems() -> dict[str, dict]:
    found = (json.loads(path.read_text()) for path in PICKED.glob("CodeSystem-*.json"))
    return {each["url"]: each for each in found if each.get("content") == "complete"}


def _all(concepts: list[dict]) -> Iterator[str]:
    for each in concepts:
        yield each["code"]
        yield from _all(each.get("concept", ()))


def problems(resource: dict) -> list[str]:
    """What the standard would say against a resource; nothing, if it is well made."""
    return list(_of_type(resource, resource["resourceType"], resource["resourceType"]))


def _of_type(value: object, kind: str, path: str) -> Iterator[str]:
    if kind == "Resource":
        kind = value["resourceType"]
    if PRIMITIVE.fullmatch(kind):
        yield from _primitive(value, kind, path)
    elif not isinstance(value, dict) or not value:
        yield f"{path}: {kind} is an object with something in it"
    else:
        yield from _fields(value, kind, path)


def _fields(value: dict, kind: str, path: str) -> Iterator[str]:
    inside = children(kind)
    known = {name: (each, of) for each in inside for name, of in spelled(each).items()}
    for name in value.keys() - {"resourceType"}:
        if name in known:
            yield from _element(value[name], *known[name], f"{path}.{name}")
        else:
            yield f"{path}.{name}: no element of {kind}"
    lacking = [each["path"] for each in inside if each["min"] and not spelled(each).keys() & value.keys()]
    yield from (f"{path}: lacks {each}" for each in lacking)


def _element(value: object, element: dict, kind: str, path: str) -> Iterator[str]:
    many = element["max"] != "1"
    if many != isinstance(value, list):
        yield f"{path}: {'a list' if many else 'one value'} is expected"
        return
    for inner in value if many else [value]:
        yield from _of_type(inner, kind, path)
        yield from _binding(inner, element, path)
    if many and not value:
        yield f"{path}: an empty list"


def _binding(value: object, element: dict, path: str) -> Iterator[str]:
    binding = element.get("binding", {})
    if binding.get("strength") != "required" or "valueSet" not in binding:
        return
    allowed = codes(binding["valueSet"])
    if isinstance(value, dict):
        said = {each.get("code") for each in value.get("coding", [value] if "code" in value else [])}
    else:
        said = {value}
    if allowed is not None and said - allowed:
        yield f"{path}: {said - allowed} is not in {binding['valueSet']}"


def _primitive(value: object, kind: str, path: str) -> Iterator[str]:
    element = elements_of(kind).get(f"{kind}.value", {})
    forms = [
        each.get("valueString")
        for type_ in element.get("type", ())
        for each in type_.get("extension", ())
        if each["url"].endswith("/regex")
    ]
    expected = NUMBERS.get(kind, (str,))
    right = type(value) in expected
    if not right:
        yield f"{path}: {value!r} is no {kind}"
    elif isinstance(value, str) and forms and not re.fullmatch(forms[0], value):
        yield f"{path}: {value!r} has not the form of {kind}"
