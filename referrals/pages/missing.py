"""Missing patients in the tracker: the board, one report, and one page of it to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from agencies import audit
from agencies.acting import Actor
from agencies.instants import on_the_wall
from agencies.models import Team
from agencies.roles import AgencyKind
from referrals import policies
from referrals.domain.disclosure import readable
from referrals.domain.errors import Refused
from referrals.domain.missing import AWAY, OPEN, State
from referrals.domain.missing_fields import CHECKLIST, FIELDS, Kind, Phase
from referrals.models import MissingReport
from referrals.models.missing import opens_all_drafts
from referrals.pages.files import files_of
from referrals.reporting.missing_board import SIZE, Draft, Shown, board, drafts
from referrals.reporting.missing_reports import SeenReport, read
from referrals.screens import missing_words as words
from referrals.screens.access import Page
from referrals.screens.case import detentions
from referrals.screens.rows import named
from referrals.screens.said import said
from referrals.screens.seen import said_of
from referrals.screens.timeline import story
from referrals.services import checklist

DRAFTS = 10  # begun and not sent, shown at most


@dataclass(frozen=True)
class Row:
    """One patient on the board."""

    shown: Shown
    person: str
    is_ours: bool

    @property
    def html(self) -> SafeString:
        """As it stands in this minute."""
        return _row(self.shown, self.person, self.is_ours, timezone.now().replace(second=0, microsecond=0))


@lru_cache(maxsize=2_000)
def _row(shown: Shown, person: str, is_ours: bool, minute: datetime) -> SafeString:
    """A row of the board. Walls ask for it every ten seconds: what did not change is drawn once a minute."""
    told = {**shown._asdict(), "person": person, "is_ours": is_ours}
    return render_to_string("tracker/missing/board_row.html", told)


class Board(Page):
    """Who is missing now, fit for a wall and for a telephone; it renews itself."""

    template, part = "tracker/missing/board.html", "tracker/missing/board_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Three queries, however many patients."""
        found, ours = board(self.actor, SIZE + 1), self.actor.agency_id
        rows = [Row(each, name_of(each, self.actor), each.line.owner_id == ours) for each in found[:SIZE]]
        unsent = drafts(self.actor, DRAFTS + 1)
        return self.show(
            {
                "rows": rows,
                "more": len(found) > SIZE,
                "drafts": [(draft, may_open(draft, self.actor)) for draft in unsent[:DRAFTS]],
                "more_drafts": len(unsent) > DRAFTS,
                "may_report": self.actor.agency_kind != AgencyKind.POLICE and not self.actor.only_reads,
                "words": words,
                "missing": sum(row.shown.line.state == State.REPORTED for row in rows),
                "found": sum(row.shown.line.state == State.LOCATED for row in rows),
            }
        )


def name_of(shown: Shown, actor: Actor) -> str:
    """The patient, as far as the actor's audience reads."""
    names = ("family_name", "given_name", "description")
    return named(readable({name: getattr(shown.line, name) for name in names}, actor.audience))


def may_open(draft: Draft | MissingReport, actor: Actor) -> bool:
    """Whoever typed a draft opens it, and their supervisor: never the next user of a shared computer."""
    typed_by = draft.typed_by if isinstance(draft, Draft) else draft.typed_by_id
    if typed_by is not None and typed_by == actor.membership_id:
        return True
    return opens_all_drafts(actor)


