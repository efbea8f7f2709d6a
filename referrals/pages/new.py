"""A new referral, in under two minutes by keyboard alone; kept on the server while it is typed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from agencies.acting import Actor
from agencies.models import Team
from referrals.domain.errors import Refused
from referrals.domain.referral import State
from referrals.models import Case, Person, Referral
from referrals.pages.ask import AskForm, typed_in
from referrals.pages.drafts import as_kept, kept_in_part
from referrals.pages.hints import beside
from referrals.screens.access import Page
from referrals.screens.forms import blame
from referrals.screens.moves import status_of
from referrals.services import draft
from referrals.services import referral as referrals
from referrals.services.person import is_unknown

FIRST = ("from_team", "to_team", "area", "priority", "phone_to", "category")
WHO = ("family_name", "given_name", "date_of_birth", "nhs_number", "description")
MORE = ("age", "sex", "phone", "language")
WHAT, WHERE = ("summary",), ("location_text", "what3words")
KNOWN = ("scene_safety", "flags", "source_incident_number")


def draft_of(actor: Actor, reference: str) -> Referral | None:
    """The agency's own draft of that reference, while it is one."""
    seen = Referral.objects.visible_to(actor).select_related("to_team__agency", "from_team")
    return seen.filter(reference=reference, state=State.DRAFT, from_agency_id=actor.agency_id).first()


def sent_already(actor: Actor, reference: str) -> Referral | None:
    """The agency's own referral of that reference, once it is sent: a form sent twice is sent once."""
    seen = Referral.objects.visible_to(actor).filter(from_agency_id=actor.agency_id, sent_at__isnull=False)
    return seen.filter(reference=reference).first() if reference else None


def case_of(actor: Actor, reference: str) -> Case | None:
    """The case to which the referral is added, if one is named. Raises Http404 if it is not ours to see."""
    if not reference:
        return None
    found = Case.objects.visible_to(actor).select_related("person").filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


class New(Page):
    """The form. Sending it again with a hint on it sends it in spite of the hint."""

    template = "tracker/new.html"
    begins = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty form, or what this person had typed when their session ended."""
        reference = self.about("case")
        case = case_of(self.actor, reference)
        form = self.form(case, initial={"case": reference, "category": self.about("category")})
        return self.page(self.again(form), case)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep, send, discard, or say what is missing."""
        case = case_of(self.actor, request.POST.get("case", ""))
        form = self.form(case, request.POST)
        kept = draft_of(self.actor, request.POST.get("draft", ""))
        if kept is None and (sent := sent_already(self.actor, request.POST.get("draft", ""))):
            messages.warning(request, f"{sent.reference} had been sent already: this is it.")
            return redirect(f"{self.door}:referral", sent.reference)
        if request.POST.get("do") == "discard":
            return self.discard(kept)
        if request.POST.get("do") == "keep" and form.can_be_kept():
            return self.keep(form, kept, case)
        if not form.is_valid():
            return self.page(form, case, status=422)
        told = beside(self.actor, form)
        if told["hints"] and not form.cleaned_data["hints_seen"]:
            return self.page(form, case, stopped=True)
        return self.send(form, kept, case)

    def form(self, case: Case | None, *args: object, **kwargs: object) -> AskForm:
        """The form; only the accountable agency sends leads."""
        may_lead = case is None or case.accountable_agency_id == self.actor.agency_id
        return AskForm(self.actor, *args, may_lead=may_lead, **kwargs)

    def send(self, form: AskForm, kept: Referral | None, case: Case | None) -> HttpResponse:
        """The referral is sent, and its page opens; a refusal is shown at its field."""
        try:
            if kept is None:
                sent = referrals.create(asked=asked(self.actor, form, keep=False), by=self.actor)
            else:
                saved = keep(self.actor, form, kept)
                sent = referrals.move(referral_id=saved.pk, action="send", by=self.actor)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(form, case, status=status_of(refusal))
        why = f" to {sent.to_team.name}, because {sent.routed}" if sent.routed else ""
        messages.success(self.request, f"Sent as {sent.reference}{why}.")
        return redirect(f"{self.door}:referral", sent.reference)

    def keep(self, form: AskForm, kept: Referral | None, case: Case | None) -> HttpResponse:
        """The draft is kept, and its address brings it back; what is not understood is asked for again."""
        try:
            saved = keep(self.actor, form, kept)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(form, case, status=status_of(refusal))
        if form.errors:
            return kept_in_part(
                self.request, form, saved.reference, lambda: self.page(form, case, status=422)
            )
        messages.success(self.request, f"Draft {saved.reference} is kept. It is not sent yet.")
        return redirect("tracker:draft", saved.reference)

    def discard(self, kept: Referral | None) -> HttpResponse:
        """The draft ends, and a case opened for it alone with it; one that had ended is never sent."""
        if kept is None:
            messages.warning(self.request, "This draft had been discarded already. Nothing was sent.")
            return redirect("tracker:home")
        try:
            referrals.move(referral_id=kept.pk, action="discard", by=self.actor)
        except Refused as refusal:  # somebody sent or discarded it at this moment
            messages.warning(self.request, f"Draft {kept.reference} was not discarded: {refusal.message}.")
            return redirect(f"{self.door}:referral", kept.reference)
        messages.success(self.request, f"Draft {kept.reference} is discarded.")
        return redirect("tracker:home")

    def page(
        self, form: AskForm, case: Case | None, *, status: int = 200, stopped: bool = False
    ) -> HttpResponse:
        """The form, with what is known beside it."""
        groups = {
            "first": FIRST,
            "who": WHO,
            "more_fields": MORE,
            "what": WHAT,
            "where": WHERE,
            "known": KNOWN,
        }
        shown = {
            name: [form[each] for each in names if each in form.fields] for name, names in groups.items()
        }
        told = beside(self.actor, form) if form.is_bound or stopped else self.beside_initial(form)
        more = any(form[name].value() or form[name].errors for name in MORE)
        unknown = case is None or is_unknown(getattr(case, "person", None))
        return self.show(
            {
                "form": form,
                "case": case,
                "stopped": stopped,
                "more": more,
                "ask_who": unknown,
                **shown,
                **told,
            },
            status,
        )

    def beside_initial(self, form: AskForm) -> dict[str, Any]:
        """What stands beside a form that nobody has sent yet: what its first values say."""
        values = {name: form[name].value() for name in form.fields}
        if not values.get("to_team"):
            return {}
        return beside(self.actor, AskForm(self.actor, {k: v for k, v in values.items() if v is not None}))


