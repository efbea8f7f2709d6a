"""The prompt's form: the questions of the policy in force, then what is recorded with their outcome."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone

from agencies.acting import Actor
from agencies.models import Agency
from referrals.domain.threshold import Finding, Outcome, Standing
from referrals.screens.forms import YES_NO, MomentField, area, choice, dress
from referrals.services.threshold import Decided

OUTCOMES = {
    Outcome.POLICE_RESPONSE: "The threshold is met: police attend",
    Outcome.NO_POLICE_RESPONSE: "The threshold is not met: no police response",
    Outcome.UNDETERMINED: "Undetermined: a supervisor decides, and the police keep it meanwhile",
}
AFTERWARDS = ("occurred_at", "agency_told_at")
AGREES = [("yes", "As the questions have it"), ("no", "Otherwise: I override it, and say why")]


class DecideForm(forms.Form):
    """Answers by question, and beside them who the person is, why, and what the caller was told."""

    given_name = forms.CharField(label="Given name", required=False, max_length=100)
    family_name = forms.CharField(label="Family name", required=False, max_length=100)
    description = forms.CharField(label="Or a description", required=False, max_length=1000)
    agrees = choice("You decide", AGREES)
    rationale = area("Why you decide so")
    caller_told = area("What the caller was told")
    already_tried = area("What was already tried", required=False)
    agency_told = forms.ChoiceField(label="Which agency was told", required=False)
    occurred_at = MomentField("When it was decided, if not now")
    agency_told_at = MomentField(
        "When that agency was told", "Left empty, they were told when it was decided."
    )
    case = forms.CharField(required=False, widget=forms.HiddenInput)
    policy = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, standing: Standing, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("initial", {}).setdefault("agrees", "yes")
        kwargs["initial"].setdefault("policy", standing.code)
        super().__init__(*args, **kwargs)
        self.standing = standing
        asked = {f"q_{q.code}": choice(q.text, YES_NO, help_text=q.clause) for q in standing.questions}
        for field in asked.values():
            field.required = False  # one that was not asked is unknown, which is never no
        self.questions = list(asked)
        self.fields = {**asked, **self.fields}
        told = Agency.objects.visible_to(actor).exclude(pk=actor.agency_id).order_by("name")
        names = [(code, name) for code, name in told.values_list("code", "name")]
        self.fields["agency_told"].choices = [("", "Nobody yet"), *names]
        dress(self)

    def clean(self) -> dict[str, Any]:
        """Nothing that is recorded is still to come, and a time that somebody was told is of somebody."""
        said: dict[str, Any] = self.cleaned_data
        for name in AFTERWARDS:
            if said.get(name) and said[name] > timezone.now():
                self.add_error(name, "This is still to come: enter a time that has passed")
        if said.get("agency_told_at") and not said.get("agency_told"):
            self.add_error("agency_told", "Choose the agency that was told, or leave the time empty")
        return said

    @property
    def afterwards(self) -> list[forms.BoundField]:
        """The fields of what is entered afterwards: nobody needs one while the call is on."""
        return [self[name] for name in AFTERWARDS]

    @property
    def is_afterwards(self) -> bool:
        """Whether one of them was filled in, so that what was typed is in sight."""
        return any(field.value() for field in self.afterwards)

    def answers(self) -> dict[str, str]:
        """What was answered, by question code."""
        given = {name[2:]: self[name].value() for name in self.questions}
        return {code: answer for code, answer in given.items() if answer in dict(YES_NO)}

    def found(self) -> Finding:
        """The outcome so far, with the clauses that produced it."""
        return self.standing.find(self.answers())

    def decided(self, actor: Actor, category: str) -> Decided:
        """What the service records."""
        said: Mapping[str, Any] = self.cleaned_data
        person = {name: said[name] for name in ("given_name", "family_name", "description") if said[name]}
        code = said["agency_told"]
        return Decided(
            category=category,
            answers=self.answers(),
            rationale=said["rationale"],
            caller_told=said["caller_told"],
            already_tried=said["already_tried"],
            agrees=said["agrees"] != "no",
            case=said["case"],
            person=person,
            policy=said["policy"],
            occurred_at=said["occurred_at"],
            told_agency=Agency.objects.visible_to(actor).get(code=code) if code else None,
            told_at=said["agency_told_at"],
        )
