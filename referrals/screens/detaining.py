"""The small forms of a detention: what each milestone needs, who waits, and which places are asked."""

from typing import Any
from uuid import UUID

from django import forms

from agencies.acting import Actor
from agencies.models import Team
from agencies.roles import AUDIENCE_OF, AgencyKind, Audience, TeamKind
from referrals.domain.detention import EXTENSION_REASONS, NO_AMBULANCE, PLACE_KINDS, Milestone, Power
from referrals.domain.officers import standing
from referrals.reporting.places import PLACES
from referrals.screens import detention_words as words
from referrals.screens.forms import MomentField, TeamField, area, choice, dress
from referrals.services.detention import Asking, Detained
from referrals.services.milestones import Said
from referrals.services.officers import Waits

Fields = dict[str, forms.Field]
CHILD = [("unknown", "Not known"), ("no", "No"), ("yes", "Yes")]
NOT_KNOWN = "not_known"
"""Whoever enters that somebody left does not know what was decided: said, and not left out by oversight."""
TRUTH = {"yes": True, "no": False}


class DetainForm(forms.Form):
    """Who was detained, by what power, where and when."""

    power = choice("By what power", words.POWERS.items())
    detained_at = MomentField("When, if not now")
    family_name = forms.CharField(label="Family name", required=False, max_length=100)
    given_name = forms.CharField(label="Given name", required=False, max_length=100)
    description = forms.CharField(label="Or a description", required=False, max_length=1000)
    age = forms.IntegerField(label="Age, about", required=False, min_value=0, max_value=130)
    under_18 = choice("Under 18, as far as is known", CHILD, required=False)
    location = forms.CharField(label="Where", required=False, max_length=500)
    source_incident_number = forms.CharField(label="Your incident number", required=False, max_length=60)
    number = forms.IntegerField(
        label="How many officers are with them", required=False, min_value=1, max_value=50
    )
    note = area("What the place of safety should know", required=False)
    case = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["initial"] = {"power": Power.S136, "under_18": "unknown", **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        dress(self)

    def clean(self) -> dict[str, Any]:
        """A name or a description, unless the case has one."""
        said = self.cleaned_data
        if not said.get("case") and not any(said.get(name) for name in PERSON[:3]):
            self.add_error("family_name", "Give a name, or a description")
        return said

    def detained(self) -> Detained:
        """What the service records."""
        said = self.cleaned_data
        return Detained(
            power=said["power"],
            person={name: said[name] for name in PERSON if said.get(name) not in (None, "")},
            detained_at=said["detained_at"],
            location={"text": said["location"]} if said["location"] else {},
            source_incident_number=said["source_incident_number"],
            case=said["case"],
            under_18=TRUTH.get(said["under_18"]),
            note=said["note"],
        )


PERSON = ("family_name", "given_name", "description", "age")


class ActionForm(forms.Form):
    """The few fields of one action."""

    def __init__(self, fields: Fields, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {**fields}
        dress(self)


def _places(actor: Actor) -> list[Team]:
    """Whom somebody who is detained may be brought to."""
    found = Team.objects.visible_to(actor).beside(actor.agency_id)
    found = found.select_related("agency").order_by("agency__name", "name")
    return [team for team in found if AUDIENCE_OF[AgencyKind(team.agency.kind)] == Audience.HEALTH]


GROUPS = {
    TeamKind.PLACE_OF_SAFETY: "Places of safety",
    TeamKind.EMERGENCY_DEPARTMENT: "Emergency departments",
}
OTHERS = "Other teams of health"


class PlaceField(TeamField):
    """A place of safety, among the teams of health: those that are one stand first, the others apart."""

    def __init__(self, actor: Actor, label: str, *, required: bool = True) -> None:
        super().__init__(actor, label)
        self.required = required
        groups: dict[str, list[tuple[str, str]]] = {title: [] for title in [*GROUPS.values(), OTHERS]}
        for team in _places(actor):
            said = (str(team.pk), f"{team.name}, {team.agency.name}")
            groups[GROUPS.get(TeamKind(team.kind), OTHERS)].append(said)
        self.choices = [("", "Choose, or leave empty"), *((t, teams) for t, teams in groups.items() if teams)]


def milestone_fields(kind: Milestone, actor: Actor, *, corrects: bool) -> Fields:
    """What one milestone asks for."""
    made: Fields = {"at": MomentField("When it happened, if not now")}
    made |= OF_KIND.get(kind, lambda actor: {})(actor)
    made["note"] = area("Note", required=False)
    if corrects:
        made["take_back"] = choice(
            "What is wrong with the entry",
            [("no", "It was otherwise: this replaces it"), ("yes", "It did not happen: take it back")],
        )
        made["corrects"] = forms.UUIDField(widget=forms.HiddenInput)
    return made


def _arrival(actor: Actor) -> Fields:
    return {
        "place": PlaceField(actor, "Which place of safety", required=False),
        "place_kind": forms.ChoiceField(
            label="What kind of place",
            required=False,
            choices=[("", "As the place is one"), *PLACE_KINDS.items()],
        ),
        "basis": choice("By what this time is told", words.ARRIVED_BY.items(), required=False),
        "disputed_at": MomentField(
            "When somebody else has it that they arrived",
            "Both times are kept. The clock runs from the earlier.",
        ),
        "disputed_basis": choice("By what that time is told", words.ARRIVED_BY.items(), required=False),
    }


def _extension(actor: Actor) -> Fields:
    reasons = {code: words.REASONS[code] for code in EXTENSION_REASONS}
    return {
        "extension_minutes": forms.IntegerField(
            label="By how many minutes", help_text="At most 720: twelve hours", min_value=1
        ),
        "reason_code": choice(
            "Why", reasons.items(), help_text="It may be extended only because of the person's condition."
        ),
        "doctor_name": forms.CharField(label="The doctor's name", max_length=200),
        "doctor_role": forms.CharField(label="Their role", max_length=100),
        "doctor_contact": forms.CharField(label="Their phone number", max_length=100),
    }


def _outcome(*unknown: tuple[str, str]) -> Fields:
    choices = [("", "Choose"), *words.OUTCOMES.items(), *unknown]
    errors = {"required": f"Say what was decided{', or that it is not known' if unknown else ''}"}
    return {"outcome": forms.ChoiceField(label="What was decided", choices=choices, error_messages=errors)}


def _no_ambulance(actor: Actor) -> Fields:
    return {"reason_code": choice("Why", [(code, words.REASONS[code]) for code in NO_AMBULANCE])}


def _place(actor: Actor) -> Fields:
    return {"place": PlaceField(actor, "Which place of safety")}


OF_KIND = {
    Milestone.ARRIVED: _arrival,
    Milestone.EXTENDED: _extension,
    Milestone.DECIDED: lambda actor: _outcome(),
    Milestone.LEFT: lambda actor: _outcome((NOT_KNOWN, "Not known")),
    Milestone.AMBULANCE_NOT_USED: _no_ambulance,
    Milestone.PLACE_CONTACTED: _place,
    Milestone.CAPACITY_ANSWERED: _place,
}


def said(kind: Milestone, told: dict[str, Any]) -> Said:
    """A filled form as the service takes it."""
    doctor = {name: told.pop(f"doctor_{name}", "") for name in ("name", "role", "contact")}
    withdrawn = told.pop("take_back", "no") == "yes"
    given = {name: value for name, value in told.items() if value not in (None, "")}
    if given.get("outcome") == NOT_KNOWN:
        del given["outcome"]
    return Said(kind, doctor=doctor if doctor["name"] else None, withdrawn=withdrawn, **given)


def officer_fields(seen_officers: list[Any]) -> Fields:
    """Who waits: one officer by identifier, or so many."""
    there = [each.identifier for each in standing(seen_officers) if each.until is None and each.identifier]
    relieved = [("", "Nobody"), *((each, each) for each in there)]
    return {
        "identifier": forms.CharField(
            label="The officer's identifier", required=False, max_length=40, help_text="Or a number, below"
        ),
        "number": forms.IntegerField(
            label="How many officers wait, if they are counted only",
            required=False,
            min_value=0,
            max_value=100,
            help_text="0 when those who were counted have gone",
        ),
        "since": MomentField("There since, if not since now"),
        "until": MomentField("Gone since", "Left empty, they are still there"),
        "relieves": forms.ChoiceField(label="Relieves", choices=relieved, required=False),
    }


def waits(told: dict[str, Any]) -> Waits:
    """A filled form as the service takes it."""
    return Waits(**{name: value for name, value in told.items() if value not in (None, "")})


SEVERAL = "Several may be asked at once: the first to accept has the person."
NO_PLACE = "None is known to this system. Phone one, then record “Place of safety asked” and its answer."


def ask_fields(actor: Actor) -> Fields:
    """Which places of safety are asked at once, and what they need to know."""
    named = [(str(team.pk), f"{team.name}, {team.agency.name}, {team.phone or team.agency.phone}")
             for team in _places(actor) if team.kind in PLACES]  # fmt: skip
    return {
        "places": forms.MultipleChoiceField(
            label="Which places of safety",
            choices=named,
            widget=forms.CheckboxSelectMultiple,
            help_text=SEVERAL if named else NO_PLACE,
            error_messages={"required": "Choose one place or more"},
        ),
        "summary": area("What they need to know", required=False),
    }


def asking(actor: Actor, told: dict[str, Any]) -> Asking:
    """A filled form as the service takes it."""
    chosen = Team.objects.visible_to(actor).filter(pk__in=told["places"]).select_related("agency")
    return Asking(list(chosen), told["summary"])


def described_fields() -> Fields:
    """What more is known."""
    return {
        "family_name": forms.CharField(label="Family name", required=False, max_length=100),
        "given_name": forms.CharField(label="Given name", required=False, max_length=100),
        "age": forms.IntegerField(label="Age, about", required=False, min_value=0, max_value=130),
        "under_18": choice(
            "Under 18, as far as is known", [("", "Leave it as it is"), *CHILD], required=False
        ),
        "location": forms.CharField(label="Where they were detained", required=False, max_length=500),
        "source_incident_number": forms.CharField(
            label="The police's incident number", required=False, max_length=60
        ),
    }


def described(told: dict[str, Any]) -> dict[str, Any]:
    """A filled form as the service takes it: what was left empty stays as it is."""
    given = {name: value for name, value in told.items() if value not in (None, "")}
    more: dict[str, Any] = {"person_said": {name: given.pop(name) for name in PERSON if name in given}}
    if "location" in given:
        more["location"] = {"text": given.pop("location")}
    if "under_18" in given:
        more["under_18"] = TRUTH.get(given.pop("under_18"))
    return {**more, **given}


def key(text: str) -> UUID | None:
    """An entry's key out of an address; none for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
