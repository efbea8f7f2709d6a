"""Every measure that can be asked for, by name."""

from collections.abc import Mapping

from referrals.reporting import afterwards, detention, missing, referral, threshold
from referrals.reporting.report import Asked, Definition, Told

MEASURES: Mapping[str, Definition] = {
    **referral.MEASURES,
    **threshold.MEASURES,
    **detention.MEASURES,
    **missing.MEASURES,
    **afterwards.MEASURES,
}


def count(name: str, asked: Asked) -> Told:
    """One measure over its period. Raises KeyError for one that there is not."""
    definition = MEASURES[name]
    return Told(name, definition, asked, definition.count(asked))
