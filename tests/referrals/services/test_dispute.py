"""Not ours: a dispute has a clock, both duty managers and the arbiter, and the present owner holds."""

from dataclasses import replace

import pytest

from agencies.acting import NamedPerson, acting_for
from agencies.models import Membership
from agencies.roles import Role
from notifications.models import Message
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.models import AgreementVersion, Dispute
from referrals.services import agreement, case_moves, engine
from tests.database import in_role_of
from tests.factories.referrals import AgreementFactory, AgreementVersionFactory
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import (
    case_of,
    child_of,
    events,
    owner_of,
    parties,
    running,
    stopped,
    told,
)

MANAGER = NamedPerson("Mo Example", "duty inspector", "020 7946 0111")
AGREED = {"name": "Di Example", "role": "on-call manager", "contact": "020 7946 0222"}
ENDS = {"outcome": "another_takes", "reason": "She lives in the next borough.", "agreed_with": AGREED}


def case_move(by, referral, action, **said):
    return act(by, case_moves.move, reference=referral.case_reference, action=action, **said)


def settle(by, referral, **said):
    return case_move(by.asserting(MANAGER), referral, "settle_dispute", **{**ENDS, **said})


def dispute_of(by, referral):
    with acting_for(by.agency_id):
        return Dispute.objects.visible_to(by).get(case=referral.case_id)


def clock_of(world, referral):
    return running(world.police, case=case_of(world.police, referral)).get("dispute")


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


@pytest.fixture
def twice(world):
    """Declined by one trust, sent on to another, and declined by that."""
    declined = referral_at(State.DECLINED, world)
    move(world.police, declined, "resend", to_team=world.teams["other_trust"])
    child = child_of(world.police, declined)
    move(world.other_trust, child, "decline")
    return child


class TestItBegins:
    """By the second decline, or by the word of either side."""

    def test_the_second_decline_opens_one(self, world, twice):
        found = dispute_of(world.police, twice)
        assert (found.cause, found.referral_id) == ("declined_twice", twice.pk)
        assert events(world.police, twice)[-1] == "case.disputed"
        assert owner_of(world, twice) == "police", "the present owner holds"

    def test_the_first_does_not(self, world):
        declined = referral_at(State.DECLINED, world)
        assert clock_of(world, declined) is None

    def test_what_was_declined_before_somebody_accepted_does_not_count(self, world):
        declined = referral_at(State.DECLINED, world)
        move(world.police, declined, "resend", to_team=world.teams["other_trust"])
        child = child_of(world.police, declined)
        move(world.other_trust, child, "accept")
        move(world.other_trust, child, "fail")
        move(world.police, child, "resend", to_team=world.teams["trust"])
        move(world.trust, child_of(world.police, child), "decline")
        assert clock_of(world, declined) is None

    @pytest.mark.parametrize("who", ["police", "trust"])
    def test_either_side_says_so_at_a_click(self, world, sent, who):
        case_move(getattr(world, who), sent, "dispute")
        clock = clock_of(world, sent)
        assert (clock.team_id, clock.other_team_id) == (world.teams["police"].pk, world.teams["trust"].pk)
        assert (clock.target_at - clock.started_at).total_seconds() == 30 * 60, "as long as a decision"

    def test_both_duty_managers_are_told_at_once(self, world, sent):
        case_move(world.trust, sent, "dispute", reason="He is a patient of the other trust.")
        for name in ("police", "trust"):
            managers = Membership.objects.filter(team=world.teams[name], role=Role.MANAGER)
            with acting_for(getattr(world, name).agency_id):
                found = Message.objects.filter(kind="case.disputed").values_list("membership_id", flat=True)
                assert set(found) == {each.pk for each in managers}

    def test_late_it_is_the_managers_again_and_then_the_directors(self, world, sent, in_role):
        case_move(world.police, sent, "dispute")
        clock = clock_of(world, sent)
        with in_role("worker"):
            engine.tick(now=clock.target_at)
        managers = Membership.objects.filter(team=world.teams["trust"], role=Role.MANAGER)
        with acting_for(world.trust.agency_id):
            late = Message.objects.filter(kind="escalation.fired", data__clock="dispute")
            assert {each.membership_id for each in late} == {each.pk for each in managers}

    def test_the_arbiter_that_the_agreement_names_is_told(self, world):
        with in_role_of("owner"):
            terms = {**AgreementVersion.objects.latest("live_from").terms, "arbiter": "ambulance"}
        pair = {"from_agency": world.teams["police"].agency, "to_agency": world.teams["trust"].agency}
        AgreementVersionFactory(
            agreement=AgreementFactory(category="", **pair), terms=terms, live_from="2020-01-01T00:00:00Z"
        )
        agreement.kept.cache_clear()
        sent = referral_at(State.SENT, world)
        case_move(world.police, sent, "dispute")
        assert dispute_of(world.police, sent).arbiter == "ambulance"
        assert told(world, "ambulance") == ["case.arbitrate"]

    def test_nobody_disputes_with_nobody(self, world):
        accepted = referral_at(State.ACCEPTED, world)
        with pytest.raises(MoveNotAllowed, match="no lead"):
            case_move(world.police, accepted, "dispute")
        sent = referral_at(State.SENT, world)
        with pytest.raises(NotThere):
            case_move(world.stranger, sent, "dispute")
        with pytest.raises(ReasonNeeded):
            case_move(replace(world.police, person=None), sent, "dispute")
        case_move(world.police, sent, "dispute")
        with pytest.raises(MoveNotAllowed, match="disputed already") as refused:
            case_move(world.trust, sent, "dispute")
        assert refused.value.allowed == ["link", "settle_dispute"]


