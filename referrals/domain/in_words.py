"""The tables of moves as lines of text, for the drawn lifecycle and the API's document."""

from collections.abc import Iterable
from typing import NamedTuple

from agencies.roles import Role
from referrals.domain.case import CASE_MOVES, CaseMove
from referrals.domain.detention import ANYBODY, RULES, Rule
from referrals.domain.missing import MOVES, Move
from referrals.domain.referral import TRANSITIONS, Transition


class Line(NamedTuple):
    """One action: from where, to where, whose it is, and what it cannot do without."""

    action: str
    sources: str
    to: str
    by: str
    needs: str


def of_referrals() -> list[Line]:
    """A referral's."""
    return [_transition(name, step) for name, step in TRANSITIONS.items()]


def _transition(name: str, step: Transition) -> Line:
    needs = [str(need) for need in step.needs]
    needs += ["a named human"] if step.named else []
    needs += [f"a {step.level} or more senior"] if step.level != Role.WORKER else []
    needs += ["the sender's wish to cancel"] if step.cancel_asked else []
    needs += ["from sent it also acknowledges"] if step.acknowledges else []
    sources = "every open state" if name == "enter_in_error" else _listed(step.sources)
    return Line(name, sources, step.to or "unchanged", " or ".join(sorted(step.by)), "; ".join(needs))


def of_missing_reports() -> list[Line]:
    """A missing patient's report's."""
    return [_move(name, move) for name, move in MOVES.items()]


def _move(name: str, move: Move) -> Line:
    by = "the unit" if move.units else "either side"
    needs = "; ".join(["a named human", *move.needs])
    return Line(name, _listed(move.sources), move.to or "unchanged", by, needs)


def of_cases() -> list[Line]:
    """A case's. Only closing and reopening change its state."""
    return [_case_move(name, move) for name, move in CASE_MOVES.items()]


def _case_move(name: str, move: CaseMove) -> Line:
    to = {"close": "closed", "reopen": "open"}.get(name, "unchanged")
    return Line(name, _listed(move.sources), to, move.by, "; ".join(move.needs))


def of_detentions() -> list[tuple[str, str, str]]:
    """A detention's milestones: which, who may enter it, and what the entry cannot do without."""
    return [(kind, _readers(rule), "; ".join(rule.needs)) for kind, rule in RULES.items()]


def _readers(rule: Rule) -> str:
    return "anybody in the case" if rule.by == ANYBODY else " or ".join(sorted(rule.by))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def table(heading: Iterable[str], lines: Iterable[Iterable[str]]) -> list[str]:
    """As Markdown, line by line."""
    heading = list(heading)
    rows = [heading, ["---"] * len(heading), *lines]
    return [f"| {' | '.join(row)} |" for row in rows]


HEADING = ("action", "from", "to", "by", "needs")
