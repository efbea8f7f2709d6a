"""The agency's teams in the tracker: how they stand, and what those who run the rota change of them."""

import re
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.desks import Span, hours_of
from agencies.models import Agency, Team
from agencies.roles import Role
from notifications.services import database_now, deliver_due
from referrals.domain.referral import State
from referrals.services import routing
from tests.factories.agencies import MembershipFactory, ServiceHoursFactory, TeamFactory
from tests.factories.world import act, referral_at

HERE = "/tracker/teams/"
OFFICE = {
    f"d{day}_1_{name}": at for day in range(5) for name, at in [("opens", "09:00"), ("closes", "17:00")]
}


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def team(world):
    return world.teams["trust"]


@pytest.fixture
def page(team):
    return f"{HERE}{team.pk}/"


def again(team):
    return Team.objects.get(pk=team.pk)


@pytest.fixture
def closed(team):
    """The desk opens in no hour of the next days: once a week would be too soon for a test on that day."""
    team.always_open = False
    team.save()
    return team


def test_the_list_says_how_each_team_stands(desk, team):
    shut = TeamFactory(agency=team.agency, name="Shut desk", always_open=False, phone="020 7946 0999")
    Team.objects.filter(pk=shut.pk).update(fallback=team)
    shown = text(desk("trust").get(HERE))
    assert re.search(rf"{team.name} Open , day and night", shown)
    assert re.search(r"Shut desk Closed : no hours are set", shown)
    assert f", of {team.name}" in shown
    assert "020 7946 0999" in shown
    assert team.agency.duty_contact_name in shown


def test_hours_say_until_when(desk, closed):
    for day in range(7):
        ServiceHoursFactory(team=closed, weekday=day, opens="00:00", closes="23:59")
    assert re.search(r"(Open|Closed) until", text(desk("trust").get(HERE)))


def test_where_nobody_is_there_the_duty_contact_is_named(desk, closed):
    shown = text(desk("trust").get(HERE))
    assert f"Nobody is there: the duty contact, {closed.agency.duty_contact_name}, is told" in shown


def test_only_the_agencys_own_teams_are_there(desk, world):
    other = world.teams["police"]
    browser = desk("trust")
    assert other.name not in text(browser.get(HERE))
    assert browser.get(f"{HERE}{other.pk}/").status_code == 404
    assert browser.post(f"{HERE}{other.pk}/", {"do": "phone", "phone": "020 7946 0333"}).status_code == 404
    assert browser.get(f"{HERE}{2**40}/").status_code == 404


def test_the_hours_are_changed_and_shown(desk, page, team):
    said = {"do": "hours", "when": "hours", "closed_on_bank_holidays": "on", **OFFICE}
    shown = text(desk("trust").post(page, said, follow=True))
    assert "The hours are changed." in shown
    assert "Monday 09:00 to 17:00" in shown
    assert "Closed on bank holidays" in shown
    assert hours_of(again(team)) == [Span(day, time(9), time(17)) for day in range(5)]
    same = text(desk("trust").post(page, said, follow=True))
    assert "nothing is changed" in same


def test_two_stretches_of_a_day_are_shown_as_they_were_typed(desk, page, team):
    break_ = {"d0_1_opens": "09:00", "d0_1_closes": "12:00", "d0_2_opens": "13:00", "d0_2_closes": "17:00"}
    desk("trust").post(page, {"do": "hours", "when": "hours", **break_})
    shown = desk("trust").get(page).content.decode()
    for name, at in break_.items():
        assert re.search(rf'name="{name}" value="{at}"', shown), name


def test_a_day_with_more_stretches_keeps_its_room(desk, page, closed):
    for hour in (1, 5, 9):
        ServiceHoursFactory(team=closed, weekday=2, opens=f"0{hour}:00", closes=f"0{hour}:30")
    assert 'name="d2_3_opens" value="09:00"' in desk("trust").get(page).content.decode()


