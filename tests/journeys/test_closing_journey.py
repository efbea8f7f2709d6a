"""Friday 16:10, in a browser and with a real worker: the desk closes soon, and the night desk answers."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from agencies.instants import LONDON
from agencies.roles import AgencyKind, Role
from referrals.domain.referral import State
from referrals.services import referral as referrals
from tests.factories.agencies import (
    AgencyFactory,
    MembershipFactory,
    ServiceHoursFactory,
    TeamFactory,
    member_actor,
)
from tests.factories.world import act, move
from tests.journeys.conftest import picture
from tests.journeys.test_tracker_journeys import SOON

pytestmark = pytest.mark.xdist_group("live")

CLOSE_NOW = """
with shut as (
  update agencies_servicehours set closes = (clock_timestamp() at time zone 'Europe/London')::time
   where team_id = %s returning team_id)
update referrals_clock k
   set started_at = started_at - interval '1 hour', target_at = clock_timestamp(),
       next_look_at = clock_timestamp()
  from referrals_referral r, shut
 where r.id = k.referral_id and r.to_team_id = shut.team_id and k.kind = 'handover' and k.stopped_at is null
"""


@pytest.fixture
def office(town):
    """A desk of another trust: opened an hour ago, closes in 25 minutes; its night desk stands in."""
    now = datetime.now(LONDON)
    opened, closes = now - timedelta(hours=1), now + timedelta(minutes=25)
    agency = AgencyFactory(kind=AgencyKind.MENTAL_HEALTH_TRUST)
    night = town.teams["night"] = TeamFactory(
        code="night", name="Night desk", agency=agency, phone="020 7946 0333"
    )
    desk = TeamFactory(code="office", name="Day office", agency=agency, fallback=night, always_open=False)
    ServiceHoursFactory(
        team=desk, weekday=opened.weekday(), opens=f"{opened:%H:%M}", closes=f"{closes:%H:%M}"
    )
    MembershipFactory(team=desk, role=Role.WORKER)
    MembershipFactory(team=night, role=Role.SUPERVISOR)
    return desk


def test_what_the_office_has_accepted_is_the_night_desks_once_the_doors_close(
    at_desk, live_stack, request, town
):
    with live_stack.django():
        desk = request.getfixturevalue("office")
        asked = act(town.police, referrals.create, asked=town.asked(priority="P4", to_team=desk))
        nurse = member_actor(desk.memberships.get())
        assert move(nurse, asked, "accept").state == State.ACCEPTED
    police, night = at_desk("police"), at_desk("night")
    police.goto(f"/tracker/referrals/{asked.reference}/")
    assert "Day office" in police.inner_text("main")
    night.goto("/tracker/messages/")
    coming = night.get_by_role("link", name=asked.reference)
    expect(coming.first).to_be_visible(timeout=SOON)
    live_stack.database.cleaner.execute(CLOSE_NOW, [desk.pk])
    answers = "Night desk answers while it is closed: 020 7946 0333"
    expect(police.locator("main")).to_contain_text(answers, timeout=SOON)
    night.goto(f"/tracker/referrals/{asked.reference}/")
    expect(night.locator("main")).to_contain_text("Night desk answers from now on")
    picture(night, "closing-time")
