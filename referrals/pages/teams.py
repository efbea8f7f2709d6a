"""The agency's teams in the tracker: which are open, who answers now; hours, stand-ins and phones by form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from agencies import desks, duty
from agencies.actor import Actor
from agencies.models import Agency, Team
from agencies.roles import Role
from agencies.services import RUNS_THE_AGENCY, RUNS_THE_ROTA
from agencies.services import Refused as RefusedByAgency
from referrals.domain.case import Category
from referrals.pages.team_forms import AreasForm, ContactForm, FallbackForm, HoursForm, PhoneForm
from referrals.screens import words
from referrals.screens.access import Page
from referrals.services import closing
from referrals.services import desks as changes

NAMED = 3
"""People named in a line; of more, how many."""
SAVED = {
    "hours": "The hours are changed.",
    "fallback": "Who stands in is changed.",
    "phone": "The number is changed.",
    "areas": "What it covers is changed. New work is routed by it from now on; what waits at the desk stays.",
}
FOLLOWS = {
    0: "Nothing waits at the desk now.",
    1: "The one referral at the desk is watched by that from now on; its deadlines stay.",
}
FOLLOW = "The {} referrals at the desk are watched by that from now on; their deadlines stay."
CONTACT_SAVED = "The duty contact is changed: told from now on, and sent a message about it."
FOLLOWED = ("hours", "fallback")
MAY = {"hours": RUNS_THE_ROTA, "fallback": RUNS_THE_ROTA, "phone": RUNS_THE_ROTA, "areas": RUNS_THE_AGENCY}
THE_SAME = "That is as it was: nothing is changed."


@dataclass(frozen=True)
class Standing:
    """A team as it stands: open or not and until when, whose desk answers, and who is there."""

    team: Team
    fallback: Team | None
    is_open: bool
    until: datetime | None
    desk: Team | None
    people: str
    then: str
    alone: bool


def standing(teams: Mapping[int, Team], own: QuerySet[Team], now: datetime) -> list[Standing]:
    """How each stands. Six queries, however many there are."""
    keys = [team.pk for team in own]
    answers = duty.answering({(key, Role.WORKER) for key in keys}, now)
    found = []
    for key in keys:
        chain = closing.chain_of(key, teams)
        openings = [duty.opening(each) for each in chain]
        turn = duty.next_turn(openings[:1], now)
        place = duty.whose_turn(openings, now)
        told = answers[key, Role.WORKER]
        alone = told.recipients[0].membership_id is None
        found.append(
            Standing(
                teams[key],
                teams.get(teams[key].fallback_id or 0),
                openings[0].covers(now),
                turn and turn.at,
                None if place is None else chain[place],
                _named([who.name for who in told.recipients]),
                _named([who.name for who in told.then]),
                alone,
            )
        )
    return found


def _named(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def own_teams(actor: Actor) -> QuerySet[Team]:
    """The teams of the actor's agency."""
    return Team.objects.visible_to(actor).filter(agency=actor.agency_id).order_by("name", "pk")


class Teams(Page):
    """Every team of the agency's, in a line each."""

    template = "tracker/teams.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """In a constant number of queries."""
        own = own_teams(self.actor)
        teams = duty.with_fallbacks({team.pk for team in own})
        told = {
            "lines": standing(teams, own, timezone.now()),
            "agency": Agency.objects.visible_to(self.actor).get(pk=self.actor.agency_id),
            "may": self.actor.role in RUNS_THE_AGENCY,
        }
        return self.show(told)


class DutyContact(Page):
    """Whom the agency has told where nobody else of it can be, for whoever runs it to change."""

    template = "tracker/duty_contact.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form, as it stands."""
        return self.page(self.again(ContactForm(self.agency())))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it, or say what is wrong."""
        if self.actor.role not in RUNS_THE_AGENCY:
            raise PermissionDenied
        form = ContactForm(self.agency(), request.POST)
        if not form.is_valid():
            return self.page(form, 422)
        changed = changes.set_contact(**form.cleaned_data, by=self.actor)
        messages.success(request, CONTACT_SAVED if changed else THE_SAME)
        return redirect("tracker:teams")

    def agency(self) -> Agency:
        """The actor's own."""
        return Agency.objects.visible_to(self.actor).get(pk=self.actor.agency_id)

    def page(self, form: ContactForm, status: int = 200) -> HttpResponse:
        """Who it is, and the form for whoever may change it."""
        may = self.actor.role in RUNS_THE_AGENCY
        return self.show({"form": form, "agency": self.agency(), "may": may}, status)


