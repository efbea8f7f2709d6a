"""A detention from the street to what follows: recorded, handed over, assessed, ended. Nothing by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.detention import RULES
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Stale
from referrals.domain.referral import State
from referrals.models import Case, Clock, Escalation, Person, Referral
from referrals.services import case, detention, engine, escalation
from referrals.services import referral as referrals
from tests.factories.world import act, move, referral_at
from tests.referrals.services import reading
from tests.referrals.services.deciding import decide
from tests.referrals.services.detaining import (
    BOSS,
    DOCTOR,
    EXTENSION,
    accept,
    ago,
    arrive,
    ask,
    detain,
    enter,
    events,
    now,
    running,
    waits,
)

DAY = timedelta(seconds=86_400)


def owner(world, held):
    with acting_for(world.police.agency_id):
        return Case.objects.get(pk=held.case_id).accountable_agency_id


def known(world, held):
    with acting_for(world.police.agency_id):
        person = Person.objects.get(case=held.case_id)
    return person.given_name, person.age, person.description


class TestRecording:
    """Police detain; the case is theirs until a place of safety accepts."""

    def test_it_opens_a_case_of_the_police_with_a_clock_to_a_place_of_safety(self, world):
        held = detain(world.police)
        assert owner(world, held) == world.police.agency_id
        clock = running(world.police, held)["reach_place"]
        assert clock.started_at == held.detained_at
        assert held.reference.startswith("D-")
        assert events(world.police, held)[:2] == ["case.opened", "detention.detained"]

    def test_in_somebody_elses_case_the_police_take_it_over_by_a_lead_that_the_officer_accepts(self, world):
        referral = referral_at(State.IN_PROGRESS, world)
        held = detain(world.police, case=referral.case_reference, person={})
        assert held.case_id == referral.case_id
        assert owner(world, held) == world.police.agency_id
        with acting_for(world.police.agency_id):
            lead = Case.objects.get(pk=held.case_id).holding_lead
            assert (lead.from_agency_id, lead.to_agency_id) == (
                world.trust.agency_id, world.police.agency_id,
            )  # fmt: skip
            assert lead.state == "in_progress"
        assert reading.again(world.trust, referral).state == "redirected"

    def test_in_a_case_of_their_own_nothing_is_handed_over(self, world):
        referral = referral_at(State.SENT, world)
        held = detain(world.police, case=referral.case_reference)
        assert "case.accountability_changed" not in events(world.police, held)

    def test_what_is_refused(self, world):
        with pytest.raises(NotYourMove):
            detain(world.trust)
        with pytest.raises(ReasonNeeded):
            detain(replace(world.police, person=None))
        with pytest.raises(NotThere):
            detain(world.police, case="C-7KD4-HNWT")
        with pytest.raises(Invalid):
            detain(world.police, -5)
        held = detain(world.police)
        with acting_for(world.police.agency_id):
            reference = Case.objects.get(pk=held.case_id).reference
        with pytest.raises(MoveNotAllowed):
            detain(world.police, case=reference)

    def test_a_stranger_sees_nothing_of_it(self, world):
        held = detain(world.police)
        with pytest.raises(NotThere):
            enter(world.stranger, held, "amhp_notified")

    def test_more_is_stated_later(self, world):
        held = detain(world.police, person={"description": "a woman in a red coat"})
        said = {"person_said": {"given_name": "Robin", "age": 15}, "source_incident_number": "INC-1"}
        changed = act(world.police, detention.describe, detention_id=held.pk, version=held.version, **said)
        assert (changed.under_18, changed.source_incident_number) == (True, "INC-1")
        with pytest.raises(Stale):
            act(world.police, detention.describe, detention_id=held.pk, version=held.version)

    def test_a_name_learned_later_is_the_persons_and_nothing_is_written_over(self, world):
        held = detain(world.police, person={"description": "a woman in a red coat"})
        for said in ({"given_name": "Robin"}, {"given_name": "Kim", "age": 40}):
            act(world.police, detention.describe, detention_id=held.pk, person_said=said)
        assert known(world, held) == ("Robin", 40, "a woman in a red coat")
        assert events(world.police, held).count("case.person_stated") == 2, "what was said is kept beside"

    def test_whoever_nobody_described_is_described_by_what_is_said_first(self, world):
        held = detain(world.police, person={})
        act(world.police, detention.describe, detention_id=held.pk, person_said={"given_name": "Robin"})
        assert known(world, held) == ("Robin", None, "")

    def test_an_age_alone_does_not_yet_describe_anybody(self, world):
        held = detain(world.police, person={})
        act(world.police, detention.describe, detention_id=held.pk, person_said={"age": 40})
        assert known(world, held) == ("", 40, "Not yet described")

    def test_the_officer_who_detains_fills_in_the_name_in_a_case_that_there_is(self, world):
        made = decide(world.police, person={"description": "a man in a red coat"})
        with acting_for(world.police.agency_id):
            reference = Case.objects.get(pk=made.case_id).reference
        held = detain(world.police, case=reference, person={"given_name": "Robin"})
        assert known(world, held) == ("Robin", None, "a man in a red coat")


class TestClock:
    """Twenty-four hours from the arrival that is stated, and what moves it."""

    def test_arrival_starts_it_on_stated_time(self, world):
        held = detain(world.police, 600)
        arrived = arrive(world, held, 480)
        seen = now(world.police, held)
        assert seen.row.expires_at == arrived.at + DAY
        clocks = running(world.police, held)
        assert clocks["detention_limit"].started_at == arrived.at
        assert clocks["detention_limit"].target_at == arrived.at + DAY
        assert clocks["officer_release"].target_at == arrived.at + timedelta(minutes=60)
        assert clocks["amhp_considers"].target_at == arrived.at + timedelta(minutes=180)
        assert "reach_place" not in clocks
        assert seen.waiting_minutes == 480

    def test_of_a_disputed_arrival_both_times_are_kept_and_the_earlier_warns(self, world):
        held = detain(world.police, 300)
        arrived = arrive(world, held, 60, disputed_at=ago(110), disputed_basis="vehicle_outside")
        seen = now(world.trust, held)
        assert seen.row.starts_at == arrived.disputed_at
        assert seen.row.expires_at == arrived.disputed_at + DAY
        assert seen.facts.latest_start == arrived.at
        assert "disputed by 5" in seen.advice[0].text
        assert "24 hours from arrival" in seen.advice[0].basis

    def test_a_corrected_arrival_moves_it_in_the_open(self, world):
        held = detain(world.police, 300)
        first = arrive(world, held, 60)
        again = arrive(world, held, 75, corrects=first.pk)
        assert now(world.police, held).row.expires_at == again.at + DAY
        clock = running(world.police, held)["detention_limit"]
        assert (clock.started_at, clock.target_at) == (again.at, again.at + DAY)
        told = events(world.police, held)
        assert {"detention.corrected", "detention.clock_moved", "detention.expiry_moved"} <= set(told)
        seen = now(world.police, held)
        assert [each.stands for each in seen.milestones if each.row.kind == "arrived"] == [False, True]
        with pytest.raises(Invalid):
            arrive(world, held, 70, corrects=first.pk)

    def test_an_arrival_may_be_taken_back_for_a_reason(self, world):
        held = detain(world.police, 300)
        first = arrive(world, held, 60)
        with pytest.raises(ReasonNeeded):
            arrive(world, held, 60, corrects=first.pk, withdrawn=True)
        arrive(world, held, 60, corrects=first.pk, withdrawn=True, note="wrong person")
        seen = now(world.police, held)
        assert (seen.row.starts_at, seen.row.state) == (None, "detained")
        assert set(running(world.police, held)) >= {"reach_place"}

    def test_a_transfer_does_not_restart_it(self, world):
        held = detain(world.police, 300)
        first = arrive(world, held, 200)
        arrive(world, held, 20, place=world.teams["other_trust"])
        seen = now(world.police, held)
        assert seen.row.expires_at == first.at + DAY
        assert seen.row.place_id == world.teams["other_trust"].pk
        clock = running(world.police, held)["detention_limit"]
        assert (clock.team_id, clock.other_team_id) == (seen.row.place_id, world.teams["police"].pk)

    def test_an_extension_moves_it_and_the_warnings_stay(self, world):
        held = detain(world.police, 900)
        arrived = arrive(world, held, 800)
        enter(world.trust, held, "extended", 5, **EXTENSION)
        seen = now(world.trust, held)
        assert seen.row.expires_at == arrived.at + DAY + timedelta(hours=12)
        clock = running(world.trust, held)["detention_limit"]
        assert clock.target_at == seen.row.expires_at
        assert clock.next_look_at == arrived.at + timedelta(hours=12)

    @pytest.mark.parametrize("reason", ["no_amhp", "no_doctor", "no_bed", "other"])
    def test_it_is_extended_only_for_the_persons_condition(self, world, reason):
        held = detain(world.police, 900)
        arrive(world, held, 800)
        with pytest.raises(ReasonNeeded, match=r"s\.136B") as refused:
            enter(world.trust, held, "extended", 5, **{**EXTENSION, "reason_code": reason})
        assert "/reason_code" in refused.value.errors

    def test_an_extension_needs_its_doctor_and_ends_at_twelve_hours(self, world):
        held = detain(world.police, 900)
        arrive(world, held, 800)
        for wrong, error in (({"doctor": None}, ReasonNeeded), ({"extension_minutes": 721}, Invalid)):
            with pytest.raises(error):
                enter(world.trust, held, "extended", 5, **{**EXTENSION, **wrong})
        with pytest.raises(NotYourMove):
            enter(world.police, held, "extended", 5, **EXTENSION)
        enter(world.trust, held, "extended", 5, **EXTENSION)
        with pytest.raises(MoveNotAllowed):
            enter(world.trust, held, "extended", 1, **EXTENSION)

    def test_a_voluntary_handover_has_no_legal_clock(self, world):
        held = detain(world.police, power="voluntary")
        arrive(world, held)
        seen = now(world.police, held)
        assert (seen.row.expires_at, seen.advice) == (None, [])
        assert {"officer_release"} == {"officer_release", "detention_limit"} & set(
            running(world.police, held)
        )

    def test_warnings_come_at_12_18_and_22_hours_and_a_lapse_tells_directors(self, world, in_role):
        held = detain(world.police, 30)
        arrived = arrive(world, held, 20)
        told = []
        for hours in (11.9, 12, 18, 22, 24):
            with in_role("worker"):
                engine.tick(now=arrived.at + timedelta(hours=hours))
            with acting_for(world.police.agency_id):
                rungs = Escalation.objects.filter(clock__kind="detention_limit").order_by("id")
                told = [(r.percent, {(w["tier"], w["agency_id"]) for w in r.told}) for r in rungs]
                assert len(told) == {11.9: 0, 12: 1, 18: 2, 22: 3, 24: 4}[hours]
        assert told[-1][1] == {
            ("director", world.police.agency_id), ("director", world.trust.agency_id)
        }  # fmt: skip

    def test_whoever_takes_the_first_warning_silences_no_other(self, world, in_role):
        held = detain(world.police, 30)
        arrived = arrive(world, held, 20)

        def looked(hours):
            with in_role("worker"):
                engine.tick(now=arrived.at + timedelta(hours=hours))
            with acting_for(world.police.agency_id):
                return Escalation.objects.filter(clock__kind="detention_limit").count()

        assert looked(12) == 1
        limit = running(world.police, held)["detention_limit"]
        act(world.trust, escalation.take, clock_id=limit.pk)
        assert [looked(hours) for hours in (15, 18, 20, 22, 24)] == [1, 2, 2, 3, 4]


class TestHandover:
    """A lead referral to the place of safety: its acceptance is health's."""

    def test_the_first_place_to_accept_has_the_person(self, world):
        held = detain(world.police)
        asked = ask(world, held, "trust", "other_trust")
        assert {each.asking for each in asked} == {asked[0].asking}
        accept(world.trust, asked[0])
        seen = now(world.police, held)
        assert seen.row.accepted_at is not None
        entry = next(each for each in seen.standing if each.row.kind == "health_accepted")
        assert entry.row.referral_id == asked[0].pk
        assert entry.row.actor["name"] == world.trust.person.name
        assert owner(world, held) == world.trust.agency_id
        assert reading.again(world.police, asked[1]).state == "cancelled"

    def test_the_milestone_by_the_place_is_the_acceptance(self, world):
        held = detain(world.police)
        (asked,) = ask(world, held)
        with pytest.raises(NotYourMove):
            enter(world.police, held, "health_accepted")
        made = enter(world.trust, held, "health_accepted")
        assert made.referral_id == asked.pk
        assert reading.again(world.trust, asked).state == "accepted"

    def test_nobody_accepts_who_was_not_asked(self, world):
        held = detain(world.police)
        arrive(world, held)
        with pytest.raises(MoveNotAllowed, match="ask it first") as refusal:
            enter(world.trust, held, "health_accepted")
        assert "health_accepted" not in refusal.value.allowed
        for kind in ("assessment_started", *refusal.value.allowed):
            assert kind in RULES
        assert "assessment_started" in refusal.value.allowed

    def test_capacity_is_answered_within_a_quarter_of_an_hour(self, world):
        (asked,) = ask(world, detain(world.police))
        clock = reading.running(world.police, asked)["decide"]
        assert clock.target_at - clock.started_at == timedelta(minutes=15)

    def test_a_refusal_names_who_stands_behind_it(self, world):
        held = detain(world.police)
        (asked,) = ask(world, held)
        with pytest.raises(ReasonNeeded) as refused:
            move(world.trust, asked, "decline", reason_code="no_capacity")
        assert "/authorised_by" in refused.value.errors
        move(world.trust, asked, "decline", reason_code="no_capacity", authorised_by=BOSS)
        answer = next(e for e in now(world.police, held).standing if e.row.kind == "capacity_answered")
        assert (answer.row.reason_code, answer.row.authorised_by) == ("refused", BOSS)

    def test_what_a_place_gives_back_is_not_accepted_any_more(self, world):
        held = detain(world.police)
        (asked,) = ask(world, held)
        accept(world.trust, asked)
        move(world.trust, asked, "fail", reason_code="no_capacity")
        seen = now(world.police, held)
        assert (seen.row.accepted_at, seen.row.state) == (None, "detained")
        assert owner(world, held) == world.police.agency_id

    def test_officers_who_had_gone_have_the_person_again_whom_a_place_gives_back(self, world):
        held = detain(world.police, 120)
        (asked,) = ask(world, held)
        arrive(world, held, 60)
        accept(world.trust, asked)
        enter(world.police, held, "last_officer_released", 30)
        released = now(world.police, held)
        assert "officer_release" not in running(world.police, held)
        move(world.trust, asked, "fail", reason_code="no_capacity")
        seen = now(world.police, held)
        assert (seen.row.released_at, seen.waiting_minutes) == (None, 60)
        assert (seen.waiting, seen.officer_minutes) == (0, released.officer_minutes), "they had gone"
        assert "officer_release" in running(world.police, held)
        waits(world.police, held, number=2)
        assert now(world.police, held).waiting == 2
        enter(world.police, held, "last_officer_released")
        assert now(world.police, held).row.released_at is not None

    def test_only_who_answers_for_the_person_asks(self, world):
        held = detain(world.police)
        (asked,) = ask(world, held)
        accept(world.trust, asked)
        with pytest.raises(NotYourMove):
            ask(world, held, "other_trust")

    def test_the_police_stay_party_while_their_officers_wait(self, world):
        referral = referral_at(State.IN_PROGRESS, world)
        with acting_for(world.trust.agency_id):
            Referral.objects.get(pk=referral.pk)
        held = detain(world.police, case=referral.case_reference, person={})
        (asked,) = ask(world, held, "other_trust")
        arrive(world, held, 30, place=world.teams["other_trust"])
        accept(world.other_trust, asked)
        assert "police" in reading.parties(world, referral)
        assert now(world.police, held).waiting_minutes >= 30


