"""Each promise of the standing proof, broken in the database itself, is found, by name and reference."""

import pytest

from referrals.domain.referral import State
from referrals.services import canary, case_moves, claim, engine, feed, webhook
from tests.factories.missing import report
from tests.factories.world import act, move, referral_at


@pytest.fixture
def sent(world):
    """A referral that waits for its acknowledgement."""
    return referral_at(State.SENT, world)


def late(tamper, referral, seconds):
    """As if the acknowledgement had been asked for that much earlier, and looked at when it was due."""
    sql = """update referrals_clock set started_at = started_at - %(by)s::interval,
        target_at = target_at - %(by)s::interval, next_look_at = next_look_at - %(by)s::interval
        where referral_id = %(id)s and kind = 'acknowledge'"""
    assert tamper(sql, {"by": f"{seconds} seconds", "id": referral.pk}) == 1


@pytest.mark.parametrize("state", State)
def test_nothing_is_found_wherever_a_referral_stands(world, proven, in_role, state):
    referral_at(state, world)
    assert proven() == {}


def test_nothing_is_found_after_ticks_over_the_whole_ladder(sent, proven, tamper, in_role):
    for seconds in (460, 460, 460, 460, 920, 920):
        late(tamper, sent, seconds)
        with in_role("worker"):
            assert engine.tick().looked == 1
        assert proven() == {}


def test_a_due_clock_that_nobody_looked_at_for_a_minute_is_found(sent, proven, tamper):
    late(tamper, sent, 450 + 55)
    assert proven() == {}
    late(tamper, sent, 10)
    assert [ref for ref, _ in proven()["looks_in_time"]] == [sent.reference]


def climbed(tamper, referral, step):
    """As if the rungs below this step of its acknowledgement's ladder had been due, and had woken nobody."""
    sql = """insert into referrals_escalation (case_id, referral_id, clock_id, step, repetition, percent,
            due_at, fired_at, superseded, told)
        select case_id, referral_id, id, s, 0, 50, now(), now(), true, '[]'
          from referrals_clock, generate_series(0, %s - 1) s
         where referral_id = %s and kind = 'acknowledge'"""
    tamper(sql, [step, referral.pk])


@pytest.mark.parametrize("step", [0, 3])
def test_a_clock_whose_next_look_is_after_its_next_rung_is_found(sent, proven, tamper, step):
    climbed(tamper, sent, step)
    sql = """update referrals_clock set step = %s, next_look_at = started_at
        + (target_at - started_at) * (0.5 + 0.5 * %s) where referral_id = %s and kind = 'acknowledge'"""
    tamper(sql, [step, step, sent.pk])
    assert proven() == {}
    tamper("update referrals_clock set next_look_at = next_look_at + interval '2 s' where step = %s", [step])
    assert sent.reference in [ref for ref, _ in proven()["looks_by_ladder"]]


@pytest.mark.parametrize("step", [4, 5])
def test_a_repeating_clock_is_looked_at_within_one_repetition(sent, proven, tamper, step):
    climbed(tamper, sent, step)
    sql = """update referrals_clock set step = %s, next_look_at = now() + interval '15 minutes' + %s::interval
        where referral_id = %s and kind = 'acknowledge'"""
    tamper(sql, [step, "-1 second", sent.pk])
    assert proven() == {}
    tamper(sql, [step, "1 minute", sent.pk])
    assert [ref for ref, _ in proven()["looks_by_ladder"]] == [sent.reference]


def test_a_clock_that_was_taken_is_looked_at_when_that_was_promised(sent, proven, tamper):
    sql = """update referrals_clock set taken_by = '{}', taken_at = now(),
        quiet_until = now() + interval '2 hours', next_look_at = now() + interval '2 hours' + %s::interval
        where referral_id = %s and kind = 'acknowledge'"""
    tamper(sql, ["0 s", sent.pk])
    assert proven() == {}
    tamper(sql, ["1 minute", sent.pk])
    assert [ref for ref, _ in proven()["looks_by_ladder"]] == [sent.reference]


def test_a_look_that_failed_may_wait_a_little_and_a_parked_clock_is_found(sent, proven, tamper):
    climbed(tamper, sent, 4)
    sql = """update referrals_clock set tries = %s, trouble = 'KeyError', step = 4,
        next_look_at = now() + %s::interval, parked_at = %s where referral_id = %s and kind = 'acknowledge'"""
    tamper(sql, [4, "80 seconds", None, sent.pk])
    assert proven() == {}
    tamper(sql, [5, "15 minutes", "2026-01-01", sent.pk])
    assert proven()["looks_by_ladder"] == [(sent.reference, "acknowledge is parked: KeyError")]


