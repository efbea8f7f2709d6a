"""A small world: police, two trusts, an ambulance service, and a referral walked to any state."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from agencies.acting import Actor, NamedPerson, acting_for
from agencies.models import Team
from agencies.roles import AgencyKind, Role, TeamKind
from referrals import services
from referrals.domain.referral import State
from referrals.models import Referral
from referrals.services import referral as referrals
from referrals.services import threshold
from tests.factories.agencies import (
    AgencyFactory,
    ApiClientFactory,
    MembershipFactory,
    TeamFactory,
    client_actor,
)

__all__ = ["World", "act", "make_world", "referral_at", "services"]

SUPERVISOR = NamedPerson("Pat Example", "duty supervisor", "020 7946 0101")
NURSE = NamedPerson("Amy Example", "nurse in charge", "020 7946 0102")
PERSON = {"family_name": "EXAMPLE", "given_name": "Robin", "nhs_number": "9990000018"}


@dataclass(frozen=True)
class World:
    """Four agencies with one team each, and somebody to act for each, named and senior enough."""

    police: Actor
    trust: Actor
    other_trust: Actor
    ambulance: Actor
    stranger: Actor
    teams: dict[str, Team]

    def asked(self, **changes: Any) -> referrals.Asked:
        """What the police ask of the trust: a P2 welfare concern, unless changed."""
        plain = referrals.Asked(
            category="concern_for_welfare",
            priority="P2",
            from_team=self.teams["police"],
            to_team=self.teams["trust"],
            person=PERSON,
            summary="Not seen since Tuesday; neighbour worried.",
            location={"text": "12 Example Street"},
        )
        return replace(plain, **changes)


AGENCIES = {
    "police": (AgencyKind.POLICE, TeamKind.CONTROL_ROOM),
    "trust": (AgencyKind.MENTAL_HEALTH_TRUST, TeamKind.CRISIS_HUB),
    "other_trust": (AgencyKind.MENTAL_HEALTH_TRUST, TeamKind.CRISIS_HUB),
    "ambulance": (AgencyKind.AMBULANCE_TRUST, TeamKind.CLINICAL_DESK),
    "stranger": (AgencyKind.SOCIAL_CARE, TeamKind.EMERGENCY_DUTY_TEAM),
}


def make_world(prefix: str = "") -> World:
    """The agencies, their teams and their systems' actors; each team has a member at every tier.

    A second world in one database needs a ``prefix`` for its codes.
    """
    teams, actors = {}, {}
    for name, (kind, desk) in AGENCIES.items():
        agency = AgencyFactory(code=prefix + name.replace("_", "-"), kind=kind)
        teams[name] = TeamFactory(agency=agency, kind=desk, code=f"{agency.code}-desk", always_open=True)
        for role in (Role.WORKER, Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR):
            MembershipFactory(team=teams[name], role=role)
        client = ApiClientFactory(team=teams[name])
        actors[name] = client_actor(client, SUPERVISOR if name == "police" else NURSE)
    return World(**actors, teams=teams)


def act(by: Actor, service: Callable[..., Any], **words: Any) -> Any:
    """Call a service as a request of this actor does: one transaction, its agency's rows."""
    with acting_for(by.agency_id):
        return service(by=by, **words)


NEEDED: dict[str, dict[str, Any]] = {
    "request_info": {"reason": "which floor?"},
    "answer_info": {"reason": "the third"},
    "decline": {"reason_code": "not_our_area", "reason": "north of the river", "belongs_to": "unknown"},
    "start": {"contact": {"channel": "phone"}},
    "fail": {"reason_code": "could_not_contact", "reason": "three calls unanswered"},
    "complete": {"outcome": "seen at home, safe"},
    "close": {"caller_told": "she has been seen and is safe"},
    "cancel": {"reason": "found safe by family"},
    "request_cancel": {"reason": "found safe by family"},
    "refuse_cancel": {"reason": "we are at the door"},
    "enter_in_error": {"reason": "wrong person"},
    "no_further_action": {"reason": "person is with family"},
    "reopen": {"reason": "it is not over"},
    "redirect": {"reason": "they know her"},
}
"""What the table needs for each move besides a team or a decision."""


def move(world_actor: Actor, referral: Referral, action: str, **details: Any) -> Referral:
    """One move, with whatever the table needs for it."""
    return act(
        world_actor,
        referrals.move,
        referral_id=referral.pk,
        action=action,
        **{**NEEDED.get(action, {}), **details},
    )


STEPS = {
    State.DRAFT: [],
    State.DISCARDED: [("police", "discard")],
    State.SENT: [("police", "send")],
    State.ACKNOWLEDGED: [("police", "send"), ("trust", "acknowledge")],
    State.INFO_REQUESTED: [("police", "send"), ("trust", "request_info")],
    State.ACCEPTED: [("police", "send"), ("trust", "accept")],
    State.IN_PROGRESS: [("police", "send"), ("trust", "accept"), ("trust", "start")],
    State.COMPLETED: [("police", "send"), ("trust", "accept"), ("trust", "start"), ("trust", "complete")],
    State.CLOSED: [
        ("police", "send"), ("trust", "accept"), ("trust", "start"), ("trust", "complete"),
        ("police", "close"),
    ],
    State.DECLINED: [("police", "send"), ("trust", "decline")],
    State.FAILED: [("police", "send"), ("trust", "accept"), ("trust", "fail")],
    State.CANCELLED: [("police", "send"), ("police", "cancel")],
    State.ENTERED_IN_ERROR: [("police", "send"), ("police", "enter_in_error")],
}  # fmt: skip


def referral_at(state: State, world: World, **changes: Any) -> Referral:
    """A referral from the police to the trust, walked to this state by the services alone."""
    made = act(world.police, referrals.create, asked=world.asked(draft=True, **changes))
    if state == State.REDIRECTED:
        return _redirected(made, world)
    for who, action in STEPS[state]:
        made = move(getattr(world, who), made, action)
    return made


def _redirected(made: Referral, world: World) -> Referral:
    for who, action in STEPS[State.ACKNOWLEDGED]:
        made = move(getattr(world, who), made, action)
    move(world.trust, made, "redirect", to_team=world.teams["other_trust"])
    child = Referral.objects.none()
    with acting_for(world.other_trust.agency_id):
        child = Referral.objects.visible_to(world.other_trust).get(parent_id=made.pk)
    move(world.other_trust, child, "accept")
    with acting_for(world.police.agency_id):
        return Referral.objects.visible_to(world.police).get(pk=made.pk)


def decide_anew(world: World, referral: Referral, **answers: str) -> Any:
    """A threshold decision of the police in the referral's case, made now: not met, unless changed."""
    decided = threshold.Decided(
        category=referral.category,
        answers={"crime": "no", "risk_to_life": "no", "serious_harm": "no", **answers},
        rationale="seen by a neighbour",
        caller_told="the council will call",
        case=referral.case_reference,
    )
    return act(world.police, threshold.record, decided=decided)
