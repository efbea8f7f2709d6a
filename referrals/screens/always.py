"""What can be done beside the lifecycle: a contact, a change of risk, an alarm taken, an arrival promised."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from django import forms

from agencies.acting import Actor
from referrals.domain.errors import Invalid
from referrals.models import Referral
from referrals.models.keys import instant
from referrals.screens import supporting
from referrals.screens.forms import area, claim_fields, contact_fields, risk_fields
from referrals.services import arrival, claim, contact, escalation, information, repin, risk

DAY = 1_440  # minutes

Fields = dict[str, forms.Field]


class Common(TypedDict):
    """What every service of a referral is told."""

    referral_id: UUID
    by: Actor
    version: int | None
    occurred_at: datetime | None


def _minutes(label: str, help_text: str, *, required: bool) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=required,
        min_value=1,
        max_value=DAY,
        error_messages={"required": "Say in how many minutes", "invalid": "A number of minutes, such as 40"},
    )


def _key() -> forms.IntegerField:
    return forms.IntegerField(widget=forms.HiddenInput)


def _take_fields() -> Fields:
    quiet = (
        "Nobody is told again until then, but that it is late, or that a power is about to end. "
        "The deadline stays, and nothing is acknowledged by this."
    )
    return {"clock": _key(), "minutes": _minutes("Dealt with in how many minutes", quiet, required=False)}


def _arrival_fields(referral: Referral) -> Fields:
    slips = "The sender is told. A later time than before has them review whether the person can wait."
    return {"minutes": _minutes("Somebody will be there in how many minutes", slips, required=True)}


def _news_fields(referral: Referral) -> Fields:
    told = "Everybody who works on it is told. The risk stands as it is."
    number = "The number at which the person is reached now"
    return {
        "text": area("What is new", told, required=False),
        "phone": forms.CharField(label=number, required=False, max_length=40),
    }


# Of a promise of a referral, or of a case by itself.
OF_AN_ALARM: dict[str, Callable[[], Fields]] = {
    "take": _take_fields,
    "release": lambda: {"clock": _key()},
    "tick": lambda: {"demand": forms.RegexField(r"\A\d{1,18}(,\d{1,18}){0,50}\Z", widget=forms.HiddenInput)},
}
# What each asks for.
FIELDS: dict[str, Callable[[Referral], Fields]] = {
    "contact": lambda referral: contact_fields(),
    "risk": risk_fields,
    "inform": _news_fields,
    "claim": lambda referral: claim_fields(),
    "arrival": _arrival_fields,
    "arrived": lambda referral: {},
    "take": lambda referral: OF_AN_ALARM["take"](),
    "release": lambda referral: OF_AN_ALARM["release"](),
    "tick": lambda referral: OF_AN_ALARM["tick"](),
    "support": lambda referral: supporting.FIELDS["support"](),
    "call_back": lambda referral: supporting.FIELDS["call_back"](),
    "rang_back": lambda referral: supporting.FIELDS["rang_back"](),
    "repin": lambda referral: {"reason": area("Why", "Each is counted anew from when it was started.")},
}
# These are about now: they have no earlier time, and no version of the referral.
OF_A_CLOCK = frozenset({"take", "release", "tick", "call_back"})


def _claim(*, name: str, role: str, contact: str, **common: Unpack[Common]) -> None:
    claim.claim(accepted_by={"name": name, "role": role, "contact": contact}, **common)


def _arrival(*, minutes: int, **common: Unpack[Common]) -> None:
    arrival.promise(arrives_at=instant() + timedelta(minutes=minutes), **common)


def _take(*, clock: int, minutes: int | None, by: Actor, **_: object) -> None:
    until = instant() + timedelta(minutes=minutes) if minutes else None
    escalation.take(clock_id=clock, by=by, promised_at=until)


def _release(*, clock: int, by: Actor, **_: object) -> None:
    escalation.release(clock_id=clock, by=by)


def _inform(*, text: str, phone: str, **common: Unpack[Common]) -> None:
    """Raises ReasonNeeded where nothing is said, Invalid where all of it was known."""
    if not information.add(text=text, phone=phone, **common):
        raise Invalid("nothing of this is new", {"/phone": "this number is known already"})


def _tick(*, demand: str, by: Actor, **_: object) -> None:
    """One deed meets all that demanded it."""
    for each in demand.split(","):
        escalation.tick_demand(demand_id=int(each), by=by)


def _repin(*, referral_id: UUID, by: Actor, version: int | None, reason: str, **_: object) -> None:
    repin.repin(referral_id=referral_id, by=by, version=version, reason=reason)


# The service that does each; all of them refuse in their own words.
MAKE: dict[str, Callable[..., object]] = {
    "contact": contact.log,
    "risk": risk.change,
    "inform": _inform,
    "claim": _claim,
    "arrival": _arrival,
    "arrived": arrival.arrived,
    "take": _take,
    "release": _release,
    "tick": _tick,
    "support": supporting.log_support,
    "call_back": supporting.owe_call,
    "rang_back": supporting.ring_back,
    "repin": _repin,
}
