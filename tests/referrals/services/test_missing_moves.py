"""Grading, reviewing, finding: who may, what it starts, and what the two sides hear."""

from datetime import timedelta
from itertools import product

import pytest

from agencies.acting import NamedPerson, acting_for
from agencies.roles import AgencyKind, TeamKind
from notifications.models import Message
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.missing import MOVES, State
from referrals.models import Clock, EpisodeLink, Person, Referral
from referrals.models.keys import instant
from referrals.reporting.missing_reports import read
from referrals.screens.timeline import timeline
from referrals.services import checklist, detention, episode_links, missing, sighting
from referrals.services.detention import Detained
from referrals.services.sighting import Seen
from tests.factories.agencies import AgencyFactory, ApiClientFactory, TeamFactory
from tests.factories.missing import again, ask_of, clocks, kinds, report, report_at, step
from tests.factories.world import act, client_actor, move
from tests.referrals.services.deciding import decide
from tests.referrals.services.reading import again as now_of
from tests.referrals.services.reading import case_of, running, told

OUTSIDE = [(state, action) for state, action in product(State, MOVES) if state not in MOVES[action].sources]
HOUR = timedelta(hours=1)
ADULT = {"given_name": "Robin", "age": 40}
STAFF_NURSE = NamedPerson("Jo Example", "staff nurse", "020 7946 0150")


class TestLead:
    """High: the police lead. Asked to help before that was known, they are asked to lead as soon as it is."""

    @pytest.mark.parametrize("who", ["police", "trust"])
    def test_who_only_helps_is_asked_to_lead_whoever_finds_that_it_is_high(self, world, who):
        found = report(world)
        helps = move(world.police, ask_of(world.trust, found), "accept")
        assert not helps.lead
        step(getattr(world, who), found, "grade", grade="high")
        asked = ask_of(world.trust, found)
        assert (asked.lead, asked.state, asked.priority) == (True, "sent", "P1")
        assert asked.from_agency_id == world.trust.agency_id
        assert kinds(world.trust, found) == {"review", "not_taken"}, "that they help is not that they lead"
        assert case_of(world.trust, found).accountable_agency_id == world.trust.agency_id
        move(world.police, asked, "accept")
        assert kinds(world.trust, found) == {"review"}
        assert case_of(world.trust, found).accountable_agency_id == world.police.agency_id
        assert self.of_case(world, found) == [("accepted", False), ("accepted", True)]

    @pytest.mark.parametrize("who", ["police", "trust"])
    def test_an_ask_for_help_that_nobody_has_answered_gives_way(self, world, who):
        found = report(world)
        first = ask_of(world.trust, found)
        step(getattr(world, who), found, "grade", grade="high")
        assert self.of_case(world, found) == [("cancelled", False), ("sent", True)]
        with acting_for(world.police.agency_id):
            assert first.moves.latest("version").reason_code == "asked_to_lead"

    def test_an_immediate_risk_that_comes_to_light_asks_the_same(self, world):
        found = report(world)
        move(world.police, ask_of(world.trust, found), "accept")
        at_risk = missing.Added(facts={"immediate_risk": "yes"})
        for _ in range(2):
            act(world.trust, missing.update, report_id=found.pk, said=at_risk)
        assert self.of_case(world, found) == [("accepted", False), ("sent", True)]
        assert "not_taken" in kinds(world.trust, found)

    def test_a_unit_that_asks_for_help_alone_is_taken_at_its_word(self, world):
        found = report(world, lead=False, facts={"immediate_risk": "yes"})
        move(world.police, ask_of(world.trust, found), "accept")
        step(world.police, found, "grade", grade="high")
        assert kinds(world.trust, found) == {"review"}
        assert self.of_case(world, found) == [("accepted", False)]

    def of_case(self, world, found):
        with acting_for(world.trust.agency_id):
            asked = Referral.objects.filter(case=found.case_id).order_by("id")
            return list(asked.values_list("state", "lead"))


def tick(by, found, item, **more):
    return act(by, checklist.tick, report_id=found.pk, item=item, **more)