class TestOfficers:
    """Who waits, one by one or as a number."""

    def test_the_hour_is_told_to_both_sides_and_the_release_too(self, world, in_role):
        held = detain(world.police)
        (asked,) = ask(world, held)
        arrived = arrive(world, held, 61)
        accept(world.trust, asked)
        with in_role("worker"):
            engine.tick(now=arrived.at + timedelta(minutes=61))
        for name in ("police", "trust"):
            assert "escalation.fired" in reading.told(world, name)
        enter(world.police, held, "last_officer_released")
        assert "detention.released" in reading.told(world, "trust")
        assert "officer_release" not in running(world.police, held)
        assert now(world.police, held).waiting_minutes is None

    def test_a_clock_that_runs_a_little_ahead_is_taken_as_ours(self, world):
        held = detain(world.police, -1)
        assert held.detained_at == held.recorded_at
        entry = enter(world.police, held, "arrived", -1, place_kind="health_based")
        assert entry.at == entry.recorded_at
        wait = waits(world.police, held, number=2, since=ago(-1))
        assert wait.since == wait.recorded_at

    def test_who_was_there_before_the_detention_has_waited_too(self, world):
        held = detain(world.police, 90)
        waits(world.police, held, number=2, since=ago(90 + 11 * 60))
        assert now(world.police, held).officer_minutes == 2 * (90 + 11 * 60)

    def test_a_relief_is_not_counted_twice(self, world):
        held = detain(world.police, 120)
        waits(world.police, held, identifier="PC 101", since=ago(120))
        waits(world.police, held, identifier="PC 102", since=ago(60), relieves="PC 101")
        seen = now(world.police, held)
        assert (seen.waiting, seen.officer_minutes) == (1, 120)

    def test_a_number_follows_a_number(self, world):
        held = detain(world.police, 120)
        waits(world.police, held, number=2, since=ago(120))
        waits(world.police, held, number=3, since=ago(60))
        waits(world.police, held, identifier="PC 101", since=ago(60))
        seen = now(world.police, held)
        assert (seen.waiting, seen.officer_minutes) == (3, 300)
        waits(world.police, held, number=0)
        assert now(world.police, held).waiting == 1, "who is named is still there"

    @pytest.mark.parametrize("number", [0, 1])
    def test_a_number_without_a_time_counts_from_now_and_the_past_stays(self, world, number):
        held = detain(world.police, 120)
        waits(world.police, held, number=2, since=ago(120))
        waits(world.police, held, number=number)
        seen = now(world.police, held)
        assert (seen.waiting, seen.officer_minutes) == (number, 240)

    def test_a_number_is_ended_or_corrected_from_its_beginning(self, world):
        held = detain(world.police, 120)
        entry = waits(world.police, held, number=2, since=ago(120))
        entry = waits(world.police, held, number=3, corrects=entry.pk)
        assert now(world.police, held).officer_minutes == 360
        waits(world.police, held, number=3, until=ago(60))
        seen = now(world.police, held)
        assert (seen.waiting, seen.officer_minutes) == (0, 180)

    def test_an_officer_entered_again_without_a_time_has_waited_all_along(self, world):
        held = detain(world.police, 120)
        waits(world.police, held, identifier="PC 101", since=ago(120))
        waits(world.police, held, identifier="PC 101")
        seen = now(world.police, held)
        assert (seen.waiting, seen.officer_minutes) == (1, 120)

    def test_a_relief_without_a_time_keeps_what_the_first_has_waited(self, world):
        held = detain(world.police, 120)
        waits(world.police, held, identifier="PC 101", since=ago(120))
        waits(world.police, held, identifier="PC 102", relieves="PC 101")
        seen = now(world.police, held)
        assert (seen.waiting, seen.officer_minutes) == (1, 120)

    def test_the_release_ends_every_wait(self, world):
        held = detain(world.police, 120)
        waits(world.police, held, number=2, since=ago(120))
        arrive(world, held, 60)
        enter(world.police, held, "last_officer_released", 20)
        seen = now(world.police, held)
        assert (seen.waiting, seen.officer_minutes) == (0, 200)

    def test_what_is_refused(self, world):
        held = detain(world.police)
        arrive(world, held)
        for wrong in (
            {},
            {"identifier": "PC 1", "number": 2},
            {"identifier": "PC 1", "since": ago(-9)},
            {"identifier": "PC 1", "since": ago(60 * 24 * 60)},
            {"number": 2, "since": ago(90 + 12 * 60 + 1)},
            {"number": 0},
            {"identifier": "PC 1", "since": ago(9), "until": ago(10)},
            {"number": 101},
            {"identifier": "PC 1", "relieves": "PC 1"},
        ):
            with pytest.raises(Invalid):
                waits(world.police, held, **wrong)
        with pytest.raises(MoveNotAllowed):
            waits(world.police, held, identifier="PC 1", relieves="PC 2")
        with pytest.raises(NotYourMove):
            waits(world.trust, held, number=1)
        with pytest.raises(ReasonNeeded):
            waits(replace(world.police, person=None), held, number=1)


