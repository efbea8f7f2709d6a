"""What SQL repeats of the Python tables is what they say."""

import re

from referrals.domain import missing
from referrals.domain.case import Cause
from referrals.domain.clocks import WATCH, default_terms
from referrals.domain.escalation import DEFAULT_LADDER, as_terms
from referrals.domain.referral import (
    GIVEN_BACK,
    HELD,
    OPEN,
    RECEIVER,
    SENDER,
    TRANSITIONS,
    State,
    changes,
    pairs,
)
from referrals.models import AgreementVersion

GUARD = (
    "select pg_get_triggerdef(oid) from pg_trigger where tgname = 'a_referral_makes_only_the_moves_there_are'"
)
SOURCE = "select prosrc from pg_proc where proname = '{}'"


def found(attempt, statement):
    """The one text that the database answers."""
    return attempt("superuser").rows(statement)[0][0]


def test_the_guard_admits_exactly_the_tables_pairs(attempt):
    admitted = re.findall(r"'(\w+)>(\w+)'", found(attempt, GUARD))
    assert len(admitted) == len(set(admitted))
    assert set(admitted) == {(old.value, new.value) for old, new in pairs()}


def test_a_move_is_one_of_the_tables(attempt):
    taken = re.findall(r"'(\w+):(\w+)>(\w+)'", found(attempt, SOURCE.format("check_move")))
    assert len(taken) == len(set(taken))
    assert set(taken) == {(action, old.value, new.value) for action, old, new in changes()}


def test_a_move_that_changes_no_state_is_one_of_the_tables_and_its_sides(attempt):
    source = found(attempt, SOURCE.format("check_move_in_place"))
    stays = {action: step for action, step in TRANSITIONS.items() if step.to is None}
    taken = re.findall(r"'(\w+):(\w+)'", source)
    assert sorted(taken) == sorted((name, old.value) for name, step in stays.items() for old in step.sources)
    (senders,) = re.findall(r"m.action in \(([^)]*)\) then m.agency_id = new.from_agency_id", source)
    assert {*re.findall(r"'(\w+)'", senders)} == {name for name, step in stays.items() if step.by == SENDER}
    assert {*stays} == {"redirect", "request_cancel", "refuse_cancel"}, "each with its trigger in 0140"


def test_what_the_receiver_answers_is_the_receivers_alone(attempt):
    source = found(attempt, SOURCE.format("check_move"))
    (named,) = re.findall(r"m.action not in \(([^)]*)\)", source)
    answers = set(re.findall(r"'(\w+)'", named))
    assert answers == {"acknowledge", "accept", "decline"}
    assert all(TRANSITIONS[each].by == RECEIVER for each in answers)


def test_the_states_that_are_open_are_the_tables(attempt):
    assert found(attempt, "select open_states()") == sorted(OPEN)


def test_each_open_state_is_watched_by_the_clocks_of_the_table(attempt):
    watched = re.findall(r"\('(\w+)',\s+'(\w+)'\)", found(attempt, SOURCE.format("check_watched")))
    assert sorted(watched) == sorted((state, kind) for state, kinds in WATCH.items() for kind in kinds)
    assert set(WATCH) == OPEN


def test_a_missing_report_makes_the_tables_moves_and_is_watched_by_its_clocks(attempt):
    guard = GUARD.replace("a_referral_makes", "a_report_makes")
    admitted = re.findall(r"'(\w+)>(\w+)'", found(attempt, guard))
    assert sorted(admitted) == sorted((old.value, new.value) for old, new in missing.pairs())
    source = found(attempt, SOURCE.format("check_missing"))
    watched = re.findall(r"\('(\w+)',\s+'(missing_\w+)'\)", source)
    wanted = [(state, kind) for state, kinds in missing.WATCH.items() for kind in kinds]
    assert sorted(watched) == sorted(wanted)
    assert set(missing.WATCH) == missing.OPEN


def test_accountability_knows_every_cause_and_the_states_that_hold(attempt):
    source = found(attempt, SOURCE.format("check_accountability"))
    assert {cause.value for cause in Cause} <= set(re.findall(r"'(\w+)'", source))
    assert {state.value for state in GIVEN_BACK} == {cause.value for cause in Cause} - {"opened", "accepted"}
    held = ", ".join(f"'{state}'" for state in State if state in HELD)
    assert f"h.state in ({held})" in source


def test_the_agreement_that_is_shipped_last_is_the_default(db, in_role):
    with in_role("owner"):
        shipped = AgreementVersion.objects.filter(agreement__from_agency=None).latest("live_from")
    assert shipped.live_from is not None
    promised = {**default_terms(), "ladder": as_terms(DEFAULT_LADDER)}
    promised["targets"] = {
        priority: {
            kind: minutes for kind, minutes in kinds.items() if kind in shipped.terms["targets"][priority]
        }
        for priority, kinds in promised["targets"].items()
    }
    assert shipped.terms == promised, "kinds of promise that are younger than it hold by default"