class TestItIsSettled:
    """By a manager of either side, with an outcome, a reason, and the other side's or the arbiter's name."""

    def test_it_is_recorded_and_moves_no_accountability(self, world, twice):
        settle(world.police, twice)
        found = dispute_of(world.police, twice)
        assert (found.outcome, found.agreed_with, found.settled_by["name"]) == (
            "another_takes", AGREED, "Mo Example",
        )  # fmt: skip
        assert clock_of(world, twice) is None
        assert stopped(world.police, twice, "dispute").met_at is not None
        assert owner_of(world, twice) == "police"
        assert told(world, "other_trust")[-1] == "case.dispute_settled"

    def test_a_side_concedes_by_itself_and_wins_only_with_the_other(self, world, sent):
        case_move(world.police, sent, "dispute")
        with pytest.raises(ReasonNeeded) as refused:
            settle(world.police, sent, outcome="receiver_takes", agreed_with=None)
        assert set(refused.value.errors) == {"/agreed_with"}
        settle(world.police, sent, outcome="sender_keeps", agreed_with=None)
        assert dispute_of(world.police, sent).outcome == "sender_keeps"

    def test_an_acceptance_ends_it(self, world, sent):
        case_move(world.trust, sent, "dispute")
        move(world.trust, sent, "accept")
        assert dispute_of(world.police, sent).outcome == "receiver_takes"
        assert clock_of(world, sent) is None

    def test_somebody_elses_acceptance_ends_it_too(self, world, twice):
        move(world.police, twice, "resend", to_team=world.teams["trust"])
        move(world.trust, child_of(world.police, twice), "accept")
        assert dispute_of(world.police, twice).outcome == "another_takes"

    def test_both_sides_stay_parties_until_then(self, world, twice):
        move(world.police, twice, "no_further_action")
        assert "other_trust" in parties(world, twice)
        settle(world.police, twice)
        assert parties(world, twice) == {"police"}

    def test_a_case_stays_open_while_it_waits(self, world, twice):
        move(world.police, twice, "no_further_action")
        with pytest.raises(MoveNotAllowed, match="settle the dispute"):
            case_move(world.police, twice, "close", reason="found safe")
        settle(world.other_trust, twice, outcome="not_needed")
        assert case_move(world.police, twice, "close", reason="found safe").state == "closed"

    def test_after_it_declines_are_counted_anew(self, world, twice):
        settle(world.police, twice)
        move(world.police, twice, "resend", to_team=world.teams["trust"])
        again = child_of(world.police, twice)
        move(world.trust, again, "decline")
        assert clock_of(world, again) is None

    def test_what_is_refused(self, world, sent):
        with pytest.raises(MoveNotAllowed, match="nothing is disputed"):
            settle(world.police, sent)
        case_move(world.police, sent, "dispute")
        with pytest.raises(NotYourMove):
            case_move(world.trust.asserting(replace(MANAGER, role="nurse")), sent, "settle_dispute", **ENDS)
        with pytest.raises(Invalid):
            settle(world.police, sent, outcome="toss a coin")
        for missing in ("outcome", "reason"):
            with pytest.raises(ReasonNeeded) as refused:
                settle(world.police, sent, **{missing: ""})
            assert set(refused.value.errors) == {f"/{missing}"}
        asked = world.asked(case=sent.case_reference, lead=False, person={}, to_team=world.teams["ambulance"])
        from referrals.services import referral as referrals

        act(world.police, referrals.create, asked=asked)
        with pytest.raises(NotYourMove):
            settle(world.ambulance, sent)


class TestLinks:
    """Each agency links its own cases of one person, sees its links alone, and undoes them."""

    @pytest.fixture
    def two(self, world):
        return [referral_at(State.SENT, world) for _ in range(2)]

    def may(self, by, referral):
        with acting_for(by.agency_id):
            return case_moves.allowed(by, [case_of(by, referral)])[referral.case_id]

    def test_a_link_is_made_and_undone_and_both_are_kept(self, world, two):
        one, other = two
        case_move(world.trust, one, "link", other_case=other.case_reference.lower())
        assert "unlink" in self.may(world.trust, other)
        assert "unlink" not in self.may(world.police, other), "another agency does not see it"
        assert events(world.trust, one)[-1] == "case.linked"
        assert "case.linked" not in events(world.police, one)
        case_move(world.trust, other, "unlink", other_case=one.case_reference)
        assert "unlink" not in self.may(world.trust, one)
        case_move(world.trust, one, "link", other_case=other.case_reference)

    def test_what_is_refused(self, world, two):
        one, other = two
        beyond = referral_at(State.SENT, world, to_team=world.teams["other_trust"])
        for wrong in (one.case_reference, beyond.case_reference, "C-7KD4-HNWT", "x"):
            with pytest.raises(Invalid) as refused:
                case_move(world.trust, one, "link", other_case=wrong)
            assert set(refused.value.errors) == {"/other_case"}
        with pytest.raises(MoveNotAllowed):
            case_move(world.trust, one, "unlink", other_case=other.case_reference)
        case_move(world.trust, one, "link", other_case=other.case_reference)
        with pytest.raises(MoveNotAllowed):
            case_move(world.trust, one, "link", other_case=other.case_reference)
        with pytest.raises(ReasonNeeded):
            case_move(world.trust, one, "link")
        with pytest.raises(Invalid):
            case_move(world.trust, one, "burn")