class ReportPage(Page):
    """One report: who answers and what is due, what can be done, what is known and what is still wanted."""

    template, part = "tracker/missing/report.html", "tracker/missing/report_live.html"

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The page. Reading it is audited; a refresh by itself is not reading."""
        seen = self.seen(reference)
        if seen.row.state == State.DRAFT:
            return redirect("tracker:missing-draft", reference)
        if not self.is_live:
            audit.record(action="case.read", by=self.actor, target_label="case", target_id=seen.row.case_id)
        return self.show(self.told(seen))

    def seen(self, reference: str) -> SeenReport:
        """The report as the actor sees it. Raises Http404."""
        visible = MissingReport.objects.visible_to(self.actor).filter(reference=reference)
        key = visible.values_list("pk", flat=True).first()
        found = read([key], self.actor) if key else []
        if not found:
            raise Http404
        return found[0]

    def told(self, seen: SeenReport) -> dict[str, Any]:
        """What the page shows."""
        row = seen.row
        own = row.unit_agency_id == self.actor.agency_id
        return {
            "seen": seen,
            "row": row,
            "name": named(dict(seen.person)),
            "person": seen.person,
            "also": said_of(row.case, self.actor),
            "words": words,
            "own": own,
            "is_open": row.state in OPEN,
            "is_away": row.state in AWAY,
            "may_detain": row.state == State.REPORTED and policies.may_detain(self.actor, row.case),
            "loud": [(a, words.ACTIONS[a]) for a in seen.actions if a in words.LOUD],
            "more": [(a, words.ACTIONS[a]) for a in seen.actions if a not in words.LOUD],
            "facts": facts(seen),
            "lists": checklists(seen, self.actor),
            "detentions": detentions(self.actor, row.case_id),
            "files": files_of(row.case_id, self.actor),
            "story": story(row.case_id, self.actor, whole=self.wants_all),
        }


def facts(seen: SeenReport) -> list[tuple[str, Any]]:
    """What is known, by the label of each field."""
    return [
        (field.label, shown(seen.details[field.name], field.kind))
        for field in FIELDS
        if seen.details.get(field.name) not in (None, "", [])
    ]


def shown(value: Any, kind: Kind = Kind.TEXT) -> str:  # noqa: ANN401  (a text, an answer or a list of names)
    """A value as it is read out."""
    if kind == Kind.INSTANT:
        return on_the_wall(datetime.fromisoformat(value))
    if isinstance(value, list):
        return ", ".join(f"{each['name']} ({each['kind'].replace('_', ' ')})" for each in value)
    return words.ANSWERS.get(value, str(value))


def checklists(seen: SeenReport, actor: Actor) -> list[tuple[str, Sequence[tuple[Any, bool]]]]:
    """The search, and once back the return; each line with whether this actor may tick it."""
    own = seen.row.unit_agency_id == actor.agency_id
    back = seen.row.returned_at is not None
    titles = [(Phase.SEARCH, "The unit's search"), *([(Phase.RETURN, "After the return")] if back else [])]
    return [
        (
            title,
            [
                (line, seen.row.state in OPEN and (own or CHECKLIST[line.code].polices))
                for line in seen.checklist
                if line.phase == phase
            ],
        )
        for phase, title in titles
    ]


class PrintPage(ReportPage):
    """The report on one page of paper: for the briefing, and for when nothing else works."""

    template, part = "tracker/missing/print.html", ""

    def told(self, seen: SeenReport) -> dict[str, Any]:
        """The same, with every moment's day: paper is read on another."""
        return {**super().told(seen), "for_paper": True}


class Tick(ReportPage):
    """One click ticks an item of the checklist: now, by whoever is signed in."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, reference: str, item: str) -> HttpResponse:
        """Back to the report, with a word on what was done."""
        seen = self.seen(reference)
        if item not in CHECKLIST:
            raise Http404
        try:
            checklist.tick(report_id=seen.row.pk, item=item, by=self.actor)
        except Refused as refusal:
            problem = said(refusal.message)
            messages.error(request, f"{problem[:1].upper()}{problem[1:]}.")
        else:
            messages.success(request, f"Recorded: {CHECKLIST[item].title}.")
        return redirect(f"{reverse('tracker:missing-report', args=[reference])}#checklist")


def own_units(actor: Actor) -> list[Team]:
    """The units for which the actor may report."""
    return list(Team.objects.visible_to(actor).filter(agency=actor.agency_id).order_by("name"))