class TeamPage(Page):
    """One team, with what those who run the rota may change."""

    template = "tracker/team.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page, with what was typed here before."""
        team = self.team(pk)
        return self.page(team, **{name: self.again(form) for name, form in self.forms(team).items()})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change one thing, or show its form again."""
        team, do = self.team(pk), request.POST.get("do", "")
        if do not in self.DO:
            raise Http404
        if self.actor.role not in MAY[do]:
            raise PermissionDenied
        form = self.forms(team, do)[f"{do}_form"]
        if not form.is_valid():
            return self.page(team, 422, **{f"{do}_form": form})
        try:
            if do in self.WARNED and (warned := self.WARNED[do](self, team, form)):
                return self.page(team, 422, **{f"{do}_form": form, f"{do}_warned": warned})
            changed = self.DO[do](self, team, form)
        except RefusedByAgency as refusal:
            field = next(iter(form.fields)) if do != "hours" else None
            form.add_error(field, f"{str(refusal)[:1].upper()}{str(refusal)[1:]}")
            return self.page(team, 422, **{f"{do}_form": form})
        messages.success(request, self.told(team, do) if changed else THE_SAME)
        return redirect("tracker:team", pk=pk)

    def team(self, pk: int) -> Team:
        """One of the agency's own. Raises Http404."""
        found = own_teams(self.actor).select_related("fallback__agency").prefetch_related("hours")
        team = found.filter(pk=pk).first() if pk < 2**31 else None
        if team is None:
            raise Http404
        return team

    def forms(self, team: Team, do: str = "") -> dict[str, Form]:
        """All three; the one that was sent with what was typed into it."""
        sent = {do: self.request.POST}
        others = [each for each in own_teams(self.actor) if each.pk != team.pk]
        return {
            "hours_form": HoursForm(team, sent.get("hours")),
            "fallback_form": FallbackForm(team, others, sent.get("fallback")),
            "phone_form": PhoneForm(team, sent.get("phone")),
            "areas_form": AreasForm(team, sent.get("areas")),
        }

    def told(self, team: Team, do: str) -> str:
        """What was changed, and what that does to what waits at the desk."""
        if do not in FOLLOWED:
            return SAVED[do]
        count = changes.waiting(team.pk, self.actor)
        return f"{SAVED[do]} {FOLLOWS.get(count, FOLLOW.format(count))}"

    def nobody_answers(self, team: Team, form: FallbackForm) -> list[str]:
        """When nobody would answer with the new stand-in, unless that has been read and is meant."""
        wanted = form.cleaned_data["fallback"]
        if self.request.POST.get("sure") or wanted == team.fallback_id:
            return []
        if wanted is not None:
            desks.check_fallback(team, wanted)
        return changes.nobody(team.pk, self.actor, timezone.now(), fallback=wanted, change=True)

    def set_hours(self, team: Team, form: HoursForm) -> bool:
        """Its week."""
        return changes.set_hours(team_id=team.pk, by=self.actor, **form.said())

    def set_fallback(self, team: Team, form: FallbackForm) -> bool:
        """Who stands in."""
        return changes.set_fallback(team_id=team.pk, fallback_id=form.cleaned_data["fallback"], by=self.actor)

    def set_phone(self, team: Team, form: PhoneForm) -> bool:
        """Its number."""
        return desks.set_phone(team_id=team.pk, phone=form.cleaned_data["phone"], by=self.actor)

    def nobody_covers(self, team: Team, form: AreasForm) -> list[str]:
        """The areas that no team would cover any more, unless that has been read and is meant."""
        return [] if self.request.POST.get("sure") else desks.left_uncovered(team, form.said())

    def set_areas(self, team: Team, form: AreasForm) -> bool:
        """What it covers."""
        return desks.set_areas(team_id=team.pk, areas=form.said(), by=self.actor)

    DO = {"hours": set_hours, "fallback": set_fallback, "phone": set_phone, "areas": set_areas}
    WARNED = {"fallback": nobody_answers, "areas": nobody_covers}

    def page(self, team: Team, status: int = 200, **more: object) -> HttpResponse:
        """How it stands, its hours, and the forms for whoever may change them."""
        now = timezone.now()
        teams = duty.with_fallbacks({team.pk})
        told = {
            "line": standing(teams, own_teams(self.actor).filter(pk=team.pk), now)[0],
            "team": team,
            "hours": desks.hours_of(team),
            "takes": [words.CATEGORIES[Category(each)] for each in team.categories],
            "nobody": changes.nobody(team.pk, self.actor, now),
            "agency": Agency.objects.visible_to(self.actor).get(pk=self.actor.agency_id),
            "may": {do for do, roles in MAY.items() if self.actor.role in roles},
            **self.forms(team),
            **more,
        }
        return self.show(told, status)
