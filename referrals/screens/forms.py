"""The small forms: what each move needs, and nothing else. The services judge; these only ask."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone

from agencies import duty
from agencies.acting import Actor
from agencies.models import Agency, Team
from agencies.roles import AgencyKind
from referrals.domain.agreement import reasons_to_decline
from referrals.domain.detention import HANDOVER
from referrals.domain.errors import Refused
from referrals.domain.referral import REASONS, TRANSITIONS, Need
from referrals.models import Referral
from referrals.models.keys import instant
from referrals.screens import words
from referrals.services import contact, missing_watch, threshold_policy

TEXT = {
    "request_info": ("Your question", "What do you need to know to decide? They are told at once."),
    "answer_info": ("Your answer", ""),
    "decline": ("Why", "What the other side needs to know to help this person elsewhere."),
    "fail": ("Why", "It goes back to the team that asked, which is told at once and says what happens next."),
    "redirect": ("Why", "It stays yours until the other team accepts."),
    "reopen": ("What has changed", ""),
}
YES_NO = [("yes", "Yes"), ("no", "No"), ("unknown", "Not known")]


class TeamField(forms.TypedChoiceField):
    """A team, chosen from a list by agency that carries phone numbers: they can be read out before typing."""

    def __init__(self, actor: Actor, label: str, *, without: int | None = None, own: bool = False) -> None:
        found = Team.objects.visible_to(actor).beside(actor.agency_id)
        found = found.select_related("agency").prefetch_related("hours")
        teams = [
            team
            for team in found.order_by("agency__name", "name")
            if team.pk != without and (not own or team.agency_id == actor.agency_id)
        ]
        by_key = {str(team.pk): team for team in teams}
        super().__init__(label=label, choices=_grouped(teams), coerce=by_key.__getitem__, empty_value=None)
        self.error_messages["required"] = "Choose a team"


def _grouped(teams: Iterable[Team]) -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    now = timezone.now()
    for team in teams:
        phone = team.phone or team.agency.phone
        said = f"{team.name}, {phone}" if phone else team.name
        said += "" if duty.open_now(team, now) else " (closed now)"
        groups.setdefault(team.agency.name, []).append((str(team.pk), said))
    return [("", "Choose a team"), *groups.items()]


def _text(action: str) -> forms.Field:
    label, help_text = TEXT.get(action, ("Why", "In a sentence that the other side can act on."))
    return area(label, help_text)


def area(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say it in a sentence"},
    )


def choice(
    label: str, choices: Iterable[tuple[str, str]], *, required: bool = True, help_text: str = ""
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=list(choices),
        required=required,
        help_text=help_text,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one"},
    )


class MomentField(forms.DateTimeField):
    """A date and a time as a clock on a wall in London shows them.

    The hour that comes twice, when the clocks go back, is read as the first of the two: what has happened is
    then never put into the future, and a limit that runs from it never ends too late. Whoever means the
    second says so in words. A time that the clocks pass over is refused.
    """

    def __init__(self, label: str, help_text: str = "", *, required: bool = False) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=required,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            error_messages={
                "required": "A date and a time",
                "invalid": "A date and a time, such as 21/11/2026 21:40",
            },
        )

    def to_python(self, value: object) -> datetime | None:
        """The instant; Django refuses an hour that comes twice, which somebody has to be able to enter."""
        try:
            return super().to_python(value)
        except forms.ValidationError as problem:
            if problem.code != "ambiguous_timezone":
                raise
            return _first_of_two(problem.params["datetime"])


def _first_of_two(wall: datetime) -> datetime:
    """The earlier instant at which a clock showed this. Raises ValidationError if none ever did."""
    at = timezone.make_aware(wall.replace(fold=0)).astimezone(UTC)  # as London's it would equal no other
    if timezone.make_naive(at) != wall:
        raise forms.ValidationError(f"There was no {wall:%H:%M} on that day: the clocks went on by an hour")
    return at


def _whose(actor: Actor) -> forms.ChoiceField:
    agencies = Agency.objects.visible_to(actor).exclude(pk=actor.agency_id).values_list("code", "name")
    choices = [
        ("", "Choose"),
        ("unknown", "Not known"),
        ("A kind of agency", [*AgencyKind.choices]),
        ("An agency", list(agencies)),
    ]
    return forms.ChoiceField(
        label="Whose is it",
        choices=choices,
        error_messages={"required": "Say whose it is, or that you do not know"},
    )


def _contact(referral: Referral) -> forms.ChoiceField:
    """Needed, unless the person was reached already: then only what is new."""
    reached = [item for item in words.CHANNELS.items() if item[0] != "message"]
    made = referral.accepted_at is not None and contact.was_made(referral)
    again = "Contact has been logged already: choose only if they were reached once more."
    return choice(
        "How was the person reached",
        reached,
        required=not made,
        help_text=again if made else "Work starts with contact; an attempt or a message is not contact.",
    )


def questions(actor: Actor, category: str) -> dict[str, forms.Field]:
    """What the policy in force asks in this category."""
    standing = threshold_policy.in_force(actor.agency_id, category, instant())
    return {f"q_{q.code}": choice(q.text, YES_NO, help_text=q.clause) for q in standing.questions}


def _threshold(actor: Actor, category: str) -> dict[str, forms.Field]:
    asked = questions(actor, category)
    return {
        **asked,
        "rationale": area("Why you decide so"),
        "caller_told": area("What the caller was told"),
    }


def fields_of(action: str, actor: Actor, referral: Referral) -> dict[str, forms.Field]:
    """The fields that the lifecycle's table asks for."""
    made: dict[str, forms.Field] = {}
    for need in TRANSITIONS[action].needs:
        if need == Need.TEXT:
            made["reason"] = _text(action)
        elif need == Need.CODE:
            said = {code: text[:1].upper() + text[1:] for code, text in _reasons(action, referral).items()}
            made["reason_code"] = choice("Reason", said.items())
        elif need == Need.DECISION:
            made |= _threshold(actor, referral.category)
        else:
            made[need.value] = OTHER[need](actor, referral)
    return made | (_behind_a_refusal(actor, referral) if action == "decline" else {})


