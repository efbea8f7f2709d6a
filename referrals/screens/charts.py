"""Charts as coordinates: bars and a week of hours, drawn by a template, with the table behind each."""

from collections.abc import Sequence
from dataclasses import dataclass

from referrals.reporting.report import Line

LABEL, LENGTH, ROW, GAP = 275, 315, 26, 6  # pixels
CELL, DAY_LABEL, TOP = 24, 44, 22
SHADES = 5


@dataclass(frozen=True)
class Bar:
    """One bar, with the words beside it."""

    label: str
    words: str
    width: float
    y: int

    @property
    def middle(self) -> int:
        """Where the words stand."""
        return self.y + ROW // 2 + 5

    @property
    def after(self) -> float:
        """Where the value stands: behind the bar."""
        return LABEL + self.width + 8


@dataclass(frozen=True)
class Bars:
    """A chart of bars, one below another."""

    bars: Sequence[Bar]

    @property
    def height(self) -> int:
        """How high it is."""
        return len(self.bars) * (ROW + GAP) + GAP

    @property
    def start(self) -> int:
        """Where the bars begin."""
        return LABEL

    @property
    def thick(self) -> int:
        """How thick a bar is."""
        return ROW


def bars(lines: Sequence[tuple[Line, bool]], unit: str, most: float | None = None) -> Bars:
    """A bar for each line; one that is not shown has its words and no length."""
    values = [line.value or 0 for line, hidden in lines if not hidden]
    full = most or max(values, default=0) or 1
    return Bars(
        [
            Bar(line.group, _words(line, unit, hidden), _length(line, full, hidden), GAP + n * (ROW + GAP))
            for n, (line, hidden) in enumerate(lines)
        ]
    )


def _length(line: Line, full: float, hidden: bool) -> float:
    return 0.0 if hidden or line.value is None else round(max(0.0, line.value) / full * LENGTH, 1)


def _words(line: Line, unit: str, hidden: bool) -> str:
    if hidden:
        return "too few to show"
    return "none" if line.value is None else f"{line.value:g}{unit}"


@dataclass(frozen=True)
class Cell:
    """One hour of the week: the darker, the more; its figure stands in it, too."""

    x: int
    y: int
    shade: int
    words: str
    figure: str

    @property
    def centre(self) -> float:
        """Where its figure stands."""
        return self.x + CELL / 2


@dataclass(frozen=True)
class Week:
    """A week of hours, a row for each day."""

    cells: Sequence[Cell]
    days: Sequence[tuple[str, int]]
    hours: Sequence[tuple[str, int]]
    size: int = CELL
    width: int = DAY_LABEL + 24 * CELL
    height: int = TOP + 7 * CELL


def week(lines: Sequence[tuple[Line, bool]], groups: Sequence[str]) -> Week:
    """Hours of the week by how much there was in each."""
    shown = {line.group: line for line, hidden in lines if not hidden}
    most = max((line.numerator for line in shown.values()), default=0) or 1
    cells = []
    for n, group in enumerate(groups):
        value = shown[group].numerator if group in shown else 0
        shade = 0 if not value else 1 + min(SHADES - 1, int(value / most * SHADES))
        figure = f"{value:.0f}" if value >= 1 else ""
        x, y = DAY_LABEL + n % 24 * CELL, TOP + n // 24 * CELL
        cells.append(Cell(x, y, shade, f"{group}: {value:g} hours", figure))
    days = [(groups[n * 24][:3], TOP + n * CELL + CELL // 2 + 5) for n in range(7)]
    hours = [(f"{hour:02d}", DAY_LABEL + hour * CELL) for hour in range(0, 24, 3)]
    return Week(cells, days, hours)