@pytest.mark.parametrize("state", sorted({state for state, _ in OUTSIDE}))
def test_every_pair_outside_the_table_is_refused(world, state):
    found = report_at(state, world)
    for action in [action for refused, action in OUTSIDE if refused == state]:
        with pytest.raises(MoveNotAllowed):
            step(world.trust, found, action)


class TestGrade:
    """Anyone raises, somebody senior lowers and says why; each grade has its own pace."""

    @pytest.mark.parametrize(
        ("grade", "minutes", "priority"),
        [("high", 60, "P1"), ("medium", 240, "P2"), ("low", 720, "P3"), ("no_apparent", 1_440, "P4")],
    )
    def test_the_review_follows_the_grade(self, world, grade, minutes, priority):
        found = step(world.police, report(world), "grade", grade=grade)
        clock = clocks(world.trust, found)["missing_review"]
        assert clock.target_at - clock.started_at == timedelta(minutes=minutes)
        assert ask_of(world.trust, found).priority == priority
        assert "missing.graded" in told(world, "trust")

    def test_high_the_police_are_to_take_it(self, world):
        found = step(world.trust, report(world), "grade", grade="high")
        clock = clocks(world.trust, found)["missing_not_taken"]
        assert (clock.team_id, clock.other_team_id) == (world.teams["police"].pk, world.teams["trust"].pk)
        assert clock.target_at - clock.started_at == timedelta(minutes=5)
        lowered = step(world.trust, found, "grade", grade="low", reason="rang her mother")
        assert kinds(world.trust, lowered) == {"review"}

    def test_police_who_are_no_longer_asked_are_told_nothing_of_a_case_they_have_left(self, world):
        found = report(world)
        asked = ask_of(world.trust, found)
        move(world.trust, asked, "cancel")
        found = step(world.trust, found, "grade", grade="high")
        clock = clocks(world.trust, found)["missing_not_taken"]
        assert (clock.team_id, clock.other_team_id) == (world.teams["trust"].pk, None)

    def test_taken_already_nobody_waits_for_that(self, world):
        found = report(world, facts={"immediate_risk": "yes"})
        move(world.police, ask_of(world.trust, found), "accept")
        step(world.police, found, "grade", grade="high")
        assert kinds(world.trust, found) == {"review"}

    def test_lowering_needs_somebody_senior_and_a_reason(self, world):
        found = step(world.trust, report(world), "grade", grade="high")
        with pytest.raises(NotYourMove):
            step(world.trust.asserting(STAFF_NURSE), found, "grade", grade="low", reason="she rang")
        with pytest.raises(ReasonNeeded):
            step(world.trust, found, "grade", grade="low")
        assert step(world.police, found, "grade", grade="low", reason="she rang").grade == "low"
        assert step(world.trust.asserting(STAFF_NURSE), found, "grade", grade="high").grade == "high"

    def test_a_first_grade_below_a_reported_risk_lowers_it(self, world):
        found = report(world, facts={"immediate_risk": "yes"})
        with pytest.raises(NotYourMove):
            step(world.trust.asserting(STAFF_NURSE), found, "grade", grade="medium", reason="she rang")
        with pytest.raises(ReasonNeeded):
            step(world.trust, found, "grade", grade="no_apparent")
        assert kinds(world.trust, found) == {"grade", "not_taken"}
        assert step(world.trust.asserting(STAFF_NURSE), found, "grade", grade="high").grade == "high"

    def test_of_an_unknown_risk_whoever_is_there_gives_the_first_grade(self, world):
        found = report(world, facts={"immediate_risk": "unknown"})
        assert step(world.trust.asserting(STAFF_NURSE), found, "grade", grade="low").grade == "low"

    @pytest.mark.parametrize("by", ["grade", "facts"])
    def test_a_raised_risk_reopens_what_the_police_decided(self, world, by):
        found = report(world, facts={"immediate_risk": "no"})
        asked = ask_of(world.trust, found)
        made = decide(world.police, category=asked.category, case=asked.case_reference)
        move(world.police, asked, "decline", threshold_decision=made.pk)
        if by == "grade":
            step(world.trust, found, "grade", grade="high")
        else:
            now_at_risk = missing.Added(facts={"immediate_risk": "yes"})
            act(world.trust, missing.update, report_id=found.pk, said=now_at_risk)
        assert "threshold_reopened" in running(world.police, case=case_of(world.police, found))
        assert "threshold.reopened" in told(world, "police")

    def test_an_immediate_risk_that_comes_to_light_is_graded_anew(self, world):
        found = step(world.trust, report(world, facts={"immediate_risk": "no"}), "grade", grade="low")
        now_at_risk = missing.Added(facts={"immediate_risk": "yes"})
        act(world.trust, missing.update, report_id=found.pk, said=now_at_risk)
        waits = clocks(world.trust, found)["missing_grade"]
        assert waits.target_at - waits.started_at == timedelta(minutes=10)
        assert "risk.raised" in told(world, "police")

    def test_a_raised_grade_shortens_the_clocks_of_the_ask(self, world):
        found = report(world, facts={"immediate_risk": "no"})
        before = ask_of(world.trust, found).breach_at
        step(world.trust, found, "grade", grade="high")
        assert ask_of(world.trust, found).breach_at < before

    def test_what_makes_no_sense(self, world):
        found = step(world.trust, report(world), "grade", grade="high")
        with pytest.raises(Invalid):
            step(world.trust, found, "grade", grade="high")
        with pytest.raises(Invalid):
            step(world.trust, found, "grade", grade="purple")
        with pytest.raises(ReasonNeeded):
            step(world.trust, found, "grade", grade="")
        with pytest.raises(NotThere):
            step(world.stranger, found, "grade")

    def test_a_review_is_followed_by_the_next(self, world):
        found = step(world.trust, report(world), "grade")
        first = clocks(world.trust, found)["missing_review"]
        step(world.police, found, "review")
        assert clocks(world.trust, found)["missing_review"].pk != first.pk


