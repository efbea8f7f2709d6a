"""A whole scene for attacks: a referral in every state, and a row in every table that hangs off a case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from agencies import audit
from agencies.acting import NamedPerson, acting_for
from agencies.models import Membership
from notifications.models import Attempt, Message, TextCode, TypedCode, WebhookDelivery
from referrals.domain.missing import State as Stands
from referrals.domain.referral import State
from referrals.models import IdempotencyKey, MissingReport, Referral
from referrals.models.keys import instant
from referrals.services import (
    attachment,
    call_back,
    case_moves,
    checklist,
    claim,
    contact,
    detention,
    drafting,
    engine,
    feed,
    milestones,
    officers,
    sighting,
    support,
    threshold_review,
    webhook,
)
from referrals.services import referral as referrals
from tests.database import in_role_of
from tests.factories.missing import report_at
from tests.factories.referrals import ReceiptFactory, TextCodeFactory, TypedCodeFactory
from tests.factories.world import World, act, decide_anew, make_world, referral_at
from tests.files import made

AGENCIES = ("police", "trust", "other_trust", "ambulance", "stranger")
LATE = [timedelta(minutes=16), timedelta(days=9)]  # the first acknowledgements breached; all the rest
REACHED = {"channel": "phone", "with_whom": "person", "outcome": "reached", "note": "answered the door"}


@dataclass(frozen=True)
class Scene:
    """``at`` holds a referral in each state, from the police to the trust, each in a case of its own.

    In the case that is in progress the trust also asked the ambulance service for ``support``, and has
    a ``hidden`` draft to the other trust.
    """

    world: World
    at: Mapping[State, Referral]
    support: Referral
    hidden: Referral
    missing: Mapping[Stands, MissingReport]

    @property
    def names(self) -> dict[str, Any]:
        """What raw SQL calls them: ``sent`` a referral, ``sent_case`` its case, ``trust`` an agency."""
        found: dict[str, Any] = {"new": uuid4(), "newer": uuid4()}
        for name in AGENCIES:
            found[name] = getattr(self.world, name).agency_id
            found[f"{name}_team"] = self.world.teams[name].pk
        for name, referral in {**self.at, "support": self.support, "hidden": self.hidden}.items():
            found[str(name)], found[f"{name}_case"] = referral.pk, referral.case_id
        for state, report in self.missing.items():
            found[f"missing_{state}"], found[f"missing_{state}_case"] = report.pk, report.case_id
        found["missing_ask"] = self.missing[Stands.REPORTED].referral_id
        return found


def make_scene() -> Scene:
    """Made by the services alone, and ticked as the engine does, at last long after every deadline."""
    world = make_world()
    at = {state: referral_at(state, world) for state in State}
    support, hidden = _beside(world, at[State.IN_PROGRESS])
    words = {"accepted_by": {"name": "A Example", "role": "nurse", "contact": "020 7946 0103"}}
    act(world.police, claim.claim, referral_id=at[State.SENT].pk, **words)
    decided = decide_anew(world, at[State.IN_PROGRESS])
    act(world.trust, threshold_review.disagree, decision_id=decided.pk, reason="she has a knife")
    decide_anew(world, at[State.DECLINED], crime="unknown")
    _stay_with(world, at[State.IN_PROGRESS])
    _dispute(world, at[State.INFO_REQUESTED], at[State.SENT])
    _agree(world)
    _type_a_code(world)
    _detain(world, at[State.ACKNOWLEDGED])
    missing = _missing(world)
    with acting_for(world.police.agency_id):
        IdempotencyKey.objects.create(agency_id=world.police.agency_id, caller="client:1", key="k")
        audit.record(action="case.read", by=world.police)
    act(world.police, webhook.register, said={"url": "https://hooks.example/rcrp", "after": 0})
    with in_role_of("worker"):
        for late in LATE:
            engine.tick(now=instant() + late)
        feed.number_events()
        webhook.fan_out()
        _deliver_one()
        Attempt.objects.create(message_id=Message.objects.first().pk, number=1, at=instant())
    return Scene(world, at, support, hidden, missing)


def _type_a_code(world: World) -> None:
    """A nurse's text had a code, which was typed back, and judged."""
    nurse = Membership.objects.filter(team=world.teams["trust"]).first()
    TextCodeFactory(membership=nurse)
    TypedCodeFactory(membership=nurse)
    ReceiptFactory()
    with in_role_of("worker"):
        TextCode.objects.update(used_at=instant())
        TypedCode.objects.update(judged_at=instant(), outcome=TypedCode.Outcome.TAKEN)


