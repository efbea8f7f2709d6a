"""Agreements in the tracker: what holds between whom and why, and how two agencies make the next version."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from agencies.models import Agency
from agencies.roles import AgencyKind, Role
from referrals import policies
from referrals.domain.agreement import Resolved, Scope, reasons_to_decline
from referrals.domain.case import Category, Priority
from referrals.domain.clocks import LIMITS
from referrals.domain.errors import Refused
from referrals.domain.escalation import from_terms
from referrals.models import AgreementGoLive, AgreementStep, AgreementVersion
from referrals.models.agreement import made_by
from referrals.pages.agreement_forms import BetweenForm, DateForm, KindsForm, RemarkForm, SignForm, TermsForm
from referrals.screens import words
from referrals.screens.access import Page
from referrals.screens.agency_names import called
from referrals.screens.forms import blame, dress
from referrals.screens.ladder import in_words
from referrals.screens.moves import status_of
from referrals.services import agreement, drafting, threshold_policy

RELATED = ("agreement__from_agency", "agreement__to_agency")


def versions(page: Page) -> QuerySet[AgreementVersion]:
    """Those that the actor reads, with their history, and since when another of the same scope holds."""
    steps = AgreementStep.objects.visible_to(page.actor).select_related("agency").order_by("id")
    dates = AgreementGoLive.objects.visible_to(page.actor).order_by("id")
    live = AgreementVersion.objects.visible_to(page.actor).filter(live_from__lte=timezone.now())
    later = live.filter(agreement=OuterRef("agreement"), live_from__gt=OuterRef("live_from"))
    replaced_at = Subquery(later.order_by("live_from").values("live_from")[:1])
    seen = AgreementVersion.objects.visible_to(page.actor).select_related(*RELATED)
    seen = seen.annotate(replaced_at=replaced_at)
    return seen.prefetch_related(Prefetch("steps", steps), Prefetch("go_lives", dates))


def stand(version: AgreementVersion, now: datetime) -> str:
    """Where a version stands, in words; a date stands beside it."""
    if getattr(version, "replaced_at", None):
        return "Superseded: it held from"
    both, one = ("both kinds", "one kind") if version.agreement.scope.is_of_kinds else ("both", "one side")
    if version.live_from is not None:
        return "Live since" if version.live_from <= now else f"Signed by {both}, goes live"
    if not drafting.signers(version):
        return "Draft"
    return f"Signed by {both}, without a date" if drafting.is_signed(version) else f"Signed by {one}"


def row(version: AgreementVersion, now: datetime) -> dict[str, Any]:
    """One version in a list."""
    category = version.agreement.category
    return {
        "version": version,
        "stand": stand(version, now),
        "category": words.CATEGORIES[Category(category)] if category else "Every kind of help",
        "review_on": date.fromisoformat(day) if (day := version.terms.get("review_on")) else None,
    }


def until_then(ends: Iterable[Agency], category: str, now: datetime) -> dict[str, Any]:
    """What to say of the time before an agreement holds, where one of these is a police force.

    When police respond their policy says, which has dates of its own; of every kind of help, no one answer.
    """
    force = next((each for each in ends if each.kind == AgencyKind.POLICE), None)
    if force is None or not category:
        return {"force": force}
    return {"force": force, "prompted": threshold_policy.in_force(force.pk, category, now).is_live}


class Agreements(Page):
    """The agency's own agreements, those for all, and an answer to which of them holds."""

    template = "tracker/agreements.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The lists; asked between whom, what holds there now and what will."""
        shipped = Q(agreement__from_agency=None, agreement__to_agency=None,
                    agreement__from_kind="", agreement__to_kind="")  # fmt: skip
        now = timezone.now()
        found = versions(self).filter(made_by(self.actor, "agreement__") | shipped)
        rows = [row(each, now) for each in found.order_by("agreement__name", "agreement_id", "-number")]
        form = BetweenForm(self.actor, request.GET or None)
        told = {
            "own": [each for each in rows if each["version"].agreement.sides],
            "kinds": [each for each in rows if each["version"].agreement.scope.is_of_kinds],
            "shipped": [each for each in rows if each["version"].agreement.scope == Scope()],
            "form": form,
            "may_draft": policies.is_senior(self.actor, Role.MANAGER),
            **(self.holds(form, now) if request.GET and form.is_valid() else {}),
        }
        return self.show(told)

    def holds(self, form: BetweenForm, now: datetime) -> dict[str, Any]:
        """The version that holds between these two, why, and what will take its place."""
        category = form.cleaned_data["category"]
        asked = agreement.between(*form.ends, category)
        found: Resolved = agreement.resolved(asked, now)
        keys = [found.version, *([found.coming.version] if found.coming else [])]
        seen = {each.pk: each for each in versions(self).filter(pk__in=keys)}
        return {
            "holds": seen.get(found.version),
            "because": found.because,
            "coming": seen.get(found.coming.version) if found.coming else None,
            **until_then(form.ends, category, now),
            "first": found.coming is not None and seen[found.version].agreement_id
            != seen[found.coming.version].agreement_id,
        }  # fmt: skip


