"""What has changed between two OpenAPI documents of ours that would break a program written for the first.

Such a change needs a higher first number in the version. What is only added breaks nobody: operations,
fields of answers, optional parameters and fields of bodies. A word more in an answer's enumeration is counted
as added, too: programs are told to expect new ones.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


def version(document: Document) -> int:
    """The first number of its version."""
    return int(str(document["info"]["version"]).partition(".")[0])


def breaks(old: Document, new: Document) -> list[str]:
    """Each change that would break somebody, in words; none if nothing would."""
    found: list[str] = []
    for path, operations in old["paths"].items():
        for method in METHODS:
            if method in operations:
                there = new["paths"].get(path, {}).get(method)
                found += _of_operation(f"{method.upper()} {path}", operations[method], there)
    sent, told = _used(old, "requestBody"), _used(old, "responses")
    for name, schema in old["components"]["schemas"].items():
        there = new["components"]["schemas"].get(name)
        if there is None:
            found += [f"{name} is gone"] if name in sent | told else []
            continue
        found += _of_both(name, schema, there)
        found += _of_bodies(name, schema, there) if name in sent else []
    return sorted(set(found))


def _of_operation(name: str, old: Document, new: Document | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is gone"
        return
    here, there = (
        {(each["in"], each["name"]): each.get("required", False) for each in operation.get("parameters", ())}
        for operation in (old, new)
    )
    yield from (f"{name} takes no {parameter} any more" for _, parameter in here.keys() - there.keys())
    yield from (f"{name} demands {key[1]}" for key, must in there.items() if must and not here.get(key))
    for status in old["responses"]:
        if status.startswith("2") and status not in new["responses"]:
            yield f"{name} answers no {status} any more"
    if "requestBody" in new and "requestBody" not in old and new["requestBody"].get("required"):
        yield f"{name} demands a body"


def _of_both(name: str, old: Document, new: Document) -> Iterator[str]:
    """Fields and words that are gone, and fields that mean another type: nobody knows what to do then."""
    here, there = old.get("properties", {}), new.get("properties", {})
    yield from (f"{name}.{field} is gone" for field in here.keys() - there.keys())
    for field in here.keys() & there.keys():
        if _type(here[field]) != _type(there[field]):
            yield f"{name}.{field} is of another type"
    yield from (f"{name} has no {word!r} any more" for word in _words(old) - _words(new))


def _of_bodies(name: str, old: Document, new: Document) -> Iterator[str]:
    """A field that must be sent from now on."""
    yield from (
        f"{name}.{field} is demanded" for field in set(new.get("required", ())) - set(old.get("required", ()))
    )


def _words(schema: Document) -> set[str]:
    return {str(word) for word in schema.get("enum", ()) if word is not None}


def _type(schema: Document) -> str:
    """What a value is, without what is only said about it; null besides is no other type."""
    told = schema.get("type", "")
    named = sorted(each for each in ([told] if isinstance(told, str) else told) if each != "null")
    of = [schema.get("$ref", ""), *(each.get("$ref", "") for key in ("allOf", "oneOf", "anyOf")
                                    for each in schema.get(key, ()))]  # fmt: skip
    inner = _type(schema["items"]) if "items" in schema else ""
    return " ".join(filter(None, [*named, schema.get("format", ""), *sorted(of), inner]))


def _used(document: Document, where: str) -> set[str]:
    """The names of the schemas that stand in bodies, or in answers, and in those."""
    operations = (o for path in document["paths"].values() for m, o in path.items() if m in METHODS)
    ahead = {name for operation in operations for name in _named(operation.get(where, {}))}
    found: set[str] = set()
    while ahead:
        name = ahead.pop()
        found.add(name)
        ahead |= set(_named(document["components"]["schemas"].get(name, {}))) - found
    return found


def _named(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        if isinstance(reference := part.get("$ref"), str):
            yield reference.rpartition("/")[2]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _named(each)
