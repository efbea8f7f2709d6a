"""An endpoint asks the database the same number of questions however much there is to show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals.domain.referral import State
from referrals.services import referral as referrals
from tests.factories.world import act, move, referral_at
from tests.referrals.api.conftest import AMY, PAT

MOST_FOR_A_LIST = 8


@pytest.fixture
def count(world):
    """How many queries a request costs."""

    def of(ask):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = ask()
        assert answer.status_code < 300, answer.json()
        return len(asked)

    return of


@pytest.fixture
def fill(world):
    """So many referrals more, in cases of several parties."""

    def make(many):
        for _ in range(many):
            made = act(world.police, referrals.create, asked=world.asked())
            move(world.trust, made, "accept")
            asked = world.asked(case=made.case_reference, lead=False, to_team=world.teams["ambulance"])
            act(
                world.trust,
                referrals.create,
                asked=world.asked(
                    from_team=world.teams["trust"],
                    to_team=world.teams["ambulance"],
                    case=asked.case,
                    lead=False,
                ),
            )
        return made

    return make


READS = [
    "/referrals/",
    "/referrals/?state=accepted&priority=P2&ordering=-sent_at",
    "/referrals/?q=xampl",
    "/referrals/?open=true",
    "/cases/",
    "/cases/?open=true",
    "/missing-reports/?open=true",
    "/detentions/?open=true",
    "/events/",
    "/agencies/",
    "/teams/",
]


def test_three_rows_cost_what_thirty_do(police, fill, count):
    fill(2)
    few = {path: count(lambda path=path: police.get(path)) for path in READS}
    fill(14)
    many = {path: count(lambda path=path: police.get(path)) for path in READS}
    assert many == few
    assert few["/referrals/"] <= MOST_FOR_A_LIST


def test_a_long_history_costs_what_a_short_one_does(world, police, trust, count):
    referral = referral_at(State.ACCEPTED, world)
    one, case = f"/referrals/{referral.pk}/", f"/cases/{referral.case_reference}/"
    paths = [one, one + "timeline/", case, case + "timeline/", case + "accountability/"]
    few = {path: count(lambda path=path: police.get(path)) for path in paths}
    contact = {"channel": "phone", "with_whom": "caller", "outcome": "no_answer", "by": AMY}
    for _ in range(5):
        trust.post(one + "contacts/", contact)
    assert {path: count(lambda path=path: police.get(path)) for path in paths} == few


def test_each_act_costs_the_same_in_a_full_database_as_in_an_empty_one(
    world, police, trust, ask, fill, count
):
    def acts():
        made = police.post("/referrals/", ask(by=PAT)).json()
        one = f"/referrals/{made['id']}/"
        contact = {"channel": "phone", "with_whom": "caller", "outcome": "no_answer", "by": AMY}
        return [
            count(lambda: police.post("/referrals/", ask(by=PAT), idempotency_key=made["id"])),
            count(lambda: trust.post(one + "moves/", {"action": "acknowledge", "by": AMY})),
            count(lambda: trust.post(one + "contacts/", contact)),
            count(lambda: police.post(one + "risk/", {"direction": "raise", "reason": "x"})),
            count(lambda: police.post(one + "claimed-acceptance/", {"accepted_by": AMY, "by": PAT})),
            count(lambda: trust.post(one + "moves/", {"action": "accept", "by": AMY})),
        ]

    before = acts()
    fill(5)
    assert acts() == before
