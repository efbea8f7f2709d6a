"""An adverse outcome is recorded in the tracker: of which case, what, when, and if there is an inquest."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from agencies.roles import Role
from referrals import policies
from referrals.domain.adverse import Adverse, Inquest
from referrals.domain.errors import NotThere, Refused
from referrals.screens.access import Page
from referrals.screens.forms import MomentField, blame, choice, dress
from referrals.screens.moves import status_of
from referrals.services import adverse

OUTCOMES = [
    (Adverse.DEATH, "The person died"),
    (Adverse.SERIOUS_HARM, "The person came to serious harm"),
    (Adverse.NONE, "Neither: what was recorded before is taken back"),
]
INQUESTS = [
    (Inquest.YES, "Yes, an inquest was opened"),
    (Inquest.NO, "No"),
    (Inquest.UNKNOWN, "Not known"),
]


class AdverseForm(forms.Form):
    """Codes and a time: no word about the person."""

    case = forms.CharField(
        label="Case", max_length=20, help_text="Its reference, such as C-ABCD-1234.",
        error_messages={"required": "Give the case's reference"},
    )  # fmt: skip
    outcome = choice("What happened", OUTCOMES)
    occurred_at = MomentField(
        "When it happened", "As nearly as it is known; of a death, when it was confirmed.", required=True
    )
    inquest = choice("Is there an inquest", INQUESTS)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def clean_occurred_at(self) -> object:
        """A time that has passed."""
        if (at := self.cleaned_data["occurred_at"]) > timezone.now():
            raise forms.ValidationError("This is still to come: enter a time that has passed")
        return at


class RecordAdverse(Page):
    """The form; what was recorded stands in the case's story."""

    template = "tracker/adverse.html"
    begins = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.page(self.again(AdverseForm(initial={"case": self.about("case")})))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Record it, or say what is wrong."""
        form = AdverseForm(request.POST)
        if not form.is_valid():
            return self.page(form, 422)
        said = {name: form.cleaned_data[name] for name in ("outcome", "inquest", "occurred_at")}
        try:
            made = adverse.record(reference=form.cleaned_data["case"], by=self.actor, **said)
        except NotThere:  # what is typed wrong, not an address that leads nowhere
            form.add_error("case", "Your agency has no part in such a case")
            return self.page(form, 422)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(form, status_of(refusal))
        messages.success(request, "Recorded. It is counted in the measures, and stands in the case's story.")
        return redirect("tracker:case", made.reference)

    def page(self, form: AdverseForm, status: int = 200) -> HttpResponse:
        """The form, for whoever may record."""
        return self.show({"form": form, "may": policies.is_senior(self.actor, Role.SUPERVISOR)}, status)
