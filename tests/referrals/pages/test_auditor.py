"""An auditor reads everything of the agency, is offered nothing to do, and can do nothing."""

from dataclasses import replace

import pytest

from agencies.roles import Role
from referrals.domain.errors import NotYourMove
from referrals.domain.referral import State
from referrals.services import referral as referrals
from referrals.services import risk
from tests.factories.agencies import MembershipFactory, member_actor
from tests.factories.missing import report
from tests.factories.world import act, referral_at
from tests.referrals.services.deciding import decide
from tests.referrals.services.detaining import detain


def auditor(world, name):
    return member_actor(MembershipFactory(team=world.teams[name], role=Role.AUDITOR))


def test_no_service_takes_an_act_of_an_auditor(world, as_superuser):
    made = referral_at(State.SENT, world)
    before = as_superuser.execute("select count(*) from referrals_event").fetchone()
    acts = [
        lambda: act(auditor(world, "police"), referrals.create, asked=world.asked()),
        lambda: act(auditor(world, "trust"), referrals.move, referral_id=made.pk, action="accept"),
        lambda: act(
            auditor(world, "trust"),
            risk.change,
            referral_id=made.pk,
            direction="raise",
            priority="P1",
            reason="worse",
        ),
        lambda: decide(auditor(world, "police")),
        lambda: detain(auditor(world, "police")),
        lambda: report(replace(world, trust=auditor(world, "trust"))),
    ]
    for attempt in acts:
        with pytest.raises(NotYourMove, match="an auditor reads"):
            attempt()
    assert as_superuser.execute("select count(*) from referrals_event").fetchone() == before


@pytest.mark.parametrize(
    ("where", "offers"),
    [
        ("/tracker/", "New referral"),
        ("/tracker/referrals/", "New referral"),
        ("/tracker/decisions/", "Is a police response required?"),
        ("/tracker/places/", "Somebody is detained"),
    ],
)
def test_pages_offer_an_auditor_nothing_to_begin(desk, world, where, offers):
    referral_at(State.SENT, world)
    assert f">{offers}</a>" in desk("police").get(where).text
    assert f">{offers}</a>" not in desk("police", Role.AUDITOR).get(where).text


def test_a_referral_is_shown_to_an_auditor_without_its_moves(desk, world, stands):
    made = referral_at(State.SENT, world)
    address = f"/tracker/cases/{made.case_reference}/"
    offered = desk("trust").get(address).text
    assert f"/{made.reference}/accept/" in offered
    seen = desk("trust", Role.AUDITOR)
    shown = seen.get(address).text
    assert made.reference in shown
    assert f"/{made.reference}/accept/" not in shown
    assert "What you can do" not in shown
    seen.post(f"/tracker/referrals/{made.reference}/accept/", {"version": made.version})
    assert stands(made).state == State.SENT