def test_a_ladder_that_cannot_be_read_keeps_no_check_from_running(sent, proven, tamper):
    tamper('update referrals_agreementversion set terms = \'{"ladder": [7, {"percent": "x"}]}\'')
    proven()
    tamper("update referrals_agreementversion set terms = '{\"ladder\": 7}'")
    proven()


def test_a_clock_with_a_ladder_of_its_own_is_looked_at_where_that_one_says(sent, proven, tamper):
    tamper("""update referrals_agreementversion set terms = terms || '{"ladders": {"acknowledge":
        [{"percent": 100, "minutes": 7, "tell": []}]}}'""")
    sql = """update referrals_clock set step = 0, next_look_at = target_at + interval '7 min' + %s::interval
        where referral_id = %s and kind = 'acknowledge'"""
    tamper(sql, ["0 s", sent.pk])
    assert proven() == {}
    tamper(sql, ["1 minute", sent.pk])
    assert [ref for ref, _ in proven()["looks_by_ladder"]] == [sent.reference]


def test_a_clock_that_has_passed_a_rung_which_never_fired_is_found(sent, proven, tamper):
    climbed(tamper, sent, 1)
    tamper("update referrals_clock set step = 1 where referral_id = %s and kind = 'acknowledge'", [sent.pk])
    assert proven() == {}
    tamper("delete from referrals_escalation")
    said = "acknowledge stands at step 1, and the rung below it never fired"
    assert proven() == {"rungs_on_record": [(sent.reference, said)]}


def test_an_open_referral_without_its_clock_is_found(sent, proven, tamper):
    tamper("delete from referrals_clock where referral_id = %s and kind = 'decide'", [sent.pk])
    assert proven()["watched"] == [(sent.reference, "sent without its clock decide")]


def test_a_claim_a_dispute_and_a_report_that_nobody_watches_are_found(world, sent, proven, tamper):
    said = {"accepted_by": {"name": "Amy Example", "role": "nurse", "contact": "020 7946 0102"}}
    act(world.police, claim.claim, referral_id=sent.pk, **said)
    disputed = referral_at(State.SENT, world)
    act(world.trust, case_moves.move, reference=disputed.case_reference, action="dispute", reason="not ours")
    missed = report(world)
    assert proven() == {}
    kinds = "kind in ('claimed_acceptance', 'dispute') or starts_with(kind, 'missing_')"
    tamper(f"delete from referrals_clock where {kinds}")
    found = dict(proven()["watched"])
    assert found[sent.reference] == "a claimed acceptance without its clock claimed_acceptance"
    assert found[disputed.case_reference] == "a dispute without its clock dispute"
    assert found[missed.reference] == "a missing report without its clock of any kind"


def test_an_open_case_that_nobody_reviews_is_found(world, sent, proven, tamper):
    move(world.police, sent, "cancel")
    assert proven() == {}
    tamper("delete from referrals_clock where kind = 'case_review'")
    assert proven()["watched"] == [(sent.case_reference, "open without its clock case_review")]


def test_an_acceptance_by_phone_that_waits_on_an_ended_referral_is_found(world, sent, proven, tamper):
    said = {"name": "A Example", "role": "nurse in charge", "contact": "020 7946 0103"}
    act(world.police, claim.claim, referral_id=sent.pk, accepted_by=said)
    assert proven() == {}
    move(world.police, sent, "cancel")
    assert proven() == {}
    tamper("update referrals_claimedacceptance set state = 'open'")
    found = proven()["claims_wait"]
    assert found == [(sent.reference, "an acceptance by phone is open, and the referral is cancelled")]


WRONGS = {
    "a gap": "update referrals_accountability set during = tstzrange(lower(during),"
    " upper(during) - interval '1 ms') where not upper_inf(during)",
    "nobody at all": "delete from referrals_accountability",
    "nobody now": "delete from referrals_accountability where upper_inf(during)",
    "the case names another": "update referrals_case set accountable_agency_id = opened_by_agency_id",
    "another since": "update referrals_case set accountable_since = opened_at",
    "a cause that never was": "update referrals_accountability set agency_id = (select max(id)"
    " from agencies_agency) where cause = 'accepted'",
    "the lead is not held": "update referrals_referral set state = 'declined'",
    "another lead holds it": "update referrals_case set holding_lead_id = null",
}


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize(("state", "check"), [("open", "accountability"), ("closed", "accountability_past")])
def test_accountability_that_does_not_hold_is_found(world, proven, tamper, wrong, state, check):
    accepted = referral_at(State.IN_PROGRESS, world)
    tamper(
        "update referrals_case set state = %s, closed_at = %s", [state, None if state == "open" else "now"]
    )
    assert check not in proven()
    assert tamper(WRONGS[wrong])
    assert [ref for ref, _ in proven()[check]] == [accepted.case_reference]