def _missing(world: World) -> dict[Stands, MissingReport]:
    """A report in every state that is open, all of one patient; in one the ward was searched."""
    open_ = [Stands.RETURNED, Stands.LOCATED, Stands.DRAFT, Stands.REPORTED]
    found = {state: report_at(state, world) for state in open_}
    reported = found[Stands.REPORTED].pk
    act(world.trust, checklist.tick, report_id=reported, item="ward", note="behind the curtain")
    act(world.police, sighting.log, report_id=reported, seen=sighting.Seen("Example Park", instant()))
    return found


def _deliver_one() -> None:
    """The first event that was owed to a webhook has gone."""
    first = WebhookDelivery.objects.order_by("id").first()
    ended = {"next_attempt_at": None, "finished_at": instant(), "outcome": "delivered"}
    WebhookDelivery.objects.filter(pk=first.pk).update(**ended)


def _stay_with(world: World, referral: Referral) -> None:
    """Somebody is on the phone with the person, and the caller was rung back in vain."""
    said = support.Said("control_room_worker", "phone")
    act(world.police, support.log, referral_id=referral.pk, said=said)
    caller = call_back.Owed("Kim Example", "020 7946 0120")
    owed = act(world.police, call_back.owe, reference=referral.case_reference, owed=caller)
    act(world.police, call_back.attempt, call_back_id=owed.pk, outcome="no_answer")
    _attach(world, referral)


def _attach(world: World, referral: Referral) -> None:
    """The police attached a photo and another, which they took back."""
    for colour in ("red", "blue"):
        sent = attachment.Sent(made.picture("PNG", colour=colour), "photo", note=colour)
        kept = act(world.police, attachment.attach, case_id=referral.case_id, sent=sent)
    act(world.police, attachment.withdraw, attachment_id=kept.pk, reason="another person")


def _agree(world: World) -> None:
    """The police and the trust have agreed on something to come; with the ambulance service they draft it."""
    boss = NamedPerson("Dee Example", "director", "020 7946 0109")
    police = world.teams["police"].agency
    made, _ = (
        act(
            world.police.asserting(boss),
            drafting.draft,
            sender=police,
            receiver=world.teams[name].agency,
            category="conveyance",
        )
        for name in ("trust", "ambulance")
    )
    whole = {**made.terms, "review_on": "2125-01-01"}
    act(world.police.asserting(boss), drafting.edit, version_id=made.pk, terms=whole)
    for side in (world.police, world.trust):
        act(side.asserting(boss), drafting.sign, version_id=made.pk)
    date = {"live_from": datetime(2120, 1, 1, tzinfo=UTC), "reason": "agreed by both"}
    act(world.trust.asserting(boss), drafting.set_go_live, version_id=made.pk, **date)


def _dispute(world: World, disputed: Referral, other: Referral) -> None:
    """Not theirs, say the police; and they know the person from another case."""
    asked = {"reference": disputed.case_reference, "by": world.police}
    act(service=case_moves.move, action="dispute", **asked)
    act(service=case_moves.move, action="link", other_case=other.case_reference, **asked)


def _detain(world: World, referral: Referral) -> None:
    """Officers have the person, at a place of safety of the trust's."""
    said = detention.Detained("s136", case=referral.case_reference)
    held = act(world.police, detention.record, said=said)
    arrived = milestones.Said("arrived", place=world.teams["trust"], place_kind="health_based")
    act(world.police, detention.enter, detention_id=held.pk, said=arrived)
    notified = milestones.Said("amhp_notified")
    act(world.police, detention.enter, detention_id=held.pk, said=notified)
    act(world.police, officers.wait, detention_id=held.pk, said=officers.Waits(identifier="PC 101"))


def _beside(world: World, busy: Referral) -> tuple[Referral, Referral]:
    act(world.trust, contact.log, referral_id=busy.pk, **REACHED)
    asked = world.asked(case=busy.case_reference, lead=False, person={}, from_team=world.teams["trust"])
    support = replace(asked, to_team=world.teams["ambulance"])
    hidden = replace(asked, to_team=world.teams["other_trust"], draft=True)
    return tuple(act(world.trust, referrals.create, asked=each) for each in (support, hidden))