class Draft(New):
    """A draft, at its own address."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The form as it was kept; a draft that was sent meanwhile is shown as what it is now."""
        kept = draft_of(self.actor, reference)
        if kept is None:
            return redirect(f"{self.door}:referral", reference)
        alone = Case.objects.visible_to(self.actor).filter(pk=kept.case_id, first_sent_at=None).exists()
        person = Person.objects.visible_to(self.actor).filter(case_id=kept.case_id).first() if alone else None
        case = None if alone else case_of(self.actor, kept.case_reference)
        initial = {**typed_in(kept, person), "case": "" if alone else kept.case_reference}
        return self.page(self.form(case, initial=initial), case)

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """As for a new one: the form names its draft."""
        return super().post(request)


def asked(actor: Actor, form: AskForm, *, keep: bool) -> referrals.Asked:
    """What the form asks, from the actor's team."""
    own = form.cleaned_data.get("from_team") or Team.objects.visible_to(actor).get(pk=actor.team_id)
    made = form.asked(draft=keep, from_team=own)
    if made.phone_confirmation:
        made.phone_confirmation["at"] = timezone.now().isoformat()
    return made


def keep(actor: Actor, form: AskForm, kept: Referral | None) -> Referral:
    """A new draft, or the same one with what was typed since. Raises Refused."""
    wanted = asked(actor, form, keep=True)
    if kept is None:
        return referrals.create(asked=wanted, by=actor)
    return draft.update(referral_id=kept.pk, asked=wanted, by=actor)


class SaveDraft(Page):
    """Keeps what is typed, while it is typed."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Where the draft is and since when; or that it is still too little to keep."""
        case = case_of(self.actor, request.POST.get("case", ""))
        may_lead = case is None or case.accountable_agency_id == self.actor.agency_id
        form = AskForm(self.actor, request.POST, may_lead=may_lead)
        if not form.can_be_kept():
            return JsonResponse({"saved": ""})
        kept = draft_of(self.actor, request.POST.get("draft", ""))
        if kept is None and request.POST.get("draft"):
            return JsonResponse({"saved": "", "problem": "This draft was sent or discarded elsewhere."})
        try:
            saved = keep(self.actor, form, kept)
        except Refused as refusal:
            return JsonResponse({"saved": "", "problem": refusal.message})
        request.is_kept_as_a_draft(reverse("tracker:new"))
        return as_kept(saved.reference, reverse("tracker:draft", args=[saved.reference]), form)