def _behind_a_refusal(actor: Actor, referral: Referral) -> dict[str, forms.Field]:
    """What a refusal of somebody detained, or of a missing patient, stands on."""
    made = _authorised() if referral.category in set(HANDOVER.values()) else {}
    if missing_watch.needs_decision(referral):
        made |= _threshold(actor, referral.category)
    return made


def _reasons(action: str, referral: Referral) -> Mapping[str, str]:
    """The coded reasons: those for declining as agreed between the two."""
    if action == "decline":
        return reasons_to_decline(referral.agreement_version.terms)
    return REASONS[action]


def _authorised() -> dict[str, forms.Field]:
    """Who stands behind a place of safety's refusal of somebody who is detained."""
    return {
        "authorised_name": forms.CharField(
            label="Who authorised the refusal: name",
            required=False,
            max_length=200,
            help_text="Somebody who is detained is refused only by formal escalation",
        ),
        "authorised_role": forms.CharField(label="Their role", required=False, max_length=100),
    }


OTHER = {
    Need.WHOSE: lambda actor, referral: _whose(actor),
    Need.OUTCOME: lambda actor, referral: area("What came of it"),
    Need.CALLER_TOLD: lambda actor, referral: area("What the caller was told"),
    Need.TEAM: lambda actor, referral: TeamField(actor, "Which team", without=referral.to_team_id),
    Need.CONTACT: lambda actor, referral: _contact(referral),
}


def contact_fields() -> dict[str, forms.Field]:
    """An attempt to reach somebody."""
    return {
        "with_whom": choice("Who", words.WITH_WHOM.items()),
        "channel": choice("How", words.CHANNELS.items(), help_text="A message is an attempt, not contact."),
        "outcome": choice("What came of it", words.CONTACT_OUTCOMES.items()),
        "note": area("Note", required=False),
    }


def risk_fields(referral: Referral) -> dict[str, forms.Field]:
    """A change of risk, and with it perhaps of priority."""
    return {
        "direction": choice("The risk is", [("raise", "Higher than it was"), ("lower", "Lower than it was")]),
        "priority": choice(
            "Priority",
            [("", f"Leave it at {referral.priority}"), *words.PRIORITIES.items()],
            required=False,
            help_text="Raising it shortens deadlines. Nothing lengthens one.",
        ),
        "reason": area("What has changed"),
    }


def claim_fields() -> dict[str, forms.Field]:
    """Who said on the phone that they accept."""
    return {
        "name": forms.CharField(label="Who accepted: name", max_length=200),
        "role": forms.CharField(label="Their role", max_length=100),
        "contact": forms.CharField(label="Their phone number", max_length=100),
    }


class MoveForm(forms.Form):
    """One move's form: its fields, when it happened, and the version that was looked at."""

    occurred_at = MomentField("When it happened, if not now")
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, fields: Mapping[str, forms.Field], *args: object, dated: bool = True, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {**fields, **self.fields}
        if not dated:
            del self.fields["occurred_at"]
        dress(self)


def dress(form: forms.Form) -> None:
    """Give each widget the design system's class, which no template can."""
    looks = {"select": "nhsuk-select", "textarea": "nhsuk-textarea"}
    for field in form:
        if field.widget_type not in ("radioselect", "checkboxselectmultiple", "hidden"):
            field.field.widget.attrs.setdefault("class", looks.get(field.widget_type, "nhsuk-input"))
            field.field.widget.attrs.setdefault("autocomplete", "off")


def blame(form: forms.Form, refusal: Refused) -> None:
    """Put a service's refusal at the field that it names, else above the form: a hidden one shows nothing."""
    placed = False
    for pointer, remedy in refusal.errors.items():
        name = pointer.strip("/").split("/")[-1]
        name = "authorised_name" if name == "authorised_by" else name
        if name in form.fields and not form[name].is_hidden:
            form.add_error(name, remedy[:1].upper() + remedy[1:])
            placed = True
    if not placed:
        more = "; ".join(refusal.errors.values())
        said = f"{refusal.message}: {more}" if more else refusal.message
        form.add_error(None, said[:1].upper() + said[1:])
