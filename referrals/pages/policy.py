"""Threshold policies in the tracker: what is asked of which call, since when, and what comes next.

Every agency reads them. A force's manager moves a go-live date until it is reached; every date that there was
is kept, with its reason. What is asked, its director declares (``policy_declare``).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from agencies.actor import Actor
from agencies.models import Agency
from agencies.roles import AgencyKind, Role
from referrals import policies
from referrals.domain.case import Category
from referrals.domain.errors import Refused
from referrals.domain.threshold import PHASES
from referrals.models import ThresholdGoLive, ThresholdPolicyVersion
from referrals.screens import words
from referrals.screens.access import Page
from referrals.screens.agency_names import called
from referrals.screens.forms import MomentField, blame, dress
from referrals.screens.moves import status_of
from referrals.services import threshold_policy
from referrals.services.threshold_policy import Dated, Plan

PHASE_OF = {category: number for number, kinds in PHASES.items() for category in kinds}
NOT_ADOPTED = "Not adopted: police attend as before"
LONGEST_REASON = 500
"""Characters that a go-live date's reason has room for."""


def phases(plans: Mapping[str, Plan]) -> list[dict[str, Any]]:
    """The phases in their usual order, each with how its kinds of call stand."""
    return [
        {
            "number": number,
            **_summed_up([plans[kind] for kind in kinds]),
            "kinds": [
                {"name": words.CATEGORIES[kind], "category": str(kind), "plan": plans[kind]} for kind in kinds
            ],
        }
        for number, kinds in PHASES.items()
    ]


def _summed_up(plans: list[Plan]) -> dict[str, Any]:
    """How a phase stands, in a few words, and the date that goes with them."""
    live = {plan.in_force.live_from if plan.in_force else None for plan in plans}
    adopted = {bool(plan.in_force and plan.in_force.adopted) for plan in plans}
    next_on = {plan.coming[0].live_from if plan.coming else None for plan in plans}
    if adopted == {True}:
        return {"stand": "Live since", "date": live.pop()} if len(live) == 1 else {"stand": "Live"}
    if adopted == {True, False}:
        return {"stand": "Live for some kinds of call"}
    if len(next_on) == 1 and None not in next_on:
        return {"stand": "Goes live at", "date": next_on.pop()}
    return {"stand": NOT_ADOPTED if None not in live else "Not live yet: police attend as before"}


def may_declare(actor: Actor) -> bool:
    """Whether the service would take it from this person, that their force asks something else."""
    return actor.agency_kind == AgencyKind.POLICE and policies.is_senior(actor, Role.DIRECTOR)


def to_come(at: datetime) -> datetime:
    """The instant, if it is to come: police cannot have answered by what nobody had declared."""
    if at <= timezone.now():
        raise forms.ValidationError("This has passed: enter a date and a time to come")
    return at


class Policies(Page):
    """By phase and kind of call, what is asked now, since when, and what comes next."""

    template = "tracker/policies.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The agency's own, if it is a force; any other force's by its code. Three queries."""
        forces = list(Agency.objects.visible_to(self.actor).filter(kind=AgencyKind.POLICE).order_by("name"))
        force = self.force(forces)
        return self.show(
            {
                "force": force,
                "forces": forces,
                "phases": phases(threshold_policy.plans(force.pk if force else None, timezone.now())),
                "may_move": force is not None and self.may_move(force.pk),
                "may_declare": self.may_declare(force.pk if force else None),
            }
        )

    def force(self, forces: Iterable[Agency]) -> Agency | None:
        """The one asked for, else one's own. Raises Http404 for one that there is not."""
        said = self.request.GET.get("force", "")
        found = next((each for each in forces if said in ("", each.code) and self.is_meant(each)), None)
        if said and found is None:
            raise Http404
        return found

    def is_meant(self, force: Agency) -> bool:
        """Whether it was named, or is the actor's own."""
        return bool(self.request.GET.get("force")) or force.pk == self.actor.agency_id

    def may_move(self, agency_id: int | None) -> bool:
        """Whether this person moves dates of that force."""
        return agency_id == self.actor.agency_id and policies.is_senior(self.actor, Role.MANAGER)

    def may_declare(self, agency_id: int | None) -> bool:
        """Whether this person declares what that force asks."""
        return agency_id == self.actor.agency_id and may_declare(self.actor)


