"""The rota in the tracker: gaps in words, shifts by form, table and calendar, all or nothing; its address."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agencies import duty
from agencies.acting import acting_for
from agencies.instants import day_of
from agencies.models import Membership, RotaFeed, Shift, ShiftOverride
from agencies.roles import Role
from notifications.models import Message
from notifications.services import deliver_due
from referrals.models.keys import instant
from referrals.services import rota_gaps
from tests.factories.agencies import (
    MembershipFactory,
    ServiceHoursFactory,
    ShiftFactory,
    ShiftOverrideFactory,
)

HERE = "/tracker/rota/"
HEAD = "team,tier,username,from,to"


@pytest.fixture
def username(world):
    """A supervisor of the trust."""
    held = Membership.objects.select_related("user").filter(team=world.teams["trust"], role=Role.SUPERVISOR)
    return held.first().user.username


@pytest.fixture
def office(world):
    """The trust's desk is open on Mondays from nine to five alone."""
    desk = world.teams["trust"]
    desk.always_open = False
    desk.save()
    ServiceHoursFactory(team=desk)
    return desk


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def line(username, begins="2099-11-27 16:00", ends="2099-11-30 08:00", team="trust-desk", tier="supervisor"):
    return f"{team},{tier},{username},{begins},{ends}"


def send(browser, do, *lines, **more):
    return browser.post(HERE, {"do": do, "text": "\n".join([HEAD, *lines]), **more}, follow=True)


def test_gaps_ahead_are_said_in_words(desk, office):
    shown = text(desk("trust").get(HERE))
    assert re.search(
        rf"to (Monday )?([7-9] \w+ )?09:00: nobody at tier 2 \(supervisor\) of {office.name}", shown
    )
    assert "Every tier that is staffed has somebody" in text(desk("police").get(HERE))


@pytest.mark.parametrize(("days", "said"), [(182, True), (184, False)])
def test_when_bank_holidays_end_soon_it_is_said(desk, monkeypatch, days, said):
    last = day_of(timezone.now()) + timedelta(days=days)
    monkeypatch.setattr(duty, "holidays_known_until", lambda: last)
    words = f"Bank holidays are known until {last.day} {last:%B %Y} only."
    assert (words in text(desk("trust").get(HERE))) is said


def test_a_shift_is_added_by_form(desk, username):
    said = {"team": "trust-desk", "tier": "supervisor", "username": username}
    times = {"begins": "2099-11-27T16:00", "ends": "2099-11-28T08:00"}
    assert "The shift is on the rota." in text(
        desk("trust").post(HERE, {"do": "add", **said, **times}, follow=True)
    )
    assert Shift.objects.get().during.lower == datetime(2099, 11, 27, 16, tzinfo=UTC)
    again = desk("trust").post(HERE, {"do": "add", **said, **times})
    assert (again.status_code, Shift.objects.count()) == (422, 1)
    assert "on call at this post then already" in text(again)


def test_a_table_is_looked_at_first_and_then_written_whole(desk, username):
    good = [line(username), line(username, "2099-12-04 16:00", "2099-12-07 08:00")]
    looked = send(desk("trust"), "look", *good)
    assert (looked.status_code, Shift.objects.count()) == (200, 0)
    assert "All of this can be written" in text(looked)
    assert "2 shifts are on the rota." in text(send(desk("trust"), "take_over", *good))
    assert Shift.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"team": "police-desk"}, "your agency has no team"),
        ({"tier": "king"}, "tier: one of worker, supervisor, manager, director"),
        ({"begins": "27/11/2099"}, "from: a time such as"),
        ({"ends": "2099-11-27 15:00"}, "to: later than from"),
        ({"username": "nobody"}, "nobody of your agency is"),
        ({}, "on call at this post then already"),
    ],
)
def test_one_wrong_line_is_said_and_nothing_is_written(desk, username, wrong, said):
    lines = [line(username), line(**{"username": username, **wrong})]
    looked = send(desk("trust"), "look", *lines)
    assert looked.status_code == 422
    assert said in text(looked)
    assert "Nothing is written while a line is wrong" in text(looked)
    refused = send(desk("trust"), "take_over", *lines)
    assert "Nothing was written: line 3" in text(refused)
    assert not Shift.objects.exists()
    assert line(username) in refused.content.decode() or refused.status_code == 422


