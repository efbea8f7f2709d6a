"""Reporting a patient missing: a case of the unit's, one ask of the police, and promises from then on."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.roles import TeamKind
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Stale
from referrals.domain.missing import State
from referrals.models import Content, Person, Referral
from referrals.models.keys import instant
from referrals.services import case, engine, missing, threshold_review
from tests.factories.agencies import TeamFactory
from tests.factories.missing import again, ask_of, clocks, kinds, report, report_at, said, step
from tests.factories.world import act, move
from tests.referrals.services.deciding import MET, UNSURE, decide
from tests.referrals.services.deciding import NO as NOT_MET
from tests.referrals.services.reading import case_of, events, parties, told

HIGH = {"immediate_risk": "yes"}
DETAINED = {"legal_status": "s3"}


def add(world, found, **changes):
    return act(world.trust, missing.update, report_id=found.pk, said=missing.Added(**changes))


class TestSending:
    """A report opens a case of the unit's agency, and asks the police once, in the same case."""

    def test_the_unit_answers_and_the_police_are_asked(self, world):
        found = report(world)
        asked = ask_of(world.trust, found)
        assert case_of(world.trust, asked).accountable_agency_id == world.trust.agency_id
        assert (asked.state, asked.lead, asked.category) == ("sent", False, "missing_informal")
        assert parties(world, asked) == {"trust", "police"}
        assert told(world, "police") == ["referral.sent"]
        assert events(world.police, asked)[-1] == "missing.reported"
        with acting_for(world.trust.agency_id):
            assert Referral.objects.filter(case=found.case_id).count() == 1

    def test_a_high_risk_proposes_that_the_police_lead(self, world):
        asked = ask_of(world.trust, report(world, facts=HIGH))
        assert (asked.lead, asked.priority) == (True, "P1")
        assert not ask_of(world.trust, report(world, facts=HIGH, lead=False)).lead, "only proposes"

    @pytest.mark.parametrize(
        ("facts", "category"),
        [
            ({}, "missing_informal"),
            (DETAINED, "awol_detained"),
            ({"legal_status": "informal"}, "missing_informal"),
        ],
    )
    def test_the_legal_status_says_what_it_is(self, world, facts, category):
        assert report(world, facts=facts).category == category

    def test_nobody_promises_contact_with_somebody_who_is_missing(self, world):
        found = report(world)
        assert set(clocks(world.trust, found)) == {"missing_grade"}

    def test_a_description_alone_is_enough(self, world):
        found = report(
            world, person={"description": "a man in pyjamas"}, details={}, facts={"last_seen_at": None}
        )
        assert again(world.trust, found).missing_since == found.created_at

    def test_a_child_is_flagged_and_at_least_medium(self, world):
        found = report(world, person={"given_name": "Robin", "age": 15}, facts={"immediate_risk": "no"})
        asked = ask_of(world.trust, found)
        assert (asked.flags, asked.priority, found.under_18) == (["under_18"], "P2", True)

    def test_who_may_not(self, world):
        with pytest.raises(NotYourMove):
            act(world.other_trust, missing.create, said=said(world))
        with pytest.raises(NotYourMove):
            act(world.police, missing.create, said=said(world, unit=world.teams["police"]))
        with pytest.raises(ReasonNeeded):
            act(world.trust.asserting(None), missing.create, said=said(world))

    def test_a_clock_that_runs_a_little_ahead_is_taken_as_ours(self, world):
        found = report(world, facts={"last_seen_at": instant() + timedelta(minutes=1)})
        assert found.last_seen_at == found.missing_since == found.created_at

    @pytest.mark.parametrize("who", ["trust", "ambulance", "other_trust"])
    @pytest.mark.parametrize("draft", [False, True])
    def test_nobody_but_the_police_is_asked(self, world, who, draft):
        unit = TeamFactory(agency_id=world.trust.agency_id, kind=TeamKind.WARD, code="ward-b")
        with pytest.raises(Invalid) as refusal:
            report(world, unit=unit, police=world.teams[who], draft=draft)
        assert set(refusal.value.errors) == {"/to_team"}

    def test_nor_is_a_draft_readdressed_to_somebody_else(self, world):
        found = report(world, draft=True)
        with pytest.raises(Invalid) as refusal:
            add(world, found, police=world.teams["ambulance"])
        assert set(refusal.value.errors) == {"/to_team"}

    def test_nor_who_stands_in_for_a_closed_desk(self, world):
        closed = TeamFactory(
            agency_id=world.police.agency_id, kind=TeamKind.CONTROL_ROOM, code="shut", always_open=False,
            fallback=world.teams["ambulance"],
        )  # fmt: skip
        with pytest.raises(Invalid) as refusal:
            report(world, police=closed)
        assert set(refusal.value.errors) == {"/to_team"}

    def test_nothing_was_seen_in_the_future(self, world):
        later = instant() + timedelta(hours=1)
        for name in ("last_seen_at", "absence_confirmed_at", "section_started_at"):
            with pytest.raises(Invalid) as refused:
                report(world, facts={name: later})
            assert set(refused.value.errors) == {f"/{name}"}

    def test_nor_so_long_ago_that_a_year_was_mistyped(self, world):
        for name in ("last_seen_at", "absence_confirmed_at"):
            with pytest.raises(Invalid) as refused:
                report(world, facts={name: instant() - timedelta(days=4_000)})
            assert set(refused.value.errors) == {f"/{name}"}
        months_ago = instant() - timedelta(days=200)
        assert report(world, facts={"last_seen_at": months_ago}).missing_since == months_ago

    def test_the_only_control_room_is_asked_else_one_is_named(self, world):
        assert ask_of(world.trust, report(world, police=None)).to_team == world.teams["police"]
        TeamFactory(agency=world.teams["police"].agency, kind=TeamKind.CONTROL_ROOM)
        with pytest.raises(Invalid) as refused:
            report(world, police=None)
        assert "/to_team" in refused.value.errors
        unit = world.teams["trust"]
        unit.areas = ["NW1"]
        with pytest.raises(Invalid):
            report(world, police=None, unit=unit)
        world.teams["police"].areas = ["NW1"]
        world.teams["police"].save()
        assert ask_of(world.trust, report(world, police=None, unit=unit)).to_team == world.teams["police"]


