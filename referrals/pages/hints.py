"""While a referral is typed: whom to phone first, who will read it, and whether we know this person."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agencies.acting import Actor
from agencies.models import Team
from agencies.roles import AUDIENCE_OF, AgencyKind, Audience
from referrals.domain.disclosure import CONTENT_READ_BY, IDENTITY, PERSON_FIELDS_READ_BY
from referrals.models import Case, Person, Referral
from referrals.pages.ask import AskForm
from referrals.screens.access import Page
from referrals.screens.rows import named
from referrals.services import routing
from referrals.services.searching import reads_numbers

MOST = 5
FIELD_NAMES = {
    "family_name": "name",
    "given_name": "name",
    "date_of_birth": "date of birth",
    "age": "age",
    "sex": "sex",
    "nhs_number": "NHS number",
    "description": "description",
    "phone": "phone number",
    "language": "language",
}


@dataclass(frozen=True)
class Hint:
    """A case of ours that may be about the same person, and why we think so."""

    case: Case
    name: str
    why: str


def hints(actor: Actor, typed: dict[str, Any], *, besides: str = "") -> list[Hint]:
    """Own visible cases of perhaps the same person, the newest first, in three queries.

    Whose audience reads no NHS numbers learns nothing by typing one.
    """
    typed = typed if reads_numbers(actor) else {**typed, "nhs_number": ""}
    why = {**_by_incident(actor, typed, besides), **_by_person(actor, typed)}
    cases = Case.objects.visible_to(actor).filter(pk__in=why).exclude(referrals__reference=besides)
    found = cases.select_related("accountable_agency", "person")
    ordered = sorted(found, key=lambda each: (each.state != "open", -each.opened_at.timestamp()))
    return [Hint(case, _name(case), why[case.pk]) for case in ordered[:MOST]]


def _name(case: Case) -> str:
    return named({name: getattr(case.person, name) for name in ("family_name", "given_name", "description")})


def _by_incident(actor: Actor, typed: dict[str, Any], besides: str) -> dict[Any, str]:
    number = typed.get("source_incident_number")
    if not number:
        return {}
    found = (
        Referral.objects.visible_to(actor).filter(source_incident_number=number).exclude(reference=besides)
    )
    return dict.fromkeys(found.values_list("case_id", flat=True)[:MOST], "the same incident number")


def _by_person(actor: Actor, typed: dict[str, Any]) -> dict[Any, str]:
    same = Q(pk=None)
    if number := typed.get("nhs_number"):
        same |= Q(nhs_number=number)
    if family := typed.get("family_name"):
        given, day = typed.get("given_name"), typed.get("date_of_birth")
        alike = (Q(given_name__iexact=given) if given else Q(pk=None)) | (
            Q(date_of_birth=day) if day else Q(pk=None)
        )
        same |= Q(family_name__iexact=family) & alike
    found = Person.objects.visible_to(actor).filter(same).order_by("-id")[: 4 * MOST]
    return {each.case_id: _why(each, typed) for each in found}


def _why(person: Person, typed: dict[str, Any]) -> str:
    if person.nhs_number and person.nhs_number == typed.get("nhs_number"):
        return "the same NHS number"
    if person.date_of_birth and person.date_of_birth == typed.get("date_of_birth"):
        return "the same family name and date of birth"
    return "the same name"


def readers(team: Team | None) -> dict[str, Any] | None:
    """What the agency that is asked will see of a referral, and what it will not."""
    if team is None:
        return None
    audience = AUDIENCE_OF[AgencyKind(team.agency.kind)]
    return {
        "team": team,
        "sees": _said(PERSON_FIELDS_READ_BY[audience]),
        "hidden": _said(_kept_from(audience)),
    }


def _kept_from(audience: Audience) -> frozenset[str]:
    return IDENTITY - PERSON_FIELDS_READ_BY[audience]


def _said(fields: frozenset[str]) -> str:
    named_fields = dict.fromkeys(text for name, text in FIELD_NAMES.items() if name in fields)
    return ", ".join(named_fields)


def reads_all_texts(audience: Audience) -> bool:
    """Whether this audience reads the texts of a referral."""
    return all(audience in CONTENT_READ_BY[kind] for kind in ("summary", "location"))


def beside(actor: Actor, form: AskForm) -> dict[str, Any]:
    """What stands beside the form, from what it holds so far."""
    form.is_valid()
    typed = form.cleaned_data
    team = typed.get("to_team")
    shut = routing.closed(team, timezone.now()) if team else None
    return {
        "hints": [] if typed.get("case") else hints(actor, typed, besides=typed.get("draft", "")),
        "readers": readers(team),
        "phone": shut.phone if shut else (team.phone or team.agency.phone) if team else "",
        "closed": shut,
        "answers": shut.answers if shut and shut.answers and shut.answers.pk != actor.team_id else None,
        "emergency": typed.get("priority") == "P1",
    }


class Hints(Page):
    """The part beside the form, anew for what is typed by now."""

    template = "tracker/beside.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Looks, and changes nothing."""
        return self.show(beside(self.actor, AskForm(self.actor, request.POST)))
