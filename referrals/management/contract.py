"""What has changed between two OpenAPI documents of ours that would break a program written for the first.

Such a change needs a higher first number in the version. What is only added breaks nobody: operations,
fields of answers, optional parameters and fields of bodies. A word more in an answer's enumeration is counted
as added, too: programs are told to expect new ones. What is sent may be taken more widely, and what is
answered may be promised more narrowly; the other way round breaks somebody.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from referrals.management.contract_schema import SENT, TOLD, Document, Use, compared

METHODS = ("get", "post", "put", "patch", "delete")


def version(document: Document) -> int:
    """The first number of its version."""
    return int(str(document["info"]["version"]).partition(".")[0])


def breaks(old: Document, new: Document) -> list[str]:
    """Each change that would break somebody, in words; none if nothing would."""
    return sorted(set(chain(_of_paths(old, new), _of_schemas(old, new))))


def _of_paths(old: Document, new: Document) -> Iterator[str]:
    for path, operations in old["paths"].items():
        there = new["paths"].get(path, {})
        for method in operations.keys() & set(METHODS):
            name = f"{method.upper()} {path}"
            if method in there:
                yield from _of_operation(name, operations[method], there[method])
            else:
                yield f"{name} is gone"


def _of_schemas(old: Document, new: Document) -> Iterator[str]:
    sent, told = _used(old, "requestBody"), _used(old, "responses")
    there = new["components"]["schemas"]
    for name, schema in old["components"]["schemas"].items():
        if name in there:
            yield from compared(name, schema, there[name], Use(name in sent, name in told))
        elif name in sent | told:
            yield f"{name} is gone"


def _of_operation(name: str, old: Document, new: Document) -> Iterator[str]:
    yield from _of_parameters(name, old, new)
    yield from _of_body(name, old.get("requestBody", {}), new.get("requestBody", {}))
    good = {status: answer for status, answer in old["responses"].items() if status.startswith("2")}
    for status, answer in good.items():
        if status in new["responses"]:
            lost = f"{name} answers {status} in no"
            yield from _of_media(f"{name} {status}", lost, answer, new["responses"][status], TOLD)
        else:
            yield f"{name} answers no {status} any more"


def _of_parameters(name: str, old: Document, new: Document) -> Iterator[str]:
    here, there = (
        {(each["in"], each["name"]): each for each in operation.get("parameters", ())}
        for operation in (old, new)
    )
    yield from (f"{name} takes no {parameter} any more" for _, parameter in here.keys() - there.keys())
    must = {key for key, parameter in there.items() if parameter.get("required")}
    yield from (f"{name} demands {key[1]}" for key in must if not here.get(key, {}).get("required"))
    for key in here.keys() & there.keys():
        yield from _of_content(f"{name} {key[1]}", here[key], there[key], SENT)


def _of_body(name: str, old: Document, new: Document) -> Iterator[str]:
    if new.get("required") and not old.get("required"):
        yield f"{name} demands a body"
    if old and not new:
        yield f"{name} takes no body any more"
    else:
        yield from _of_media(f"{name} body", f"{name} takes no", old, new, SENT)


def _of_media(name: str, lost: str, old: Document, new: Document, use: Use) -> Iterator[str]:
    """Of what is sent or answered, in each form of it."""
    there = new.get("content", {})
    for media, content in old.get("content", {}).items():
        if media in there:
            yield from _of_content(name, content, there[media], use)
        else:
            yield f"{lost} {media} any more"


def _of_content(name: str, old: Document, new: Document, use: Use) -> Iterator[str]:
    yield from compared(name, old.get("schema", {}), new.get("schema", {}), use)


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
