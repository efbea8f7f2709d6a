"""What the lines of a measure are called on a screen."""

import re
from collections.abc import Mapping
from datetime import date

from referrals.domain.referral import DECLINE_REASONS
from referrals.screens.detention_words import OUTCOMES
from referrals.screens.missing_words import GRADES
from referrals.screens.words import CATEGORIES, CLOCKS

WEEK = re.compile(r"(\d{4})-W(\d\d)")  # ISO 8601
ADVERSE = {
    "death": "Death",
    "serious_harm": "Serious harm",
    "none": "None after all",
    "missing_high": "Missing, high risk",
}
# By what the lines are; a name of a place or an agency, a week or a priority is its own word.
CODES: Mapping[str, Mapping[str, str]] = {
    "promise": CLOCKS,
    "category": CATEGORIES,
    "reason": {code: said[:1].upper() + said[1:] for code, said in DECLINE_REASONS.items()},
    "outcome": {**OUTCOMES, **ADVERSE},
    "grade": {**GRADES, "not graded": "Not graded"},
}


def group(said: str, by: str) -> str:
    """A line's group in words; what it says beside its group stays as it is."""
    code, comma, beside = said.partition(", ")
    if by == "all" and code == "all":
        return "Whole period" + comma + beside
    if by == "week" and (week := WEEK.fullmatch(code)):
        monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        return f"Week of {monday.day} {monday:%b %Y}" + comma + beside
    return CODES.get(by, {}).get(code, code) + comma + beside