class NewAgreement(Page):
    """Between whom a draft is made; it begins with what holds there now."""

    template = "tracker/agreement_new.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.page(self.again(BetweenForm(self.actor, initial=request.GET.dict())))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Draft it, or say what is wrong."""
        form = BetweenForm(self.actor, request.POST)
        if not form.is_valid():
            return self.page(form, 422)
        sender, receiver = form.ends
        said = {"sender": sender, "receiver": receiver, "category": form.cleaned_data["category"]}
        try:
            made = drafting.draft(**said, by=self.actor)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(form, status_of(refusal))
        messages.success(request, "Drafted, from what holds now. Change what you want to agree.")
        return redirect("tracker:edit-agreement", made.pk)

    def page(self, form: BetweenForm | KindsForm, status: int = 200) -> HttpResponse:
        """The form."""
        return self.show({"form": form, "may": policies.is_senior(self.actor, Role.MANAGER)}, status)


class NewConcordat(NewAgreement):
    """Between which kinds of agency a draft is made; it begins with what holds for them now."""

    template = "tracker/agreement_new_kinds.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.page(self.again(KindsForm(self.actor)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Draft it, or say what is wrong."""
        form = KindsForm(self.actor, request.POST)
        if not form.is_valid():
            return self.page(form, 422)
        sender, receiver = form.ends
        said = {"sender": sender, "receiver": receiver, "category": form.cleaned_data["category"]}
        try:
            made = drafting.draft_for_kinds(**said, by=self.actor)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(form, status_of(refusal))
        messages.success(request, "Drafted, from what holds now. Change what you want to agree.")
        return redirect("tracker:edit-agreement", made.pk)


class AgreementPage(Page):
    """One version: what it promises, who has signed, since when it holds; and what can be done with it."""

    template = "tracker/agreement.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        return self.page(self.found(pk))

    def found(self, pk: int) -> AgreementVersion:
        """The version. Raises Http404."""
        version = versions(self).filter(pk=pk).first() if pk < 2**63 else None
        if version is None:
            raise Http404
        return version

    def page(self, version: AgreementVersion, status: int = 200, **more: object) -> HttpResponse:
        """With the form of an action, if one is at hand."""
        now, terms = timezone.now(), version.terms
        told = {
            **row(version, now),
            "targets": _targets(terms),
            "priorities": list(Priority),
            "overrides": _overrides(terms),
            "ladder": [in_words(rung) for rung in from_terms(terms.get("ladder", []))],
            "reasons": reasons_to_decline(terms).values(),
            "arbiter": self.arbiter(terms),
            "signed": drafting.signers(version),
            "takes_part": self.takes_part(version),
            "story": self.story(version),
            "actions": self.actions(version, now),
            **until_then(self.ends(version), version.agreement.category, now),
            **more,
        }
        return self.show(told, status)

    def ends(self, version: AgreementVersion) -> list[Agency]:
        """The two agencies that make it; of two kinds, one's own, if it is of them."""
        of = version.agreement
        if not of.scope.is_of_kinds:
            return [each for each in (of.from_agency, of.to_agency) if each is not None]
        own = Agency.objects.visible_to(self.actor).filter(pk=self.actor.agency_id)
        return list(own.filter(kind__in=[of.from_kind, of.to_kind]))

    def story(self, version: AgreementVersion) -> list[dict[str, Any]]:
        """What was done with it, by whom; agencies by their names."""
        done = _story(version)
        names = called(self.actor, (each["who"].get("agency", "") for each in done))
        return [{**each, "agency": names.get(each["who"].get("agency", ""), "")} for each in done]

    def arbiter(self, terms: dict[str, Any]) -> str:
        """The arbiter's name. The terms hold its code."""
        named = Agency.objects.visible_to(self.actor).filter(code=terms.get("arbiter") or "")
        return named.values_list("name", flat=True).first() or ""

    def actions(self, version: AgreementVersion, now: datetime) -> list[tuple[str, str]]:
        """What this person may do with it now."""
        if not self.takes_part(version) or not policies.is_senior(self.actor, Role.MANAGER):
            return []
        has_signed = self.actor.agency_id in drafting.signers(version)
        date = (
            [("date", "Move the go-live date" if version.live_from else TITLES["date"])] if has_signed else []
        )
        if version.live_from is not None:
            joins = [] if has_signed or not drafting.may_join(version) else [("sign", TITLES["sign"])]
            return joins if version.live_from <= now else [*joins, *date]
        return [
            *([] if has_signed else [("sign", TITLES["sign"])]),
            *(date if drafting.is_signed(version) else []),
            ("remark", TITLES["remark"]),
        ]

    def takes_part(self, version: AgreementVersion) -> bool:
        """Whether the agency is of those who make it."""
        return version.agreement.scope.is_made_by(self.actor.agency_id, self.actor.agency_kind)


