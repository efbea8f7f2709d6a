"""A further version of a force's threshold policy is declared: what is asked of one kind of call, from when.

Its director declares it. Declared, it is never changed: its date moves until it is reached, and what is asked
after that is a further version.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from referrals.domain.case import Category
from referrals.domain.errors import Refused
from referrals.domain.threshold import MOST_QUESTIONS, Question, code_of, questions_for
from referrals.pages.policy import LONGEST_REASON, PHASE_OF, may_declare, to_come
from referrals.screens import words
from referrals.screens.access import Page
from referrals.screens.forms import MomentField, choice, dress
from referrals.screens.moves import status_of
from referrals.services import threshold_policy
from referrals.services.threshold_policy import Declared, Plan

ADOPTED = [
    ("yes", "The answers to these questions decide"),
    ("no", "The force stands outside: police attend as before, whatever is answered"),
]
OF_A_QUESTION = ("text", "clause", "source", "decisive", "code")
MORE = 3
"""Places for further questions; who needs more has them once these are used."""
LONGEST = 300
"""Characters of a question, of its clause and of its source."""


class DeclareForm(forms.Form):
    """From when, whether the force stands in it, and the questions in the order in which they are asked."""

    live_from = MomentField("It goes live", required=True)
    adopted = choice("From then on", ADOPTED)
    reason = forms.CharField(
        label="Why, and who agreed to it",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say it in a sentence"},
    )

    def __init__(self, asked: Sequence[Question], *args: object, **kwargs: object) -> None:
        typed = {
            f"q{place}_{name}": getattr(question, name)
            for place, question in enumerate(asked)
            for name in OF_A_QUESTION
        }
        initial = {"adopted": "yes", **typed, **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
        self.room = range(min(len(asked) + MORE, MOST_QUESTIONS))
        for place in self.room:
            self.fields |= _fields(place)
        dress(self)

    def places(self) -> list[int]:
        """Those of the questions that are asked: one without its words is left out."""
        return [place for place in self.room if self.cleaned_data.get(f"q{place}_text")]

    def questions(self) -> list[Question]:
        """As they are declared."""
        return [self._question(place) for place in self.places()]

    def _question(self, place: int) -> Question:
        said = {name: self.cleaned_data.get(f"q{place}_{name}") for name in OF_A_QUESTION}
        return Question(**{**said, "code": said["code"] or code_of(said["text"])})

    def rows(self) -> Iterator[tuple[str, bool, list[BoundField]]]:
        """What each place asks now, whether something typed there is wrong, and its fields."""
        for place in self.room:
            fields = [self[f"q{place}_{name}"] for name in OF_A_QUESTION]
            yield str(fields[0].value() or ""), any(each.errors for each in fields), fields

    def clean_live_from(self) -> datetime:
        """A time to come."""
        return to_come(self.cleaned_data["live_from"])

    def blame(self, refusal: Refused) -> None:
        """Put each thing that is wrong at the field that says it."""
        places = self.places()
        for pointer, remedy in refusal.errors.items() or [("", refusal.message)]:
            _, place, name = (*pointer.strip("/").split("/"), "", "")[:3]
            field = f"q{places[int(place)]}_{name}" if place else pointer.strip("/")
            said = remedy if field in self.fields else f"{refusal.message}: {remedy}" if pointer else remedy
            self.add_error(field if field in self.fields else None, said[:1].upper() + said[1:])


def _fields(place: int) -> dict[str, forms.Field]:
    of = f", of question {place + 1}"
    made = {
        "text": forms.CharField(
            label=f"What is asked{of}", help_text="As the call handler reads it out: a yes means that police "
            "attend. Emptied, the question is left out.",
            required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}),
        ),
        "clause": forms.CharField(label=f"Clause or duty{of}", required=False, max_length=LONGEST),
        "source": forms.CharField(label=f"Where it is to be read{of}", required=False, max_length=LONGEST),
        "decisive": forms.BooleanField(
            label="Not known is not no: then a supervisor decides", required=False
        ),
        "code": forms.CharField(
            label=f"Code{of}", help_text="By which programs answer it. A question that means something else "
            "wants another code. Left empty, it is made of the words.",
            required=False, max_length=LONGEST,
        ),
    }  # fmt: skip
    return {f"q{place}_{name}": field for name, field in made.items()}


class Declare(Page):
    """The form for one kind of call; it begins with what the force asks last."""

    template = "tracker/policy_declare.html"
    begins = True

    def get(self, request: HttpRequest, category: str) -> HttpResponse:
        """What is asked now, to be changed."""
        return self.page(category, self.again(self.form(category)))

    def post(self, request: HttpRequest, category: str) -> HttpResponse:
        """Declare it, or say at each field what is wrong with it."""
        form = self.form(category, request.POST)
        if not form.is_valid():
            return self.page(category, form, 422)
        said = form.cleaned_data
        declared = Declared(
            category, said["live_from"], said["reason"], said["adopted"] == "yes", questions=form.questions()
        )
        try:
            made = threshold_policy.declare(declared=declared, by=self.actor)
        except Refused as refusal:
            form.blame(refusal)
            return self.page(category, form, status_of(refusal))
        messages.success(request, "Declared. Its questions stay as they are; its date moves until reached.")
        return redirect("tracker:policy", made.pk)

    def form(self, category: str, *args: object) -> DeclareForm:
        """With what the force asks last, be it live yet or not; else what every force asks."""
        last = self.plan(category).last
        return DeclareForm(last.asked if last else questions_for(category), *args)

    def plan(self, category: str) -> Plan:
        """How the force stands in this kind of call. Raises Http404 for none that there is."""
        if category not in set(Category):
            raise Http404
        return threshold_policy.plans(self.actor.agency_id, timezone.now())[category]

    def page(self, category: str, form: DeclareForm, status: int = 200) -> HttpResponse:
        """The form, how the force stands, and whether this person declares."""
        told = {
            "form": form,
            "category": words.CATEGORIES[Category(category)],
            "phase": PHASE_OF[Category(category)],
            "plan": self.plan(category),
            "may": may_declare(self.actor),
        }
        return self.show(told, status)