class TestFinding:
    """Found, lost again, back: by either side, in the time it is said to have happened."""

    def test_found_it_is_to_be_fetched(self, world):
        at = instant() - timedelta(minutes=2)
        found = step(world.police, report_at(State.REPORTED, world), "locate", occurred_at=at)
        assert (found.state, found.located_at, found.last_sighting_place) == ("located", at, "Example Park")
        assert kinds(world.trust, found) == {"return"}
        assert told(world, "trust")[-1] == "missing.located"

    @pytest.mark.parametrize(
        ("facts", "before"),
        [
            ({"last_seen_at": HOUR}, 2 * HOUR),
            ({"last_seen_at": HOUR}, timedelta(days=3_650)),
            ({"last_seen_at": None, "absence_confirmed_at": HOUR}, 26 * HOUR),
            ({"last_seen_at": None}, 25 * HOUR),
        ],
    )
    @pytest.mark.parametrize("action", ["locate", "return", "grade"])
    def test_nothing_is_done_before_they_were_last_seen(self, world, facts, before, action):
        now = instant()
        facts = {name: ago and now - ago for name, ago in facts.items()}
        made = report(world, facts=facts)
        with pytest.raises(Invalid) as refusal:
            step(world.police if action != "return" else world.trust, made, action, occurred_at=now - before)
        assert set(refusal.value.errors) == {"/occurred_at"}

    def test_of_somebody_last_seen_long_ago_it_may_be_long_ago(self, world):
        now = instant()
        made = report(world, facts={"last_seen_at": now - 96 * HOUR})
        found = step(world.police, made, "locate", occurred_at=now - 72 * HOUR)
        assert found.located_at == now - 72 * HOUR

    @pytest.mark.parametrize("action", ["return", "lost_again"])
    def test_nobody_is_back_or_lost_again_before_they_are_found(self, world, action):
        now = instant()
        made = report(world, facts={"last_seen_at": now - 3 * HOUR})
        found = step(world.police, made, "locate", occurred_at=now - HOUR)
        with pytest.raises(Invalid) as refusal:
            step(world.trust, found, action, occurred_at=now - 2 * HOUR)
        assert set(refusal.value.errors) == {"/occurred_at"}
        step(world.trust, found, action, occurred_at=(now - HOUR).replace(second=0, microsecond=0))

    def test_lost_again_it_is_as_it_was(self, world):
        found = report_at(State.LOCATED, world)
        with pytest.raises(ReasonNeeded):
            step(world.police, found, "lost_again", reason="")
        found = step(world.police, found, "lost_again")
        assert (found.state, found.grade, found.located_at) == ("reported", "medium", None)
        assert kinds(world.trust, found) == {"review"}

    def test_lost_again_at_high_it_is_to_be_taken_again(self, world):
        found = step(world.trust, report(world), "grade", grade="high")
        found = step(world.trust, found, "locate")
        found = step(world.trust, found, "lost_again")
        assert kinds(world.trust, found) == {"review", "not_taken"}

    def test_back_without_being_found_first(self, world):
        found = step(world.trust, report(world), "return", power_used="s3", harm="none", found_by="herself")
        assert found.located_at == found.returned_at
        assert kinds(world.trust, found) == {"aftercare"}

    def test_cancelled_the_police_are_no_longer_asked(self, world):
        found = report(world)
        step(world.trust, found, "cancel")
        assert ask_of(world.trust, found).state == "cancelled"
        assert kinds(world.trust, found) == set()

    def test_cancelled_while_they_look_they_are_asked_to_stop(self, world):
        found = report(world)
        move(world.police, ask_of(world.trust, found), "accept")
        step(world.trust, found, "cancel")
        assert ask_of(world.trust, found).cancel_requested_at is not None


