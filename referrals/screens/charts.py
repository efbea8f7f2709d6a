"""Charts as lengths and coordinates: bars and a week of hours, drawn by a template, with a table behind."""

from collections.abc import Sequence
from dataclasses import dataclass

from referrals.reporting.report import Line

CELL, DAY_LABEL, TOP = 24, 44, 22
SHADES = 5


@dataclass(frozen=True)
class Bar:
    """One bar, with the words beside it; ``width`` is in per cent of the longest there can be."""

    label: str
    words: str
    width: float


def bars(lines: Sequence[tuple[Line, bool]], unit: str, most: float | None = None) -> list[Bar]:
    """A bar for each line; one that is not shown has its words and no length."""
    values = [line.value or 0 for line, hidden in lines if not hidden]
    full = most or max(values, default=0) or 1
    return [Bar(line.group, _words(line, unit, hidden), _width(line, full, hidden)) for line, hidden in lines]


def _width(line: Line, full: float, hidden: bool) -> float:
    return 0.0 if hidden or line.value is None else round(max(0.0, line.value) / full * 100, 1)


def _words(line: Line, unit: str, hidden: bool) -> str:
    if hidden:
        return "too few to show"
    return "none" if line.value is None else f"{line.value:g}{unit}"


@dataclass(frozen=True)
class Cell:
    """One hour of the week: the darker, the more; its figure stands in it, too.

    One of too few people has the shade ``few`` and a dash: it is not known to be none.
    """

    x: int
    y: int
    shade: int | str
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
    shown = {line.group: line.numerator for line, hidden in lines if not hidden}
    few = {line.group for line, hidden in lines if hidden}
    most = max(shown.values(), default=0) or 1
    cells = []
    for n, group in enumerate(groups):
        x, y = DAY_LABEL + n % 24 * CELL, TOP + n // 24 * CELL
        if group in few:
            cells.append(Cell(x, y, "few", f"{group}: too few to show", "–"))
            continue
        value = shown.get(group, 0)
        shade = 0 if not value else 1 + min(SHADES - 1, int(value / most * SHADES))
        cells.append(Cell(x, y, shade, f"{group}: {value:g} hours", f"{value:.0f}" if value >= 1 else ""))
    days = [(groups[n * 24][:3], TOP + n * CELL + CELL // 2 + 5) for n in range(7)]
    hours = [(f"{hour:02d}", DAY_LABEL + hour * CELL) for hour in range(0, 24, 3)]
    return Week(cells, days, hours)
