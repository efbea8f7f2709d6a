"""Measures in the tracker: each with its definition, a chart, and the table behind it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agencies.instants import LONDON
from agencies.roles import Role
from referrals import policies
from referrals.reporting.detention import HOURS_OF_WEEK
from referrals.reporting.modelled import Estimate
from referrals.reporting.report import SMALLEST, Asked, Told
from referrals.reporting.reports import count
from referrals.screens import charts, measure_words
from referrals.screens.access import Page
from referrals.screens.forms import dress

PERIOD, LONGEST = timedelta(days=28), timedelta(days=366)
# What is shown: the measure, by what, the unit of its chart, and the chart's full length if that is fixed.
SHOWN = (
    ("within-target", "promise", "%", 100.0),
    ("time-to-acknowledge", "week", " min", None),
    ("orphan-minutes", "week", " min", None),
    ("decline-rate", "reason", "%", 100.0),
    ("handover-within-60", "week", "%", 100.0),
    ("arrival-to-release", "week", " min", None),
    ("officer-hours", "week", " h", None),
    ("officer-hours", "place", " h", None),
    ("deployments-avoided", "week", "%", 100.0),
    ("officer-hours", "hour_of_week", " h", None),
    ("detention-outcomes", "outcome", "%", 100.0),
    ("arrival-to-assessment", "week", " min", None),
    ("detention-extensions", "all", "%", 100.0),
    ("detention-lapses", "all", "%", 100.0),
    ("override-rate", "week", "%", 100.0),
    ("missing-report-delay", "all", "%", 100.0),
    ("missing-duration", "grade", " min", None),
    ("missing-high-taken", "all", "%", 100.0),
    ("missing-again", "all", "%", 100.0),
    ("re-referral", "all", "%", 100.0),
    ("adverse-outcome", "all", "%", 100.0),
    ("adverse-outcome", "outcome", "%", 100.0),
)
BY = {
    "all": "over the period",
    "week": "by week",
    "place": "by place of safety",
    "hour_of_week": "by hour of the week",
    "outcome": "by outcome",
    "promise": "by promise",
    "reason": "by reason",
    "grade": "by risk grade",
}
OF_ANOTHER_UNIT = ", median minutes"  # beside shares: these stand in the table alone
# Whose hours an estimate is reckoned from.
MEASURED = SHOWN.index(("officer-hours", "week", " h", None))


class PeriodForm(forms.Form):
    """From which day to which, both included."""

    first = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def days(self, today: date) -> tuple[date, date]:
        """The days asked for; the last four weeks if they are not understood."""
        said = self.cleaned_data if self.is_valid() else {}
        last = said.get("last") or today
        first = said.get("first") or last - PERIOD
        return (first, last) if timedelta(0) <= last - first <= LONGEST else (today - PERIOD, today)


@dataclass(frozen=True)
class Shown:
    """One measure as it is shown."""

    told: Told
    by: str
    bars: list[charts.Bar]
    week: charts.Week | None

    @property
    def key(self) -> str:
        """What its parts are called on the page."""
        return f"{self.told.name}-{self.told.asked.by}"


class Measures(Page):
    """The figures of the agency, over four weeks unless other days are asked for."""

    template = "tracker/measures.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """One query for each measure, however much there is to count."""
        now = timezone.now()
        form = PeriodForm(request.GET or None)
        first, last = form.days(timezone.localdate(timezone=LONDON))
        since, until = (datetime.combine(day, time.min, LONDON) for day in (first, last + timedelta(days=1)))
        told = [count(name, Asked(self.actor, since, until, now, by)) for name, by, *_ in SHOWN]
        shown = [_shown(each, *how[2:]) for each, how in zip(told, SHOWN, strict=True)]
        estimate = _estimate(told[MEASURED])
        return self.show(
            {
                "form": PeriodForm(initial={"first": first, "last": last}),
                "first": first,
                "last": last,
                "shown": shown,
                "estimate": estimate,
                "may_record": policies.is_senior(self.actor, Role.SUPERVISOR),
            }
        )


def _shown(told: Told, unit: str, most: float | None) -> Shown:
    by = told.asked.by
    if by == "hour_of_week":
        return Shown(told, BY[by], [], charts.week(told.shown, HOURS_OF_WEEK))
    lines = [
        (line._replace(group=measure_words.group(line.group, by)), hidden)
        for line, hidden in told.shown
        if not line.group.endswith(OF_ANOTHER_UNIT)
    ]
    return Shown(told, BY[by], charts.bars(lines, unit, most), None)


def _estimate(hours: Told) -> Estimate | None:
    """Of enough detentions that the figure tells of nobody; None of fewer."""
    if hours.counted is None or hours.counted < SMALLEST:
        return None
    return Estimate(hours.counted, sum(line.numerator for line in hours.tally.lines))
