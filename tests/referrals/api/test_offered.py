"""What is offered can be done, and what can be done is offered: to whoever asks, from every state."""

from collections.abc import Callable

import pytest
from django.db import transaction

from agencies.roles import SCOPES, Role
from referrals.domain.case import CASE_MOVES
from referrals.domain.detention import Milestone
from referrals.domain.missing import MOVES
from referrals.domain.missing import State as Report
from referrals.domain.referral import TRANSITIONS, State
from tests.factories.agencies import MembershipFactory
from tests.factories.missing import TEXTS, report, report_at
from tests.factories.world import NEEDED, decide_anew, referral_at
from tests.referrals.services.deciding import decide
from tests.referrals.services.detaining import arrive, ask, detain

MAX = {"name": "Max Example", "role": "on-call manager", "contact": "020 7946 0103"}
READS = " ".join(sorted(scope for scope in SCOPES if scope.endswith(":read")))
SENSIBLE = {
    **NEEDED,
    "resend": {"to_team": "other-trust-desk"},
    "redirect": {"to_team": "other-trust-desk", "reason": "they know her"},
}
STATES = [state for state in State if state != State.REDIRECTED]


def refused(post: Callable, path: str, body: dict) -> bool:
    """Whether it is not theirs or not now; whatever came of it is undone."""
    with transaction.atomic():
        status = post(path, body).status_code
        transaction.set_rollback(True)
    assert status < 500
    return status in (403, 409)


@pytest.mark.parametrize("side", ["police", "trust"])
@pytest.mark.parametrize("state", STATES)
def test_a_program_is_offered_exactly_the_moves_that_are_not_refused(world, caller, state, side):
    referral = referral_at(state, world)
    case = referral.case_reference
    decided = str(decide_anew(world, referral).pk) if state in (State.DECLINED, State.FAILED) else None
    asker, path = caller(getattr(world, side)), f"/referrals/{referral.pk}/"
    told = asker.get(path)
    if told.status_code == 404:
        assert (side, state) in {("trust", State.DRAFT), ("trust", State.DISCARDED)}
        return
    found = {
        action
        for action in TRANSITIONS
        if not refused(
            asker.post,
            f"{path}moves/",
            {"action": action, "by": MAX, **SENSIBLE.get(action, {})}
            | ({"threshold_decision": decided} if decided and action == "police_reassess" else {}),
        )
    }
    assert found == set(told.json()["allowed_actions"])
    bodies = {"close": {"reason": "done"}, "reopen": {"reason": "not over"}, "link": {"other_case": case}}
    shown = asker.get(f"/cases/{case}/")
    if shown.status_code == 404:
        assert (side, state) in {("trust", State.CANCELLED), ("trust", State.ENTERED_IN_ERROR)}, (
            "left the case"
        )
        return
    offered = set(shown.json()["allowed_actions"])
    for action in set(CASE_MOVES) - {"link", "unlink", "settle_dispute"}:
        body = {"action": action, "by": MAX, **bodies.get(action, {"reason": "neither has it"})}
        assert refused(asker.post, f"/cases/{case}/moves/", body) is (action not in offered), action


@pytest.mark.parametrize("side", ["police", "trust"])
@pytest.mark.parametrize("state", [State.SENT, State.ACCEPTED, State.COMPLETED, State.DECLINED, State.CLOSED])
def test_who_only_reads_is_offered_nothing_and_can_do_nothing(world, caller, signed_in_to_api, state, side):
    referral = referral_at(state, world)
    auditor = signed_in_to_api(MembershipFactory(team=world.teams[side], role=Role.AUDITOR))
    for asker in (auditor, caller(getattr(world, side), READS)):
        for path, action in ((f"/referrals/{referral.pk}/", "enter_in_error"),
                             (f"/cases/{referral.case_reference}/", "review")):  # fmt: skip
            assert asker.get(path).json()["allowed_actions"] == []
            assert refused(asker.post, f"{path}moves/", {"action": action, "reason": "x", **named(asker)})
        (listed,) = asker.get("/referrals/").json()["results"]
        assert listed["allowed_actions"] == []


def named(asker):
    """A program names who acts; a person is who they are."""
    return {} if asker.actor.membership_id else {"by": MAX}


@pytest.mark.parametrize(
    ("side", "state"),
    [*(("trust", state) for state in Report), ("police", Report.REPORTED), ("police", Report.LOCATED)],
)
def test_the_moves_of_a_missing_report_are_those_that_are_offered(world, caller, state, side):
    found = report_at(state, world)
    asker, path = caller(getattr(world, side)), f"/missing-reports/{found.pk}/"
    told = asker.get(path)
    said = {"grade": {"grade": "high"}, "not_back": {"reason": "ran off"}}
    taken = {
        action
        for action in MOVES
        if not refused(
            asker.post,
            f"{path}moves/",
            {"action": action, "by": MAX, **TEXTS.get(action, {}), **said.get(action, {})},
        )
    }
    assert taken == set(told.json()["allowed_actions"])


@pytest.mark.parametrize("side", ["police", "trust"])
@pytest.mark.parametrize("arrived", [False, True])
def test_the_milestones_of_a_detention_are_those_that_are_offered(world, caller, arrived, side):
    held = detain(world.police, 90)
    ask(world, held)
    if arrived:
        arrive(world, held, 60)
    asker, path = caller(getattr(world, side)), f"/detentions/{held.pk}/"
    place, said = world.teams["trust"].code, {"by": MAX, "outcome": "discharged_gp_cmht"}
    said |= {"place": place, "extension_minutes": 60, "reason_code": "condition", "doctor": MAX}
    taken = {
        kind for kind in Milestone if not refused(asker.post, f"{path}milestones/", {"kind": kind, **said})
    }
    assert taken == set(asker.get(path).json()["allowed_milestones"])


@pytest.mark.parametrize("side", ["police", "trust"])
@pytest.mark.parametrize("crime", ["no", "unknown"])
def test_the_steps_of_a_decision_are_those_that_are_offered(world, caller, crime, side):
    decided = decide_anew(world, referral_at(State.SENT, world), crime=crime)
    asker, path = caller(getattr(world, side)), f"/threshold-decisions/{decided.pk}/"
    reason = {"reason": "he has a knife", "by": MAX}
    verdict = {"verdict": "overturned", "rationale": "as heard", "outcome": "police_response", "by": MAX}
    steps = {
        "review": ("review", verdict),
        "disagree": ("disagreement", reason),
        "reopen": ("reopen", reason),
    }
    taken = {
        name for name, (where, body) in steps.items() if not refused(asker.post, f"{path}{where}/", body)
    }
    assert taken == set(asker.get(path).json()["allowed_actions"])


def test_nor_of_a_missing_report_a_detention_or_a_decision(world, caller):
    missed, held, decided = report(world), detain(world.police), decide(world.police)
    for actor, path, name in (
        (world.trust, f"/missing-reports/{missed.pk}/", "allowed_actions"),
        (world.police, f"/detentions/{held.pk}/", "allowed_milestones"),
        (world.police, f"/threshold-decisions/{decided.pk}/", "allowed_actions"),
    ):
        assert caller(actor).get(path).json()[name]
        assert caller(actor, READS).get(path).json()[name] == []


def test_to_object_to_a_decision_takes_no_more_than_a_part_in_its_case(world, caller):
    decided = decide(world.police)
    told = caller(world.police, "cases:read cases:write").get(f"/threshold-decisions/{decided.pk}/").json()
    assert told["allowed_actions"] == ["disagree", "reopen"]