def test_a_table_without_its_head_is_told_so(desk):
    answer = desk("trust").post(HERE, {"do": "look", "text": "trust-desk,supervisor"})
    assert answer.status_code == 422
    assert "the first line names the columns" in text(answer).lower()


@pytest.mark.parametrize(
    "wrong",
    ["BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260230T160000Z\nEND:VEVENT", "x" * 140_000],
    ids=["calendar", "table"],
)
def test_what_cannot_be_read_is_refused_at_its_line_and_stays(desk, wrong):
    answer = desk("trust").post(HERE, {"do": "look", "text": wrong})
    assert answer.status_code == 422
    assert re.search("Line [13]: ", text(answer))
    assert wrong in answer.content.decode().replace("\r\n", "\n")


def test_who_makes_no_rota_looks(desk, username):
    worker = desk("trust", Role.WORKER)
    assert "Add a shift" not in text(worker.get(HERE))
    assert send(worker, "take_over", line(username)).status_code == 403
    assert worker.post(HERE, {"do": "share"}).status_code == 403
    assert worker.post(HERE, {"do": "eat"}).status_code == 404
    assert not Shift.objects.exists()


def test_who_subscribed_sees_who_stands_in_and_no_longer_whom_they_replace(world, desk):
    ash, bo = (MembershipFactory(team=world.teams["trust"], role=Role.SUPERVISOR) for _ in range(2))
    begins = instant().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    at = [f"{begins + timedelta(hours=each):%Y%m%dT%H%M%SZ}" for each in (0, 2, 4)]
    during = (begins, begins + timedelta(hours=4))
    ShiftFactory(team=world.teams["trust"], tier=Role.SUPERVISOR, membership=ash, during=during)
    shown = desk("trust").post(HERE, {"do": "share"}).content.decode()
    address = re.search(r"http://testserver(/tracker/rota/\S+\.ics)", shown).group(1)

    def rows():
        told = Client().get(address).content.decode()
        return re.findall(r"DTSTART:(\S+)\r\nDTEND:(\S+)\r\nSUMMARY:supervisor trust-desk (\S+)", told)

    assert rows() == [(at[0], at[2], ash.user.username)]
    late = (begins + timedelta(hours=2), begins + timedelta(hours=4))
    made = ShiftOverrideFactory(membership=bo, instead_of=ash, during=late)
    assert rows() == [(at[0], at[1], ash.user.username), (at[1], at[2], bo.user.username)]
    ShiftOverride.objects.filter(pk=made.pk).update(membership=None)
    assert rows() == [(at[0], at[1], ash.user.username)], "nobody stands in"


def test_the_rota_goes_out_and_in_as_a_calendar_until_it_is_revoked(desk, username):
    browser = desk("trust")
    soon = instant() + timedelta(days=2)
    send(browser, "take_over", line(username, f"{soon:%Y-%m-%d} 16:00", f"{soon:%Y-%m-%d} 20:00"))
    shown = browser.post(HERE, {"do": "share"}).content.decode()
    address = re.search(r"http://testserver(/tracker/rota/\S+\.ics)", shown).group(1)
    answer = Client().get(address)
    calendar = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar")
    assert f"SUMMARY:supervisor trust-desk {username}" in calendar
    Shift.objects.all().delete()
    assert "1 shifts are on the rota." in text(
        browser.post(HERE, {"do": "take_over", "text": calendar}, follow=True)
    )
    assert Client().get(address).content.decode().count("BEGIN:VEVENT") == 1
    browser.post(HERE, {"do": "revoke", "feed": RotaFeed.objects.get().pk})
    assert Client().get(address).status_code == 404
    assert Client().get("/tracker/rota/made-up.ics").status_code == 404
    assert desk("police").post(HERE, {"do": "revoke", "feed": RotaFeed.objects.get().pk}).status_code == 422


