"""Draw the lifecycles of a referral and a missing report from their tables, or check the drawing."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from referrals.domain import in_words
from referrals.domain.clocks import HOLDER, LIMITS, WATCH, ClockKind
from referrals.domain.referral import CONSEQUENCES, FINAL, OWNER, TRANSITIONS, State, pairs
from referrals.management import missing_drawing
from referrals.management.pictures import Picture

PAGE = Path("docs/lifecycle.md")
HEAD = """# The lifecycle of a referral

Drawn by `python manage.py draw_lifecycle` from `referrals/domain/referral.py` and `clocks.py`; do not edit.
Who is accountable for the person stands with each state: nobody's is not among them.
"""


class Command(BaseCommand):
    """Writes the page and pictures; ``--check`` fails if one is stale; ``--sql`` prints the guard's pairs."""

    help = "Draw docs/lifecycle.md from the table; --check only compares; --sql prints the guard's pairs"

    def add_arguments(self, parser: CommandParser) -> None:
        """Compare only, or print for a migration."""
        parser.add_argument("--check", action="store_true", help="fail if the drawing is stale")
        parser.add_argument("--sql", action="store_true", help="print the pairs that the database admits")

    def handle(self, *args: str, check: bool, sql: bool, **options: object) -> None:
        """Draw, check or print."""
        if sql:
            self.stdout.write(",\n".join(f"'{old}>{new}'" for old, new in sorted(pairs())))
        elif not check:
            PAGE.write_text(drawn())
            for each in pictures():
                each.draw()
        elif stale := _stale():
            raise CommandError(f"{stale[0]} is stale: run python manage.py draw_lifecycle")


def pictures() -> list[Picture]:
    """What is drawn, in the order of the page."""
    return [picture(), missing_drawing.picture()]


def _stale() -> list[Path]:
    page = [] if PAGE.exists() and PAGE.read_text() == drawn() else [PAGE]
    return page + [each.path for each in pictures() if each.is_stale()]


def drawn() -> str:
    """The whole page, as Markdown with a Mermaid diagram."""
    return "\n".join(
        [
            HEAD,
            *picture().mermaid(),
            "",
            *_states(),
            "",
            *_actions(),
            "",
            *_clocks(),
            "",
            *missing_drawing.drawn(),
            "",
        ]
    )


def picture() -> Picture:
    """The states of a referral, and what leads from one to the next."""
    arrows = [
        (source, action, step.to)
        for action, step in TRANSITIONS.items()
        if step.to is not None and action != "enter_in_error"
        for source in sorted(step.sources)
    ]
    arrows += [
        (source, f"{action} (follows)", str(step.to))
        for action, step in CONSEQUENCES.items()
        for source in sorted(step.sources)
        if action == "redirect"
    ]
    owners = {state: str(owner) for state, owner in OWNER.items()}
    return Picture("lifecycle", "The states of a referral", arrows, FINAL, owners)


def _states() -> list[str]:
    rows = [
        f"| {state} | {_open(state)} | {OWNER.get(state, 'as before')} | {_watch(state)} |" for state in State
    ]
    head = [
        "## States",
        "",
        "| state | open | answers for the person | clocks |",
        "| --- | --- | --- | --- |",
    ]
    return [*head, *rows]


def _open(state: State) -> str:
    return "no" if state in FINAL else "yes"


def _watch(state: State) -> str:
    return ", ".join(WATCH.get(state, ())) or "none"


def _actions() -> list[str]:
    return ["## Actions", "", *in_words.table(in_words.HEADING, in_words.of_referrals())]


def _clocks() -> list[str]:
    head = [
        "## Clocks",
        "",
        "Default targets in minutes; an agreement may set its own.",
        "",
        "| clock | who must act | P1 | P2 | P3 | P4 | runs from | source |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return [*head, *(_clock(kind) for kind in LIMITS)]


def _clock(kind: ClockKind) -> str:
    limit = LIMITS[kind]
    minutes = " | ".join(str(each) for each in limit.minutes)
    return f"| {kind} | {HOLDER[kind]} | {minutes} | {limit.runs_from} | {limit.source} |"