class TestMilestones:
    """Entered in any order; the same facts come of them."""

    def test_a_child_is_never_taken_to_a_police_station(self, world):
        held = detain(world.police, person={"given_name": "Robin", "age": 16})
        assert held.under_18
        with pytest.raises(Invalid, match="never a place of safety for somebody under 18"):
            arrive(world, held, place=None, place_kind="police_station")
        arrive(world, held)

    def test_that_somebody_in_a_police_station_is_a_child_is_taken_down_and_told(self, world):
        held = detain(world.police)
        arrive(world, held, place=None, place_kind="police_station")
        assert "find out now" in now(world.police, held).advice[0].text
        act(world.police, detention.describe, detention_id=held.pk, person_said={"age": 17})
        seen = now(world.police, held)
        assert seen.row.under_18
        assert "Move them now" in seen.advice[0].text
        assert reading.told(world, "police").count("detention.child_in_station") == 2
        arrive(world, held, 1)
        assert now(world.police, held).advice == []

    def test_entered_backwards_they_come_to_the_same(self, world):
        held = detain(world.police, 300)
        ask(world, held)
        enter(world.trust, held, "decided", 10, outcome="discharged_gp_cmht")
        enter(world.trust, held, "assessment_started", 60)
        enter(world.police, held, "last_officer_released", 150)
        arrive(world, held, 200)
        seen = now(world.police, held)
        assert (seen.row.state, seen.row.outcome) == ("ended", "discharged_gp_cmht")
        assert seen.row.expires_at == seen.row.starts_at + DAY
        assert seen.advice == []

    def test_times_that_cannot_both_be_right_are_told(self, world):
        held = detain(world.police, 100)
        arrive(world, held, 200)
        assert "one of the times is wrong" in now(world.police, held).advice[0].text

    def test_who_is_admitted_is_waited_with_until_they_leave(self, world):
        held = detain(world.police, 300)
        arrive(world, held, 200)
        enter(world.trust, held, "assessment_started", 60)
        enter(world.trust, held, "decided", 30, outcome="s2")
        assert "detention_limit" in running(world.trust, held)
        enter(world.trust, held, "bed_requested", 20)
        enter(world.trust, held, "left", 1)
        assert "detention_limit" not in running(world.police, held)
        assert now(world.police, held).row.state == "ended"

    def test_police_read_that_it_was_decided_and_not_the_assessment(self, world):
        held = detain(world.police, 300)
        arrive(world, held, 200)
        enter(world.trust, held, "assessment_started", 60, note="hears voices")
        texts = {
            name: {each.text for each in now(getattr(world, name), held).milestones} - {None}
            for name in ("police", "trust")
        }
        assert texts == {"police": set(), "trust": {"hears voices"}}

    def test_what_is_refused(self, world):
        held = detain(world.police, 300)
        arrive(world, held, 200)
        with pytest.raises(NotYourMove):
            enter(world.police, held, "decided", outcome="s2")
        with pytest.raises(ReasonNeeded):
            enter(world.trust, held, "decided")
        with pytest.raises(Invalid):
            enter(world.trust, held, "decided", outcome="cured")
        with pytest.raises(Invalid):
            enter(world.trust, held, "assessment_started", -5)
        with pytest.raises(ReasonNeeded):
            enter(replace(world.trust, person=None), held, "assessment_started")
        with pytest.raises(ReasonNeeded):
            arrive(world, held, place=None, place_kind="")
        with pytest.raises(MoveNotAllowed):
            enter(world.police, held, "detained")
        with pytest.raises(Invalid):
            enter(world.police, held, "ambulance_not_used", reason_code="rain")
        with pytest.raises(Invalid):
            enter(world.police, held, "capacity_answered", place=world.teams["trust"], reason_code="refused")
        alone = arrive(world, held, 20, disputed_basis="vehicle_outside")
        assert (alone.disputed_at, alone.disputed_basis) == (None, ""), "a basis of no other time"

    def test_a_case_is_not_closed_over_it(self, world):
        held = detain(world.police, 300)
        with acting_for(world.police.agency_id):
            reference = Case.objects.get(pk=held.case_id).reference
        words = {"reference": reference, "action": "close", "reason": "over"}
        with pytest.raises(MoveNotAllowed, match=held.reference):
            act(world.police, case.move, **words)
        enter(world.police, held, "left", 1, outcome="arrested")
        assert now(world.police, held).row.outcome == "arrested"
        assert act(world.police, case.move, **words).state == "closed"
        with pytest.raises(MoveNotAllowed):
            enter(world.police, held, "amhp_notified", 1)

    def test_a_raised_risk_leaves_the_statutory_clock_alone(self, world):
        from referrals.services import risk

        held = detain(world.police, 900)
        (asked,) = ask(world, held)
        arrive(world, held, 100)
        enter(world.trust, held, "extended", 5, **EXTENSION)
        before = running(world.police, held)["detention_limit"].pk
        said = {"direction": "raise", "reason": "he has a knife", "priority": "P1"}
        act(world.trust, risk.change, referral_id=asked.pk, **said)
        assert running(world.police, held)["detention_limit"].pk == before

    def test_a_handover_is_also_asked_as_every_referral_is(self, world):
        held = detain(world.police)
        with acting_for(world.police.agency_id):
            reference = Case.objects.get(pk=held.case_id).reference
        asked = world.asked(case=reference, person={}, category="s136_handover")
        act(world.police, referrals.create, asked=asked)
        assert "place_contacted" in {each.row.kind for each in now(world.police, held).standing}
        assert DOCTOR["role"]


