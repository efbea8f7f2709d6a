"""The measures of what came after, against examples that were counted by hand."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.management.demo import past
from referrals.models import Party
from referrals.models.keys import instant
from referrals.reporting.afterwards import GROUPS, MEASURES
from referrals.reporting.report import Asked, Told
from referrals.services import adverse, case_moves
from referrals.services import referral as referrals
from tests.factories.missing import report, step
from tests.factories.world import act, move, referral_at

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NUMBERED = {"family_name": "One", "given_name": "", "nhs_number": "9990000026"}
NAMED = {"family_name": "Two", "given_name": "Ann", "date_of_birth": "1980-02-01", "nhs_number": ""}


@pytest.fixture
def now(db):
    return instant()


@pytest.fixture
def at(now):
    """``at(days, …)``: what is done so many days ago."""

    def act_then(days, do, *words, **more):
        with past.at(now - days * DAY):
            return do(*words, **more)

    return act_then


@pytest.fixture
def sent(world, at):
    """``sent(days, person)``: a referral of the police to the trust, sent so many days ago."""
    return lambda days, person, **more: at(days, referral_at, State.SENT, world, person=person, **more)


def only(name):
    """Somebody of whom nothing but a name is known."""
    return {"family_name": name, "given_name": "", "nhs_number": ""}


def counted(actor, measure, now, by="all", days=30):
    with acting_for(actor.agency_id):
        return MEASURES[measure].count(Asked(actor, now - days * DAY, now + DAY, now=now, by=by))


def lines(actor, measure, now, by="all"):
    return {each.group: tuple(each[1:]) for each in counted(actor, measure, now, by).lines}


def came(world, made, outcome, at, inquest="no", by=None):
    said = {"reference": made.case_reference, "outcome": outcome, "inquest": inquest, "occurred_at": at}
    return act(by or world.police, adverse.record, **said)


class TestReferredAgain:
    """In another case, within 72 hours or 7 days of the first referral; the same case is none again."""

    def test_the_example(self, world, now, sent):
        """One after 2 days, found by the number; one after 5 days, by names and birth; one never; one young.

        Of 72 hours old there are five and of a week four: the two that came again are first ones themselves.
        """
        first = sent(10, NUMBERED)
        sent(8, {**NUMBERED, "family_name": "Otherwise"})
        sent(10, NAMED)
        sent(5, {**NAMED, "family_name": "TWO"})
        sent(10, only("Three"))
        sent(0.1, only("Four"))
        act(world.police, referrals.create, asked=world.asked(case=first.case_reference, lead=False,
            to_team=world.teams["ambulance"], person={}))  # fmt: skip
        for actor in (world.police, world.trust):
            assert lines(actor, "re-referral", now) == {
                "all": (1, 5, 20.0), "all, within 7 days": (2, 4, 50.0),
            }  # fmt: skip
            assert counted(actor, "re-referral", now).left_out == {"sent less than 72 hours ago": 1}
        assert counted(world.stranger, "re-referral", now).counted == 0

    def test_who_is_told_apart_by_their_numbers_is_not_the_same(self, world, now, sent):
        sent(10, {**NAMED, "nhs_number": "9990000026"})
        sent(9, {**NAMED, "nhs_number": "9990000034"})
        assert lines(world.police, "re-referral", now)["all"] == (0, 2, 0.0)

    def test_a_link_of_the_agencys_own_counts_for_it_alone(self, world, now, sent):
        one, other = sent(10, only("Five")), sent(9, only("Cinq"))
        act(world.police, case_moves.move, reference=one.case_reference, action="link",
            other_case=other.case_reference)  # fmt: skip
        assert lines(world.police, "re-referral", now)["all"] == (1, 2, 50.0)
        assert lines(world.trust, "re-referral", now)["all"] == (0, 2, 0.0)

    def test_a_mistake_is_neither_a_first_nor_a_further_one(self, world, now, sent, at):
        sent(10, NUMBERED)
        made = sent(9, NUMBERED)
        at(8.9, move, world.police, made, "enter_in_error")
        assert lines(world.police, "re-referral", now)["all"] == (0, 1, 0.0)

    def test_it_stands_when_the_agencys_part_has_ended(self, world, now, sent, at):
        for days in (10, 9):
            made = sent(days, NUMBERED)
            at(days - 0.1, move, world.trust, made, "decline")
            at(days - 0.2, move, world.police, made, "no_further_action")
        with acting_for(world.trust.agency_id):
            assert not Party.objects.filter(agency=world.trust.agency_id, until=None).exists()
        assert lines(world.trust, "re-referral", now)["all"] == (1, 2, 50.0)


class TestAdverseOutcomes:
    """A death or serious harm as recorded, or missing at high risk, within seven days; with inquests."""

    def test_the_example(self, world, now, sent, at):
        """A death on the second day, with an inquest; harm on the ninth; harm that was taken back; missing at
        high risk on the third day; nothing; one that is young."""
        sent(10, only("Well"))
        died, late, not_so = sent(10, only("Died")), sent(10, only("Late")), sent(10, only("Not so"))
        came(world, died, "death", now - 8 * DAY)
        came(world, died, "death", now - 8 * DAY, "yes", by=world.police)
        came(world, late, "serious_harm", now - 1 * DAY)
        came(world, not_so, "serious_harm", now - 9 * DAY)
        came(world, not_so, "none", now - 9 * DAY)
        sent(10, NUMBERED)
        lost = at(7.5, report, world, person=NUMBERED, facts={"last_seen_at": now - 7.5 * DAY - HOUR})
        at(7.4, step, world.trust, lost, "grade", grade="high")
        came(world, sent(1, only("Young")), "death", now - HOUR)
        assert lines(world.police, "adverse-outcome", now, "outcome") == {
            "death": (1, 6, 16.7), "serious_harm": (0, 6, 0.0), "missing_high": (1, 6, 16.7),
        }  # fmt: skip
        assert lines(world.police, "adverse-outcome", now) == {
            "all": (2, 6, 33.3), "all, with an inquest": (1, 2, 50.0),
        }  # fmt: skip
        assert counted(world.police, "adverse-outcome", now).left_out == {"sent less than 7 days ago": 1}

    def test_why_somebody_was_asked_is_not_what_came_of_it(self, world, now, at):
        lost = at(10, report, world, person=NUMBERED, facts={"last_seen_at": now - 10 * DAY - HOUR})
        at(9.9, step, world.trust, lost, "grade", grade="high")
        assert lines(world.police, "adverse-outcome", now)["all"] == (0, 1, 0.0)

    def test_few_are_not_shown(self, world, now, sent):
        for each in range(9):
            made = sent(10, only(f"P{each}"))
        came(world, made, "death", now - 9 * DAY)
        asked = Asked(world.police, now - 30 * DAY, now, now)
        told = Told("adverse-outcome", MEASURES["adverse-outcome"], asked,
                    counted(world.police, "adverse-outcome", now))  # fmt: skip
        assert all(hidden for _, hidden in told.shown)
        assert told.counted is None


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("by", GROUPS)
def test_every_group_adds_up_to_the_whole_in_one_query(
    world, now, sent, measure, by, django_assert_num_queries
):
    for days in (20, 10):
        sent(days, NUMBERED)
        sent(days, NAMED, priority="P3")
    with django_assert_num_queries(4):  # the transaction's three, and itself
        found = counted(world.police, measure, now, by)
    assert sum(line.denominator for line in found.lines if ", " not in line.group) == found.counted == 4