class TestDraft:
    """A draft is its unit's alone, and chased; an absence that is confirmed starts fifteen minutes."""

    def test_it_is_chased_and_nobody_else_knows(self, world):
        found = report(world, draft=True)
        assert kinds(world.trust, found) == {"draft"}
        assert told(world, "police") == []
        with pytest.raises(NotThere):
            step(world.police, found, "grade")

    def test_a_confirmed_absence_is_to_be_reported(self, world, in_role):
        found = report(world, draft=True, person={}, facts={"absence_confirmed_at": instant()})
        clock = clocks(world.trust, found)["missing_unreported"]
        assert clock.target_at - clock.started_at == timedelta(minutes=15)
        with in_role("worker"):
            engine.tick(now=clock.target_at)
        assert told(world, "trust").count("escalation.fired") >= 1
        add(world, found, person={"family_name": "EXAMPLE"})
        step(world.trust, found, "send")
        assert kinds(world.trust, found) == {"grade"}

    def test_confirmed_later_it_starts_then_and_once(self, world):
        found = report(world, draft=True)
        add(world, found, facts={"absence_confirmed_at": instant()})
        first = clocks(world.trust, found)["missing_unreported"].pk
        add(world, found, details={"hair": "red"})
        assert clocks(world.trust, found)["missing_unreported"].pk == first

    def test_its_fifteen_minutes_run_from_the_confirmation_that_is_stated(self, world):
        confirmed = instant() - timedelta(minutes=40)
        found = report(world, draft=True, facts={"absence_confirmed_at": confirmed})
        clock = clocks(world.trust, found)["missing_unreported"]
        assert (clock.started_at, clock.target_at) == (confirmed, confirmed + timedelta(minutes=15))
        add(world, found, facts={"absence_confirmed_at": confirmed}, details={"hair": "red"})
        assert clocks(world.trust, found)["missing_unreported"].pk == clock.pk, "saved again, it runs on"

    def test_another_time_of_confirmation_counts_from_that_one(self, world):
        found = report(world, draft=True, facts={"absence_confirmed_at": instant()})
        earlier = instant() - timedelta(minutes=9)
        add(world, found, facts={"absence_confirmed_at": earlier})
        assert clocks(world.trust, found)["missing_unreported"].started_at == earlier
        add(world, found, facts={"absence_confirmed_at": None})
        assert "missing_unreported" not in clocks(world.trust, found)

    def test_a_confirmation_to_come_is_refused(self, world):
        with pytest.raises(Invalid):
            report(world, draft=True, facts={"absence_confirmed_at": instant() + timedelta(minutes=5)})

    def test_what_is_typed_writes_over_what_was(self, world):
        found = report(world, draft=True)
        add(world, found, person={"given_name": "Kim"}, details={"direction": "", "hair": "red"})
        with acting_for(world.trust.agency_id):
            assert Person.objects.get(case=found.case_id).given_name == "Kim"
        assert again(world.trust, found).details == {"last_seen_place": "ward garden", "hair": "red"}

    def test_discarded_its_case_ends_with_it(self, world):
        found = report_at(State.DISCARDED, world)
        assert again(world.trust, found).case.state == "closed"
        assert clocks(world.trust, found) == {}

    def test_sent_once(self, world):
        found = report_at(State.REPORTED, world)
        with pytest.raises(MoveNotAllowed):
            step(world.trust, found, "send")


