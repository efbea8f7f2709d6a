"""A figure stands when an agency's part in the case has ended, and tells nothing of what came afterwards.

Each example is worked by hand; the force whose figures they are has left before the report is drawn.
"""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.clocks import ClockKind
from referrals.domain.referral import State
from referrals.models import Detention, MissingReport, OfficerWait, Party, Referral, ThresholdStep
from referrals.models.keys import instant
from referrals.reporting import detention, missing
from referrals.reporting.report import Asked
from referrals.reporting.reports import MEASURES
from referrals.services import adverse, threshold_review
from referrals.services import referral as referrals
from referrals.services.threshold_review import Review
from tests.factories.missing import ask_of, report, step
from tests.factories.world import act, decide_anew, move, referral_at
from tests.referrals.services.deciding import decide, supervisor
from tests.referrals.services.detaining import accept, ago, arrive, ask, detain, enter, waits

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HIGH = {"immediate_risk": "yes"}


def asked_of_police(world, **changes):
    """A case of the trust's, in which it asks the police."""
    asked = world.asked(from_team=world.teams["trust"], to_team=world.teams["police"], **changes)
    return act(world.trust, referrals.create, asked=asked)


def count(actor, measure, by="all", now=None, since=None):
    now = now or instant()
    with acting_for(actor.agency_id):
        return MEASURES[measure].count(Asked(actor, since or now - 30 * 24 * HOUR, now + HOUR, now, by))


def every(actor, measures, now):
    return {(name, by): count(actor, name, by, now) for name, each in measures.items() for by in each.groups}


def has_left(actor, case_id):
    with acting_for(actor.agency_id):
        parts = Party.objects.filter(case=case_id, agency=actor.agency_id)
        return list(parts.filter(until=None)) == [] and parts.exists()


def walk(referral, *steps):
    for who, action in steps:
        referral = move(who, referral, action)
    return referral


@pytest.fixture
def handed_over(world):
    """The police were asked by the trust, detained, waited three hours with two officers, and handed over.

    Released 40 minutes after the arrival; assessed after 150 minutes; discharged home.
    """
    asked = walk(asked_of_police(world), (world.police, "accept"))
    held = detain(world.police, 300, case=asked.case_reference)
    waits(world.police, held, number=2, since=ago(300))
    arrive(world, held, 160)
    (handover,) = ask(world, held)
    accept(world.trust, handover)
    enter(world.police, held, "last_officer_released", 120)
    enter(world.trust, held, "assessment_started", 10)
    enter(world.trust, held, "decided", 5, outcome="discharged_gp_cmht")
    enter(world.trust, held, "left", 1)
    return held, handover


def leave(world, handover):
    walk(handover, (world.trust, "start"), (world.trust, "complete"), (world.police, "close"))
    assert has_left(world.police, handover.case_id)


class TestDetentions:
    """The force that detained, and the place that it came to."""

    def test_the_figures_stand(self, world, handed_over):
        held, handover = handed_over
        now = instant()
        before = every(world.police, detention.MEASURES, now)
        leave(world, handover)
        assert every(world.police, detention.MEASURES, now) == before

    def test_they_are_those_worked_by_hand(self, world, handed_over):
        _, handover = handed_over
        leave(world, handover)
        found = {name: count(world.police, name).lines[0] for name in detention.MEASURES}
        assert found["handover-within-60"][1:3] == (1, 1)  # 40 minutes
        assert found["arrival-to-release"] == ("all", 1, 1, 40.0)
        assert found["officer-hours"][1:3] == (6.0, 1)  # two officers for 180 minutes
        assert found["detention-outcomes"][1:3] == (1, 1)
        assert found["detention-extensions"][1:3] == (0, 1)
        assert found["detention-lapses"][1:3] == (0, 1)
        assert found["arrival-to-assessment"] == ("all", 1, 1, 150.0)

    def test_a_place_of_safety_that_has_handed_on_keeps_its_own(self, world):
        """Half an hour at its door; assessed, and in the care of another trust since."""
        held = detain(world.police, 300)
        arrive(world, held, 160)
        (handover,) = ask(world, held)
        accept(world.trust, handover)
        enter(world.police, held, "last_officer_released", 130)
        enter(world.trust, held, "decided", 5, outcome="discharged_gp_cmht")
        enter(world.trust, held, "left", 1)
        now = instant()
        before = every(world.trust, detention.MEASURES, now)
        assert before["handover-within-60", "all"].lines[0][1:3] == (1, 1)
        self.hand_on(world, held)
        assert has_left(world.trust, held.case_id)
        assert every(world.trust, detention.MEASURES, now) == before

    def hand_on(self, world, held):
        on = world.asked(
            case=held.case.reference, person={}, from_team=world.teams["trust"],
            to_team=world.teams["other_trust"],
        )  # fmt: skip
        asked = act(world.trust, referrals.create, asked=on)
        other = world.other_trust
        walk(asked, (other, "accept"), (other, "start"), (other, "complete"), (world.trust, "close"))

    def test_the_detention_itself_is_closed_to_it(self, world, handed_over):
        _, handover = handed_over
        leave(world, handover)
        with acting_for(world.police.agency_id):
            for model in (Detention, OfficerWait):
                assert not model.objects.exists()
                assert not model.objects.visible_to(world.police).exists()

    def test_nobody_else_counts_them(self, world, handed_over):
        leave(world, handed_over[1])
        for actor in (world.stranger, world.other_trust, world.ambulance):
            assert {count(actor, name).counted for name in MEASURES} == {0}


