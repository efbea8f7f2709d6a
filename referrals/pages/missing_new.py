"""Reporting a patient missing in under two minutes; kept on the server as it is typed, chased if unsent."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from agencies.acting import Actor
from referrals.domain.errors import Refused
from referrals.domain.missing import State
from referrals.models import MissingReport, Person
from referrals.pages.drafts import as_kept, kept_in_part
from referrals.pages.missing import may_open
from referrals.pages.missing_form import FirstForm, typed_in
from referrals.screens.access import Page
from referrals.screens.forms import blame
from referrals.screens.moves import status_of
from referrals.services import missing, missing_moves
from referrals.services.episodes import duplicates

WHO = ("family_name", "given_name", "date_of_birth", "age", "nhs_number", "description")
SEEN = ("last_seen_at", "last_seen_place")
RISK = ("legal_status", "immediate_risk", "immediate_risk_reason", "ask_of_police", "callback")
MORE = ("last_seen_activity", "direction", "police")


def draft_of(actor: Actor, reference: str) -> MissingReport | None:
    """The draft of that reference, for whoever typed it and their supervisor."""
    own = MissingReport.objects.visible_to(actor).filter(unit_agency=actor.agency_id, state=State.DRAFT)
    found = own.select_related("unit").filter(reference=reference).first() if reference else None
    return found if found is not None and may_open(found, actor) else None


class NewReport(Page):
    """The form. Sending it in spite of a warning sends it."""

    template = "tracker/missing/new.html"
    begins = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty form, or what this person had typed when their session ended."""
        unit = str(self.actor.team_id or "")
        form = FirstForm(self.actor, initial={"unit": unit, "immediate_risk": "unknown"})
        return self.page(self.again(form))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep, send, discard, or say what is missing."""
        form = FirstForm(self.actor, request.POST)
        kept = draft_of(self.actor, request.POST.get("draft", ""))
        if kept is None and (sent := self.sent_already(request.POST.get("draft", ""))):
            messages.warning(request, f"{sent} had been sent already: this is it.")
            return redirect("tracker:missing-report", sent)
        do = request.POST.get("do")
        if do == "discard":
            return self.discard(kept)
        if do == "keep" and form.can_be_kept():
            return self.act(form, kept, keep=True)
        if not form.can_be_sent():
            return self.page(form, 422)
        others = [] if form.cleaned_data["seen_others"] else self.others(form)
        return self.page(form, others=others) if others else self.act(form, kept, keep=False)

    def sent_already(self, reference: str) -> str | None:
        """The same draft, if it was sent meanwhile: a form that is sent twice is sent once."""
        own = MissingReport.objects.visible_to(self.actor).filter(unit_agency=self.actor.agency_id)
        sent = own.filter(reference=reference, sent_at__isnull=False)
        return sent.values_list("reference", flat=True).first() if reference else None

    def others(self, form: FirstForm) -> list[MissingReport]:
        """Open reports that may be about the same patient."""
        return list(duplicates(form.cleaned_data, self.actor).select_related("unit")[:5])

    def act(self, form: FirstForm, kept: MissingReport | None, *, keep: bool) -> HttpResponse:
        """The report is kept or sent, and its page opens; a refusal is shown at its field."""
        try:
            saved = save(self.actor, form, kept, draft=keep)
            if kept is not None and not keep:
                saved = missing_moves.move(report_id=saved.pk, action="send", by=self.actor)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(form, status_of(refusal))
        if keep and form.errors:
            return kept_in_part(self.request, form, saved.reference, lambda: self.page(form, 422))
        if keep:
            messages.success(self.request, f"Draft {saved.reference} is kept. It is not sent yet.")
            return redirect("tracker:missing-draft", saved.reference)
        messages.success(self.request, f"Sent as {saved.reference}. Add below whatever else you learn.")
        return redirect("tracker:missing-report", saved.reference)

    def discard(self, kept: MissingReport | None) -> HttpResponse:
        """The draft ends, and its case with it. One that has ended already is not sent instead."""
        if kept is None:
            messages.warning(self.request, "This draft was discarded already. Nothing is sent.")
            return redirect("tracker:missing")
        try:
            missing_moves.move(report_id=kept.pk, action="discard", by=self.actor)
        except Refused as refusal:
            messages.warning(self.request, f"{kept.reference} is not discarded: {refusal.message}.")
        else:
            messages.success(self.request, f"Draft {kept.reference} is discarded.")
        return redirect("tracker:missing")

    def page(
        self, form: FirstForm, status: int = 200, *, others: list[MissingReport] | None = None
    ) -> HttpResponse:
        """The form, in its groups."""
        groups = {"who": WHO, "seen": SEEN, "risk": RISK, "more": MORE}
        told: dict[str, Any] = {name: [form[each] for each in names] for name, names in groups.items()}
        return self.show({"form": form, "others": others or [], **told}, status)


class MissingDraft(NewReport):
    """A draft, at its own address."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The form as it was kept; once sent, its report. Another person's draft is not there."""
        kept = draft_of(self.actor, reference)
        if kept is None:
            if self.sent_already(reference):
                return redirect("tracker:missing-report", reference)
            raise Http404
        person = Person.objects.visible_to(self.actor).get(case=kept.case_id)
        return self.page(FirstForm(self.actor, initial=typed_in(kept, person)))

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """As for a new one: the form names its draft."""
        if draft_of(self.actor, reference) is None and not self.sent_already(reference):
            raise Http404
        return super().post(request)


def save(actor: Actor, form: FirstForm, kept: MissingReport | None, *, draft: bool) -> MissingReport:
    """A new report, or the same draft with what was typed since. Raises Refused."""
    if kept is None:
        return missing.create(said=form.reported(None), by=actor, draft=draft)
    if form.cleaned_data["unit"].pk != kept.unit_id:
        missing_moves.move(report_id=kept.pk, action="discard", by=actor)
        return missing.create(said=form.reported(kept), by=actor, draft=True)
    return missing.update(report_id=kept.pk, said=form.added(kept), by=actor)


class SaveMissing(Page):
    """Keeps what is typed, while it is typed."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Where the draft is and since when; or that it is still too little to keep."""
        form = FirstForm(self.actor, request.POST)
        if not form.can_be_kept():
            return JsonResponse({"saved": ""})
        kept = draft_of(self.actor, request.POST.get("draft", ""))
        if kept is None and request.POST.get("draft"):
            return JsonResponse({"saved": "", "problem": "This draft was sent or discarded elsewhere."})
        try:
            saved = save(self.actor, form, kept, draft=True)
        except Refused as refusal:
            return JsonResponse({"saved": "", "problem": refusal.message})
        request.is_kept_as_a_draft(reverse("tracker:missing-new"))
        return as_kept(saved.reference, reverse("tracker:missing-draft", args=[saved.reference]), form)
