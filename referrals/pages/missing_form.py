"""The form of a first report: what can be said in two minutes, and the absence that is confirmed first."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from agencies.acting import Actor
from agencies.models import Team
from agencies.roles import AgencyKind
from referrals.models import MissingReport, Person
from referrals.screens import missing_words as words
from referrals.screens.birth import BirthField
from referrals.screens.forms import MomentField, TeamField, area, choice, dress
from referrals.screens.nhs_number import NhsNumberField
from referrals.services.missing import Added, Reported

PERSON = ("family_name", "given_name", "date_of_birth", "age", "nhs_number", "description")
FACTS = ("last_seen_at", "legal_status", "immediate_risk", "absence_confirmed_at")
DETAILS = ("last_seen_place", "last_seen_activity", "direction", "immediate_risk_reason", "ask_of_police")


class FirstForm(forms.Form):
    """In the order in which it becomes known on a ward. Only who it is cannot be left out."""

    absence_confirmed = forms.BooleanField(
        label="Absence confirmed: looked for and not here",
        required=False,
        help_text="Tick this first: you have 15 minutes to send the report.",
    )
    family_name = forms.CharField(label="Family name", required=False, max_length=100)
    given_name = forms.CharField(label="Given name", required=False, max_length=100)
    date_of_birth = BirthField("Born, as 31/3/1980")
    age = forms.IntegerField(label="Or age, about", required=False, min_value=0, max_value=130)
    nhs_number = NhsNumberField()
    description = forms.CharField(
        label="Description and clothing", required=False, max_length=1000, help_text="Enough to be recognised"
    )
    last_seen_at = MomentField("Last seen, when")
    last_seen_place = forms.CharField(label="Last seen, where", required=False, max_length=500)
    last_seen_activity = forms.CharField(label="Doing what", required=False, max_length=500)
    direction = forms.CharField(label="Direction gone", required=False, max_length=500)
    legal_status = forms.ChoiceField(label="Legal status", required=False, choices=list(words.LEGAL.items()))
    immediate_risk = choice(
        "Is there an immediate risk to them or others?",
        words.ANSWERS.items(),
        required=False,
        help_text="Yes proposes that the police lead. Not known is never taken for no.",
    )
    immediate_risk_reason = area("Why", required=False)
    ask_of_police = area("What you ask of the police", required=False)
    callback = forms.CharField(
        label="Number to call you back on", required=False, max_length=60, help_text="Read by the police"
    )
    seen_others = forms.CharField(required=False, widget=forms.HiddenInput)
    draft = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.fields = {"unit": TeamField(actor, "Missing from which unit", own=True), **self.fields}
        self.fields["police"] = police_field(actor)
        dress(self)

    def names_somebody(self) -> bool:
        """Whether there is a name or a description."""
        return any(self.cleaned_data.get(name) for name in ("family_name", "given_name", "description"))

    def can_be_kept(self) -> bool:
        """Whether there is enough for a draft: somebody, or an absence that is confirmed."""
        self.is_valid()
        said = self.cleaned_data
        return said.get("unit") is not None and (self.names_somebody() or bool(said.get("absence_confirmed")))

    def can_be_sent(self) -> bool:
        """Whether it can be sent; says who is wanted, if nobody is named."""
        if self.is_valid() and not self.names_somebody():
            self.add_error("family_name", "Give a name, or a description below")
        return self.is_valid()

    def reported(self, kept: MissingReport | None) -> Reported:
        """What the services are asked for. What is not understood is left out of a draft."""
        return Reported(unit=self.cleaned_data["unit"], **self._told(kept))

    def added(self, kept: MissingReport) -> Added:
        """The same, for a draft that is there already."""
        return Added(**self._told(kept))

    def _told(self, kept: MissingReport | None) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "person": {name: said.get(name) or EMPTY.get(name, "") for name in PERSON}
            if self.names_somebody()
            else {},
            "facts": {
                "last_seen_at": said.get("last_seen_at"),
                "legal_status": said.get("legal_status") or "unknown",
                "immediate_risk": said.get("immediate_risk") or "unknown",
                "absence_confirmed_at": self._confirmed(kept),
            },
            "details": {name: said.get(name, "") for name in DETAILS},
            "reporter": self._reporter(),
            "police": said.get("police"),
        }

    def _confirmed(self, kept: MissingReport | None) -> datetime | None:
        """When the absence was confirmed: as first ticked, else now."""
        if not self.cleaned_data.get("absence_confirmed"):
            return None
        return (kept.absence_confirmed_at if kept else None) or timezone.now()

    def _reporter(self) -> dict[str, str]:
        own = self.actor.as_event()
        contact = self.cleaned_data.get("callback") or own["contact"]
        return {"name": own["name"], "role": own["role"], "contact": contact}


EMPTY = {"date_of_birth": None, "age": None}


def police_field(actor: Actor) -> forms.TypedChoiceField:
    """The control rooms; left open, the one that covers the unit is asked."""
    field = TeamField(actor, "Which police, if not your own")
    rooms = Team.objects.visible_to(actor).filter(agency__kind=AgencyKind.POLICE, kind="control_room")
    codes = {str(key) for key in rooms.values_list("pk", flat=True)}
    field.required = False
    field.choices = [
        ("", "The police of the unit's area"),
        *(
            (group, [each for each in teams if each[0] in codes])
            for group, teams in field.choices[1:]
            if any(each[0] in codes for each in teams)
        ),
    ]
    return field


def typed_in(report: MissingReport, person: Person) -> dict[str, Any]:
    """A draft as the form shows it."""
    known = {name: getattr(person, name) for name in PERSON}
    if person.description == "Not yet described":
        known["description"] = ""
    return {
        **known,
        **{name: report.details.get(name, "") for name in DETAILS},
        "unit": str(report.unit_id),
        "police": str(report.asked_team_id or ""),
        "last_seen_at": report.last_seen_at,
        "legal_status": report.legal_status,
        "immediate_risk": report.immediate_risk,
        "absence_confirmed": report.absence_confirmed_at is not None,
        "callback": report.reporter.get("contact", ""),
        "draft": report.reference,
    }
