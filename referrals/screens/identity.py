"""Correcting who the person of a case is: one form, from what the case has; the mistake stays readable."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from referrals.domain.disclosure import readable
from referrals.domain.errors import Refused
from referrals.domain.nhs_number import in_threes
from referrals.screens import words
from referrals.screens.access import Page
from referrals.screens.birth import BirthField
from referrals.screens.forms import blame, dress
from referrals.screens.moves import status_of
from referrals.screens.nhs_number import NhsNumberField
from referrals.screens.seen import SeenCase, find_case
from referrals.services import identity
from referrals.services.identity import Correction
from referrals.services.person import UNKNOWN

OF_PERSON = tuple(words.OF_PERSON)


class IdentityForm(forms.Form):
    """Who it is, as the case has it; what is emptied was wrong, and the right one is not known."""

    family_name = forms.CharField(label="Family name", required=False, max_length=100)
    given_name = forms.CharField(label="Given name", required=False, max_length=100)
    date_of_birth = BirthField("Born, as 31/3/1980")
    age = forms.IntegerField(label="Age, about", required=False, min_value=0, max_value=130)
    nhs_number = NhsNumberField()
    sex = forms.ChoiceField(label="Sex", required=False)
    phone = forms.CharField(label="The person's phone", required=False, max_length=40)
    language = forms.CharField(label="Language spoken", required=False, max_length=60)
    description = forms.CharField(label="Description", required=False, max_length=1000)
    agrees = forms.BooleanField(label="Take back what your agency had said otherwise", required=False)
    reason = forms.CharField(
        label="How you know", required=False, max_length=1000,
        help_text="Such as: their wristband, their sister by phone, a bank card",
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, seen: SeenCase, *args: object, may_agree: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        hidden = [name for name in OF_PERSON if name not in seen.person]
        for name in [*hidden, *([] if may_agree else ["agrees"])]:
            del self.fields[name]
        standing = seen.person.get("sex", "")
        of_partners = [] if standing in dict(words.SEXES) else [(standing, standing)]
        self.fields["sex"].choices = [*words.SEXES, *of_partners]
        dress(self)

    def correction(self, seen: SeenCase) -> Correction:
        """What the service is told: of somebody not yet described, an empty description says nothing."""
        said = {name: self.cleaned_data[name] for name in OF_PERSON if name in self.fields}
        if not said["description"] and seen.person["description"] == UNKNOWN["description"]:
            del said["description"]
        return Correction(said, bool(self.cleaned_data.get("agrees")), self.cleaned_data["reason"])


class Identity(Page):
    """Who this is, corrected; from the page of the case, of a missing report and of a detention."""

    template = "screens/identity.html"

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The form, filled with what the case has."""
        seen = find_case(self.actor, reference)
        return self.page(seen, self.again(self.form(seen, initial=self.standing(seen))))

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The correction, or the form again with what is wrong at the field that is wrong."""
        seen = find_case(self.actor, reference)
        form = self.form(seen, request.POST)
        if not form.is_valid():
            return self.page(seen, form, 422)
        version = form.cleaned_data["version"]
        try:
            identity.correct(
                reference=reference, correction=form.correction(seen), by=self.actor, version=version
            )
        except Refused as refusal:
            blame(form, refusal)
            return self.page(find_case(self.actor, reference), form, status_of(refusal))
        messages.success(request, "Recorded: who this is. What was said before stays in the case.")
        return redirect(f"{self.door}:case", reference)

    def form(self, seen: SeenCase, *args: object, **kwargs: object) -> IdentityForm:
        """The form; whether the agency had said otherwise than the case has it."""
        ours = any(each.by["agency"] == self.actor.agency_code for _, each in seen.also)
        return IdentityForm(seen, *args, may_agree=ours, **kwargs)

    def standing(self, seen: SeenCase) -> dict[str, Any]:
        """What the case has, as the form shows it."""
        known = readable(seen.person, self.actor.audience)
        if known["description"] == UNKNOWN["description"]:
            known["description"] = ""
        number = known.get("nhs_number", "")
        return {**known, "nhs_number": in_threes(number), "version": seen.case.version}

    def page(self, seen: SeenCase, form: IdentityForm, status: int = 200) -> HttpResponse:
        """The person as they stand, and the form. A form that was refused has the version that stands now."""
        if form.is_bound:
            form.data = form.data.copy()
            form.data["version"] = seen.case.version
        told = {"seen": seen, "case": seen.case, "referral": seen.referral, "person": seen.person}
        return self.show({**told, "form": form, "also": seen.also}, status)