class TestChecklist:
    """Each item once, timed and named; what closes a report is done, or there is a reason."""

    def test_it_is_ticked_once_by_the_unit(self, world):
        found = report(world, person=ADULT)
        at = instant() - timedelta(minutes=3)
        made = tick(world.trust, found, "ward", note="behind the curtain too", occurred_at=at)
        assert (made.occurred_at, made.actor["name"]) == (at, "Amy Example")
        with pytest.raises(MoveNotAllowed):
            tick(world.trust, found, "ward")
        with pytest.raises(NotYourMove):
            tick(world.police, found, "grounds")
        with pytest.raises(Invalid):
            tick(world.trust, found, "guardian")  # not of an adult
        with pytest.raises(MoveNotAllowed):
            tick(world.trust, found, "checked")  # not back yet

    def test_closing_with_steps_open_needs_a_reason(self, world):
        found = report(world, person=ADULT)
        move(world.police, ask_of(world.trust, found), "accept")
        found = step(world.trust, found, "return")
        with pytest.raises(
            ReasonNeeded, match="checked, prevention_interview, debriefed, care_plan_reviewed"
        ):
            step(world.trust, found, "close", reason="")
        tick(world.trust, found, "checked")
        tick(world.police, found, "prevention_interview")
        tick(world.trust, found, "care_plan_reviewed")
        step(world.trust, found, "debrief")
        assert step(world.trust, found, "close", reason="").state == "closed"
        assert kinds(world.trust, found) == set()

    def test_found_and_left_where_they_are_nothing_of_a_return_is_asked(self, world):
        found = report_at(State.LOCATED, world, person=ADULT)
        assert step(world.trust, found, "close", reason="").state == "closed"

    def test_a_child_and_a_secure_unit_have_more(self, world):
        found = report(world, person={"given_name": "Robin", "age": 15}, facts={"security": "low"})
        step(world.trust, found, "return")
        with pytest.raises(ReasonNeeded, match="children_services, guardian, regulator_absence, checked"):
            step(world.trust, found, "close", reason="")

    def test_the_debrief_ticks_its_item_once(self, world):
        found = report_at(State.RETURNED, world)
        step(world.trust, found, "debrief")
        assert step(world.trust, found, "debrief").state == "returned"

    def test_what_is_noted_of_care_is_healths_alone(self, world):
        """How a patient is after the return is no matter of the search: police read that it was done."""
        found = report_at(State.RETURNED, world)
        step(world.trust, found, "debrief", note="she wanted her cat")
        for item in ("checked", "care_plan_reviewed"):
            act(world.trust, checklist.tick, report_id=found.pk, item=item, note=f"of {item}")
        of_health, of_police = (self.texts(by, found) for by in (world.trust, world.police))
        care = {"Note: she wanted her cat", "of checked", "of care_plan_reviewed"}
        assert care <= of_health
        assert not care & of_police

    def texts(self, by, found):
        """What somebody reads of it in the timeline, and in the report's checklist."""
        with acting_for(by.agency_id):
            lines = timeline(found.case_id, by)
            notes = [line.note for seen in read([found.pk], by) for line in seen.checklist]
        return {text for line in lines for text in line.texts} | {*filter(None, notes)}


