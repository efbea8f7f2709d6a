"""The list's filters, as they stand in the address. Each narrows what it is given."""

from datetime import datetime, timedelta

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from agencies.acting import Actor
from referrals.domain.clocks import RECEIVER_ACTS, SENDER_ACTS
from referrals.domain.referral import OPEN, RETURNED, State
from referrals.models import Referral
from referrals.screens import words
from referrals.services.searching import meant

SIDES = {"": "Sent and received", "sent": "Sent by us", "received": "Sent to us"}
STATES = {
    "": "All that are open",
    "sent": "Not acknowledged",
    "asked": "Waiting for a decision",
    "held": "Accepted or in progress",
    "returned": "Came back: declined or could not be done",
    "ours": "Question asked, outcome to be seen, or draft",
    "any": "Open and closed",
}
IN_STATE = {
    "": OPEN,
    "sent": {State.SENT},
    "asked": {State.SENT, State.ACKNOWLEDGED, State.INFO_REQUESTED},
    "held": {State.ACCEPTED, State.IN_PROGRESS},
    "returned": RETURNED,
    "ours": {State.INFO_REQUESTED, State.COMPLETED, State.DRAFT},
    "any": set(State),
}
TURNS = {"": "Whoever must act", "ours": "We must act", "others": "Others must act"}
DUE = {"": "Any deadline", "late": "Past a deadline", "soon": "Within 15 minutes"}


LONGEST = 100
"""Characters of a search: a longer text is no name and no number, and is refused."""


class Filters(forms.Form):
    """What is looked for. Whatever filter is not understood narrows nothing."""

    q = forms.CharField(required=False, max_length=LONGEST)
    side = forms.ChoiceField(label="Direction", required=False, choices=list(SIDES.items()))
    state = forms.ChoiceField(label="Where it stands", required=False, choices=list(STATES.items()))
    due = forms.ChoiceField(label="Deadline", required=False, choices=list(DUE.items()))
    turn = forms.ChoiceField(label="Whose turn", required=False, choices=list(TURNS.items()))
    priority = forms.ChoiceField(
        label="Priority", required=False, choices=[("", "Any priority"), *words.PRIORITIES.items()]
    )
    category = forms.ChoiceField(
        label="Kind", required=False, choices=[("", "Any kind"), *words.CATEGORIES.items()]
    )

    def asked(self) -> dict[str, str]:
        """The filters that are set and understood."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def narrowed(
    found: QuerySet[Referral], asked: dict[str, str], actor: Actor, now: datetime
) -> QuerySet[Referral]:
    """The rows that the filters leave. A search looks at closed ones too unless told otherwise."""
    state = asked.get("state", "any" if asked.get("q") else "")
    if state != "any":
        found = found.filter(state__in=IN_STATE[state])
    if asked.get("side"):
        found = found.filter(
            **{"from_agency_id" if asked["side"] == "sent" else "to_agency_id": actor.agency_id}
        )
    found = found.filter(_turn(asked.get("turn", ""), actor))
    for name in ("priority", "category"):
        if asked.get(name):
            found = found.filter(**{name: asked[name]})
    if asked.get("due"):
        found = found.filter(_due(asked["due"], now))
    return found.filter(meant(asked["q"], actor)) if asked.get("q") else found


def _turn(which: str, actor: Actor) -> Q:
    ours = turn_of(actor.agency_id)
    return {"ours": ours, "others": ~ours}.get(which, Q())


def turn_of(agency_id: int) -> Q:
    """Where this agency must act: as receiver while it waits for the receiver, as sender for the sender."""
    received = Q(to_agency_id=agency_id, state__in=RECEIVER_ACTS)
    return received | Q(from_agency_id=agency_id, state__in=SENDER_ACTS)


def _due(which: str, now: datetime) -> Q:
    if which == "late":
        return Q(breach_at__lte=now, state__in=OPEN)
    return Q(breach_at__gt=now, breach_at__lte=now + timedelta(minutes=15), state__in=OPEN)


def address(asked: QueryDict, **changes: str) -> str:
    """The same list with some filters changed; an empty one is left out."""
    query = asked.copy()
    for name, value in changes.items():
        query[name] = value
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return f"?{query.urlencode()}"
