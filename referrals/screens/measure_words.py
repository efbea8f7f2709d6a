"""What the lines of a measure are called on a screen."""

from collections.abc import Mapping

from referrals.domain.referral import DECLINE_REASONS
from referrals.screens.detention_words import OUTCOMES
from referrals.screens.words import CATEGORIES, CLOCKS

# By what the lines are; a name of a place or an agency, a week or a priority is its own word.
CODES: Mapping[str, Mapping[str, str]] = {
    "promise": CLOCKS,
    "category": CATEGORIES,
    "reason": {code: said[:1].upper() + said[1:] for code, said in DECLINE_REASONS.items()},
    "outcome": OUTCOMES,
}


def group(said: str, by: str) -> str:
    """A line's group in words; what it says beside its group stays as it is."""
    code, comma, beside = said.partition(", ")
    return CODES.get(by, {}).get(code, code) + comma + beside