@pytest.fixture
def declined(world):
    """Four times asked by the trust, four times not met and declined: ratified, overturned, reviewed by
    nobody, and met after all by a second decision within the hour.
    """
    four = [asked_of_police(world, person={"description": f"man {n}"}) for n in range(4)]
    decisions = [decide_anew(world, each) for each in four]
    for decision, verdict in zip(decisions[:2], ("ratified", "overturned"), strict=True):
        said = Review(verdict, "as the log has it")
        act(supervisor(world.police), threshold_review.review, decision_id=decision.pk, said=said)
    decide_anew(world, four[3], risk_to_life="yes")
    return four


class TestThresholdDecisions:
    """The decisions themselves always stood; what became of them stands now too."""

    def leave(self, world, four):
        for each in four:
            walk(each, (world.trust, "cancel"))
            assert has_left(world.police, each.case_id)

    def test_override_rate(self, world, declined):
        self.leave(world, declined)
        found = count(world.police, "override-rate")
        assert found.lines == [
            ("all", 1, 2, 50.0),
            ("all, overridden by the officer when decided", 0, 5, 0.0),
        ]
        assert found.left_out == {"not reviewed": 3}

    def test_deployments_avoided(self, world, declined):
        """A day later: two avoided; overturned within the hour, and met within the hour."""
        self.leave(world, declined)
        found = count(world.police, "deployments-avoided", now=instant() + 25 * HOUR)
        assert found.lines == [
            ("all", 2, 4, 50.0),
            ("all, deployed later, within 24 hours", 2, 4, 50.0),
        ]

    def test_whoever_was_detained_counts_as_deployed_for_good(self, world):
        """Not met, and detained within the day after all: handed over, and the force has left."""
        asked = asked_of_police(world)
        decide(world.police, case=asked.case_reference, occurred_at=ago(400))
        walk(asked, (world.police, "accept"))
        held = detain(world.police, 300, case=asked.case_reference)
        arrive(world, held, 160)
        (handover,) = ask(world, held)
        accept(world.trust, handover)
        enter(world.police, held, "last_officer_released", 120)
        enter(world.trust, held, "decided", 5, outcome="discharged_gp_cmht")
        later = instant() + 25 * HOUR
        before = count(world.police, "deployments-avoided", now=later)
        assert before.lines[1] == ("all, deployed later, within 24 hours", 1, 1, 100.0)
        enter(world.trust, held, "left", 1)
        leave(world, handover)
        assert count(world.police, "deployments-avoided", now=later) == before

    def test_the_steps_themselves_are_closed_to_it(self, world, declined):
        self.leave(world, declined)
        with acting_for(world.police.agency_id):
            assert not ThresholdStep.objects.exists()

    def test_what_an_agency_asked_and_got_it_always_saw(self, world, declined):
        """The part of the scope that these figures count referrals by: it never ended with the part."""
        self.leave(world, declined)
        with acting_for(world.police.agency_id):
            assert Referral.objects.visible_to(world.police).count() == len(declined)


