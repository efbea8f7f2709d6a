"""The forms by which an agreement is made: between whom, its text, and what is done with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from agencies.acting import Actor
from agencies.models import Agency
from agencies.roles import AgencyKind
from referrals.domain.agreement import LONGEST, MOST_RUNGS, POSTS
from referrals.domain.case import Priority
from referrals.domain.clocks import LIMITS
from referrals.domain.errors import Refused
from referrals.domain.escalation import DEMANDS, from_terms
from referrals.screens import words
from referrals.screens.forms import MomentField, area, choice, dress
from referrals.screens.ladder import ENDS, in_words, post_in_words

TELL = [(f"{party}|{post}", f"{post_in_words(post)} of {ENDS[party]}") for party, post in POSTS]
DIRECTIONS = [("we", "We ask them"), ("they", "They ask us")]


class BetweenForm(forms.Form):
    """Which other agency, which of the two asks, and for what kind of help."""

    other = forms.ChoiceField(label="The other agency", error_messages={"required": "Choose an agency"})
    direction = choice("Who asks whom", DIRECTIONS)
    category = forms.ChoiceField(label="Kind of help", required=False)

    def __init__(self, actor: Actor, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        others = Agency.objects.visible_to(actor).exclude(pk=actor.agency_id).order_by("name")
        self.agencies = {each.code: each for each in others}
        self.own = Agency.objects.visible_to(actor).get(pk=actor.agency_id)
        names = [(code, each.name) for code, each in self.agencies.items()]
        self.fields["other"].choices = [("", "Choose"), *names]
        self.fields["category"].choices = [("", "Every kind of help"), *words.CATEGORIES.items()]
        dress(self)

    @property
    def ends(self) -> tuple[Agency, Agency]:
        """Who asks, and who is asked."""
        pair = (self.own, self.agencies[self.cleaned_data["other"]])
        return pair if self.cleaned_data["direction"] == "we" else (pair[1], pair[0])


class KindsForm(forms.Form):
    """Which other kind of agency, which of the two asks, and for what kind of help."""

    kind = forms.ChoiceField(label="The other kind of agency", error_messages={"required": "Choose a kind"})
    direction = choice("Who asks whom", DIRECTIONS)
    category = forms.ChoiceField(label="Kind of help", required=False)

    def __init__(self, actor: Actor, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.own = actor.agency_kind
        self.fields["kind"].choices = [("", "Choose"), *AgencyKind.choices]
        self.fields["category"].choices = [("", "Every kind of help"), *words.CATEGORIES.items()]
        dress(self)

    @property
    def ends(self) -> tuple[str, str]:
        """Which kind asks, and which is asked."""
        pair = (self.own, self.cleaned_data["kind"])
        return pair if self.cleaned_data["direction"] == "we" else (pair[1], pair[0])


def _number(label: str, most: int, *, least: int = 0, required: bool = False) -> forms.IntegerField:
    wrong = f"A whole number from {least} to {most}"
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("invalid", "required", "min_value", "max_value"), wrong),
    )


class TermsForm(forms.Form):
    """The text of a draft: targets, ladder, reasons to decline, arbiter and review date."""

    reasons = area(
        "Reasons for which a referral may be declined", "One a line: a code, a colon, its meaning."
    )
    arbiter = forms.ChoiceField(label="Arbiter of disputes", required=False)
    review_on = forms.DateField(
        label="To be looked at again by both by",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "A day", "invalid": "A day, such as 2027-04-01"},
    )

    def __init__(self, actor: Actor, terms: Mapping[str, Any], *args: object, **kwargs: object) -> None:
        super().__init__(*args, initial=_as_initial(terms), **kwargs)
        self.terms = terms
        agencies = Agency.objects.visible_to(actor).order_by("name").values_list("code", "name")
        self.fields["arbiter"].choices = [("", "Nobody"), *agencies]
        for kind in LIMITS:
            for priority in Priority:
                label = f"{words.CLOCKS[kind]}, {priority}, in minutes"
                self.fields[f"t_{priority}_{kind}"] = _number(label, LONGEST, least=1, required=True)
        for place in range(MOST_RUNGS):
            self.fields |= _rung_fields(place)
        dress(self)

    def targets(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Each promise, with its four fields."""
        for kind in LIMITS:
            yield words.CLOCKS[kind], [self[f"t_{priority}_{kind}"] for priority in Priority]

    def rungs(self) -> Iterator[tuple[str, bool, list[BoundField]]]:
        """What each rung says as the draft stands, whether something typed is wrong, and its fields."""
        ladder = [in_words(rung) for rung in from_terms(self.terms.get("ladder", []))]
        for place in range(MOST_RUNGS):
            fields = [self[name] for name in _rung_fields(place)]
            said = ladder[place] if place < len(ladder) else "not used"
            yield said, any(each.errors for each in fields), fields

    def written(self) -> dict[str, Any]:
        """The terms as typed. What the form does not ask stays as it was."""
        said = self.cleaned_data
        return {
            **self.terms,
            "targets": {
                priority.value: {kind.value: said[f"t_{priority}_{kind}"] for kind in LIMITS}
                for priority in Priority
            },
            "ladder": [self._rung(place) for place in self._places()],
            "decline_reasons": dict(_reason(line) for line in said["reasons"].splitlines() if line.strip()),
            "arbiter": said["arbiter"],
            "review_on": said["review_on"].isoformat(),
        }

    def _places(self) -> list[int]:
        """The rungs that are used."""
        return [place for place in range(MOST_RUNGS) if self.cleaned_data.get(f"r{place}_percent")]

    def _rung(self, place: int) -> dict[str, Any]:
        said = {name: self.cleaned_data[f"r{place}_{name}"] for name in RUNG}
        then = [[name, said[name]] for name in THEN if said[name] is not None]
        return {
            "percent": said["percent"],
            "tell": [each.split("|") for each in said["tell"]],
            "demand": said["demand"],
            "repeats": said["repeats"] or 0,
            "arbiter": bool(said["arbiter"]),
            "channels": [["inbox", 0], *sorted(then, key=lambda each: each[1])],
            "demand_at": said["demand_at"] if said["demand"] else [],
        }

    def blame(self, refusal: Refused) -> None:
        """Put each thing that is wrong at the field that says it."""
        for pointer, remedy in refusal.errors.items() or [("", refusal.message)]:
            name = self._named(pointer.strip("/").split("/"))
            said = f"{remedy[:1].upper()}{remedy[1:]}"
            self.add_error(name if name in self.fields else None, said)

    def _named(self, path: list[str]) -> str:
        if path[0] == "targets" and len(path) == 3:
            return f"t_{path[1]}_{path[2]}"
        if path[0] == "ladder":
            return self._of_rung(path[1:])
        return {"decline_reasons": "reasons"}.get(path[0], path[0])

    def _of_rung(self, path: list[str]) -> str:
        places = self._places()
        place = places[int(path[0])] if path and int(path[0]) < len(places) else 0
        return f"r{place}_{ {'channels': 'email'}.get(path[-1], path[-1]) if path else 'percent' }"


THEN = ("email", "sms")
RUNG = ("percent", "tell", *THEN, "repeats", "arbiter", "demand", "demand_at")


def _rung_fields(place: int) -> dict[str, forms.Field]:
    made = {
        "percent": _number("At how many per cent of the target", 5_000, least=1),
        "tell": forms.MultipleChoiceField(
            label="Who is told", choices=TELL, required=False, widget=forms.CheckboxSelectMultiple
        ),
        "email": _number("By e-mail too, after so many minutes unseen", 240),
        "sms": _number("By text too, after so many minutes unseen", 240),
        "repeats": _number("Told again so many times", 20),
        "arbiter": forms.ChoiceField(
            label="The arbiter is told too", choices=[("", "No"), ("yes", "Yes")], required=False
        ),
        "demand": forms.ChoiceField(
            label="What is demanded",
            choices=[("", "Nothing"), *((code, text) for code, (_, text) in DEMANDS.items())],
            required=False,
        ),
        "demand_at": forms.MultipleChoiceField(
            label="Demanded at (at every priority, if none is chosen)",
            choices=[(p, p) for p in Priority],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        ),
    }
    return {f"r{place}_{name}": field for name, field in made.items()}


def _reason(line: str) -> tuple[str, str]:
    code, _, text = line.partition(":")
    return code.strip(), text.strip()


def _as_initial(terms: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        f"t_{priority}_{kind}": terms["targets"].get(priority, {}).get(kind, LIMITS[kind].minutes[at])
        for at, priority in enumerate(Priority)
        for kind in LIMITS
    }
    for place, rung in enumerate(terms["ladder"][:MOST_RUNGS]):
        found |= {f"r{place}_{name}": value for name, value in _rung_initial(rung).items()}
    reasons = "\n".join(f"{code}: {text}" for code, text in terms.get("decline_reasons", {}).items())
    return {
        **found, "reasons": reasons, "arbiter": terms.get("arbiter"), "review_on": terms.get("review_on")
    }  # fmt: skip


def _rung_initial(rung: Mapping[str, Any]) -> dict[str, Any]:
    then = dict(rung.get("channels", [])[1:])
    return {
        "percent": rung["percent"],
        "tell": ["|".join(each) for each in rung["tell"]],
        **{name: then.get(name) for name in THEN},
        "repeats": rung.get("repeats", 0),
        "arbiter": "yes" if rung.get("arbiter") else "",
        "demand": rung.get("demand", ""),
        "demand_at": rung.get("demand_at", []),
    }


class RemarkForm(forms.Form):
    """Something said about a draft."""

    text = forms.CharField(
        label="Your remark", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say it in a sentence"},
    )  # fmt: skip


class SignForm(forms.Form):
    """A signature asks for nothing but the deed."""


class DateForm(forms.Form):
    """From when a version holds, and why then."""

    live_from = MomentField("It holds from", required=True)
    reason = area("Why then, and who agreed to it")