class PolicyPage(Policies):
    """One version: its questions, how it stands, and every date that it was given."""

    template = "tracker/policy.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        return self.page(self.found(pk))

    def found(self, pk: int) -> ThresholdPolicyVersion:
        """The version. Raises Http404."""
        dates = ThresholdGoLive.objects.visible_to(self.actor).order_by("-id")
        seen: QuerySet[ThresholdPolicyVersion] = ThresholdPolicyVersion.objects.visible_to(self.actor)
        seen = seen.select_related("policy__agency").prefetch_related(Prefetch("go_lives", dates))
        version = seen.filter(pk=pk).first() if pk < 2**63 else None
        if version is None:
            raise Http404
        return version

    def page(self, version: ThresholdPolicyVersion, status: int = 200, **more: object) -> HttpResponse:
        """With the form that moves its date, if that is at hand."""
        now = timezone.now()
        plan = threshold_policy.plans(version.policy.agency_id, now)[version.policy.category]
        live_from = _date_of(version)
        dates = version.go_lives.all()
        told = {
            "version": version,
            "agencies": called(self.actor, (each.set_by.get("agency", "") for each in dates)),
            "category": words.CATEGORIES[Category(version.policy.category)],
            "phase": PHASE_OF[Category(version.policy.category)],
            "live_from": live_from,
            "is_ahead": live_from is not None and live_from > now,
            "stand": _stand(version, plan, live_from),
            "may_move": self.may_move(version.policy.agency_id),
            "may_declare": self.may_declare(version.policy.agency_id),
            **more,
        }
        return self.show(told, status)


def _date_of(version: ThresholdPolicyVersion) -> datetime | None:
    """The date set last, which holds (UTC)."""
    dates = list(version.go_lives.all())
    return dates[0].live_from if dates else None


def _stand(version: ThresholdPolicyVersion, plan: Plan, live_from: datetime | None) -> str:
    """How it stands, in words that the date follows."""
    if live_from is None:
        return "It has no date yet"
    if plan.in_force is not None and plan.in_force.version_id == version.pk:
        return "In force since"
    return "Goes live at" if version.pk in {each.version_id for each in plan.coming} else "Was in force from"


class DateForm(forms.Form):
    """Another go-live date, why, and what else of the phase moves with it."""

    live_from = MomentField("It goes live", required=True)
    reason = forms.CharField(
        label="Why it moves, and who agreed to it",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say it in a sentence"},
    )
    together = forms.TypedMultipleChoiceField(
        label="Move with it, of the same phase and date",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, beside: list[Dated], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(each.version_id), words.CATEGORIES[Category(each.category)]) for each in beside]
        self.fields["together"].choices = choices
        self.initial.setdefault("together", [key for key, _ in choices])
        if not choices:
            del self.fields["together"]
        dress(self)

    def clean_live_from(self) -> datetime:
        """A time to come."""
        return to_come(self.cleaned_data["live_from"])


class MoveDate(PolicyPage):
    """The date at which a version goes live is moved, before it is reached."""

    template = "tracker/policy_date.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form, with the date that holds."""
        version = self.found(pk)
        form = self.form(version, initial={"live_from": _date_of(version)})
        return self.page(version, form=self.again(form))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Move it, or say what is wrong."""
        version = self.found(pk)
        form = self.form(version, request.POST)
        if not form.is_valid():
            return self.page(version, 422, form=form)
        try:
            self.move(pk, form.cleaned_data)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(version, status_of(refusal), form=form)
        messages.success(request, "The go-live date was moved. The date before it is kept.")
        return redirect("tracker:policy", pk)

    def form(self, version: ThresholdPolicyVersion, *args: object, **kwargs: object) -> DateForm:
        """With the others of its phase that go live at the same moment."""
        plans = threshold_policy.plans(version.policy.agency_id, timezone.now())
        kinds = PHASES[PHASE_OF[Category(version.policy.category)]]
        coming = [each for kind in kinds for each in plans[kind].coming]
        date = _date_of(version)
        beside = [each for each in coming if each.live_from == date and each.version_id != version.pk]
        return DateForm(beside, *args, **kwargs)

    @transaction.atomic
    def move(self, pk: int, said: Mapping[str, Any]) -> None:
        """All of them, or none. Raises Refused."""
        for key in (pk, *said.get("together", ())):
            threshold_policy.move_go_live(
                version_id=key, by=self.actor, live_from=said["live_from"], reason=said["reason"]
            )