class TestAnImmediateRisk:
    """What was reported as high is lowered by a grade alone: somebody senior, and why."""

    def test_it_is_not_taken_back_as_a_fact(self, world):
        found = report(world, facts={"immediate_risk": "yes"})
        for risk in ("no", "unknown"):
            with pytest.raises(Invalid) as refused:
                act(world.trust, missing.update, report_id=found.pk,
                    said=missing.Added(facts={"immediate_risk": risk}))  # fmt: skip
            assert "a supervisor lowers it" in refused.value.errors["/immediate_risk"]
        assert "not_taken" in kinds(world.trust, found)
        assert again(world.trust, found).urgency == found.urgency

    def test_of_a_draft_it_is(self, world):
        found = report(world, draft=True, facts={"immediate_risk": "yes"})
        said = missing.Added(facts={"immediate_risk": "no"})
        act(world.trust, missing.update, report_id=found.pk, said=said)
        assert again(world.trust, found).immediate_risk == "no"


class TestSighting:
    """Anybody with a part logs one; the latest stands on the board."""

    def test_the_latest_stands_on_the_board(self, world):
        found, now = report(world), instant()
        for place, minutes in (("station", 2), ("bridge", 9)):
            seen = Seen(place, now - timedelta(minutes=minutes), "unknown", "a passer-by")
            act(world.police, sighting.log, report_id=found.pk, seen=seen)
        assert again(world.trust, found).last_sighting_place == "station"
        assert told(world, "trust")[-1] == "missing.sighted"

    def test_when_not(self, world):
        found = report(world)
        with pytest.raises(Invalid):
            act(
                world.police, sighting.log, report_id=found.pk, seen=Seen("x", instant() + timedelta(hours=1))
            )
        step(world.trust, found, "return")
        with pytest.raises(MoveNotAllowed):
            act(world.trust, sighting.log, report_id=found.pk, seen=Seen("x", instant()))


def test_of_unknown_age_it_closes_as_of_a_child_until_somebody_finds_out(world):
    """Unknown is never no: children's services and a guardian are told, or a reason is given."""
    found = report(world)
    move(world.police, ask_of(world.trust, found), "accept")
    found = step(world.trust, found, "return")
    for item in ("checked", "debriefed", "care_plan_reviewed"):
        tick(world.trust, found, item)
    tick(world.police, found, "prevention_interview")
    with pytest.raises(ReasonNeeded) as refused:
        step(world.trust, found, "close", reason="")
    assert "guardian" in refused.value.message
    grown = missing.Added(person={"age": 40})
    act(world.trust, missing.update, report_id=found.pk, said=grown)
    assert step(world.trust, found, "close", reason="").state == "closed"


class TestBack:
    """Once the patient is back, nobody need search: what nobody has accepted is asked no more."""

    def test_the_police_who_have_not_accepted_are_asked_no_more_and_hear_why(self, world):
        found = step(world.trust, report(world), "grade", grade="high")
        asked = ask_of(world.trust, found)
        found = step(world.trust, found, "return")
        with acting_for(world.trust.agency_id):
            asked = Referral.objects.get(pk=asked.pk)
            made = asked.moves.latest("version")
            waiting = Clock.objects.running().filter(referral=asked)
            assert (asked.state, made.reason_code, list(waiting)) == ("cancelled", "patient_is_back", [])
        assert {"referral.cancelled", "missing.returned"} <= set(told(world, "police"))
        step(world.trust, found, "close", reason="all is done")

    def test_what_the_police_have_accepted_stays_theirs(self, world):
        found = report(world)
        asked = ask_of(world.trust, found)
        move(world.police, asked, "accept")
        step(world.trust, found, "return")
        assert ask_of(world.trust, found).state == "accepted"
        assert told(world, "police")[-1] == "missing.returned"

    def test_where_the_police_bring_the_patient_back_their_ask_is_theirs_to_answer(self, world):
        found = report(world)
        step(world.police, found, "return")
        assert ask_of(world.trust, found).state == "sent"