WRONG = {
    "none": ({"when": "hours"}, "Give the hours of one day at least"),
    "half": ({"when": "hours", "d0_1_opens": "09:00"}, "Monday to: Give both times, or neither"),
    "other half": (
        {"when": "hours", "d3_2_closes": "09:00"},
        "Thursday from again: Give both times, or neither",
    ),
    "no time": (
        {"when": "hours", "d0_1_opens": "nine", "d0_1_closes": "17:00"},
        "Monday from: A time, such as 09:00",
    ),
    "overlap": (
        {"when": "hours", "d0_1_opens": "09:00", "d0_1_closes": "17:00", "d0_2_opens": "16:00",
         "d0_2_closes": "20:00"},
        "Monday 09:00 to 17:00 and Monday 16:00 to 20:00 overlap",
    ),
    "nothing chosen": ({}, "Open: Choose one"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "why"), WRONG.values(), ids=WRONG)
def test_hours_that_cannot_be_are_refused_and_stay_typed(desk, page, team, said, why):
    answer = desk("trust").post(page, {"do": "hours", **said})
    assert answer.status_code == 422
    assert why in text(answer)
    for name, typed in said.items():
        assert name == "when" or f'value="{typed}"' in answer.content.decode()
    assert again(team).always_open


def test_a_stand_in_is_changed(desk, page, team):
    night = TeamFactory(agency=team.agency, name="Night desk")
    shown = text(desk("trust").post(page, {"do": "fallback", "fallback": night.pk}, follow=True))
    assert "Who stands in is changed." in shown
    assert "Night desk answers" in shown
    desk("trust").post(page, {"do": "fallback", "fallback": ""})
    assert again(team).fallback_id is None


def test_a_ring_is_refused_by_its_names(desk, page, team):
    night = TeamFactory(agency=team.agency, name="Night desk", fallback=team)
    answer = desk("trust").post(page, {"do": "fallback", "fallback": night.pk})
    assert answer.status_code == 422
    assert f"{team.name} → Night desk → {team.name}" in text(answer)


@pytest.mark.parametrize("wrong", ["self", "another agency", "nonsense"])
def test_no_other_team_can_be_chosen(desk, page, team, world, wrong):
    chosen = {"self": team.pk, "another agency": world.teams["police"].pk, "nonsense": "x"}[wrong]
    answer = desk("trust").post(page, {"do": "fallback", "fallback": chosen})
    assert (answer.status_code, again(team).fallback_id) == (422, None)
    assert "Choose one of those that are offered" in text(answer)


def test_a_stand_in_that_leaves_nobody_is_warned_about_and_may_be_meant(desk, page, closed):
    empty = TeamFactory(agency=closed.agency, name="Empty desk")
    answer = desk("trust").post(page, {"do": "fallback", "fallback": empty.pk})
    assert (answer.status_code, again(closed).fallback_id) == (422, None)
    assert re.search(rf"nobody at tier 1 \(worker\) of {closed.name}", text(answer))
    assert "It is meant, although nobody answers then" in text(answer)
    sure = {"do": "fallback", "fallback": empty.pk, "sure": "yes"}
    shown = text(desk("trust").post(page, sure, follow=True))
    assert again(closed).fallback_id == empty.pk
    assert re.search(rf"nobody at tier 1 \(worker\) of {closed.name}", shown)
    MembershipFactory(team=empty, role=Role.WORKER)
    assert "Somebody answers at every hour" in text(desk("trust").get(page))


def test_the_phone_is_changed_or_refused(desk, page, team):
    assert "The number is changed." in text(
        desk("trust").post(page, {"do": "phone", "phone": "020 7946 0333"}, follow=True)
    )
    answer = desk("trust").post(page, {"do": "phone", "phone": "ring Kim"})
    assert (answer.status_code, again(team).phone) == (422, "020 7946 0333")
    assert "Phone: A telephone number, in figures" in text(answer)
    desk("trust").post(page, {"do": "phone", "phone": ""})
    assert again(team).phone == ""


@pytest.mark.parametrize("role", [Role.WORKER, Role.LIAISON, Role.AUDITOR])
def test_the_others_of_the_agency_look(desk, page, team, role):
    browser = desk("trust", role)
    assert "Change the hours" not in text(browser.get(page))
    for do in ("hours", "fallback", "phone"):
        assert browser.post(page, {"do": do, "phone": "020 7946 0333"}).status_code == 403
    assert browser.post(page, {"do": "eat"}).status_code == 404
    assert again(team).phone == team.phone


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR])
def test_whoever_runs_the_rota_has_the_forms(desk, page, role):
    shown = text(desk("trust", role).get(page))
    assert all(words in shown for words in ("Change the hours", "Change who stands in", "Change the phone"))


