"""A patient who was recorded as back by mistake: missing again, and looked for; nothing is rewritten."""

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, ReasonNeeded
from referrals.domain.missing import State
from referrals.models import Event, Referral
from referrals.reporting.missing_board import board
from tests.factories.missing import again, ask_of, clocks, kinds, report, report_at, step
from tests.factories.world import move
from tests.referrals.services.reading import told

HIGH = {"facts": {"immediate_risk": "yes"}}


def not_back(by, found, reason="It was another patient."):
    return step(by, found, "not_back", reason=reason)


def asks(world, found):
    with acting_for(world.trust.agency_id):
        return list(
            Referral.objects.filter(case=found.case_id).order_by("id").values_list("state", flat=True)
        )


def types(world, found):
    with acting_for(world.trust.agency_id):
        return list(Event.objects.filter(case=found.case_id).order_by("seq").values_list("type", flat=True))


def on_board(world, found):
    with acting_for(world.trust.agency_id):
        return found.reference in {each.line.reference for each in board(world.trust)}


def test_they_are_missing_again_since_they_were_last_seen(world):
    made = report(world)
    since = again(world.trust, made).missing_since
    step(world.trust, made, "return")
    assert not on_board(world, made)
    found = not_back(world.trust, made)
    assert (found.state, found.returned_at, found.located_at) == (State.REPORTED, None, None)
    assert again(world.trust, made).missing_since == since
    assert on_board(world, made)


def test_the_return_stays_in_the_history_with_its_correction(world):
    made = report(world)
    step(world.trust, made, "return")
    not_back(world.trust, made)
    happened = types(world, made)
    assert happened.index("missing.returned") < happened.index("missing.not_back")


def test_the_promises_of_somebody_who_is_missing_run_again(world):
    made = report_at(State.RETURNED, world)
    assert kinds(world.trust, made) == {"aftercare"}
    not_back(world.trust, made)
    assert kinds(world.trust, made) == {"review"}
    ungraded = report(world, person={"family_name": "OTHER"})
    step(world.trust, ungraded, "return")
    not_back(world.trust, ungraded)
    assert "grade" in kinds(world.trust, ungraded)


def test_police_whose_ask_was_cancelled_are_asked_anew(world):
    made = report(world, **HIGH)
    first = ask_of(world.trust, made)
    step(world.trust, made, "return")
    assert asks(world, made) == ["cancelled"]
    not_back(world.trust, made)
    assert asks(world, made) == ["cancelled", "sent"]
    second = ask_of(world.trust, made)
    assert (second.pk != first.pk, second.lead, second.to_team_id) == (True, True, first.to_team_id)
    assert told(world, "police").count("referral.sent") == 2
    assert "not_taken" in kinds(world.trust, made)


def test_police_who_have_it_keep_it_and_are_told(world):
    made = report(world, **HIGH)
    move(world.police, ask_of(world.trust, made), "accept")
    step(world.trust, made, "return")
    not_back(world.trust, made)
    assert asks(world, made) == ["accepted"]
    assert told(world, "police")[-1] == "missing.not_back"
    assert "not_taken" not in kinds(world.trust, made)


def test_police_who_had_completed_it_take_it_up_again(world):
    made = report(world, **HIGH)
    asked = ask_of(world.trust, made)
    for action in ("accept", "start"):
        move(world.police, asked, action)
    step(world.trust, made, "return")
    move(world.police, asked, "complete")
    not_back(world.trust, made)
    assert asks(world, made) == ["in_progress"]


def test_whoever_recorded_it_corrects_it(world):
    made = report(world)
    step(world.police, made, "return")
    not_back(world.police, made)
    assert again(world.trust, made).state == State.REPORTED
    assert asks(world, made) == ["sent"]
    assert told(world, "trust")[-1] == "missing.not_back"


def test_it_needs_a_reason_and_a_patient_who_is_back(world):
    made = report(world)
    with pytest.raises(MoveNotAllowed):
        not_back(world.trust, made)
    step(world.trust, made, "return")
    with pytest.raises(ReasonNeeded):
        not_back(world.trust, made, reason="")


def test_nothing_is_left_unwatched(world):
    made = report(world, **HIGH)
    step(world.trust, made, "return")
    not_back(world.trust, made)
    assert {"missing_grade", "missing_not_taken"} <= set(clocks(world.trust, made))
    step(world.trust, made, "return")
    assert again(world.trust, made).state == State.RETURNED
