"""A measure as it is counted: what over what, what was left out and why, by which definition."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """One measure over one period. ``version`` changes with its definition, never with its figures.

    ``left_out`` says how many were left out, by why. ``beside`` are counts that are only read with it.
    """

    name: str
    version: int
    numerator: int
    denominator: int
    numerator_is: str
    denominator_is: str
    left_out: Mapping[str, int]
    beside: Mapping[str, int]

    @property
    def rate(self) -> float | None:
        """The share; None of nothing."""
        return self.numerator / self.denominator if self.denominator else None
