"""The rules of missing patients: absent or missing, grades and owners, what is wanted, how long to retake."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from agencies.instants import LONDON
from agencies.roles import Audience
from referrals.domain import missing, retaking
from referrals.domain.clocks import ClockKind
from referrals.domain.disclosure import MISSING_FIELDS_READ_BY
from referrals.domain.escalation import LADDERS
from referrals.domain.missing import Facts, Grade, Owner, State, proposed, standing
from referrals.domain.missing_fields import CHECKLIST, FIELDS, asked_of, open_steps, still_wanted
from referrals.domain.retaking import LegalStatus, advice, lapses_at, months_later
from referrals.domain.threshold import Answer

NOON = datetime(2026, 8, 31, 12, tzinfo=UTC)
NO = Facts("no", "no", "no")


class TestTheTable:
    """The moves, and what watches each state."""

    def test_every_open_state_is_watched_and_can_be_left(self):
        assert set(missing.WATCH) == missing.OPEN
        left = {old for old, _ in missing.pairs()}
        assert left == missing.OPEN
        assert not left & missing.FINAL

    def test_every_state_can_be_reached(self):
        assert {new for _, new in missing.pairs()} == set(State) - {State.DRAFT}

    def test_every_flag_is_a_clock_with_a_ladder_of_its_own(self):
        assert {kind.value for kind in missing.FLAGS} == {k for k in LADDERS if k.startswith("missing_")}
        assert len(set(missing.FLAGS.values())) == 8
        assert all(rung.tell for kind in missing.FLAGS for rung in LADDERS[kind])

    def test_every_move_is_told(self):
        assert set(missing.TOLD_AS) == set(missing.MOVES)


class TestStanding:
    """Absent: health searches. Missing: police at once. Unknown is never no."""

    @pytest.mark.parametrize(
        ("facts", "is_missing", "why"),
        [
            (Facts(), True, "it is not known whether there is an immediate risk"),
            (Facts(immediate_risk="yes", whereabouts_known="yes"), True, "an immediate risk"),
            (NO._replace(out_of_character="yes"), True, "out of character"),
            (NO._replace(victim_of_crime="yes"), True, "victim of crime"),
            (NO._replace(victim_of_crime="unknown"), True, "not known whether a crime"),
            (NO, False, "health searches"),
            (NO._replace(whereabouts_known="yes"), False, "there is no immediate risk: health fetches"),
            (Facts(whereabouts_known="yes"), False, "whether there is an immediate risk was not answered"),
        ],
    )
    def test_it_says_why(self, facts, is_missing, why):
        found = standing(facts)
        assert found.is_missing is is_missing
        assert why in found.reason

    @pytest.mark.parametrize(
        ("facts", "grade", "owner"),
        [
            (Facts("yes"), Grade.HIGH, Owner.POLICE),
            (Facts("unknown"), Grade.MEDIUM, Owner.JOINT),
            (Facts("no", under_18=True), Grade.MEDIUM, Owner.JOINT),
            (NO._replace(victim_of_crime="yes"), Grade.MEDIUM, Owner.JOINT),
            (NO._replace(out_of_character="yes"), Grade.MEDIUM, Owner.JOINT),
            (NO._replace(victim_of_crime="yes", whereabouts_known="yes"), Grade.LOW, Owner.UNIT),
            (Facts("no"), Grade.LOW, Owner.UNIT),
        ],
    )
    def test_the_grade_and_the_owner_that_the_facts_propose(self, facts, grade, owner):
        assert proposed(facts) == grade
        assert missing.OWNER[grade] == owner
        assert owner in missing.OWNER_SAID

    def test_whoever_is_missing_by_a_yes_is_never_proposed_as_low(self):
        for said in product(Answer, repeat=4):
            facts = Facts(*said)
            if standing(facts).is_missing and Answer.YES in said[:3]:
                assert missing.urgency(proposed(facts)) <= missing.urgency(Grade.MEDIUM), facts

    def test_nobody_is_told_that_there_is_no_risk_unless_somebody_answered_so(self):
        for said in product(Answer, repeat=4):
            if said[0] != Answer.NO:
                assert "no immediate risk" not in standing(Facts(*said)).reason

    def test_lower_is_less_risk_and_a_first_grade_is_none(self):
        assert missing.is_lower("low", "high")
        assert not missing.is_lower("high", "low")
        assert not missing.is_lower("no_apparent", "")
        assert [missing.urgency(grade) for grade in missing.BY_RISK] == [1, 2, 3, 4]


class TestFields:
    """What is wanted, and who reads it."""

    def test_the_first_tier_comes_first_and_unknown_is_still_wanted(self):
        known = {"immediate_risk": "unknown", "last_seen_at": NOON, "hair": "red"}
        every = {field.name for field in FIELDS}
        wanted = still_wanted(known, detained=True, under_18=False, readable=every)
        names = [each["field"] for each in wanted]
        assert names[:2] == ["legal_status", "immediate_risk"]
        assert [each["tier"] for each in wanted] == sorted(each["tier"] for each in wanted)
        assert {"section_expires_at", "nhs_number", "clothing"} <= set(names)
        assert not {"hair", "last_seen_at", "care_status"} & set(names)

    def test_of_a_child_more_is_wanted_and_nobody_is_asked_what_they_do_not_read(self):
        police = MISSING_FIELDS_READ_BY[Audience.POLICE]
        names = {e["field"] for e in still_wanted({}, detained=False, under_18=True, readable=police)}
        assert {"care_status", "protection_plan"} <= names
        assert not {"diagnosis", "section_started_at"} & names

    def test_of_whom_nobody_knows_the_age_it_is_wanted_first_and_nothing_of_a_child_is_left_out(self):
        wanted = still_wanted({}, detained=False, under_18=None, readable=())
        assert ("date_of_birth", 1) in [(each["field"], each["tier"]) for each in wanted]
        assert asked_of(under_18=None, security="none") == asked_of(under_18=True, security="none")
        for known in (True, False):
            told = still_wanted({}, detained=False, under_18=known, readable=())
            assert "date_of_birth" not in [each["field"] for each in told]

    def test_health_alone_reads_a_diagnosis(self):
        readers = {audience for audience, names in MISSING_FIELDS_READ_BY.items() if "diagnosis" in names}
        assert readers == {Audience.HEALTH}
        assert set(MISSING_FIELDS_READ_BY) == set(Audience)

    def test_the_checklist_is_as_the_patient_and_the_unit_are(self):
        plain = asked_of(under_18=False, security="none")
        assert "guardian" not in plain
        assert "regulator_absence" not in plain
        assert asked_of(under_18=True, security="high") == list(CHECKLIST)

    def test_what_closes_it(self):
        asked = asked_of(under_18=True, security="none")
        assert open_steps(asked, ["guardian"], returned=False) == ["children_services"]
        assert "checked" in open_steps(asked, [], returned=True)


class TestRetaking:
    """Advice with basis and source. Going absent: 31 August, noon."""

    STARTED = NOON - timedelta(days=10)

    @pytest.mark.parametrize(
        ("status", "until"),
        [
            ("s2", STARTED + timedelta(days=28)),
            ("s3", datetime(2027, 2, 28, 13, tzinfo=UTC)),
            ("s37", datetime(2027, 2, 28, 13, tzinfo=UTC)),
            ("cto", datetime(2027, 2, 21, 13, tzinfo=UTC)),
            ("s4", STARTED + timedelta(hours=72)),
            ("s5_2", STARTED + timedelta(hours=72)),
            ("s5_4", STARTED + timedelta(hours=6)),
            ("s37_41", None),
            ("informal", None),
            ("unknown", None),
        ],
    )
    def test_the_limit(self, status, until):
        assert lapses_at(status, NOON, self.STARTED, None) == until

    def test_without_its_beginning_the_advice_asks_for_it(self):
        [first, *_] = advice("s2", NOON, None, None)
        assert (first.until, first.basis) == (None, "the start of the section is not known yet: give it")
        assert lapses_at("s2", NOON, None, NOON + timedelta(days=3)) == NOON + timedelta(days=3)

    def test_absent_in_the_last_week_the_end_is_postponed(self):
        late = {each.code: each for each in advice("s3", NOON, None, NOON + timedelta(days=6))}
        assert "postpones" in late["expiry"].text
        assert late["expiry"].source == "Mental Health Act 1983 s.21"
        assert not late["later_end"].confirmed
        early = {each.code: each for each in advice("s3", NOON, None, NOON + timedelta(days=60))}
        assert "postpones" not in early["expiry"].text

    @pytest.mark.parametrize("status", LegalStatus)
    def test_every_status_has_advice_with_its_source(self, status):
        found = advice(status, NOON, self.STARTED, None)
        assert found
        assert all(each.text and each.basis and each.source for each in found)
        assert retaking.is_detained(status) is (status not in ("informal", "unknown"))

    def test_months_end_where_months_end(self):
        def later(*at):
            return months_later(datetime(*at, tzinfo=LONDON), 6)

        assert later(2026, 8, 31, 12) == datetime(2027, 2, 28, 12, tzinfo=LONDON)
        assert later(2026, 1, 15, 12) == datetime(2026, 7, 15, 12, tzinfo=LONDON)
        night = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)  # in London half an hour into October
        assert months_later(night, 6) == datetime(2027, 4, 1, 0, 30, tzinfo=LONDON)
        assert months_later(night, 6).utcoffset() == timedelta(0)


def test_a_detained_patient_is_absent_without_leave_wherever_they_walk_out():
    assert missing.category("s3", "emergency_department") == "awol_detained"
    assert missing.category("informal", "emergency_department") == "walkout_healthcare"
    assert missing.category("unknown", "ward") == "missing_informal"


def test_a_grade_is_due_sooner_the_greater_the_risk():
    from referrals.domain.clocks import LIMITS

    assert LIMITS[ClockKind.MISSING_REVIEW].minutes == (60, 240, 720, 1_440)
    assert LIMITS[ClockKind.MISSING_UNREPORTED].minutes == (15,) * 4
