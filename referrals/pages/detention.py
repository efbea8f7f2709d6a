"""Detentions in the tracker: recorded, followed by milestones and officers, told on one sheet."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from agencies import audit
from agencies.roles import AgencyKind
from referrals.domain.clocks import STATED, ClockKind
from referrals.domain.detention import HANDOVER, RULES, Milestone, Power
from referrals.domain.disclosure import readable, reads_of_detention
from referrals.domain.errors import Refused
from referrals.models import Case, Clock, Person, Referral
from referrals.reporting.detentions import SeenDetention, read
from referrals.screens import detaining, words
from referrals.screens import detention_words as called
from referrals.screens.access import Page
from referrals.screens.alarms import Alarm, alarms_in, demanded_in
from referrals.screens.forms import blame
from referrals.screens.moves import status_of
from referrals.screens.rows import named
from referrals.screens.seen import OWNERS, own_moves, said_of
from referrals.services import detention, officers

ONWARD = (
    ("conveyance", "Ask the ambulance service to convey"),
    ("community_crisis", "Ask a trust for a bed"),
    ("community_crisis", "Ask for follow-up in the community"),
    ("vulnerability_safeguarding", "Tell social care"),
)
TITLES = {
    "officers": "Officers who wait",
    "ask": "Ask places of safety",
    "describe": "State more",
}


class Detain(Page):
    """Recording a detention. Only who was detained and by what power must be said."""

    template = "tracker/detain.html"
    begins = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form; in a case of the police's partners, of that case."""
        form = detaining.DetainForm(initial={"case": self.about("case")})
        return self.page(self.again(form))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Record it, with the officers who are there."""
        form = detaining.DetainForm(request.POST)
        if not form.is_valid():
            return self.page(form, 422)
        try:
            made = detention.record(said=form.detained(), by=self.actor)
            if number := form.cleaned_data["number"]:
                there = officers.Waits(since=made.detained_at, number=number)
                officers.wait(detention_id=made.pk, said=there, by=self.actor)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(form, status_of(refusal))
        messages.success(request, f"Recorded: detention {made.reference}.")
        return redirect("tracker:detention", made.pk)

    def page(self, form: detaining.DetainForm, status: int = 200) -> HttpResponse:
        """The form, and whose the case is if there is one. Raises Http404 for a case that is not there."""
        reference = form["case"].value() or ""
        seen = Case.objects.visible_to(self.actor).select_related("accountable_agency")
        of_case = seen.filter(reference=reference).first() if reference else None
        if reference and of_case is None:
            raise Http404
        detains = self.actor.agency_kind == AgencyKind.POLICE
        return self.show({"form": form, "case": of_case, "detains": detains}, status)


class DetentionPage(Page):
    """One detention: who waits since when, until when the person may be kept, what comes next."""

    template, part = "tracker/detention.html", "tracker/detention_live.html"

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The page. Reading it is audited; a refresh by itself is not reading."""
        return self.page(self.found(pk))

    def found(self, pk: UUID) -> SeenDetention:
        """The detention as the actor sees it. Raises Http404."""
        seen = read([pk], self.actor)
        if not seen:
            raise Http404
        return seen[0]

    def page(self, seen: SeenDetention, status: int = 200, **more: object) -> HttpResponse:
        """With the form of an action, if one is at hand."""
        if not self.is_live:
            audit.record(action="case.read", by=self.actor, target_label="case", target_id=seen.row.case_id)
        return self.show({**self.told(seen), **more}, status)

    def told(self, seen: SeenDetention) -> dict[str, Any]:
        """What the page shows, in a constant number of queries."""
        row, actor = seen.row, self.actor
        about = Person.objects.visible_to(actor).filter(case=row.case_id).values().first() or {}
        person = readable(about, actor.audience)
        owned = Case.objects.visible_to(actor).select_related(*OWNERS)
        case = owned.filter(pk=row.case_id).first()
        category = HANDOVER[Power(row.power)]
        asked = Referral.objects.visible_to(actor).filter(case=row.case_id, sent_at__isnull=False)
        handovers = [each for each in asked.select_related("to_team").order_by("id")]
        running = Clock.objects.visible_to(actor).running().filter(case=row.case_id, referral=None)
        clocks = list(running.select_related("team", "other_team").order_by("target_at"))
        is_open = case is not None and case.state == "open"
        owns = is_open and case.accountable_agency_id == actor.agency_id
        return {
            "seen": seen,
            "row": row,
            "case": case,
            "person": person,
            "name": named(person),
            "also": said_of(case, actor),
            "power": called.POWERS[Power(row.power)],
            "age": called.AGES[row.under_18],
            "handovers": [each for each in handovers if each.category == category and each.lead],
            "onward": [each for each in handovers if each.category != category or not each.lead],
            "clocks": [(words.CLOCKS[ClockKind(each.kind)], each) for each in clocks if each.kind in STATED],
            "alarms": self.alarms(case, clocks),
            "demanded": demanded_in(case, actor) if case else [],
            "case_moves": self.case_moves(case, clocks),
            "next": self.next(seen) if is_open else [],
            "may_ask": owns and row.is_open and row.accepted_at is None,
            "may_count": is_open and actor.agency_kind == AgencyKind.POLICE,
            "is_open": is_open,
            "correctable": {kind for kind, rule in RULES.items() if actor.audience in rule.by} - AT_REFERRALS,
            "steps": ONWARD if is_open else (),
            "names_officers": reads_of_detention("officer_identifier", actor.audience),
            "names_doctor": reads_of_detention("doctor", actor.audience),
        }

    def alarms(self, case: Case | None, clocks: list[Clock]) -> list[tuple[str, Clock, Alarm]]:
        """What rings of the case itself, for whoever may take it or sees that somebody has."""
        found = alarms_in(case, clocks, self.actor, timezone.now()) if case else {}
        rings = ((each, found[each.pk]) for each in clocks if each.pk in found)
        return [
            (words.CLOCKS[ClockKind(each.kind)], each, alarm)
            for each, alarm in rings
            if alarm.may_take or alarm.taken_by
        ]

    def case_moves(self, case: Case | None, clocks: list[Clock]) -> list[tuple[str, str]]:
        """What the actor may do with the case: it is closed once the detention and every ask has ended."""
        return own_moves(self.actor, case, clocks) if case else []

    def next(self, seen: SeenDetention) -> list[tuple[str, str]]:
        """The milestones that may be entered. That health has accepted is the referral's acceptance."""
        return [
            (kind, called.MILESTONES[Milestone(kind)]) for kind in seen.actions if kind not in AT_REFERRALS
        ]