@pytest.fixture
def found(world):
    """Missing for an hour, high, taken at once by the police, who found her and brought her back."""
    made = report(world, facts={**HIGH, "last_seen_at": ago(60), "absence_confirmed_at": ago(10)})
    taken = walk(ask_of(world.trust, made), (world.police, "accept"), (world.police, "start"))
    now = instant()
    step(world.police, made, "locate", occurred_at=now)
    step(world.trust, made, "return", occurred_at=now)
    return made, taken


class TestMissingPatients:
    """A force that was asked to look, and what it knew when it left."""

    def leave(self, world, made, taken):
        """The lead has ended, and the trust has the case again: the police have nothing more to do."""
        walk(taken, (world.police, "fail"), (world.trust, "no_further_action"))
        assert has_left(world.police, made.case_id)

    def test_the_figures_stand(self, world, found):
        later = instant() + 80 * HOUR
        before = every(world.police, missing.MEASURES, later)
        self.leave(world, *found)
        assert every(world.police, missing.MEASURES, later) == before

    def test_they_are_those_worked_by_hand(self, world, found):
        self.leave(world, *found)
        later = instant() + 80 * HOUR
        duration = count(world.police, "missing-duration", now=later)
        assert duration.counted == 1
        assert 60 <= duration.lines[0].value < 61
        assert count(world.police, "missing-report-delay", now=later).lines[0][1:3] == (1, 1)
        assert count(world.police, "missing-again", now=later).lines[0][1:3] == (0, 1)
        assert count(world.police, "missing-high-taken", now=later).lines[0][1:3] == (1, 1)

    def test_the_report_itself_is_closed_to_it(self, world, found):
        self.leave(world, *found)
        with acting_for(world.police.agency_id):
            assert not MissingReport.objects.exists()
            assert not MissingReport.objects.visible_to(world.police).exists()

    def decline(self, world, made):
        asked = ask_of(world.trust, made)
        decided = decide_anew(world, asked)
        move(world.police, asked, "decline", threshold_decision=decided.pk)
        move(world.trust, asked, "no_further_action")
        assert has_left(world.police, made.case_id)

    def test_what_came_afterwards_is_not_told(self, world):
        """Declined and left; then found, graded, returned and missing again, and one called off."""
        made = report(world, facts={"last_seen_at": ago(60)})
        called_off = report(world, person={"family_name": "OTHER"}, facts={"last_seen_at": ago(60)})
        for each in (made, called_off):
            self.decline(world, each)
        later = instant() + 80 * HOUR
        before = every(world.police, missing.MEASURES, later)
        step(world.trust, made, "grade", grade="low", reason="rang her mother")
        step(world.trust, made, "locate", occurred_at=instant())
        step(world.trust, made, "return", occurred_at=instant())
        step(world.trust, called_off, "cancel")
        assert every(world.police, missing.MEASURES, later) == before
        duration = before["missing-duration", "all"]
        assert (duration.counted, duration.left_out["not found before your agency's part ended"]) == (0, 2)
        assert count(world.trust, "missing-duration", now=later).counted == 1

    def test_a_grade_is_the_one_it_knew(self, world):
        made = report(world, facts={"last_seen_at": ago(60)})
        step(world.trust, made, "grade", grade="medium", reason="as it seems")
        self.decline(world, made)
        step(world.trust, made, "grade", grade="low", reason="rang her mother")
        grades = {line.group for line in count(world.police, "missing-report-delay", "grade").lines}
        assert {group.split(",")[0] for group in grades} == {"medium"}
        grades = {line.group for line in count(world.trust, "missing-report-delay", "grade").lines}
        assert {group.split(",")[0] for group in grades} == {"low"}

    def test_a_link_that_it_saw_still_tells_of_an_episode_again(self, world, found):
        """Back, and missing again: a second report, which the police declined and left."""
        second = report(world, facts={"last_seen_at": instant()})
        later = instant() + 80 * HOUR
        before = count(world.police, "missing-again", now=later)
        assert before.lines[0] == ("all", 1, 1, 100.0)
        self.decline(world, second)
        self.leave(world, *found)
        assert count(world.police, "missing-again", now=later) == before


