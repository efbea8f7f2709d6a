"""The types of events that there are, and what is said of one that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from referrals.screens import timeline


@cache
def known() -> tuple[str, ...]:
    """Every type, in alphabetical order."""
    return tuple(timeline.kinds())


def unknown(names: Iterable[str]) -> list[str]:
    """Of each name that is no type, what it may have been meant for: a mistyped one would never come."""
    return [_said(name) for name in names if name not in known()]


def _said(name: str) -> str:
    near = get_close_matches(name, known(), 2, 0.85)
    return f"there is no type {name!r}" + (f": did you mean {' or '.join(near)}?" if near else "")
