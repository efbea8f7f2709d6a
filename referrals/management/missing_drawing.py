"""The lifecycle of a missing patient's report, drawn from its table."""

from referrals.domain import in_words
from referrals.domain.missing import FINAL, FLAGS, MOVES, WATCH, State
from referrals.management.pictures import Picture


def drawn() -> list[str]:
    """The part of docs/lifecycle.md that is about it, line by line."""
    return [
        "## A missing patient's report",
        "",
        "Drawn from `referrals/domain/missing.py`.",
        "",
        *picture().mermaid(),
        "",
        *in_words.table(in_words.HEADING, in_words.of_missing_reports()),
        "",
        "| state | clocks, of which one at least runs |",
        "| --- | --- |",
        *(f"| {state} | {', '.join(WATCH.get(state, ())) or 'none'} |" for state in State),
        "",
        "| clock | the flag that its first rung raises |",
        "| --- | --- |",
        *(f"| {kind} | {flag} |" for kind, flag in FLAGS.items()),
    ]


def picture() -> Picture:
    """The states of a report, and what leads from one to the next."""
    arrows = [
        (source, action, move.to)
        for action, move in MOVES.items()
        if move.to is not None
        for source in sorted(move.sources)
    ]
    return Picture("missing-report", "The states of a missing patient's report", arrows, FINAL, {})