VIEWS = ["kept_detention", "kept_officerwait", "kept_thresholdstep", "kept_missingreport",
         "kept_episodelink", "kept_not_taken", "kept_same_person", "kept_adverse"]  # fmt: skip
EVERY_VIEW = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v'"
TEXTS = """
select attrelid::regclass::text, attname from pg_attribute
 where attrelid::regclass::text like 'kept%%' and attnum > 0
   and atttypid in ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype)
"""
CODES = {
    ("kept_detention", "outcome"), ("kept_thresholdstep", "kind"), ("kept_thresholdstep", "outcome"),
    ("kept_missingreport", "category"), ("kept_missingreport", "grade"),
    ("kept_officerwait", "identifier"), ("kept_adverse", "outcome"), ("kept_adverse", "inquest"),
}  # fmt: skip


class TestTheSecondWall:
    """The views by themselves, in raw SQL as the web's own role: whatever a report forgot to ask for."""

    @pytest.fixture
    def acting(self, as_web):
        def begin(actor):
            as_web.rollback()
            if actor:
                as_web.execute("select set_config('app.agency_ids', %s, true)", [str(actor.agency_id)])
            return as_web

        return begin

    @pytest.fixture
    def much(self, world, handed_over, found, declined):
        return world

    def test_there_is_a_view_for_each_table_and_no_other(self, acting):
        assert {name for (name,) in acting(None).execute(EVERY_VIEW)} == set(VIEWS)

    def test_they_hold_codes_and_no_text(self, acting):
        assert set(acting(None).execute(TEXTS)) == CODES

    @pytest.mark.parametrize("view", VIEWS)
    def test_they_show_an_agency_the_rows_of_its_own_parts_and_nobody_else_any(self, much, acting, view):
        if view in ("kept_episodelink", "kept_same_person"):
            report(much, facts={"last_seen_at": instant()})
        if view == "kept_adverse":
            harmed = referral_at(State.SENT, much)
            said = {"outcome": "serious_harm", "inquest": "no", "occurred_at": instant()}
            act(much.police, adverse.record, reference=harmed.case_reference, **said)
        kept = f"select distinct kept_by from {view}"
        assert acting(much.police).execute(kept).fetchall() == [(much.police.agency_id,)]
        for actor in (much.stranger, None):
            assert acting(actor).execute(kept).fetchall() == []

    @pytest.mark.parametrize("view", VIEWS)
    def test_they_are_read_and_nothing_else(self, acting, as_worker, view):
        rights = """select has_table_privilege('rcrp_web', %(view)s, 'select'),
                           has_any_column_privilege('rcrp_web', %(view)s, 'insert,update'),
                           has_table_privilege('rcrp_web', %(view)s, 'delete,truncate,trigger'),
                           has_table_privilege('rcrp_worker', %(view)s, 'select')"""
        assert acting(None).execute(rights, {"view": view}).fetchone() == (True, False, False, False)

    def test_what_was_recorded_after_it_left_is_not_there(self, world, handed_over, acting):
        """The officers' entry is moved to after the end of the police's part, and is gone."""
        held, handover = handed_over
        leave(world, handover)
        entries = "select count(*) from kept_officerwait"
        assert acting(world.police).execute(entries).fetchone() == (1,)
        acting(None).rollback()
        later = "update referrals_party set until = until - interval '1 day' where agency_id = %s"
        self.past_every_rule(later, world.police.agency_id)
        assert acting(world.police).execute(entries).fetchone() == (0,)
        assert acting(world.trust).execute(entries).fetchone() == (1,)

    @pytest.fixture(autouse=True)
    def superuser(self, as_superuser):
        def run(words, *values):
            as_superuser.execute("set session_replication_role = replica")
            as_superuser.execute(words, values)
            as_superuser.commit()

        self.past_every_rule = run

    def test_a_clock_of_another_kind_is_not_there(self, world, found, acting):
        with acting_for(world.police.agency_id):
            assert found[0].case.clocks.exclude(kind=ClockKind.MISSING_NOT_TAKEN).exists()
        assert acting(world.police).execute("select count(*) from kept_not_taken").fetchone() == (1,)
