"""Making a move: one small form each, which keeps what was typed whatever goes wrong."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from referrals.domain.errors import MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Refused, Stale
from referrals.domain.referral import TRANSITIONS
from referrals.models import Move as MoveMade
from referrals.models import Referral
from referrals.screens import always, case_forms, forms, undo, words
from referrals.screens.access import Page
from referrals.screens.disputing import told_of
from referrals.screens.seen import Seen, SeenCase, find, find_case, may
from referrals.screens.timeline import DID
from referrals.services import case_moves, threshold
from referrals.services import referral as referrals

STATUS = {NotYourMove: 403, NotThere: 404, MoveNotAllowed: 409, Stale: 412, ReasonNeeded: 422}


def status_of(refusal: Refused) -> int:
    """The status of the page that tells a refusal."""
    return STATUS.get(type(refusal), 400)


class Move(Page):
    """One action on one referral."""

    template = "screens/move.html"

    def get(self, request: HttpRequest, reference: str, action: str) -> HttpResponse:
        """The form, with what was typed before a session ended."""
        seen = self.seen(reference)
        initial = {**request.GET.dict(), "version": seen.referral.version}
        form = self.asked(seen, action, initial=initial)
        return self.form(seen, action, self.again(form))

    def post(self, request: HttpRequest, reference: str, action: str) -> HttpResponse:
        """The move, or the form again with what is wrong at the field that is wrong."""
        seen = self.seen(reference)
        form = self.asked(seen, action, request.POST)
        if not form.is_valid():
            return self.form(seen, action, form, status=422)
        try:
            self.make(seen, action, dict(form.cleaned_data))
        except Refused as refusal:
            forms.blame(form, refusal)
            return self.form(self.seen(reference), action, form, status=status_of(refusal))
        onwards = self.onwards(reference)
        messages.success(request, self.told(reference, action, onwards))
        return redirect(onwards)

    def told(self, reference: str, action: str, onwards: str) -> str:
        """What is said once the move is made; after an acceptance, with the way back from a slip."""
        if action == "accept":
            return undo.accepted(self.door, reference)
        own = reverse(f"{self.door}:referral", args=[reference])
        which = reference if onwards == own else format_html('<a href="{}">{}</a>', own, reference)
        return format_html("Recorded: {}, {}.", self.text(action), which)

    def onwards(self, reference: str) -> str:
        """The address of what is shown once the move is made."""
        return reverse(f"{self.door}:referral", args=[reference])

    def seen(self, reference: str) -> Seen:
        """The case, with this referral in focus. Raises Http404."""
        seen = Referral.objects.visible_to(self.actor)
        own = seen.filter(reference=reference).values("case_reference")[:1]
        return find(self.actor, seen.filter(case_reference__in=own), reference)

    def text(self, action: str) -> str:
        """What the action is called. Raises Http404 for one that does not exist."""
        found = words.ACTIONS.get(action) or words.ALWAYS.get(action)
        if found is None:
            raise Http404
        return found

    def fields(self, seen: Seen, action: str) -> dict[str, Any]:
        """What it asks for. Raises Http404 for an action that does not exist."""
        self.text(action)
        if action in TRANSITIONS:
            return forms.fields_of(action, self.actor, seen.referral)
        return always.FIELDS[action](seen.referral)

    def asked(self, seen: Seen, action: str, *args: object, **kwargs: object) -> forms.MoveForm:
        """Its form."""
        dated = action not in always.OF_A_CLOCK
        return forms.MoveForm(self.fields(seen, action), *args, dated=dated, **kwargs)

    def make(self, seen: Seen, action: str, said: dict[str, Any]) -> None:
        """Hand it to the service whose it is. Raises Refused."""
        common = {
            "referral_id": seen.referral.pk,
            "by": self.actor,
            "version": said.pop("version"),
            "occurred_at": said.pop("occurred_at", None),
        }
        if action in always.MAKE:
            always.MAKE[action](**common, **said)
        else:
            referrals.move(**common, action=action, **self._details(seen, said))

    def _details(self, seen: Seen, said: dict[str, Any]) -> dict[str, Any]:
        if "authorised_name" in said:
            name, role = said.pop("authorised_name"), said.pop("authorised_role")
            said["authorised_by"] = {"name": name, "role": role, "contact": ""} if name else None
        if "contact" in said:
            channel = said.pop("contact")
            said["contact"] = channel and {"channel": channel, "with_whom": "person", "outcome": "reached"}
        if "rationale" not in said:
            return said
        decided = threshold.Decided(
            category=seen.referral.category,
            answers={name[2:]: said.pop(name) for name in list(said) if name.startswith("q_")},
            rationale=said.pop("rationale"),
            caller_told=said.pop("caller_told"),
            case=seen.referral.case_reference,
        )
        return {**said, "threshold_decision": threshold.record(decided=decided, by=self.actor).pk}

    def form(self, seen: Seen, action: str, form: forms.MoveForm, status: int = 200) -> HttpResponse:
        """The page with the form. A form that was refused shows the version that stands now."""
        if form.is_bound:
            form.data = form.data.copy()
            form.data["version"] = seen.referral.version
        allowed = may(self.actor, seen, action)
        told = {
            "seen": seen,
            "referral": seen.referral,
            "person": seen.person,
            "case": seen.case,
            "text": self.text(action),
            "action": action,
            "form": form,
            "allowed": allowed,
            "last": None if allowed else self.last(seen),
            "readers": readers_of(action, seen),
        }
        return self.show(told, status=status)

    def last(self, seen: Seen) -> dict[str, Any] | None:
        """The newest move: what it was, who made it and when; how it came that another one is too late."""
        moves = MoveMade.objects.visible_to(self.actor).filter(referral=seen.referral)
        made = moves.order_by("-version").first()
        if made is None or made.action not in DID:
            return None
        return {"what": DID[made.action], "who": made.actor.get("name", ""), "at": made.recorded_at}


def readers_of(action: str, seen: Seen) -> str:
    """Who will read what is typed here."""
    referral = seen.referral
    return f"{referral.from_agency.name}, {referral.to_agency.name} and every other agency in this case"


class CaseMove(Page):
    """Closing, reopening and reviewing a case; disputing whose it is, and linking it with another.

    Nobody need have been asked anything in it.
    """

    template = "screens/move.html"

    def get(self, request: HttpRequest, reference: str, action: str) -> HttpResponse:
        """The form."""
        seen = self.seen(reference)
        initial = {**request.GET.dict(), "version": seen.case.version}
        return self.form(seen, action, self.again(self.asked(seen, action, initial=initial)))

    def post(self, request: HttpRequest, reference: str, action: str) -> HttpResponse:
        """The move of the case, or the form again."""
        seen = self.seen(reference)
        form = self.asked(seen, action, request.POST)
        if not form.is_valid():
            return self.form(seen, action, form, status=422)
        try:
            self.make(reference, action, dict(form.cleaned_data))
        except Refused as refusal:
            forms.blame(form, refusal)
            return self.form(self.seen(reference), action, form, status=status_of(refusal))
        messages.success(request, f"Recorded: {self.text(action)}.")
        return redirect(f"{self.door}:case", reference)

    def seen(self, reference: str) -> SeenCase:
        """The case. Raises Http404, also for an agency whose part in it has ended."""
        return find_case(self.actor, reference)

    def text(self, action: str) -> str:
        """What the action is called. Raises Http404 for one that does not exist."""
        if action not in words.CASE_ACTIONS:
            raise Http404
        return words.CASE_ACTIONS[action]

    def asked(self, seen: SeenCase, action: str, *args: object, **kwargs: object) -> forms.MoveForm:
        """Its form. Raises Http404 for an action that does not exist."""
        self.text(action)
        return forms.MoveForm(case_forms.fields_of(action, self.actor, seen.case), *args, **kwargs)

    def make(self, reference: str, action: str, said: dict[str, Any]) -> None:
        """Hand it to the service whose it is. Raises Refused."""
        case_moves.move(reference=reference, action=action, by=self.actor, **case_forms.details(said))

    def allowed(self, seen: SeenCase, action: str) -> bool:
        """Whether the form is of any use."""
        return action in case_moves.allowed(self.actor, [seen.case])[seen.case.pk]

    def form(self, seen: SeenCase, action: str, form: forms.MoveForm, status: int = 200) -> HttpResponse:
        """The page with the form."""
        if form.is_bound:
            form.data = form.data.copy()
            form.data["version"] = seen.case.version
        own = action in case_forms.OF_ONE_AGENCY
        told = {
            "seen": seen,
            "referral": seen.referral,
            "person": seen.person,
            "case": seen.case,
            "text": self.text(action),
            "action": action,
            "form": form,
            "allowed": self.allowed(seen, action),
            "readers": "your agency alone" if own else "every agency in this case",
            "disputes": action == "dispute",
            "told": told_of(self.actor, seen.case) if action == "dispute" else [],
        }
        return self.show(told, status=status)


class CaseAlarm(CaseMove):
    """Taking an alarm of the case itself, giving it back, and ticking what it demanded."""

    def text(self, action: str) -> str:
        """What the action is called. Raises Http404 for one that does not exist."""
        if action not in always.OF_AN_ALARM:
            raise Http404
        return words.ALWAYS[action]

    def asked(self, seen: SeenCase, action: str, *args: object, **kwargs: object) -> forms.MoveForm:
        """Its form: about now, so that it has no earlier time."""
        self.text(action)
        return forms.MoveForm(always.OF_AN_ALARM[action](), *args, dated=False, **kwargs)

    def make(self, reference: str, action: str, said: dict[str, Any]) -> None:
        """Hand it to the service whose it is. Raises Refused."""
        always.MAKE[action](by=self.actor, **said)

    def allowed(self, seen: SeenCase, action: str) -> bool:
        """What hangs on a clock, its service alone can tell."""
        return True
