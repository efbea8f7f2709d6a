"""Chains of events: tampering is found at once where something is new, by the sweep, and by the anchors."""

import json

import pytest

from referrals.domain.referral import State
from referrals.reporting.sweep import WHOLE, Budget
from tests.factories.world import move, referral_at

NOTHING_SWEPT = Budget(cases=0)
TAMPERINGS = {
    "an event is rewritten": 'update referrals_event set data = \'{"to_state": "declined"}\' where seq = 2',
    "an event's time is changed": "update referrals_event set occurred_at = now() where seq = 1",
    "an event is taken out": "delete from referrals_event where seq = 2",
    "the last event is taken away": "delete from referrals_event where seq ="
    " (select event_seq from referrals_case)",
    "all are taken away": "delete from referrals_event",
    "a hash is changed": "update referrals_event set hash = sha256('x') where seq = 1",
    "the head is moved": "update referrals_case set event_seq = event_seq - 1",
}
# What somebody does who knows how chains are made: another history, whole in itself, and its head.
REWRITE = [
    'update referrals_event set actor = \'{"name": "nobody"}\' where seq = 2',
    """do $$ declare e record; prev bytea := ''; begin
      for e in select * from referrals_event order by case_id, seq loop
        if e.seq = 1 then prev := ''; end if;
        prev := event_digest(prev, e.case_id, e.seq, e.referral_id, e.type, e.occurred_at, e.recorded_at,
                             e.actor, e.data);
        update referrals_event set hash = prev where id = e.id;
        update referrals_case set event_hash = prev, event_seq = e.seq where id = e.case_id;
      end loop; end $$""",
]
TRUNCATE = [
    "delete from referrals_event where seq > 2",
    """update referrals_case c set event_seq = 2, event_hash = (select hash from referrals_event e
        where e.case_id = c.id and seq = 2)""",
]


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_chain_that_was_tampered_with_is_found_by_the_sweep_and_stays_found(
    world, proven, tamper, tampering
):
    made = referral_at(State.ACCEPTED, world)
    assert proven() == {}
    assert tamper(TAMPERINGS[tampering])
    assert [ref for ref, _ in proven()["chains"]] == [made.case_reference]
    assert [ref for ref, _ in proven(NOTHING_SWEPT)["chains"]] == [made.case_reference]


def test_a_chain_that_grew_is_verified_from_its_beginning_without_the_sweep(world, proven, tamper):
    made = referral_at(State.ACCEPTED, world)
    tamper("update referrals_event set recorded_at = recorded_at - interval '3 minutes'")
    tamper("delete from referrals_feed_todo")
    proven(NOTHING_SWEPT)
    tamper("delete from referrals_finding")
    assert proven(NOTHING_SWEPT) == {}  # nothing is new
    move(world.trust, made, "start")
    assert [ref for ref, _ in proven(NOTHING_SWEPT)["chains"]] == [made.case_reference]


def test_the_sweep_goes_on_where_it_was_and_begins_again(world, proven, tamper):
    made = sorted((referral_at(State.SENT, world) for _ in range(3)), key=lambda r: r.case_id)
    tamper("update referrals_event set recorded_at = recorded_at - interval '3 minutes'")
    proven(NOTHING_SWEPT)
    tamper("delete from referrals_finding")
    few = Budget(cases=1)
    seen = []
    for _ in range(5):
        seen.append([ref for ref, _ in proven(few).get("chains", [])])
        tamper("delete from referrals_finding")
    first, second, third = ([each.case_reference] for each in made)
    assert seen == [first, second, third, [], first]


@pytest.mark.parametrize("cunning", [REWRITE, TRUNCATE], ids=["rewritten", "cut short"])
def test_a_history_that_is_whole_and_false_is_found_by_the_anchor(world, proven, tamper, cunning):
    made = referral_at(State.ACCEPTED, world)
    assert proven(write_anchor=True) == {}
    for statement in cunning:
        tamper(statement)
    found = proven()
    assert set(found) == {"anchors"}
    assert {ref for ref, _ in found["anchors"]} == {made.case_reference}
    assert set(proven(Budget(heads=1))) == {"anchors"}


def test_later_anchors_hold_what_is_new_and_every_earlier_one_is_compared(world, proven, tamper, anchors):
    first = referral_at(State.SENT, world)
    proven(write_anchor=True)
    second = referral_at(State.SENT, world)
    proven(write_anchor=True)
    manifests = sorted(anchors.glob("*/*.json"))
    said = [json.loads(path.read_text()) for path in manifests]
    assert [each["number"] for each in said] == [1, 2]
    assert str(second.case_id) in manifests[1].with_suffix(".heads").read_text()
    for statement in REWRITE:
        tamper(statement)
    assert {ref for ref, _ in proven(WHOLE)["anchors"]} == {first.case_reference, second.case_reference}


def test_no_anchor_is_written_where_nothing_is_new(world, proven, anchors):
    referral_at(State.SENT, world)
    proven(write_anchor=True)
    proven(write_anchor=True)
    assert len(list(anchors.glob("*/*.json"))) == 1


@pytest.mark.parametrize("kind", ["json", "heads"])
@pytest.mark.parametrize("how", ["altered", "removed"])
def test_an_anchor_that_was_altered_or_removed_is_found(world, proven, anchors, kind, how):
    for _ in range(2):
        referral_at(State.SENT, world)
        assert proven(write_anchor=True) == {}
    for path in anchors.glob(f"*/000001.{kind}"):
        text = path.read_text()
        path.unlink()
        if how == "altered":
            path.write_text(text.replace("a", "b"))
    assert "anchor 1" in {ref for ref, _ in proven(WHOLE)["anchors"]}


def test_the_newest_anchor_is_missed_when_it_is_taken_away(world, proven, anchors):
    referral_at(State.SENT, world)
    proven(write_anchor=True)
    for path in anchors.glob("*/000001.*"):
        path.unlink()
    assert ("anchor 1", "anchor 1 is missing") in proven()["anchors"]
