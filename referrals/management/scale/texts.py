"""Finds in texts and details what a copy of a case must say differently, and marks it.

A mark stands for one of the copy's own words (``c1``, the code of its first agency) or for something
counted from the pattern: ``u:4`` its fourth key, ``d:60000000`` a minute after it began, ``k:2`` its
second clock, ``e:1`` its first rung.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

LEFT, RIGHT = "\ue000", "\ue001"
NUMBER_LEFT, NUMBER_RIGHT = "\ue002", "\ue003"  # a mark that stands for a number, without quotes
MARK = re.compile(f"{LEFT}(.*?){RIGHT}")
QUOTED_NUMBER = re.compile(f'"{NUMBER_LEFT}(.*?){NUMBER_RIGHT}"')
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
RECIPIENT = re.compile(r"(member|team|agency):(\d+)")

# Under these names a number in details is the id of something.
IDS = {"team_id": "team", "agency_id": "agency", "membership_id": "member", "clock": "clock"}


@dataclass
class Marks:
    """What is known of one pattern: its words, its ids and its beginning. Keys are counted as they come."""

    began: datetime
    words: dict[str, str]
    ids: dict[str, dict[int, str]]
    keys: dict[UUID, int] = field(default_factory=dict)

    def key(self, value: UUID) -> int:
        """The number of a key in its pattern: 0 is the case's own."""
        return self.keys.setdefault(value, len(self.keys))

    def text(self, value: str) -> str:
        """A text with marks."""
        if value in self.words:
            return f"{LEFT}{self.words[value]}{RIGHT}"
        if INSTANT.fullmatch(value):
            since = datetime.fromisoformat(value) - self.began
            return f"{LEFT}d:{since.total_seconds() * 1e6:.0f}{RIGHT}"
        if found := RECIPIENT.fullmatch(value):
            kind, number = found.groups()
            return f"{kind}:{LEFT}{self.ids[kind][int(number)]}{RIGHT}"
        return KEY.sub(lambda found: f"{LEFT}u:{self.key(UUID(found[0]))}{RIGHT}", value)

    def details(self, value: str) -> str:
        """JSON with marks, its keys in the order in which digests are made."""
        marked = json.dumps(self._within(json.loads(value), ""), sort_keys=True, ensure_ascii=False)
        return QUOTED_NUMBER.sub(rf"{LEFT}\1{RIGHT}", marked)

    def _within(self, value: object, name: str) -> object:
        if isinstance(value, dict):
            return {each: self._within(inner, _meaning(name, each)) for each, inner in value.items()}
        if isinstance(value, list):
            return [self._within(inner, name) for inner in value]
        if isinstance(value, str):
            return self.text(value)
        if name in IDS and isinstance(value, int):
            return f"{NUMBER_LEFT}{self.ids[IDS[name]][value]}{NUMBER_RIGHT}"
        return value


def _meaning(outer: str, name: str) -> str:
    """What a name means where it stands: ``{"clock": {"id": 7}}`` and ``{"clock": 7}`` are the same clock."""
    return "clock" if (outer, name) == ("clock", "id") else name


def is_counted(mark: str) -> bool:
    """Whether a mark is counted from the pattern, and not one of the copy's own words."""
    return mark[1:2] == ":"
