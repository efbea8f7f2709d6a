"""The story over HTTP: a police referral reaches a named human, or somebody is told."""

from datetime import UTC, datetime

import pytest

from notifications.models import Message
from referrals.domain.clocks import default_terms
from referrals.domain.escalation import DEFAULT_LADDER, as_terms
from referrals.models import Agreement, AgreementVersion, ClaimedAcceptance
from tests.journeys.partners import CLINICIAN, NURSE, Partner, in_order, until

pytestmark = pytest.mark.xdist_group("live")

HASTY = "walkout_healthcare"  # the category for which the agencies of these journeys promised seconds
SECONDS = {"acknowledge": 2 / 60, "decide": 6 / 60}  # minutes


@pytest.fixture(scope="module")
def partner(live_stack, town):
    made = {}

    def one(name):
        return made.get(name) or made.setdefault(name, Partner(live_stack, town, name))

    yield one
    for each in made.values():
        each.http.close()


@pytest.fixture
def police(partner):
    return partner("police")


@pytest.fixture
def trust(partner):
    return partner("trust")


@pytest.fixture
def other_trust(partner):
    return partner("other_trust")


@pytest.fixture(scope="module")
def hasty(live_stack, town):
    """The police and the trust agreed on two seconds to acknowledge, for one category."""
    terms = {**default_terms(), "ladder": as_terms(DEFAULT_LADDER)}
    terms["targets"]["P2"] = {**terms["targets"]["P2"], **SECONDS}
    with live_stack.django("owner"):
        agreement = Agreement.objects.create(
            name="Seconds", from_agency_id=town.police.agency_id, to_agency_id=town.trust.agency_id,
            category=HASTY,
        )  # fmt: skip
        long_ago = datetime(2024, 1, 1, tzinfo=UTC)
        AgreementVersion.objects.create(agreement=agreement, number=1, terms=terms, live_from=long_ago)
    return HASTY


def breach(reader, referral):
    """The rung at the full target of the promise to acknowledge, as this partner's feed tells it."""
    fired = [each for each in reader.events(referral) if each["type"] == "escalation.fired"]
    rungs = {(each["data"]["clock"]["kind"], each["data"]["percent"]): each for each in fired}
    return rungs.get(("acknowledge", 100))


def test_nobody_acknowledges_so_both_sides_are_told_until_a_named_nurse_accepts(
    police, trust, hasty, live_stack, town
):
    sent = police.ask(trust, category=hasty)
    assert sent["accountable_agency"]["code"] == "police"
    told = until(lambda: breach(police, sent))
    assert breach(trust, sent)["data"] == told["data"]
    assert told["data"]["breached"]
    posts = {("trust-desk", "supervisor"), ("police-desk", "supervisor")}
    codes = {team.pk: team.code for team in town.teams.values()}
    assert {(codes[each["team_id"]], each["tier"]) for each in told["data"]["told"]} == posts

    def delivered():
        with live_stack.django("worker"):
            owed = Message.objects.filter(
                about=f"referral:{sent['id']}", data__percent=100, sent_at__isnull=False
            )
            found = owed.filter(data__clock="acknowledge").select_related("membership__team")
            return {(each.membership.team.code, each.membership.role) for each in found} == posts

    assert until(delivered)
    moves = f"/referrals/{sent['id']}/moves/"
    assert trust.send(moves, {"action": "acknowledge"}).status_code == 422  # a system is not a human
    assert trust.move(sent, "acknowledge")["held_by"]["name"] == NURSE["name"]
    assert police.owner(sent)["accountable_agency"]["code"] == "police"
    accepted = trust.move(sent, "accept")
    now = police.owner(sent)
    assert now["accountable_agency"]["code"] == "trust"
    # PostgreSQL writes no trailing noughts of a second, Python does: one moment, two spellings.
    assert datetime.fromisoformat(now["since"]) == datetime.fromisoformat(accepted["accepted_at"])
    assert police.owner(sent, at=sent["sent_at"])["accountable_agency"]["code"] == "police"
    seen = police.get(f"/cases/{sent['case']['reference']}/")
    assert seen["accountable_agency"]["code"] == "trust"
    assert [each["to_team"]["code"] for each in seen["referrals"]] == ["trust-desk"]


