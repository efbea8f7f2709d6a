"""What is wrong, as a screen says it: Django's own words, and those made for programs, in the house's."""

import re
from collections.abc import Callable
from typing import Any

from referrals.domain.referral import State
from referrals.screens import words

Match = re.Match[str]


def _stands(found: Match) -> str:
    state, action = found["state"], found["action"]
    named = words.STATES[State(state)] if state in set(State) else state
    asked = words.ACTIONS.get(action, action)
    return f"The referral stands at “{named}”: “{asked}” is not possible from there"


def _whose(found: Match) -> str:
    action = found["action"]
    asked = words.ACTIONS.get(action) or words.CASE_ACTIONS.get(action) or action.replace("_", " ")
    return f"{found['who']} do this: “{asked}”"


def _too_long(found: Match) -> str:
    return f"At most {int(found['most']):,} characters: this has {int(found['has']):,}"


def _too_big(found: Match) -> str:
    return f"At {'most' if found['way'] == 'less' else 'least'} {found['limit']}"


# What Django says, or a service whose words a program reads too; and what a person is told instead.
SAID: list[tuple[str, str | Callable[[Match], Any]]] = [
    (r"This field is required\.", "Fill this in"),
    (r"Ensure this value has at most (?P<most>\d+) characters? \(it has (?P<has>\d+)\)\.", _too_long),
    (r"Ensure this value is (?P<way>less|greater) than or equal to (?P<limit>-?\d+)\.", _too_big),
    (r"Enter a whole number\.", "A whole number, in figures"),
    (r"Enter a valid date\.", "A day, such as 21/11/2026"),
    (r"Select a valid choice\. .*?(?:choices|options)\.", "Choose one of those that are offered"),
    (r"[Aa] referral that is (?P<state>\w+) cannot take (?P<action>\w+)", _stands),
    (r"(?P<who>[Oo]nly the [a-z ]+? can|[Aa] \w+ or more senior must) (?P<action>[a-z]+_[a-z_]+)", _whose),
    (r", with its offset", ""),
]


def said(error: str) -> str:
    """The same as a person is told it; what is in the house's words already stays as it is."""
    for pattern, instead in SAID:
        error = re.sub(pattern, instead, error)
    return error