class TestAnotherForce:
    """The report goes with the ask: whoever was asked last has it on its board, and hears of it."""

    @pytest.fixture
    def railway(self, world):
        team = TeamFactory(agency=AgencyFactory(kind=AgencyKind.POLICE), kind=TeamKind.CONTROL_ROOM,
                           always_open=True)  # fmt: skip
        return client_actor(ApiClientFactory(team=team), STAFF_NURSE), team

    def test_redirected_and_taken(self, world, railway):
        by, team = railway
        found = report(world, facts={"immediate_risk": "yes"})
        asked = ask_of(world.trust, found)
        move(world.police, asked, "acknowledge")
        move(world.police, asked, "redirect", to_team=team)
        assert again(world.trust, found).asked_team_id == world.teams["police"].pk
        [child] = [each for each in self.asks(by) if each.to_team_id == team.pk]
        move(by, child, "accept")
        now = again(by, found)
        assert (now.asked_team_id, now.asked_agency_id, now.referral_id) == (
            team.pk,
            team.agency_id,
            child.pk,
        )

    def test_sent_anew(self, world, railway):
        by, team = railway
        found = report(world, facts={"immediate_risk": "yes"})
        asked = ask_of(world.trust, found)
        made = decide(world.police, category=asked.category, case=asked.case_reference)
        move(world.police, asked, "decline", threshold_decision=made.pk)
        move(world.trust, asked, "resend", to_team=team)
        assert again(by, found).asked_team_id == team.pk
        step(world.trust, found, "grade", grade="medium", reason="she rang")
        step(world.trust, found, "grade", grade="high")
        assert clocks(world.trust, found)["missing_not_taken"].team_id == team.pk
        with acting_for(by.agency_id):
            heard = Message.objects.filter(team=team).values_list("kind", flat=True)
            assert "missing.graded" in set(heard)

    @pytest.mark.parametrize("held", [False, True])
    def test_cancelled_while_it_is_passed_on_nobody_is_asked_any_more(self, world, railway, held):
        by, team = railway
        found = report(world)
        asked = ask_of(world.trust, found)
        move(world.police, asked, "accept" if held else "acknowledge")
        move(world.police, asked, "redirect", to_team=team)
        step(world.trust, found, "cancel")
        now = now_of(world.police, asked)
        assert now.cancel_requested_at if held else now.state == "cancelled"
        [child] = [each for each in self.asks(by) if each.to_team_id == team.pk]
        assert child.state == ("sent" if held else "cancelled")

    def asks(self, by):
        with acting_for(by.agency_id):
            return list(Referral.objects.visible_to(by).select_related("to_team"))


def test_an_earlier_episode_that_is_known_late_is_flagged_all_the_same(world):
    step(world.trust, report(world), "return")
    found = report(world, person={"description": "a man in a blue gown"})
    assert "again" not in kinds(world.trust, found)
    with acting_for(world.trust.agency_id):
        number = Person.objects.exclude(nhs_number="").values_list("nhs_number", flat=True).first()
    for _ in range(2):
        said = missing.Added(person={"nhs_number": number})
        act(world.trust, missing.update, report_id=found.pk, said=said)
    assert "again" in kinds(world.trust, found)
    with acting_for(world.trust.agency_id):
        assert EpisodeLink.objects.filter(report=found).count() == 1


def test_an_earlier_episode_that_somebody_links_is_flagged_too(world):
    before = step(world.trust, report(world), "return")
    found = report(world, person={"description": "a man in a blue gown"})
    act(world.trust, episode_links.link, report_id=found.pk, earlier_id=before.pk)
    assert "again" in kinds(world.trust, found)


def test_who_is_detained_has_been_found(world):
    found = report(world, facts={"immediate_risk": "yes"})
    said = Detained(power="s136", case=case_of(world.trust, found).reference)
    act(world.police, detention.record, said=said)
    now = again(world.trust, found)
    assert (now.state, now.last_sighting_place) == (
        "located", "With officers since they were detained (s136)",
    )  # fmt: skip
    assert kinds(world.trust, found) == {"return"}
    assert "missing.located" in told(world, "trust")
