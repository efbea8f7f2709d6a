"""An agreement's version tried out: what it would have come to over days that have passed."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from agencies import duty, rostering
from referrals.domain.escalation import Party
from referrals.pages.agreement import AgreementPage
from referrals.reporting import simulation
from referrals.reporting.simulation import Simulated
from referrals.screens.forms import dress
from referrals.screens.ladder import ENDS, post_in_words

LONGEST_DAYS = 92
LONGEST_ROTA = 200_000  # characters: some thousands of shifts
BAR, GAP, WIDE = 18, 26, 420


class PeriodForm(forms.Form):
    """Over which days a version is tried out."""

    since = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To, not included", widget=forms.DateInput(attrs={"type": "date"}))
    rota = forms.CharField(
        label="Another rota of your agency",
        help_text="A table with the columns team, tier, username, from, to, as for an import. It is tried "
        "out instead of all shifts of those days, and not kept.",
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=LONGEST_ROTA,
    )

    def __init__(self, said: QueryDict | None, agency_id: int) -> None:
        super().__init__(said)
        self.agency_id = agency_id

    def clean_rota(self) -> list[duty.Shift] | None:
        """The shifts, if any were written."""
        if not self.cleaned_data["rota"].strip():
            return None
        try:
            entries = rostering.read(self.cleaned_data["rota"])
            return rostering.planned(entries=entries, agency_id=self.agency_id)
        except rostering.Refused as problem:
            raise forms.ValidationError(f"{str(problem)[:1].upper()}{str(problem)[1:]}") from problem

    def clean(self) -> dict[str, Any]:
        """A stretch of the past."""
        said = self.cleaned_data
        if said.get("since") and said.get("until"):
            days = (said["until"] - said["since"]).days
            if not 0 < days <= LONGEST_DAYS:
                self.add_error("until", f"From one day to {LONGEST_DAYS} after the first")
        if said.get("since") and said["since"] > timezone.localdate():
            self.add_error("since", "Today or a day before: it is tried out on what has happened")
        return said


class SimulateAgreement(AgreementPage):
    """A version over what really happened: breaches, and who would have been told how often."""

    template = "tracker/agreement_simulated.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form; with days, what came of it. Only those who make it are asked, and nothing is written."""
        return self._tried(pk, request.GET)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same with another rota, which is too long for an address."""
        return self._tried(pk, request.POST)

    def _tried(self, pk: int, said: QueryDict) -> HttpResponse:
        version = self.found(pk)
        if not self.takes_part(version):
            raise Http404
        form = PeriodForm(said or None, self.actor.agency_id)
        dress(form)
        if not said or not form.is_valid():
            return self.page(version, form=form if said else self.again(form))
        since, until = (
            datetime.combine(form.cleaned_data[name], time.min, tzinfo=timezone.get_current_timezone())
            for name in ("since", "until")
        )
        whom = simulation.whom_by(self.actor.agency_id, since, until, form.cleaned_data["rota"])
        made = simulation.simulate(version, since, until, whom=whom, of=self.actor.agency_id)
        posts = [
            (f"{post_in_words(post)} of {ENDS[Party(party)]}", before, after)
            for (party, post), before, after in made.posts
        ]
        high = len(made.lines) * (2 * BAR + GAP) + GAP
        told = {"form": form, "made": made, "bars": _bars(made), "high": high, "posts": posts}
        return self.page(version, cut_short=made.until < until, **told)


def _bars(made: Simulated) -> list[dict[str, Any]]:
    """Breaches by priority as two bars each, drawn to one scale."""
    most = max((max(line.before.breached, line.after.breached) for line in made.lines), default=0) or 1
    return [
        {
            "priority": line.priority,
            "y": place * (2 * BAR + GAP) + GAP,
            "middle": place * (2 * BAR + GAP) + GAP + BAR,
            "before": line.before.breached,
            "after": line.after.breached,
            "before_wide": round(WIDE * line.before.breached / most),
            "after_wide": round(WIDE * line.after.breached / most),
        }
        for place, line in enumerate(made.lines)
    ]
