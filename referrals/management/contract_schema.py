"""What of a schema that changed would break a program that sends it, or is answered with it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Document = Mapping[str, Any]
AT_MOST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
AT_LEAST = ("minLength", "minimum", "exclusiveMinimum", "minItems")


class Use(NamedTuple):
    """Whether programs send what a schema describes, and whether they are answered with it."""

    sent: bool
    told: bool


SENT, TOLD = Use(sent=True, told=False), Use(sent=False, told=True)


def compared(name: str, old: Document, new: Document, use: Use) -> Iterator[str]:
    """Another type, what is gone, what is taken more narrowly or promised more widely; in words."""
    if _type(old) != _type(new):
        yield f"{name} is of another type"
        return
    yield from (f"{name} has no {word!r} any more" for word in _words(old) - _words(new))
    if use.told:
        yield from _wider(name, old, new)
    if use.sent:
        yield from _tighter(name, old, new)
    here, there = old.get("properties", {}), new.get("properties", {})
    yield from (f"{name}.{field} is gone" for field in here.keys() - there.keys())
    for field in here.keys() & there.keys():
        yield from compared(f"{name}.{field}", here[field], there[field], use)
    if "items" in old:
        yield from compared(name, old["items"], new["items"], use)


def _wider(name: str, old: Document, new: Document) -> Iterator[str]:
    """What was promised and is not any more."""
    if _is_nullable(new) and not _is_nullable(old):
        yield f"{name} may be null now"
    there = new.get("properties", {}).keys()
    yield from (f"{name}.{field} may be missing now" for field in (_must(old) - _must(new)) & there)


def _tighter(name: str, old: Document, new: Document) -> Iterator[str]:
    """What was taken and is not any more."""
    yield from (f"{name}.{field} is demanded" for field in _must(new) - _must(old))
    yield from (f"{name} has a lower {most}" for most in AT_MOST if _is_less(new, old, most))
    yield from (f"{name} has a higher {least}" for least in AT_LEAST if _is_more(new, old, least))
    if _is_nullable(old) and not _is_nullable(new):
        yield f"{name} may not be null any more"
    if new.get("pattern", old.get("pattern")) != old.get("pattern"):
        yield f"{name} has another pattern"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{name} takes no other fields any more"


def _is_less(new: Document, old: Document, limit: str) -> bool:
    return limit in new and (limit not in old or new[limit] < old[limit])


def _is_more(new: Document, old: Document, limit: str) -> bool:
    return limit in new and (limit not in old or new[limit] > old[limit])


def _must(schema: Document) -> set[str]:
    return set(schema.get("required", ()))


def _words(schema: Document) -> set[str]:
    return {str(word) for word in schema.get("enum", ()) if word is not None}


def _is_nullable(schema: Document) -> bool:
    """Whether null is one of its values, in either of the ways in which the document says so."""
    told = schema.get("type", "")
    others = (each for key in ("oneOf", "anyOf") for each in schema.get(key, ()))
    return "null" in ([told] if isinstance(told, str) else told) or any(map(_is_nullable, others))


def _type(schema: Document) -> str:
    """What a value is, without what is only said about it; null besides is no other type."""
    told = schema.get("type", "")
    named = sorted(each for each in ([told] if isinstance(told, str) else told) if each != "null")
    of = [schema.get("$ref", ""), *(each.get("$ref", "") for key in ("allOf", "oneOf", "anyOf")
                                    for each in schema.get(key, ()))]  # fmt: skip
    inner = _type(schema["items"]) if "items" in schema else ""
    return " ".join(filter(None, [*named, schema.get("format", ""), *sorted(of), inner]))
