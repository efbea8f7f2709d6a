"""What may stand in a field, and what an action needs, as the OpenAPI document tells it: from the tables that
rule it, and from nowhere else."""

from collections.abc import Callable, Iterable, Mapping

from agencies.roles import AgencyKind
from referrals.domain import case, detention, escalation, in_words, referral
from referrals.domain.disclosure import CONTENT_READ_BY

NOBODY_KNOWS = "unknown"


def codes(table: Mapping[str, str]) -> str:
    """Each code, and in brackets what it means."""
    return ", ".join(f"`{code}` ({said})" for code, said in table.items())


def listed(words: Iterable[str]) -> str:
    """The words themselves."""
    return ", ".join(f"`{word}`" for word in words)


SEX = f"{listed(case.SEXES)}, as FHIR has it; any other word is kept as it was said."
BELONGS_TO = (
    f"For decline: whose it is instead. An agency's code; a kind of agency ({listed(AgencyKind.values)}); "
    f"or `{NOBODY_KNOWS}`."
)
REASON_CODE = " ".join(f"For {action}: {codes(table)}." for action, table in referral.REASONS.items())
MILESTONE_REASON = (
    f"For ambulance_not_used: {codes(detention.NO_AMBULANCE)}. "
    f"For extended: {codes(detention.EXTENSION_REASONS)}; only the first extends a detention."
)
PLACE_KIND = f"{codes(detention.PLACE_KINDS)}."
BASIS = f"What the arrival is told by: {codes(detention.BASES)}."
DEMAND = (
    f"{codes({code: said for code, (_, said) in escalation.DEMANDS.items()})}; or an agreement's own words."
)
CONTENT_KIND = f"What kind of text it is, which decides who reads it: {listed(CONTENT_READ_BY)}."

ACTIONS: Mapping[str, Callable[[], list[str]]] = {
    "referrals_moves_create": lambda: in_words.table(in_words.HEADING, in_words.of_referrals()),
    "cases_moves_create": lambda: in_words.table(in_words.HEADING, in_words.of_cases()),
    "missing_reports_moves_create": lambda: in_words.table(in_words.HEADING, in_words.of_missing_reports()),
    "detentions_milestones_create": lambda: in_words.table(("kind", "by", "needs"), in_words.of_detentions()),
}
"""By operation, the table of what may be done there."""
