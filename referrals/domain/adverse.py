"""What came to a person after somebody was asked to help: a code, without a word of what happened.

From the project's metrics: death, serious harm, or missing at high risk, within seven days, and whether there
is an inquest. Missing at high risk is a report of its own; the rest is known from outside, often late.
"""

from enum import StrEnum


class Adverse(StrEnum):
    """What is said to have happened. ``NONE`` takes back what was said before in the case."""

    DEATH = "death"
    SERIOUS_HARM = "serious_harm"
    NONE = "none"


class Inquest(StrEnum):
    """Whether a coroner has opened one. Unknown is never no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
