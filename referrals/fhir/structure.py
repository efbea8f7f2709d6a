"""Whether a resource is built as R4 and our table of elements say, before anybody reads it."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from referrals.domain.errors import Invalid
from referrals.fhir.elements import ELEMENTS, FORMS, NUMBERS, RESOURCES, Element
from referrals.fhir.refusals import NotKept

NOT_READ = "this is not read here, and would be lost: leave it out"


class Wrong(NamedTuple):
    """What is wrong, and where (FHIRPath). ``unread``: nothing, but nobody here would read it."""

    path: str
    why: str
    unread: bool = False


def check(resource: object) -> None:
    """Raises Invalid for what R4 forbids, NotKept for what is not in the table."""
    found = list(_resource(resource, ""))
    broken = {each.path: each.why for each in found if not each.unread}
    if broken:
        raise Invalid("the resource is not built as FHIR R4 has it", broken)
    if found:
        raise NotKept("the resource holds what is not kept here", {each.path: each.why for each in found})


def _resource(value: object, path: str) -> Iterator[Wrong]:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        yield Wrong(path or "Resource", "a resource is an object that names its resourceType")
    elif kind not in RESOURCES:
        yield Wrong(
            path or "Resource", f"{kind[:60]} is not read here, and would be lost: leave it out", True
        )
    else:
        yield from _complex(value, kind, path or kind)


def _complex(value: object, kind: str, path: str) -> Iterator[Wrong]:
    if not isinstance(value, dict) or not value:
        yield Wrong(path, f"{kind} is an object with something in it")
        return
    known = ELEMENTS[kind]
    for name, inner in value.items():
        if name in known:
            yield from _element(inner, known[name], f"{path}.{name}")
        elif name != "resourceType" or kind not in RESOURCES:
            yield Wrong(f"{path}.{name[:60]}", NOT_READ, True)
    lacking = [each.name for each in known.values() if each.required and each.name not in value]
    yield from (Wrong(f"{path}.{name}", "R4 requires it") for name in lacking)


def _element(value: object, element: Element, path: str) -> Iterator[Wrong]:
    if not element.repeats:
        yield from _typed(value, element.type, path)
    elif not isinstance(value, list) or not value:
        yield Wrong(path, "it may be there several times, so it is a list, and not an empty one")
    else:
        for place, inner in enumerate(value):
            yield from _typed(inner, element.type, f"{path}[{place}]")


def _typed(value: object, kind: str, path: str) -> Iterator[Wrong]:
    if kind == "Resource":
        yield from _resource(value, path)
    elif kind not in FORMS:
        yield from _complex(value, kind, path)
    elif not _is_primitive(value, kind):
        yield Wrong(path, f"this is no {kind} as R4 writes it")


def _is_primitive(value: object, kind: str) -> bool:
    if kind == "decimal":
        return type(value) in (int, float) and math.isfinite(value)
    if kind in NUMBERS and type(value) is not NUMBERS[kind]:
        return False
    text = str(value).lower() if kind in NUMBERS else value
    return isinstance(text, str) and FORMS[kind].fullmatch(text) is not None