def test_once_they_have_left_no_place_is_asked_any_more(world):
    held = detain(world.police)
    asked = ask(world, held, "trust", "other_trust")
    arrive(world, held)
    enter(world.police, held, "left")
    with acting_for(world.police.agency_id):
        found = {each.state: each for each in Referral.objects.filter(pk__in=[each.pk for each in asked])}
        assert set(found) == {"cancelled"}
        assert found["cancelled"].moves.latest("version").reason_code == "detention_ended"
        assert not Clock.objects.running().filter(referral__in=asked).exists()
        waiting = Clock.objects.running().filter(case=held.case_id).values_list("kind", flat=True)
        assert set(waiting) == {"case_review"}, "nobody is awaited any more"
    assert reading.told(world, "other_trust")[-1] == "referral.cancelled"


def test_a_place_that_enters_the_end_itself_answers_its_own_ask(world):
    held = detain(world.police)
    asked = ask(world, held, "trust", "other_trust")
    arrive(world, held)
    enter(world.trust, held, "left")
    enter(world.police, held, "last_officer_released")
    with acting_for(world.police.agency_id):
        assert [Referral.objects.get(pk=each.pk).state for each in asked] == ["sent", "cancelled"]


def test_a_place_that_has_accepted_keeps_what_it_has(world):
    held = detain(world.police)
    (asked,) = ask(world, held)
    arrive(world, held)
    accept(world.trust, asked)
    enter(world.police, held, "left")
    with acting_for(world.police.agency_id):
        assert Referral.objects.get(pk=asked.pk).state == "accepted"
