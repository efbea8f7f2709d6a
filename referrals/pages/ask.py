"""The form of a new referral: what is needed first, so that a draft can be kept from the fourth field on."""

from typing import Any

from django import forms

from agencies.acting import Actor
from agencies.models import Team
from referrals.domain.case import Priority, SceneSafety
from referrals.domain.errors import Refused
from referrals.models import Person, Referral
from referrals.screens import words
from referrals.screens.birth import BirthField
from referrals.screens.forms import TeamField, area, choice, dress
from referrals.screens.nhs_number import NhsNumberField
from referrals.services import routing
from referrals.services.referral import Asked

PERSON = (
    "family_name",
    "given_name",
    "date_of_birth",
    "nhs_number",
    "description",
    "age",
    "sex",
    "phone",
    "language",
)
NEEDED = ("to_team", "priority", "category")
BY_PRIORITY = {
    Priority.P1: "P1 emergency: phone first. Acknowledged in 5 minutes",
    Priority.P2: "P2 very urgent: acknowledged in 15 minutes",
    Priority.P3: "P3 urgent: acknowledged in 30 minutes",
    Priority.P4: "P4 routine: acknowledged in 2 hours",
}


class AskForm(forms.Form):
    """What one team asks of another, in the order in which it is said on the phone."""

    priority = choice("How soon", BY_PRIORITY.items())
    phone_to = forms.CharField(
        label="P1: who answered when you phoned",
        required=False,
        max_length=200,
        help_text="Phone before you type on, then send. Left empty, you are reminded after sending.",
    )
    category = forms.ChoiceField(
        label="What kind of help",
        choices=[("", "Choose"), *words.CATEGORIES.items()],
        error_messages={"required": "Choose what kind of help is asked for"},
    )
    family_name = forms.CharField(label="Family name", required=False, max_length=100)
    given_name = forms.CharField(label="Given name", required=False, max_length=100)
    date_of_birth = BirthField("Born, as 31/3/1980")
    nhs_number = NhsNumberField()
    description = forms.CharField(
        label="Description, if there is no name",
        required=False,
        max_length=1000,
        help_text="Clothing, build, what was said: enough to find the person",
    )
    summary = area("What has happened, and what you ask for", required=False)
    location_text = forms.CharField(label="Where the person is", required=False, max_length=500)
    scene_safety = choice("Is it safe to go there", list(words.SCENE.items()))
    flags = forms.MultipleChoiceField(
        label="What everybody should know",
        required=False,
        choices=list(words.FLAGS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    source_incident_number = forms.CharField(label="Your incident number", required=False, max_length=60)
    age = forms.IntegerField(label="Age, about", required=False, min_value=0, max_value=130)
    sex = forms.ChoiceField(label="Sex", required=False, choices=words.SEXES)
    phone = forms.CharField(label="The person's phone", required=False, max_length=40)
    language = forms.CharField(label="Language spoken", required=False, max_length=60)
    what3words = forms.CharField(label="what3words", required=False, max_length=100)
    hints_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    draft = forms.CharField(required=False, widget=forms.HiddenInput)
    case = forms.CharField(required=False, widget=forms.HiddenInput)
    decision = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: object, may_lead: bool = True, **kwargs: object) -> None:
        kwargs.setdefault("initial", {}).setdefault("scene_safety", SceneSafety.UNKNOWN)
        super().__init__(*args, **kwargs)
        first = {
            "to_team": TeamField(actor, "Which team do you ask", without=actor.team_id),
            "area": forms.CharField(
                label="Or where, if you do not know the team",
                help_text="A postcode or a borough: whoever covers it, and is open, is asked.",
                required=False,
                max_length=60,
            ),
        }
        first["to_team"].required = False
        if actor.team_id is None:
            first = {"from_team": TeamField(actor, "For which of your teams", own=True), **first}
        self.fields = {**first, **self.fields}
        self.actor, self.may_lead = actor, may_lead
        dress(self)

    def clean(self) -> dict[str, Any]:
        """A team or a place; and a name or a description: somebody must know whom to look for."""
        said = self.cleaned_data
        if not said.get("to_team"):
            self._route()
        if not said.get("case") and not self.names_somebody():
            self.add_error("family_name", "Give a name, or a description below")
        return said

    def _route(self) -> None:
        """Find the team by the place; where there is none, say so with the number to phone."""
        said = self.cleaned_data
        if not said.get("area") or not said.get("category"):
            self.add_error("to_team", "Choose a team, or say where")
            return
        words = {"area": said["area"], "category": said["category"], "flags": said.get("flags", ())}
        try:
            team, why = routing.route(**words, by=self.actor, person=said)
        except Refused as refusal:
            self.add_error("area", f"{refusal.message}: {'; '.join(refusal.errors.values())}")
        else:
            said["to_team"], said["routed"] = team, why

    def names_somebody(self) -> bool:
        """Whether there is a name or a description."""
        return any(self.cleaned_data.get(name) for name in ("family_name", "given_name", "description"))

    def can_be_kept(self) -> bool:
        """Whether enough is known for a draft."""
        self.is_valid()
        needed = all(self.cleaned_data.get(name) for name in NEEDED)
        return needed and (bool(self.cleaned_data.get("case")) or self.names_somebody())

    def asked(self, *, draft: bool, from_team: Team) -> Asked:
        """What the services are asked for. Fields that are not understood are left out of a draft."""
        said = self.cleaned_data
        location = {"text": said.get("location_text", ""), "what3words": said.get("what3words", "")}
        return Asked(
            category=said["category"],
            priority=said["priority"],
            from_team=from_team,
            to_team=said["to_team"],
            routed=said.get("routed", ""),
            person=self._person() if self.names_somebody() else {},
            threshold_decision=said.get("decision"),
            case=said.get("case", ""),
            lead=self.may_lead,
            summary=said.get("summary", ""),
            location={name: value for name, value in location.items() if value},
            scene_safety=said.get("scene_safety") or SceneSafety.UNKNOWN,
            flags=tuple(said.get("flags", ())),
            source_incident_number=said.get("source_incident_number", ""),
            phone_confirmation=self._phoned(),
            draft=draft,
        )

    def _person(self) -> dict[str, Any]:
        """The person's details, a day of birth as the services keep it."""
        told = {name: self.cleaned_data.get(name) or EMPTY.get(name, "") for name in PERSON}
        if told["date_of_birth"]:
            told["date_of_birth"] = told["date_of_birth"].isoformat()
        return told

    def _phoned(self) -> dict[str, str] | None:
        """Who answered the phone, at P1."""
        whom = self.cleaned_data.get("phone_to", "")
        if not whom or self.cleaned_data["priority"] != Priority.P1 or self.actor.person is None:
            return None
        return {"by": self.actor.person.name, "to": whom}


EMPTY = {"date_of_birth": None, "age": None}


def typed_in(referral: Referral, person: Person | None) -> dict[str, Any]:
    """A draft as the form shows it."""
    told = {name: getattr(person, name) for name in PERSON} if person else {}
    phoned = referral.phone_confirmation or {}
    return {
        **told,
        "to_team": str(referral.to_team_id),
        "priority": referral.priority,
        "category": referral.category,
        "summary": referral.summary,
        "location_text": referral.location.get("text", ""),
        "what3words": referral.location.get("what3words", ""),
        "scene_safety": referral.scene_safety,
        "flags": referral.flags,
        "source_incident_number": referral.source_incident_number,
        "phone_to": phoned.get("to", ""),
        "draft": referral.reference,
    }