def test_managers_are_told_each_week_and_three_days_before_once(world, desk, office, in_role):
    now = instant()
    with in_role("worker"):
        for _ in range(2):
            rota_gaps.tell(now=now)
        deliver_due(now=now)
    managers = set(
        Membership.objects.filter(team=office, role__in=[Role.MANAGER, Role.DIRECTOR]).values_list(
            "pk", flat=True
        )
    )
    with acting_for(world.trust.agency_id):
        told = list(Message.objects.filter(kind__startswith="rota."))
        week = [each for each in told if each.kind == "rota.week"]
        assert {each.membership_id for each in week} == managers
        assert len(week) == len(managers)
        assert all("nobody at tier" in each.data["said"][0] for each in told)
        soon = [each for each in told if each.kind == "rota.gap"]
        keys = {each.key for each in soon}
        assert len(keys) == len(soon)
    shown = text(desk("trust", Role.MANAGER).get("/tracker/messages/"))
    assert "Gaps in the rota of the next two weeks:" in shown


class TestAChange:
    """Somebody is ill: who is on call is changed, seen, and changed back."""

    CHANGE = HERE + "change/"

    @pytest.fixture
    def shift(self, world):
        held = Membership.objects.get(team=world.teams["trust"], role=Role.SUPERVISOR)
        now = instant()
        return ShiftFactory(membership=held, during=(now, now + timedelta(hours=8)))

    def fields(self, browser, shift):
        form = browser.get(self.CHANGE, {"shift": shift.pk}).context["form"]
        return {each.html_name: value for each in form if (value := each.value()) not in (None, "")}

    def on_call(self, world):
        post = (world.teams["trust"].pk, Role.SUPERVISOR)
        return [who.name for who in duty.answering({post}, instant())[post].recipients]

    def test_it_is_filled_in_from_the_shift_and_wins_over_it_until_withdrawn(self, world, desk, shift):
        manager = desk("trust", Role.MANAGER)
        asked = self.fields(manager, shift)
        assert (asked["team"], asked["instead_of"]) == (shift.team_id, shift.membership_id)
        other = MembershipFactory(team=shift.team, role=Role.WORKER)
        said = {**asked, "who": other.pk, "reason": "Ill since noon."}
        begun = f"{timezone.localtime(instant() - timedelta(minutes=5)):%Y-%m-%dT%H:%M}"
        shown = text(manager.post(self.CHANGE, {**said, "begins": begun}, follow=True))
        assert f"{other.user.shown_name} instead of {shift.membership.user.shown_name}" in shown
        assert self.on_call(world) == [other.user.shown_name]
        change = ShiftOverride.objects.get()
        shown = text(manager.post(HERE, {"do": "withdraw", "change": change.pk}, follow=True))
        assert "Nobody stands in for anybody" in shown
        assert self.on_call(world) == [shift.membership.user.shown_name]

    def test_the_table_says_who_is_really_on_call_and_by_whom_that_was_changed(self, world, desk, shift):
        manager, holder = desk("trust", Role.MANAGER), shift.membership.user.shown_name
        other = MembershipFactory(team=shift.team, role=Role.WORKER)
        begins, ends = shift.during[0] + timedelta(hours=1), shift.during[1] - timedelta(hours=1)
        times = {"begins": f"{timezone.localtime(begins):%Y-%m-%dT%H:%M}",
                 "ends": f"{timezone.localtime(ends):%Y-%m-%dT%H:%M}"}  # fmt: skip
        said = {**self.fields(manager, shift), **times, "who": other.pk, "reason": "Ill."}
        shown = text(manager.post(self.CHANGE, said, follow=True))
        assert f"{other.user.shown_name} is worker, not supervisor: withdraw the change" in shown
        rows = re.findall(r"<tr><td .*?</tr>", manager.get(HERE).content.decode(), re.S)
        rows = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in rows]
        assert [holder in row.partition("instead of")[0] for row in rows] == [True, False, True]
        assert f"{other.user.shown_name} (worker), {other.phone}" in rows[1]
        assert re.search(f"Changed by .+: instead of {holder}", rows[1])
        assert f" {timezone.localtime(begins):%H:%M} " in rows[0]

    @pytest.fixture
    def other(self, shift):
        """A colleague's, the night after."""
        colleague = MembershipFactory(team=shift.team, role=Role.SUPERVISOR)
        begins = shift.during[1] + timedelta(hours=12)
        return ShiftFactory(membership=colleague, during=(begins, begins + timedelta(hours=8)))

    def swap(self, browser, shift, **said):
        return browser.post(f"{self.CHANGE}?shift={shift.pk}", {"why": "A school play.", **said}, follow=True)

    def test_two_swap_their_shifts_in_one_go(self, world, desk, shift, other):
        manager = desk("trust", Role.MANAGER)
        manager_shift = ShiftFactory(
            membership=MembershipFactory(team=shift.team, role=Role.MANAGER), during=other.during
        )
        offered = dict(manager.get(self.CHANGE, {"shift": shift.pk}).context["swap"].fields["other"].choices)
        assert other.membership.user.shown_name in offered[str(other.pk)]
        assert set(offered) == {"", str(other.pk)}, f"neither one's own nor {manager_shift.tier}'s"
        assert "The two have swapped" in text(self.swap(manager, shift, other=other.pk))
        assert self.on_call(world) == [other.membership.user.shown_name]
        found = {(each.instead_of_id, each.membership_id) for each in ShiftOverride.objects.all()}
        first, second = shift.membership_id, other.membership_id
        assert found == {(first, second), (second, first)}

    def test_a_swap_is_of_shifts_of_the_agency_with_a_reason_and_by_who_runs_the_rota(
        self, world, desk, shift, other
    ):
        assert self.swap(desk("trust", Role.WORKER), shift, other=other.pk).status_code == 403
        assert self.swap(desk("police", Role.MANAGER), shift, other=other.pk).status_code == 422
        manager = desk("trust", Role.MANAGER)
        for wrong, said in (({"other": ""}, "Choose a shift"), ({"other": other.pk, "why": ""}, "Say why")):
            answer = self.swap(manager, shift, **wrong)
            assert answer.status_code == 422
            assert said in text(answer)
        assert not ShiftOverride.objects.exists()
        self.swap(manager, shift, other=other.pk)
        again = self.swap(manager, shift, other=other.pk)
        assert again.status_code == 422
        assert "That shift is changed already" in text(again)
        assert ShiftOverride.objects.count() == 2

    def test_a_change_lasts_a_month_at_most(self, world, desk, shift):
        manager = desk("trust", Role.MANAGER)
        said = {**self.fields(manager, shift), "who": "", "reason": "Ill.", "ends": "2126-11-30T08:00"}
        answer = manager.post(self.CHANGE, said)
        assert answer.status_code == 422
        assert "At most 31 days after it begins" in text(answer)
        assert not ShiftOverride.objects.exists()

    def test_what_makes_no_sense_is_said_at_its_field_and_kept(self, desk, shift):
        manager = desk("trust", Role.MANAGER)
        said = {**self.fields(manager, shift), "ends": "2020-01-01T00:00", "who": "", "reason": "Ill."}
        answer = manager.post(self.CHANGE, said)
        assert answer.status_code == 422
        assert "Later than it begins" in text(answer)
        assert 'value="Ill."' in answer.content.decode()

    def test_only_who_runs_the_rota_changes_it_and_only_their_own(self, world, desk, shift):
        assert desk("trust", Role.WORKER).get(self.CHANGE).status_code == 403
        assert "instead_of" not in self.fields(desk("police", Role.MANAGER), shift)
        with acting_for(world.trust.agency_id):
            made = ShiftOverride.objects.create(
                team=shift.team, tier=shift.tier, during=(shift.during[0], shift.during[1]),
                instead_of=shift.membership, reason="Ill.",
            )  # fmt: skip
        refused = desk("police", Role.MANAGER).post(HERE, {"do": "withdraw", "change": made.pk})
        assert "there is no such change" in text(refused).lower()