class TestAdding:
    """The unit adds what it learns; what others said is kept beside."""

    def test_health_alone_reads_a_diagnosis(self, world):
        found = report(world)
        add(world, found, details={"diagnosis": "psychosis", "clothing": "pyjamas"})
        with acting_for(world.police.agency_id):
            said = {c.kind: c for c in Content.objects.filter(case=found.case_id).order_by("recorded_at")}
        assert said["missing_clinical"].audience == ["health"]
        assert "diagnosis" not in said["missing_report"].body

    def test_gaps_in_the_person_are_filled_and_nothing_is_written_over(self, world):
        found = report(world)
        add(world, found, person={"phone": "07700 900123", "nhs_number": "9990000026"})
        with acting_for(world.trust.agency_id):
            person = Person.objects.get(case=found.case_id)
        assert (person.phone, person.nhs_number) == ("07700 900123", "9990000018")

    def test_a_greater_risk_makes_all_of_it_more_urgent(self, world):
        found = report(world)
        before = clocks(world.trust, found)["missing_grade"].target_at
        add(world, found, facts=HIGH)
        assert kinds(world.trust, found) == {"grade", "not_taken"}
        assert clocks(world.trust, found)["missing_grade"].target_at < before
        assert ask_of(world.trust, found).priority == "P1"
        assert again(world.trust, found).urgency == 1

    def test_who_may_not_and_when(self, world):
        found = report(world)
        with pytest.raises(NotYourMove):
            act(world.police, missing.update, report_id=found.pk, said=missing.Added(details={"hair": "red"}))
        with pytest.raises(Stale):
            act(world.trust, missing.update, report_id=found.pk, said=missing.Added(), version=1)
        with pytest.raises(NotThere):
            act(world.stranger, missing.update, report_id=found.pk, said=missing.Added())
        step(world.trust, found, "cancel")
        with pytest.raises(MoveNotAllowed):
            add(world, found, details={"hair": "red"})


class TestPolice:
    """Responsibility moves by the referral, and by nothing else."""

    def test_a_lead_that_is_accepted_makes_the_police_accountable(self, world):
        found = report(world, facts=HIGH)
        asked = ask_of(world.trust, found)
        assert kinds(world.trust, found) == {"grade", "not_taken"}
        move(world.police, asked, "accept")
        assert case_of(world.trust, asked).accountable_agency_id == world.police.agency_id
        assert kinds(world.trust, found) == {"grade"}
        held = clocks(world.trust, found)["missing_grade"]
        assert (held.team_id, held.other_team_id) == (world.teams["police"].pk, world.teams["trust"].pk)

    def test_given_back_it_is_to_be_taken_again(self, world):
        found = report(world, facts=HIGH)
        asked = ask_of(world.trust, found)
        move(world.police, asked, "accept")
        move(world.police, asked, "fail")
        assert kinds(world.trust, found) == {"grade", "not_taken"}
        assert clocks(world.trust, found)["missing_grade"].team_id == world.teams["trust"].pk

    def test_a_case_with_an_open_report_is_not_closed(self, world):
        found = report_at(State.RETURNED, world)
        assert ask_of(world.trust, found).state == "cancelled"
        words = {"reference": found.case.reference, "action": "close", "reason": "over"}
        with pytest.raises(MoveNotAllowed, match=found.reference):
            act(world.trust, case.move, **words)
        step(world.trust, found, "close")
        assert act(world.trust, case.move, **words).state == "closed"

    def test_a_decline_cites_a_threshold_decision(self, world):
        found = report(world)
        asked = ask_of(world.trust, found)
        with pytest.raises(ReasonNeeded) as refused:
            move(world.police, asked, "decline")
        assert "/threshold_decision" in refused.value.errors
        with pytest.raises(ReasonNeeded):
            move(world.police, asked, "decline", threshold_decision=decide(world.police).pk)
        words = {"category": asked.category, "case": asked.case_reference}
        met = decide(world.police, answers=MET, **words)
        with pytest.raises(Invalid):
            move(world.police, asked, "decline", threshold_decision=met.pk)
        made = decide(world.police, **words)
        declined = move(world.police, asked, "decline", threshold_decision=made.pk)
        assert (declined.state, declined.threshold_decision_id) == ("declined", made.pk)

    @pytest.mark.parametrize("fault", ["undetermined", "superseded", "reopened", "disagreed"])
    def test_what_does_not_stand_is_not_cited(self, world, fault):
        found = report(world)
        asked = ask_of(world.trust, found)
        words = {"category": asked.category, "case": asked.case_reference}
        made = decide(world.police, **words, answers=UNSURE if fault == "undetermined" else NOT_MET)
        if fault == "superseded":
            decide(world.police, **words)
        elif fault == "reopened":
            said = "He has rung: he has tablets."
            act(world.trust, threshold_review.reopen, decision_id=made.pk, reason=said)
        elif fault == "disagreed":
            act(world.trust, threshold_review.disagree, decision_id=made.pk, reason="He has a knife.")
        with pytest.raises(Invalid) as refused:
            move(world.police, asked, "decline", threshold_decision=made.pk)
        assert set(refused.value.errors) == {"/threshold_decision"}

    def test_other_referrals_are_declined_as_before(self, world):
        asked = world.asked(from_team=world.teams["trust"], to_team=world.teams["police"],
                            category="awol_detained")  # fmt: skip
        from referrals.services import referral as referrals

        made = act(world.trust, referrals.create, asked=asked)
        assert move(world.police, made, "decline").state == "declined"
