"""What is estimated, and never measured: always told with its formula and its baseline, and never added up.

The baseline is of the press of 2023: in London 500 to 600 handovers a month took 10,000 officer hours.
"""

from dataclasses import dataclass

BASELINE_HOURS, BASELINE_HANDOVERS = 10_000, 550
BASELINE = (
    f"{BASELINE_HOURS:,} officer hours for about {BASELINE_HANDOVERS} handovers a month: "
    f"{BASELINE_HOURS / BASELINE_HANDOVERS:.1f} hours each (London, 2023, as the press reported)"
)
FORMULA = "detentions with officers entered x baseline hours each - officer hours measured for them"


@dataclass(frozen=True)
class Estimate:
    """Officer hours that were perhaps saved against a baseline, and what they were reckoned from."""

    detentions: int
    measured: float
    formula: str = FORMULA
    baseline: str = BASELINE

    @property
    def hours(self) -> float:
        """The estimate; below nought, more hours were spent than the baseline has."""
        return round(self.detentions * BASELINE_HOURS / BASELINE_HANDOVERS - self.measured, 1)
