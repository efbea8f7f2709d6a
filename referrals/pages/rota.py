"""The rota in the tracker: gaps ahead in words, who is on call, shifts by form, table or calendar."""

from datetime import date, datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views import View

from agencies import calendars, duty, rostering
from agencies.actor import Actor
from agencies.calendars import Entry
from agencies.instants import day_of
from agencies.models import RotaFeed, ShiftOverride, Team
from agencies.roles import TIERS
from agencies.services import RUNS_THE_ROTA
from agencies.services import Refused as RefusedByAgency
from referrals.screens.access import Page
from referrals.screens.forms import MomentField, dress
from referrals.services import rota_gaps

SHOWN, FED = timedelta(days=7), timedelta(days=60)
HOLIDAYS_AHEAD = timedelta(days=183)  # ours: a release or two, to bring the list up to date
AT = "%Y-%m-%dT%H:%M"


class ShiftForm(forms.Form):
    """One shift."""

    team = forms.ChoiceField(label="Team", error_messages={"required": "Choose a team"})
    tier = forms.ChoiceField(label="Tier", choices=[(tier.value, tier.label) for tier in TIERS])
    username = forms.ChoiceField(label="Who", error_messages={"required": "Choose somebody"})
    begins = MomentField("From", required=True)
    ends = MomentField("To", required=True)

    def __init__(self, actor: Actor, *args: object) -> None:
        super().__init__(*args)
        teams = Team.objects.visible_to(actor).filter(agency=actor.agency_id).order_by("name")
        people = rostering.people(actor.agency_id)
        self.fields["team"].choices = [("", "Choose"), *((each.code, each.name) for each in teams)]
        self.fields["username"].choices = [("", "Choose"), *people.items()]
        dress(self)

    def entry(self) -> Entry:
        """The shift as an import has it."""
        said = self.cleaned_data
        times = [f"{timezone.localtime(said[name]):%Y-%m-%d %H:%M}" for name in ("begins", "ends")]
        return Entry(1, said["team"], said["tier"], said["username"], *times)


class ImportForm(forms.Form):
    """Many shifts, as a table or a calendar."""

    text = forms.CharField(
        label="Shifts, as CSV or iCalendar",
        help_text="A table's first line is team,tier,username,from,to. A time: 2026-11-27 16:00, London's.",
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Paste a table or a calendar"},
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        dress(self)


class Rota(Page):
    """What is ahead, and how it is changed."""

    template = "tracker/rota.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, with what was typed here before."""
        forms = {"shift_form": ShiftForm(self.actor), "import_form": ImportForm()}
        return self.page(**{name: self.again(form) for name, form in forms.items()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add a shift; look at an import, or take it over; make or revoke the calendar's address;
        take a change back."""
        do = self.DO.get(request.POST.get("do", ""))
        if do is None:
            raise Http404
        try:
            return do(self)
        except RefusedByAgency as refusal:
            status = 422 if self.actor.role in RUNS_THE_ROTA else 403
            return self.page(status, refused=str(refusal), **self.sent())

    def sent(self) -> dict[str, object]:
        """The form that was sent, with what was typed into it."""
        if "text" in self.request.POST:
            return {"import_form": ImportForm(self.request.POST)}
        if "begins" in self.request.POST:
            return {"shift_form": ShiftForm(self.actor, self.request.POST)}
        return {}

    def add(self) -> HttpResponse:
        """One shift."""
        form = ShiftForm(self.actor, self.request.POST)
        if not form.is_valid():
            return self.page(422, shift_form=form)
        rostering.take_over(entries=[form.entry()], by=self.actor)
        messages.success(self.request, "The shift is on the rota.")
        return redirect("tracker:rota")

    def look(self) -> HttpResponse:
        """What an import would do, line by line; nothing is kept."""
        form = ImportForm(self.request.POST)
        if not form.is_valid():
            return self.page(422, import_form=form)
        rows = rostering.preview(entries=rostering.read(form.cleaned_data["text"]), by=self.actor)
        wrong = any(row.errors for row in rows)
        return self.page(422 if wrong else 200, import_form=form, rows=rows, wrong=wrong)

    def take_over(self) -> HttpResponse:
        """All of it, or nothing."""
        form = ImportForm(self.request.POST)
        if not form.is_valid():
            return self.page(422, import_form=form)
        count = rostering.take_over(entries=rostering.read(form.cleaned_data["text"]), by=self.actor)
        messages.success(self.request, f"{count} shifts are on the rota.")
        return redirect("tracker:rota")

    def share(self) -> HttpResponse:
        """An address for calendars, shown this once."""
        made = rostering.share(by=self.actor)
        address = self.request.build_absolute_uri(reverse("tracker:rota-feed", args=[made.token]))
        return self.page(address=address)

    def revoke(self) -> HttpResponse:
        """It answers nobody any more."""
        said = self.request.POST.get("feed", "")
        rostering.revoke(feed_id=int(said) if said.isdecimal() and len(said) < 18 else 0, by=self.actor)
        messages.success(self.request, "That calendar's address answers nobody any more.")
        return redirect("tracker:rota")

    def withdraw(self) -> HttpResponse:
        """A change is taken back: the shifts hold again."""
        said = self.request.POST.get("change", "")
        key = int(said) if said.isdecimal() and len(said) < 18 else 0
        if not ShiftOverride.objects.visible_to(self.actor).filter(pk=key).exists():
            raise RefusedByAgency("there is no such change of your agency's rota")
        rota_gaps.withdraw_override(override_id=key, by=self.actor)
        messages.success(self.request, "That change is withdrawn: the shifts hold as they were.")
        return redirect("tracker:rota")

    DO = {
        "add": add,
        "look": look,
        "take_over": take_over,
        "share": share,
        "revoke": revoke,
        "withdraw": withdraw,
    }

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        """Gaps, shifts, forms."""
        now, agency = timezone.now(), self.actor.agency_id
        feeds = RotaFeed.objects.visible_to(self.actor).filter(revoked_at=None)
        told = {
            "gaps": rota_gaps.ahead(agency, now),
            "holidays_end": _holidays_end(now),
            "stints": duty.stints(agency, now, now + SHOWN),
            "changes": rostering.changes(agency, now),
            "feeds": feeds,
            "may": self.actor.role in RUNS_THE_ROTA,
            "shift_form": ShiftForm(self.actor),
            "import_form": ImportForm(),
            **more,
        }
        return self.show(told, status)


def _holidays_end(now: datetime) -> date | None:
    """The last bank holiday that is known, once that is so near that somebody must see to it."""
    last = duty.holidays_known_until()
    return last if last - day_of(now) < HOLIDAYS_AHEAD else None


class Feed(View):
    """The rota as a calendar, for whoever has its address: posts, people and times, and no patient."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """The next sixty days."""
        feed = rostering.shared_with(token)
        if feed is None:
            raise Http404
        now = timezone.now()
        found = duty.stints(feed.agency_id, now, now + FED)
        answer = HttpResponse(calendars.written(found, now), content_type="text/calendar; charset=utf-8")
        answer.headers["Cache-Control"] = "no-store"
        return answer