def _targets(terms: dict[str, Any]) -> list[tuple[str, list[int]]]:
    return [
        (
            words.CLOCKS[kind],
            [
                terms.get("targets", {}).get(priority, {}).get(kind, LIMITS[kind].minutes[place])
                for place, priority in enumerate(Priority)
            ],
        )
        for kind in LIMITS
    ]


def _overrides(terms: dict[str, Any]) -> list[str]:
    """Shorter promises for a kind of help or of receiver."""
    return [
        f"{words.CATEGORIES.get(key, key.replace('_', ' '))}: {words.CLOCKS[kind].lower()}, {minutes} minutes"
        for part in ("categories", "receivers")
        for key, kinds in terms.get(part, {}).items()
        for kind, minutes in kinds.items()
    ]


DID = {
    "drafted": "Drafted",
    "edited": "Edited: signatures before this count no longer",
    "remarked": "Remarked",
    "signed": "Signed",
}


def _story(version: AgreementVersion) -> list[dict[str, Any]]:
    """What was done with it and every date it was given, the newest first."""
    done = [
        {"at": each.at, "what": DID[each.kind], "text": each.text, "who": each.actor}
        for each in version.steps.all()
    ]
    done += [
        {"at": each.set_at, "what": "Given the date", "date": each.live_from, "text": each.reason,
         "who": each.set_by}
        for each in version.go_lives.all()
    ]  # fmt: skip
    return sorted(done, key=lambda each: each["at"], reverse=True)


class EditAgreement(AgreementPage):
    """The text of a draft."""

    template = "tracker/agreement_edit.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form, as the draft has it."""
        version = self.found(pk)
        return self.page(version, form=self.again(TermsForm(self.actor, version.terms)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write it, or say at each field what is wrong with it."""
        version = self.found(pk)
        form = TermsForm(self.actor, version.terms, request.POST)
        if not form.is_valid():
            return self.page(version, 422, form=form)
        try:
            drafting.edit(version_id=pk, terms=form.written(), by=self.actor)
        except Refused as refusal:
            form.blame(refusal)
            return self.page(version, status_of(refusal), form=form)
        messages.success(request, "Written. This is the text that is signed now.")
        return redirect("tracker:agreement", pk)


TITLES = {"sign": "Sign this text", "date": "Give it a go-live date", "remark": "Remark on it"}
FORMS: dict[str, type[forms.Form]] = {"sign": SignForm, "date": DateForm, "remark": RemarkForm}


class AgreementAction(AgreementPage):
    """One small form for what can be done with a version."""

    template = "tracker/agreement_action.html"

    def get(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """The form."""
        version = self.found(pk)
        return self.form_page(version, action, self.again(self.form(action)))

    def post(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Do it, or say what is wrong."""
        version = self.found(pk)
        form = self.form(action, request.POST)
        if not form.is_valid():
            return self.form_page(version, action, form, 422)
        try:
            self.do(pk, action, form.cleaned_data)
        except Refused as refusal:
            blame(form, refusal)
            return self.form_page(version, action, form, status_of(refusal))
        messages.success(request, f"Recorded: {TITLES[action].lower()}.")
        return redirect("tracker:agreement", pk)

    def form(self, action: str, *args: object) -> forms.Form:
        """Its form. Raises Http404 for an action that does not exist."""
        if action not in FORMS:
            raise Http404
        made = FORMS[action](*args)
        dress(made)
        return made

    def do(self, pk: int, action: str, said: dict[str, Any]) -> None:
        """Hand it to the service. Raises Refused."""
        if action == "sign":
            drafting.sign(version_id=pk, by=self.actor)
        elif action == "remark":
            drafting.remark(version_id=pk, text=said["text"], by=self.actor)
        else:
            drafting.set_go_live(version_id=pk, by=self.actor, **said)

    def form_page(
        self, version: AgreementVersion, action: str, form: forms.Form, status: int = 200
    ) -> HttpResponse:
        """The version in short, and the form."""
        return self.page(version, status, form=form, action=action, title=TITLES[action])
