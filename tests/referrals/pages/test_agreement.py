"""Agreements in the tracker: two managers make one; what holds and why is said wherever a target stands."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.acting import acting_for
from agencies.models import Membership
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.models import AgreementVersion
from referrals.models.keys import instant
from referrals.reporting import simulation
from referrals.services import drafting, threshold_policy
from referrals.services.threshold_policy import Declared
from tests.factories.world import act, referral_at
from tests.referrals.services.test_agreement import BOSS, dated, edited
from tests.referrals.services.test_agreement import boss as boss  # noqa: PLC0414  # a fixture

HERE = "/tracker/agreements/"
WHO = {"other": "trust", "direction": "we", "category": "concern_for_welfare"}


def in_an_hour():
    """When what is due within the hour has been chased."""
    return timezone.now() + timedelta(hours=1)


@pytest.fixture
def managers(desk):
    return desk("police", Role.MANAGER), desk("trust", Role.MANAGER)


def fields_of(answer):
    """What a form holds, as a browser would send it."""
    form = answer.context["form"]
    return {field.html_name: value for field in form if (value := field.value()) not in (None, "", [])}


@pytest.fixture
def draft(world, managers):
    """The address of a draft between the two."""
    answer = managers[0].post(HERE + "new/", WHO)
    assert answer.status_code == 302, answer.content
    return answer["Location"].removesuffix("edit/")


def written(browser, draft, **changes):
    said = {**fields_of(browser.get(draft + "edit/")), "review_on": "2099-04-01", **changes}
    return browser.post(draft + "edit/", said)


def test_two_managers_agree_a_version(world, managers, draft):
    police, trust = managers
    assert written(police, draft, t_P2_decide="45").status_code == 302
    police.post(draft + "sign/")
    shown = trust.get(draft).content.decode()
    assert "Signed by one side" in shown
    assert "Give it a go-live date" not in shown
    trust.post(draft + "remark/", {"text": "45 suits us."})
    shown = trust.post(draft + "sign/", follow=True).content.decode()
    assert "45 suits us." in shown
    assert "Give it a go-live date" in shown
    when = timezone.localtime(timezone.now() + timedelta(days=30))
    said = {"live_from": f"{when:%Y-%m-%dT%H:%M}", "reason": "As the board agreed."}
    shown = police.post(draft + "date/", said, follow=True).content.decode()
    assert "Signed by both, goes live" in shown
    assert "which is in force already" in shown
    declared_ahead(world)
    assert (
        "Until then police attend as before, and what held before holds."
        in police.get(draft).content.decode()
    )
    later = timezone.localtime(timezone.now() + timedelta(days=91))
    moved = {"live_from": f"{later:%Y-%m-%dT%H:%M}", "reason": "Two months more."}
    shown = trust.post(draft + "date/", moved, follow=True).content.decode()
    assert shown.count("Given the date") == 2
    holds = police.get(HERE, WHO).content.decode()
    assert "Default targets, version 3" in holds
    assert "the default, where nothing else is agreed" in holds
    assert "Until then police attend as before, and what held before holds." in holds


def test_the_story_names_agencies_and_no_codes_of_them(world, managers, draft):
    police, trust = managers
    written(police, draft)
    police.post(draft + "sign/")
    shown = trust.post(draft + "sign/", follow=True).content.decode()
    told = re.findall(r'story__who">([^<]+)<', shown)
    for name in ("police", "trust"):
        assert any(each.endswith(f", {world.teams[name].agency.name}") for each in told)


def declared_ahead(world):
    """The force is to ask by a policy of its own, from tomorrow on."""
    words = {"category": WHO["category"], "live_from": instant() + timedelta(days=1), "reason": "phase 1"}
    act(world.police.asserting(BOSS), threshold_policy.declare, declared=Declared(**words))


def test_before_an_agreement_holds_it_says_of_the_police_what_their_policy_says(world, desk, boss):
    """And nothing of them where they are no side; of every kind of help there is no one answer."""
    ends = {name: world.teams[name].agency for name in ("police", "trust", "ambulance")}
    said = {}
    for sender, receiver, category in (
        ("police", "trust", WHO["category"]), ("police", "ambulance", ""), ("trust", "ambulance", "")
    ):  # fmt: skip
        sides = {"sender": ends[sender], "receiver": ends[receiver]}
        version = edited(boss(sender), act(boss(sender), drafting.draft, category=category, **sides))
        for name in (sender, receiver):
            act(boss(name), drafting.sign, version_id=version.pk)
        dated(boss(sender), version, instant() + timedelta(days=30))
        shown = desk(sender).get(f"{HERE}{version.pk}/").content.decode()
        said[sender, receiver] = re.search(r"Until then (.*?)</p>", shown, re.S)[1]
    assert "is said by the policy of" in said["police", "trust"]
    assert "has dates of its own, by kind of call" in said["police", "ambulance"]
    assert said["trust", "ambulance"].strip() == "what held before holds."


def test_what_a_later_version_replaced_is_superseded(desk):
    shown = desk("trust").get(HERE).content.decode()
    stands = re.findall(r"Default targets, version (\d).*?inbox__when\">([^<]+?) ?<", shown, re.S)
    assert stands == [
        ("3", "Live since"),
        ("2", "Superseded: it held from"),
        ("1", "Superseded: it held from"),
    ]


def test_a_rung_goes_by_text_before_or_after_it_goes_by_email(managers, draft):
    assert written(managers[0], draft, r2_sms="1", r2_email="5").status_code == 302
    assert (
        "by inbox, by text after 1 minute, by e-mail after 5 minutes"
        in managers[1].get(draft).content.decode()
    )
    assert fields_of(managers[0].get(draft + "edit/"))["r2_sms"] == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("t_P2_decide", "0", "A whole number from 1 to"),
        ("t_P3_acknowledge", "2", "At least 15 minutes"),
        ("r1_percent", "40", "A whole number above 50"),
        ("r4_email", "", "By e-mail too: the last rung must reach somebody"),
        ("reasons", "Not ours", "A code in small letters"),
        ("review_on", "soon", "A day, such as"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(managers, draft, field, value, said):
    answer = written(managers[0], draft, **{field: value, "t_P4_review": "1500"})
    assert answer.status_code in (400, 422)
    assert any(said in error for error in answer.context["form"][field].errors), answer.context["form"].errors
    assert 'value="1500"' in answer.content.decode()


def test_who_is_no_manager_looks_and_changes_nothing(world, desk, managers, draft):
    supervisor = desk("police", Role.SUPERVISOR)
    shown = supervisor.get(draft).content.decode()
    assert "Change the text" not in shown
    assert written(supervisor, draft).status_code == 403
    assert supervisor.post(draft + "sign/").status_code == 403
    assert supervisor.post(HERE + "new/", WHO).status_code == 403
    assert desk("ambulance", Role.MANAGER).get(draft).status_code == 404
    assert managers[0].get(draft + "eat/").status_code == 404
    with acting_for(world.police.agency_id):
        version = AgreementVersion.objects.get(live_from=None)
    assert not version.terms["review_on"]


def test_each_clock_says_why_its_target_is_what_it_is(world, desk):
    referral = referral_at(State.SENT, world)
    shown = desk("trust").get(f"/tracker/referrals/{referral.reference}/").content.decode()
    text = re.sub(r"<[^>]+>", "", shown)
    assert "Why this target?" in text
    assert "Default targets, version 3: the target of P2, acknowledge" in text
    link = re.search(r'href="(/tracker/agreements/\d+/)"', shown).group(1)
    assert "Targets by priority" in desk("trust").get(link).content.decode()


def test_its_page_shows_a_table_and_a_picture_to_the_two_sides(world, desk, managers, draft, monkeypatch):
    referral_at(State.SENT, world)
    monkeypatch.setattr(simulation, "instant", in_an_hour)
    address = draft + "simulate/"
    today = timezone.now().date()
    days = {"since": today - timedelta(days=1), "until": today + timedelta(days=2)}
    shown = desk("police", Role.SUPERVISOR).get(address, days).content.decode()
    assert "As it was, and as it would have been" in shown
    assert "what is still to come is not counted" in shown
    assert shown.count("(optional)") == 1
    assert "<svg" in shown
    assert "The duty supervisor of whoever must act" in shown
    assert "style=" not in shown.partition("<svg")[2].partition("</svg>")[0]
    assert desk("ambulance").get(address, days).status_code == 404
    wrong = desk("police").get(address, {"since": today, "until": today}).content.decode()
    assert "From one day to 92" in wrong
    future = {"since": today + timedelta(days=1), "until": today + timedelta(days=2)}
    assert "Today or a day before" in desk("police").get(address, future).content.decode()


def test_another_rota_is_tried_out_and_named_where_it_is_wrong(world, desk, draft, monkeypatch):
    referral_at(State.SENT, world)
    monkeypatch.setattr(simulation, "instant", in_an_hour)
    today = timezone.now().date()
    days = {"since": today - timedelta(days=1), "until": today + timedelta(days=2)}
    members = Membership.objects.filter(agency=world.trust.agency_id, user__is_active=True)
    username = members.first().user.username
    line = f"{world.teams['trust'].code},supervisor,{username},{days['since']} 00:00,{days['until']} 00:00"
    asked = {**days, "rota": f"team,tier,username,from,to\n{line}"}
    shown = desk("trust", Role.SUPERVISOR).post(draft + "simulate/", asked).content.decode()
    assert "Whom of yours" in shown
    asked["rota"] = asked["rota"].replace("supervisor", "boss")
    wrong = desk("trust", Role.SUPERVISOR).post(draft + "simulate/", asked).content.decode()
    assert "Line 2: tier: one of worker" in wrong
    assert line.replace("supervisor", "boss") in wrong, "what was typed stays"


class TestBetweenKinds:
    """Drafted on a page of its own; signed by whoever will be bound, before and after it is live."""

    KINDS = {"kind": "mental_health_trust", "direction": "we", "category": ""}

    @pytest.fixture
    def concordat(self, managers):
        answer = managers[0].post(HERE + "new/kinds/", self.KINDS)
        assert answer.status_code == 302, answer.content
        draft = answer["Location"].removesuffix("edit/")
        written(managers[0], draft, t_P2_decide="50")
        return draft

    def test_three_agree_one_after_the_other(self, desk, managers, concordat):
        police, trust = managers
        for browser in (police, trust):
            assert "Your agency has not signed." in browser.get(concordat).content.decode()
            browser.post(concordat + "sign/")
        when = timezone.localtime(timezone.now() + timedelta(days=30))
        said = {"live_from": f"{when:%Y-%m-%dT%H:%M}", "reason": "As the boards agreed."}
        shown = police.post(concordat + "date/", said, follow=True).content.decode()
        assert "Signed by both kinds, goes live" in shown
        assert "and between nobody else, from that date. Until then what held before holds." in shown
        other = desk("other_trust", Role.MANAGER)
        assert "Sign this text" in other.get(concordat).content.decode()
        shown = other.post(concordat + "sign/", follow=True).content.decode()
        assert "Your agency has not signed." not in shown
        assert "It holds between those who have signed, and between nobody else" in shown

    def test_each_of_its_kinds_tries_it_out_on_its_own(self, world, desk, concordat, monkeypatch):
        referral_at(State.SENT, world)
        monkeypatch.setattr(simulation, "instant", in_an_hour)
        today = timezone.now().date()
        days = {"since": today - timedelta(days=1), "until": today + timedelta(days=2)}
        for name, promises in (("police", 2), ("trust", 2), ("other_trust", 0)):
            browser = desk(name, Role.SUPERVISOR)
            assert "Try it out on what really happened" in browser.get(concordat).content.decode()
            answer = browser.get(concordat + "simulate/", days)
            assert "as if all of the two kinds had signed it" in answer.content.decode()
            assert answer.context["made"].whole.before.clocks == promises
        assert desk("ambulance").get(concordat + "simulate/", days).status_code == 404

    def test_it_stands_in_the_lists_of_its_kinds_only(self, desk, managers, concordat):
        name = "Concordat, police to mental health trust"
        for agency, lists in (("police", True), ("other_trust", True), ("ambulance", False)):
            shown = desk(agency).get(HERE).content.decode()
            assert (name in shown.partition("Between kinds of agency")[2]) is lists
        assert desk("ambulance", Role.MANAGER).get(concordat).status_code == 404

    def test_a_kind_is_chosen_and_a_manager_chooses(self, desk, managers):
        answer = managers[0].post(HERE + "new/kinds/", {**self.KINDS, "kind": ""})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["kind"])
        assert desk("police").post(HERE + "new/kinds/", self.KINDS).status_code == 403
        assert "A manager of an agency of either kind" in (
            desk("police").get(HERE + "new/kinds/").content.decode()
        )
        assert f"{HERE}new/kinds/" in managers[0].get(f"{HERE}new/").content.decode()

    def test_who_has_not_signed_moves_no_date(self, desk, managers, concordat):
        for browser in managers:
            browser.post(concordat + "sign/")
        when = timezone.localtime(timezone.now() + timedelta(days=30))
        said = {"live_from": f"{when:%Y-%m-%dT%H:%M}", "reason": "As the boards agreed."}
        other = desk("other_trust", Role.MANAGER)
        assert "go-live date" not in other.get(concordat).content.decode()
        assert other.post(concordat + "date/", said).status_code == 403

    def test_the_lists_cost_the_same_however_many_have_signed(
        self, desk, managers, concordat, django_assert_num_queries
    ):
        browser = managers[0]
        browser.get(HERE)
        with CaptureQueriesContext(connection) as asked:
            browser.get(HERE)
        before = len(asked)
        for each in (*managers, desk("other_trust", Role.MANAGER)):
            each.post(concordat + "sign/")
        browser.post(HERE + "new/kinds/", {**self.KINDS, "kind": "ambulance_trust"})
        browser.get(HERE)  # it says that it was drafted
        with django_assert_num_queries(before):
            browser.get(HERE)