def test_a_message_that_does_not_go_is_found(sent, proven, tamper):
    tamper("update notifications_message set next_attempt_at = now() - interval '4 min 50 s'")
    assert proven() == {}
    tamper("update notifications_message set next_attempt_at = now() - interval '5 min 10 s'")
    assert {ref for ref, _ in proven()["messages_sent"]} == {sent.case_reference}


def test_a_message_whose_next_channel_does_not_come_is_found(sent, proven, tamper):
    sql = """update notifications_message set next_attempt_at = null, sent_at = now(),
        "then" = '[["email", 3]]', then_at = now() - %s::interval"""
    tamper(sql, ["4 min 50 s"])
    assert proven() == {}
    tamper(sql, ["5 min 10 s"])
    assert {ref for ref, _ in proven()["messages_sent"]} == {sent.case_reference}


def test_a_message_given_up_is_found_until_its_case_says_so(sent, proven, tamper):
    given_up = "update notifications_message set next_attempt_at = null, failed_at = now() - %s::interval"
    tamper(given_up, ["50 seconds"])  # the next delivery tells
    assert proven() == {}
    tamper(given_up, ["70 seconds"])
    assert {ref for ref, _ in proven()["failures_told"]} == {sent.case_reference}
    tamper("""insert into referrals_event (case_id, opened_on, type, occurred_at, actor, data, id, seq, hash,
            recorded_at) select case_id, opened_on, 'message.failed', now(), '{}',
            jsonb_build_object('message', id), row_number() over () + 1000, row_number() over () + 1000, '',
            now() from notifications_message""")
    assert "failures_told" not in proven()


def test_a_rung_without_its_messages_is_found_until_they_are_there(sent, proven, tamper, in_role):
    late(tamper, sent, 900)
    with in_role("worker"):
        assert engine.tick().fired == 1
    assert proven() == {}
    copy = "create table public.taken as delete from notifications_message where escalation_id is not null"
    tamper(copy.replace("delete from", "select * from"))
    other = "delete from notifications_message where escalation_id is not null and agency_id = %s"
    tamper(other, [sent.to_agency_id])
    found = proven()["rungs_told"]
    assert [ref for ref, _ in found] == [sent.reference]
    assert proven()["rungs_told"] == found  # not new any more, and still wrong
    tamper("insert into notifications_message select * from public.taken on conflict do nothing")
    tamper("drop table public.taken")
    assert "rungs_told" not in proven()


@pytest.fixture
def fired(sent, tamper, in_role):
    """The rung at 100%, which tells both sides' supervisors."""
    late(tamper, sent, 900)
    with in_role("worker"):
        assert engine.tick().fired == 1
    return sent


def test_a_rung_that_told_nobody_is_found(fired, proven, tamper):
    tamper("update referrals_escalation set told = '[]' where not superseded")
    assert proven()["rungs_told"] == [(fired.reference, "nobody was named by the rung at 100%")]


def test_a_message_to_somebody_else_of_the_agency_is_not_the_one_that_was_owed(fired, proven, tamper):
    other = """update notifications_message m set membership_id = (select min(o.id) from agencies_membership o
        where o.agency_id = m.agency_id and o.id <> m.membership_id)
        where escalation_id is not null and agency_id = %s"""
    assert tamper(other, [fired.to_agency_id]) == 1
    assert [ref for ref, _ in proven()["rungs_told"]] == [fired.reference]


def test_of_a_rung_from_before_people_were_kept_the_agencies_are_compared(fired, proven, tamper):
    tamper("""update referrals_escalation e set told = (select jsonb_agg(x - 'membership_id')
        from jsonb_array_elements(e.told) x) where not superseded""")
    assert proven() == {}


def test_an_event_that_nobody_numbers_is_found(sent, proven, tamper, in_role):
    tamper("update referrals_event set recorded_at = now() - interval '70 seconds'")
    assert sent.case_reference in [ref for ref, _ in proven()["events_numbered"]]
    with in_role("worker"):
        feed.number_events()
    assert "events_numbered" not in proven()


def test_an_event_that_is_not_owed_to_a_webhook_is_found(world, sent, proven, tamper, in_role):
    act(world.police, webhook.register, said={"url": "https://hooks.example/", "after": 0})
    tamper("update notifications_webhookendpoint set created_at = now() - interval '2 minutes'")
    tamper("update referrals_event set recorded_at = now() - interval '70 seconds'")
    with in_role("worker"):
        feed.number_events()
    assert [ref for ref, _ in proven()["webhooks_owed"]] == [sent.case_reference]
    with in_role("worker"):
        webhook.fan_out()
    assert "webhooks_owed" not in proven()


def test_the_canary_is_no_part_of_any_case(proven, in_role):
    with in_role("worker"):
        canary.tick()
        canary.send()
    assert proven() == {}
