"""Reading a message so that nothing in it can be lost: whatever nobody has read is refused at the end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from referrals.domain.errors import Invalid
from referrals.fhir.refusals import NotKept
from referrals.fhir.structure import NOT_READ

# What says nothing that another element does not say: see docs/fhir.md.
PASSED_OVER = re.compile(
    r".*(\.resourceType|\.id|\.meta\..*|\.text\.(status|div)|\.fullUrl|\.timestamp|\.display|\.userSelected"
    r"|\.definition|\.(destination\[\d+\]|source|sender)\..*)"
)
NARRATIVES = ("generated", "extensions", "empty")  # of what the elements say, and of nothing else


def leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Every primitive value, by its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{place}]")
    else:
        yield path, value


@dataclass(frozen=True)
class Reading:
    """One element of a message. ``unread`` is the whole message's: the paths that nobody has read yet.

    The message's structure has been checked: what the table says is a list is one.
    """

    value: dict[str, Any]
    path: str
    unread: set[str] = field(repr=False)

    @classmethod
    def of(cls, resource: dict[str, Any]) -> Self:
        """A whole message, of which only what may be passed over counts as read. Raises NotKept."""
        found = dict(leaves(resource, resource["resourceType"]))
        written = [path for path, value in found.items() if _is_written(path, value)]
        if written:
            raise NotKept(
                "a narrative was written by somebody, and is not kept",
                {path: "say it in ServiceRequest.note" for path in written},
            )
        unread = {path for path in found if not PASSED_OVER.fullmatch(path)}
        return cls(resource, resource["resourceType"], unread)

    def text(self, name: str) -> str | int | float | bool | None:
        """A primitive value; None if it is not there."""
        self.unread.discard(f"{self.path}.{name}")
        return self.value.get(name)

    def many(self, name: str) -> list["Reading"]:
        """The elements of this name; for one that does not repeat, that one."""
        found = self.value.get(name, [])
        if isinstance(found, dict):
            return [Reading(found, f"{self.path}.{name}", self.unread)]
        return [Reading(each, f"{self.path}.{name}[{n}]", self.unread) for n, each in enumerate(found)]

    def one(self, name: str) -> "Reading | None":
        """The only element of this name. Raises Invalid if there are several."""
        found = self.many(name)
        if len(found) > 1:
            raise Invalid(
                "only one of these is kept", {found[1].path: "send one, and say the rest in a note"}
            )
        return found[0] if found else None

    def texts(self, name: str) -> list[str]:
        """The values of a primitive that repeats."""
        found = self.value.get(name, [])
        self.unread.difference_update(f"{self.path}.{name}[{place}]" for place in range(len(found)))
        return list(found)

    def pass_over(self, name: str = "") -> None:
        """Everything of this name, or all of it, says nothing new."""
        start = f"{self.path}.{name}".removesuffix(".")
        self.unread.difference_update([p for p in self.unread if p.startswith((f"{start}.", f"{start}["))])

    def coded(self, name: str, system: str) -> str | None:
        """The code of this system among the codings of this name."""
        for concept in self.many(name):
            for coding in concept.many("coding"):
                if coding.value.get("system") == system:
                    coding.text("system")
                    return coding.text("code")
        return None

    def identified(self, system: str) -> str | None:
        """The value of this system among the identifiers here."""
        for identifier in self.many("identifier"):
            if identifier.value.get("system") == system:
                identifier.text("use")
                identifier.text("system")
                return identifier.text("value")
        return None

    def extension(self, url: str) -> "Reading | None":
        """The extension of this name."""
        for each in self.many("extension"):
            if each.value["url"] == url:
                each.text("url")
                return each
        return None

    def refuse_unread(self) -> None:
        """Raises NotKept naming whatever is left."""
        if self.unread:
            left = {path: NOT_READ for path in sorted(self.unread)}
            raise NotKept("the message holds what is not kept here", left)


def _is_written(path: str, value: object) -> bool:
    return path.endswith(".text.status") and value not in NARRATIVES