AT_REFERRALS = frozenset({Milestone.HEALTH_ACCEPTED})


class Enter(DetentionPage):
    """One small form: a milestone, the officers who wait, the places that are asked, what more is known."""

    template, part = "tracker/enter.html", ""

    def get(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """The form; for a correction, with what was entered."""
        seen = self.found(pk)
        wrong = detaining.key(self.about("corrects"))
        if wrong and wrong not in {each.row.pk for each in seen.standing}:
            messages.warning(request, "That entry has been corrected already: this is how it stands.")
            return redirect("tracker:detention", pk)
        initial = self.entered(seen, wrong) if wrong else {"outcome": seen.row.outcome}
        form = detaining.ActionForm(self.fields(seen, action, corrects=bool(wrong)), initial=initial)
        return self.form_page(seen, action, self.again(form))

    def post(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """Do it, or say what is missing."""
        seen = self.found(pk)
        fields = self.fields(seen, action, corrects="corrects" in request.POST)
        form = detaining.ActionForm(fields, request.POST)
        if not form.is_valid():
            return self.form_page(seen, action, form, 422)
        try:
            self.do(seen, action, dict(form.cleaned_data))
        except Refused as refusal:
            blame(form, refusal)
            return self.form_page(seen, action, form, status_of(refusal))
        messages.success(request, f"Recorded: {self.title(action).lower()}.")
        return redirect("tracker:detention", pk)

    def entered(self, seen: SeenDetention, wrong: UUID) -> dict[str, Any]:
        """The entry that is corrected, as it was entered. Raises Http404 for one that does not stand."""
        for each in seen.standing:
            if each.row.pk == wrong:
                kept = {name: getattr(each.row, name) for name in KEPT}
                kept["outcome"] = kept["outcome"] or detaining.NOT_KNOWN
                return {**kept, "place": str(each.row.place_id or ""), "corrects": wrong, "take_back": "no"}
        raise Http404

    def title(self, action: str) -> str:
        """What the form is called. Raises Http404 for an action that there is not."""
        if action in TITLES:
            return TITLES[action]
        if action not in set(Milestone) - AT_REFERRALS:
            raise Http404
        return called.MILESTONES[Milestone(action)]

    def fields(self, seen: SeenDetention, action: str, *, corrects: bool) -> dict[str, forms.Field]:
        """What it asks for."""
        self.title(action)
        if action == "officers":
            return detaining.officer_fields(list(seen.officers))
        if action == "ask":
            return detaining.ask_fields(self.actor)
        if action == "describe":
            return detaining.described_fields()
        return detaining.milestone_fields(Milestone(action), self.actor, corrects=corrects)

    def do(self, seen: SeenDetention, action: str, told: dict[str, Any]) -> None:
        """Hand it to the service whose it is. Raises Refused."""
        words_of = {"detention_id": seen.row.pk, "by": self.actor}
        if action == "officers":
            officers.wait(said=detaining.waits(told), **words_of)
        elif action == "ask":
            detention.ask(asking=detaining.asking(self.actor, told), **words_of)
        elif action == "describe":
            detention.describe(**detaining.described(told), **words_of)
        else:
            detention.enter(said=detaining.said(Milestone(action), told), **words_of)

    def form_page(
        self, seen: SeenDetention, action: str, form: detaining.ActionForm, status: int = 200
    ) -> HttpResponse:
        """The detention in short, and the form."""
        title = self.title(action)
        return self.page(seen, status, form=form, action=action, title=title)


KEPT = (
    "at",
    "place_kind",
    "basis",
    "disputed_at",
    "disputed_basis",
    "outcome",
    "reason_code",
    "extension_minutes",
)


class Sheet(DetentionPage):
    """What health takes over, on one side of A4: situation, background, assessment, recommendation."""

    template, part = "tracker/sheet.html", ""

    def told(self, seen: SeenDetention) -> dict[str, Any]:
        """And where it can be had as a PDF."""
        return {
            **super().told(seen),
            "for_paper": True,
            "pdf": reverse("tracker:detention-pdf", args=[seen.row.pk]),
        }


class SheetPdf(Sheet):
    """The same sheet as a PDF, made from the same template."""

    def page(self, seen: SeenDetention, status: int = 200, **more: object) -> HttpResponse:
        """Never kept by the browser: it is about a person."""
        from referrals.screens import pdf  # drawing is loaded by whoever draws

        page = super().page(seen, status, paper=True)
        answer = HttpResponse(
            pdf.drawn(page.content.decode(), "referrals/sheet.css"), content_type="application/pdf"
        )
        name = f"handover-{seen.row.reference}.pdf"
        answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer
