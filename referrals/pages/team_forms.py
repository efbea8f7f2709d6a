"""What a manager types of a team: its week's hours, who stands in for it, its number, what it covers; and of
the agency, its duty contact."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from agencies.desks import DAYS, LONGEST_AREA, MOST_AREAS, Span, hours_of
from agencies.models import Agency, Team
from referrals.screens.forms import choice, dress

PAIRS = 2
"""Stretches of one day that can be typed; a team that has more in a day keeps room for them."""
ALWAYS, AT_HOURS = "always", "hours"


class HoursForm(forms.Form):
    """From when to when on each day of the week, or always. ``d0_1_opens`` is Monday's first."""

    when = choice("Open", [(ALWAYS, "Day and night"), (AT_HOURS, "At these hours")])
    closed_on_bank_holidays = forms.BooleanField(label="Closed on bank holidays in England", required=False)

    def __init__(self, team: Team, said: QueryDict | None = None) -> None:
        held = hours_of(team)
        by_day = [[span for span in held if span.weekday == day] for day in range(len(DAYS))]
        self.pairs = max(PAIRS, *map(len, by_day))
        super().__init__(
            said,
            initial={
                "when": ALWAYS if team.always_open else AT_HOURS,
                "closed_on_bank_holidays": team.closed_on_bank_holidays,
                **{
                    f"d{day}_{place + 1}_{name}": f"{getattr(span, name):%H:%M}"
                    for day, spans in enumerate(by_day)
                    for place, span in enumerate(spans)
                    for name in ("opens", "closes")
                },
            },
        )
        for day, name in enumerate(DAYS):
            for place in range(1, self.pairs + 1):
                again = "" if place == 1 else " again" if place == 2 else f", the {place}th time"
                self.fields[f"d{day}_{place}_opens"] = _time(f"{name} from{again}")
                self.fields[f"d{day}_{place}_closes"] = _time(f"{name} to{again}")
        dress(self)

    def days(self) -> Iterable[tuple[str, list[tuple[forms.BoundField, forms.BoundField]]]]:
        """Each day with its pairs of fields."""
        for day, name in enumerate(DAYS):
            places = range(1, self.pairs + 1)
            yield name, [(self[f"d{day}_{n}_opens"], self[f"d{day}_{n}_closes"]) for n in places]

    def clean(self) -> dict[str, Any]:
        """Each stretch has both its ends, at least if they count."""
        said = self.cleaned_data
        if said.get("when") == AT_HOURS:
            for day in range(len(DAYS)):
                for place in range(1, self.pairs + 1):
                    self._check_pair(f"d{day}_{place}_opens", f"d{day}_{place}_closes")
        return said

    def _check_pair(self, opens: str, closes: str) -> None:
        typed = [self.cleaned_data.get(name) for name in (opens, closes)]
        for name, own, other in [(opens, *typed), (closes, *reversed(typed))]:
            if own is None and other is not None and name not in self.errors:
                self.add_error(name, "Give both times, or neither")

    def said(self) -> dict[str, Any]:
        """As the service takes it."""
        typed = self.cleaned_data
        spans = [
            Span(day, typed[f"d{day}_{place}_opens"], typed[f"d{day}_{place}_closes"])
            for day in range(len(DAYS))
            for place in range(1, self.pairs + 1)
            if typed.get(f"d{day}_{place}_opens") is not None
        ]
        return {
            "hours": spans,
            "always": typed["when"] == ALWAYS,
            "closed_on_bank_holidays": typed["closed_on_bank_holidays"],
        }


def _time(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "A time, such as 09:00"},
    )


class FallbackForm(forms.Form):
    """Who answers while the team is closed."""

    fallback = forms.TypedChoiceField(
        label="Who stands in while it is closed", required=False, coerce=int, empty_value=None
    )

    def __init__(self, team: Team, others: Iterable[Team], said: QueryDict | None = None) -> None:
        super().__init__(said, initial={"fallback": team.fallback_id or ""})
        choices = [(str(each.pk), each.name) for each in others]
        held = team.fallback
        if held is not None and held.agency_id != team.agency_id:
            choices.append((str(held.pk), f"{held.name}, of {held.agency.name}"))
        self.fields["fallback"].choices = [("", "Nobody"), *choices]
        dress(self)


def _phone(help_text: str) -> forms.RegexField:
    """A number, of three figures at least: 101 is one."""
    return forms.RegexField(
        r"^(?=(?:[^0-9]*[0-9]){3})[0-9+() -]{3,40}$",
        label="Phone",
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "class": "nhsuk-input nhsuk-input--width-20"}),
        help_text=help_text,
        error_messages={"invalid": "A telephone number, in figures, such as 020 7946 0101"},
    )


class PhoneForm(forms.Form):
    """The number by which the team is reached."""

    phone = _phone("As other agencies are to dial it. Left empty, they are given the agency's.")

    def __init__(self, team: Team, said: QueryDict | None = None) -> None:
        super().__init__(said, initial={"phone": team.phone})
        dress(self)


class AreasForm(forms.Form):
    """From where new work is routed to the team."""

    areas = forms.CharField(
        label="Areas that it covers",
        required=False,
        max_length=MOST_AREAS * (LONGEST_AREA + 1),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One a line: a postcode district, such as SE15, or a borough. With none, only those who "
        "name the team reach it.",
    )

    def __init__(self, team: Team, said: QueryDict | None = None) -> None:
        super().__init__(said, initial={"areas": "\n".join(team.areas)})
        dress(self)

    def said(self) -> list[str]:
        """As the service takes them."""
        return [line for line in self.cleaned_data["areas"].splitlines() if line.strip()]


class ContactForm(forms.Form):
    """Who is told where nobody else of the agency can be, and the agency's number."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        help_text="A post that is always held by somebody, such as On-call manager.",
        error_messages={"required": "Name a post, or a person"},
    )
    email = forms.EmailField(
        label="E-mail address",
        help_text="Read day and night. A message goes to it at once: a wrong address is found out.",
        error_messages=dict.fromkeys(
            ("required", "invalid"), "An e-mail address, such as duty@trust.example"
        ),
    )
    phone = _phone("Of the agency: given to others where a team has none of its own.")

    def __init__(self, agency: Agency, said: QueryDict | None = None) -> None:
        held = {"name": agency.duty_contact_name, "email": agency.duty_contact_email, "phone": agency.phone}
        super().__init__(said, initial=held)
        dress(self)