def test_more_teams_cost_no_more_queries(desk, team):
    browser = desk("trust")

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(HERE).status_code == 200
        return len(asked)

    TeamFactory(agency=team.agency, always_open=False, fallback=team)
    cost()  # the first look is also the first of the session
    few = cost()
    for _ in range(5):
        ServiceHoursFactory(team=TeamFactory(agency=team.agency, always_open=False, fallback=team))
    assert cost() == few


class TestWhatItCovers:
    """Areas, for managers; what no team would cover any more is asked about first."""

    def test_a_manager_changes_them_and_work_is_routed_by_them_at_once(self, desk, world, page, team):
        shown = text(
            desk("trust", Role.MANAGER).post(page, {"do": "areas", "areas": "se15\nPeckham"}, follow=True)
        )
        assert "What it covers is changed." in shown
        assert "SE15, Peckham" in shown
        found, _ = act(world.police, routing.route, area="SE15 4AA", category="conveyance")
        assert found.pk == team.pk

    def test_what_no_team_would_cover_is_asked_about_and_may_be_meant(self, desk, page, team):
        browser = desk("trust", Role.MANAGER)
        browser.post(page, {"do": "areas", "areas": "SE15"})
        answer = browser.post(page, {"do": "areas", "areas": "N1"})
        assert answer.status_code == 422
        assert "No team would cover it any more" in text(answer)
        assert again(team).areas == ["SE15"]
        browser.post(page, {"do": "areas", "areas": "N1", "sure": "yes"})
        assert again(team).areas == ["N1"]

    def test_a_whole_postcode_is_refused_at_its_field(self, desk, page):
        answer = desk("trust", Role.MANAGER).post(page, {"do": "areas", "areas": "SE15 4AA"})
        assert answer.context["areas_form"].errors["areas"] == [
            "SE15 4AA is a whole postcode: give its district, SE15"
        ]

    def test_a_supervisor_does_not(self, desk, page):
        assert "Change what it covers" not in text(desk("trust").get(page))
        assert desk("trust").post(page, {"do": "areas", "areas": "N1"}).status_code == 403


class TestTheDutyContact:
    """Who is told where nobody else can be: changed by managers, and told at once."""

    THERE = f"{HERE}contact/"
    SAID = {"name": "On-call manager", "email": "oncall@trust.example", "phone": "020 7946 0333"}

    def test_a_manager_changes_it_and_duty_has_it_at_once(self, desk, closed):
        browser = desk("trust", Role.MANAGER)
        assert self.THERE in browser.get(HERE).content.decode()
        shown = text(browser.post(self.THERE, self.SAID, follow=True))
        assert "Nobody is there: the duty contact, On-call manager, is told" in shown

    def test_the_new_address_is_told_by_email(self, desk, team, in_role, mailoutbox):
        desk("trust", Role.MANAGER).post(self.THERE, self.SAID)
        with in_role("worker"):
            deliver_due(now=database_now() + timedelta(hours=1))
        [sent] = mailoutbox
        assert (sent.to, sent.subject) == (["oncall@trust.example"], "Duty contact")
        assert "when nobody else of it can be" in sent.body

    @pytest.mark.parametrize("wrong", [{"name": ""}, {"email": "on call"}, {"phone": "ring us"}])
    def test_what_is_wrong_is_said_at_its_field(self, desk, team, wrong):
        answer = desk("trust", Role.MANAGER).post(self.THERE, {**self.SAID, **wrong})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(wrong))
        assert Agency.objects.get(pk=team.agency_id).duty_contact_name == team.agency.duty_contact_name

    def test_a_supervisor_reads_it(self, desk, team):
        browser = desk("trust")
        assert team.agency.duty_contact_email in text(browser.get(self.THERE))
        assert browser.post(self.THERE, self.SAID).status_code == 403
        assert self.THERE not in browser.get(HERE).content.decode()


def test_what_waits_at_the_desk_is_counted_when_its_hours_change(desk, world, page):
    for _ in range(2):
        referral_at(State.SENT, world)
    said = {"do": "hours", "when": "hours", **OFFICE}
    shown = text(desk("trust").post(page, said, follow=True))
    assert "The 2 referrals at the desk are watched by that from now on; their deadlines stay." in shown
