"""Detentions in tests: recorded, followed, and read back by one of the parties."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agencies.acting import Actor, acting_for
from referrals.models import Clock, Detention, DetentionMilestone, Event, Referral
from referrals.models.keys import instant
from referrals.reporting.detentions import SeenDetention, read
from referrals.services import detention, officers
from referrals.services import referral as referrals
from referrals.services.detention import Asking, Detained
from referrals.services.milestones import Said
from referrals.services.officers import Waits
from tests.factories.world import PERSON, World, act

PLAIN = Detained(power="s136", person=PERSON, location={"text": "Example Bridge"})
HEALTH_BASED = {"place_kind": "health_based"}
DOCTOR = {"name": "Dr Example", "role": "section 12 doctor", "contact": "020 7946 0130"}
BOSS = {"name": "Sam Example", "role": "on-call manager", "contact": "020 7946 0131"}
EXTENSION = {"extension_minutes": 720, "doctor": DOCTOR, "reason_code": "condition"}


def ago(minutes: float) -> datetime:
    """So many minutes before the database's now."""
    return instant() - timedelta(minutes=minutes)


def detain(by: Actor, minutes: float = 90, **changes: Any) -> Detention:
    """Somebody detained under section 136 an hour and a half ago, in a case of its own, unless changed."""
    at = changes.pop("detained_at", None) or ago(minutes)
    return act(by, detention.record, said=replace(PLAIN, detained_at=at, **changes))


def enter(by: Actor, held: Detention, kind: str, minutes: float = 0, **said: Any) -> DetentionMilestone:
    """One milestone, so many minutes ago."""
    at = said.pop("at", None) or ago(minutes)
    return act(by, detention.enter, detention_id=held.pk, said=Said(kind, at=at, **said))


def arrive(world: World, held: Detention, minutes: float = 60, **said: Any) -> DetentionMilestone:
    """They come to the trust's place of safety."""
    return enter(world.police, held, "arrived", minutes,
                 **{"place": world.teams["trust"], **HEALTH_BASED, **said})  # fmt: skip


def ask(world: World, held: Detention, *places: str) -> list[Referral]:
    """Places of safety are asked, several at once."""
    asking = Asking([world.teams[name] for name in places or ("trust",)], "One man, calm.")
    return act(world.police, detention.ask, detention_id=held.pk, asking=asking)


def accept(by: Actor, referral: Referral) -> Referral:
    """A named human of the place accepts."""
    return act(by, referrals.move, referral_id=referral.pk, action="accept")


def waits(by: Actor, held: Detention, **said: Any) -> Any:
    """Officers wait, or have gone."""
    return act(by, officers.wait, detention_id=held.pk, said=Waits(**said))


def now(by: Actor, held: Detention) -> SeenDetention:
    """The detention as this actor reads it now."""
    with acting_for(by.agency_id):
        return read([held.pk], by)[0]


def running(by: Actor, held: Detention) -> dict[str, Clock]:
    """The clocks of its case that run, by kind."""
    with acting_for(by.agency_id):
        found = Clock.objects.visible_to(by).running().filter(case=held.case_id, referral=None)
        return {clock.kind: clock for clock in found}


def events(by: Actor, held: Detention) -> list[str]:
    """The types of its case's events, in order."""
    with acting_for(by.agency_id):
        found = Event.objects.visible_to(by).filter(case=held.case_id).order_by("seq")
        return list(found.values_list("type", flat=True))