def test_what_one_trust_declines_is_sent_to_another_which_accepts(police, trust, other_trust):
    sent = police.ask(trust)
    why = {"reason_code": "not_our_area", "reason": "north of the river", "belongs_to": "other-trust"}
    assert trust.move(sent, "decline", **why)["state"] == "declined"
    assert police.owner(sent)["accountable_agency"]["code"] == "police"
    assert police.move(sent, "resend", to_team=other_trust.team)["state"] == "closed"
    again = police.child(sent)
    assert (again["state"], again["parent_link"]) == ("sent", "resend")
    other_trust.move(again, "accept")
    assert police.owner(sent)["accountable_agency"]["code"] == "other-trust"
    assert trust.http.get(f"/api/v1/cases/{sent['case']['reference']}/").status_code == 404
    assert trust.get(f"/referrals/{sent['id']}/")["accountable_agency"] is None


def test_a_redirect_before_acceptance_leaves_the_case_with_the_police_until_the_other_accepts(
    police, trust, other_trust
):
    sent = police.ask(trust)
    trust.move(sent, "acknowledge")
    asked = trust.move(sent, "redirect", to_team=other_trust.team, reason="they know her")
    assert (asked["state"], asked["redirect_pending"]) == ("acknowledged", True)
    child = other_trust.child(sent)
    assert child["from_agency"]["code"] == "police"
    assert police.owner(sent)["accountable_agency"]["code"] == "police"
    other_trust.move(child, "accept")
    assert police.get(f"/referrals/{sent['id']}/")["state"] == "redirected"
    assert police.owner(sent)["accountable_agency"]["code"] == "other-trust"


def test_a_redirect_after_acceptance_moves_the_case_from_one_trust_to_the_other(police, trust, other_trust):
    sent = police.ask(trust)
    trust.move(sent, "accept")
    trust.move(sent, "redirect", to_team=other_trust.team, reason="they know her")
    child = other_trust.child(sent)
    assert child["from_agency"]["code"] == "trust"
    assert police.owner(sent)["accountable_agency"]["code"] == "trust"
    other_trust.move(child, "accept")
    history = police.owner(sent)["history"]
    assert [each["accountable_agency"]["code"] for each in history] == ["police", "trust", "other-trust"]
    assert [each["until"] for each in history[:-1]] == [each["since"] for each in history[1:]]


def test_an_ambulance_that_supports_never_becomes_accountable(police, trust, partner):
    ambulance = partner("ambulance")
    sent = police.ask(trust)
    trust.move(sent, "accept")
    case = sent["case"]["reference"]
    support = police.ask(ambulance, person=None, case=case, lead=False, category="concern_for_welfare")
    ambulance.move(support, "accept")
    ambulance.move(support, "start", contact={"channel": "in_person"})
    ambulance.move(support, "complete", outcome="seen at home, safe")
    police.move(support, "close", caller_told="she is safe")
    history = police.owner(sent)["history"]
    assert [each["accountable_agency"]["code"] for each in history] == ["police", "trust"]


def test_an_acceptance_given_by_phone_counts_once_the_trust_confirms_it(police, trust, live_stack):
    sent = police.ask(trust)
    claimed = police.post(f"/referrals/{sent['id']}/claimed-acceptance/", 201, accepted_by=CLINICIAN)
    assert claimed["state"] == "open"
    assert police.owner(sent)["accountable_agency"]["code"] == "police"
    assert "referral.acceptance_claimed" in [each["type"] for each in trust.events(sent)]
    trust.move(sent, "accept")
    assert police.owner(sent)["accountable_agency"]["code"] == "trust"
    with live_stack.django("worker"):
        assert ClaimedAcceptance.objects.get(pk=claimed["id"]).state == "confirmed"


def test_the_feed_tells_each_side_everything_once_and_in_order(police, trust, other_trust):
    sent = police.ask(trust)
    trust.move(sent, "accept")
    trust.move(sent, "start", contact={"channel": "phone"})
    trust.move(sent, "complete", outcome="seen at home, safe")
    police.move(sent, "close", caller_told="she is safe")
    types = [
        "case.opened", "referral.sent", "referral.acknowledged", "referral.accepted",
        "case.accountability_changed", "contact.logged", "referral.in_progress", "referral.completed",
        "referral.closed",
    ]  # fmt: skip
    for side in (police, trust):
        told = until(lambda side=side: _all_told(side.events(sent), len(types)))
        assert [each["type"] for each in told] == types
        assert list(in_order(told)) == []
    assert other_trust.events(sent) == []


def _all_told(events, how_many):
    return events if len(events) >= how_many else None
