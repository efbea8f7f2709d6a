"""A change of the rota: somebody is ill, two have swapped. The shifts stay; the change wins over them."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from agencies import duty, rostering
from agencies.actor import Actor
from agencies.models import Shift, Team
from agencies.roles import TIERS, Role
from agencies.services import LONGEST_CHANGE, RUNS_THE_ROTA, Change
from agencies.services import Refused as RefusedByAgency
from referrals.pages.rota import AT
from referrals.screens.access import Page
from referrals.screens.forms import MomentField, dress
from referrals.screens.when import absolute, after
from referrals.services import rota_gaps

EVERYBODY, NOBODY = [("", "Everybody on call there")], [("", "Nobody")]


class ChangeForm(forms.Form):
    """Who is on call instead of whom, from when to when, and why."""

    team = forms.ChoiceField(label="Team", error_messages={"required": "Choose a team"})
    tier = forms.ChoiceField(label="Tier", choices=[(tier.value, tier.label) for tier in TIERS])
    instead_of = forms.ChoiceField(label="Instead of", required=False)
    who = forms.ChoiceField(label="On call is", required=False)
    begins = MomentField("From", required=True)
    ends = MomentField("To", required=True)
    reason = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why"})

    def __init__(
        self, actor: Actor, said: QueryDict | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(said, initial=initial)
        teams = Team.objects.visible_to(actor).filter(agency=actor.agency_id).order_by("name")
        people = {str(each.pk): each.user.shown_name for each in rostering.members(actor.agency_id)}
        self.fields["team"].choices = [("", "Choose"), *((str(each.pk), each.name) for each in teams)]
        self.fields["instead_of"].choices = [*EVERYBODY, *people.items()]
        self.fields["who"].choices = [*NOBODY, *people.items()]
        dress(self)

    def clean(self) -> dict[str, Any]:
        """It ends after it begins, and changes something."""
        said = self.cleaned_data
        if said.get("begins") and said.get("ends") and said["ends"] <= said["begins"]:
            self.add_error("ends", "Later than it begins")
        elif said.get("begins") and said.get("ends") and said["ends"] - said["begins"] > LONGEST_CHANGE:
            self.add_error("ends", f"At most {LONGEST_CHANGE.days} days after it begins")
        if "who" in said and "instead_of" in said and said["who"] == said["instead_of"]:
            self.add_error("who", "Somebody else, or nobody instead of one person")
        return said

    def change(self) -> Change:
        """As the service takes it."""
        said = self.cleaned_data
        who, instead_of = (int(said[name]) if said[name] else None for name in ("who", "instead_of"))
        during = (said["begins"], said["ends"])
        return Change(int(said["team"]), Role(said["tier"]), during, who, instead_of, said["reason"])


class SwapForm(forms.Form):
    """With which shift this one is swapped, both whole, and why."""

    other = forms.ChoiceField(label="Swap it with", error_messages={"required": "Choose a shift"})
    why = forms.CharField(label="Why the two swap", max_length=200, error_messages={"required": "Say why"})

    def __init__(self, shift: Shift, said: QueryDict | None = None) -> None:
        super().__init__(said)
        now = timezone.now()
        self.shifts = {str(each.pk): each for each in rostering.swappable(shift, now, now + LONGEST_CHANGE)}
        named = [(key, _named(each)) for key, each in self.shifts.items()]
        self.fields["other"].choices = [("", "Choose"), *named]
        dress(self)


def _named(shift: Shift) -> str:
    """Such as: Amy Example, 21:00 on Fri 27 Nov 2026 to 07:00 Sat 28 Nov, Crisis hub."""
    begins, ends = shift.during.lower, shift.during.upper
    return (
        f"{shift.membership.user.shown_name}, {absolute(begins)} to {after(ends, begins)}, {shift.team.name}"
    )


class ChangeRota(Page):
    """One change, or a swap. ``?shift=`` fills it in from a shift of the agency's, which can be swapped."""

    template = "tracker/rota_change.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The forms."""
        self.check()
        return self.page(self.again(ChangeForm(self.actor, initial=self.of_shift())))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make it, or show the form again."""
        self.check()
        if "other" in request.POST and self.shift:
            return self.swap(self.shift)
        form = ChangeForm(self.actor, request.POST)
        if not form.is_valid():
            return self.page(form, status=422)
        try:
            made = rota_gaps.override(change=form.change(), by=self.actor)
        except RefusedByAgency as refusal:
            _blame(form, refusal)
            return self.page(form, status=422)
        messages.success(request, "The rota is changed. The shifts stay beneath it, should you withdraw it.")
        if made.membership and duty.is_below(made.membership, Role(made.tier)):
            tier, who = made.get_tier_display().lower(), made.membership
            said = (
                f"{who.user.shown_name} is {who.get_role_display().lower()}, not {tier}: withdraw the change"
            )
            messages.warning(request, f"{said} if they are not to answer as {tier}.")
        return redirect("tracker:rota")

    def swap(self, shift: Shift) -> HttpResponse:
        """The two exchange their shifts, whole, or the form is shown again."""
        form = SwapForm(shift, self.request.POST)
        if form.is_valid():
            other = form.shifts[form.cleaned_data["other"]]
            try:
                rota_gaps.swap(first=shift, second=other, reason=form.cleaned_data["why"], by=self.actor)
            except RefusedByAgency as refusal:
                _blame(form, refusal)
            else:
                messages.success(
                    self.request, "The two have swapped: two changes, each of which can be withdrawn."
                )
                return redirect("tracker:rota")
        return self.page(ChangeForm(self.actor, initial=self.of_shift()), form, 422)

    def page(self, form: ChangeForm, swap: SwapForm | None = None, status: int = 200) -> HttpResponse:
        """A change, and where a shift is named whom it can be swapped with."""
        if swap is None and self.shift:
            swap = self.again(SwapForm(self.shift))
        return self.show({"form": form, "swap": swap}, status)

    def check(self) -> None:
        """Raises PermissionDenied for who does not run the rota."""
        if self.actor.role not in RUNS_THE_ROTA:
            raise PermissionDenied

    @cached_property
    def shift(self) -> Shift | None:
        """The one named in the address, if it is the agency's."""
        key = self.request.GET.get("shift", "")
        known = key.isdecimal() and len(key) < 18
        return rostering.shift(self.actor.agency_id, int(key)) if known else None

    def of_shift(self) -> dict[str, Any]:
        """What that shift says of a change."""
        shift = self.shift
        if shift is None:
            return {}
        return {
            "team": shift.team_id,
            "tier": shift.tier,
            "instead_of": shift.membership_id,
            "begins": f"{timezone.localtime(shift.during.lower):{AT}}",
            "ends": f"{timezone.localtime(shift.during.upper):{AT}}",
        }


def _blame(form: forms.Form, refusal: RefusedByAgency) -> None:
    form.add_error(None, f"{str(refusal)[:1].upper()}{str(refusal)[1:]}")
