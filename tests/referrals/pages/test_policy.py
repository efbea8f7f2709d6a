"""Threshold policies in the tracker: what is asked since when, what comes next, and dates that move."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.acting import NamedPerson, acting_for
from agencies.roles import Role
from referrals.domain.threshold import PHASES
from referrals.models import ThresholdGoLive, ThresholdPolicyVersion
from referrals.models.keys import instant
from referrals.services import threshold_policy
from referrals.services.threshold_policy import Declared
from tests.factories.world import act

HERE = "/tracker/policies/"
MARCH, APRIL = datetime(2099, 3, 1, 9, tzinfo=UTC), datetime(2099, 4, 1, 8, tzinfo=UTC)
SAID = {
    "live_from": "2099-04-01T09:00",
    "reason": "The trusts asked for a month more.",
}  # British Summer Time


def declare(world, category="conveyance", live_from=MARCH, **changes):
    director = world.police.asserting(NamedPerson("Dee Example", "chief superintendent", "020 7946 0109"))
    said = Declared(category, live_from, "Phase 3, as agreed.", **changes)
    return act(director, threshold_policy.declare, declared=said)


def live(world, category="conveyance", **changes):
    """A version of the force's own whose date was reached."""
    made = declare(world, category, instant() + timedelta(milliseconds=200), **changes)
    with acting_for(world.police.agency_id):
        while instant() < made.go_lives.get().live_from:
            pass
    return made


def dates(world, version):
    with acting_for(world.police.agency_id):
        found = ThresholdGoLive.objects.filter(version=version.pk).order_by("id")
        return list(found.values_list("live_from", "reason"))


def lines(shown):
    """The words of each kind of call, by its name."""
    found = re.findall(r'<li class="inbox__line">(.*?)</li>', shown, re.DOTALL)
    texts = [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in found]
    return {text[: text.index(word)].strip(): text for text in texts
            for word in [re.search("In force|Not adopted|Nothing is", text).group()]}  # fmt: skip


class TestTheList:
    """By phase and kind of call; of one's own force, or of another."""

    def test_every_kind_of_call_stands_under_its_phase_with_what_is_shipped(self, desk):
        shown = desk("police").get(HERE).content.decode()
        found = lines(shown)
        assert len(found) == sum(len(kinds) for kinds in PHASES.values())
        assert all("npa-2023-07-26 , as for every force" in text for text in found.values())
        assert shown.count("Live since") == len(PHASES)

    def test_what_comes_next_is_said_and_until_then_police_attend_as_before(self, world, desk):
        declare(world)
        shown = desk("police").get(HERE).content.decode()
        text = lines(shown)["Conveyance"]
        assert "Nothing is in force yet: police attend as before" in text
        assert "Next: police-conveyance-1 from" in text
        assert "1 Mar" in text
        assert "Live for some kinds of call" in shown

    def test_a_force_stands_outside_and_one_phase_goes_live_at_once(self, world, desk):
        for category in PHASES[1]:
            live(world, category, adopted=False)
        for category in PHASES[2]:
            declare(world, category)
        shown = desk("police").get(HERE).content.decode()
        assert "Not adopted, police attend as before, since" in lines(shown)["Concern for welfare"]
        phases = [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in re.findall("<h2.*?</h2>", shown)]
        assert "Phase 1 Not adopted: police attend as before" in phases
        assert any(text.startswith("Phase 2 Goes live") for text in phases)

    def test_others_look_at_any_force_and_move_nothing(self, world, desk):
        declare(world)
        own = desk("trust").get(HERE).content.decode()
        assert "Forces that have made no policy of their own" in own
        assert "police-conveyance-1" not in own
        of_police = desk("trust", Role.MANAGER).get(f"{HERE}?force=police").content.decode()
        assert "police-conveyance-1" in of_police
        assert "Move the date" not in of_police
        assert desk("trust").get(f"{HERE}?force=trust").status_code == 404

    @pytest.mark.parametrize(("role", "may"), [(Role.SUPERVISOR, False), (Role.MANAGER, True)])
    def test_a_manager_of_the_force_is_offered_to_move_the_date(self, world, desk, role, may):
        made = declare(world)
        shown = desk("police", role).get(HERE).content.decode()
        assert (f"{HERE}{made.pk}/date/" in shown) is may

    def test_it_costs_the_same_however_many(self, world, desk):
        browser, counts = desk("police"), set()
        for category in PHASES[3]:
            declare(world, category)
            browser.get(HERE)
            with CaptureQueriesContext(connection) as asked:
                browser.get(HERE)
            counts.add(len(asked))
        assert len(counts) == 1


class TestTheVersion:
    """Its questions with clauses and sources, how it stands, and every date it was given."""

    def test_what_is_shipped_asks_in_plain_words_and_says_where_from(self, world, desk):
        with acting_for(world.police.agency_id):
            shipped = ThresholdPolicyVersion.objects.get(policy__agency=None, policy__category="s135_support")
        shown = desk("trust").get(f"{HERE}{shipped.pk}/").content.decode()
        for text in ("Is a warrant under section 135 to be executed?", "Mental Health Act 1983, s.135",
                     "In force since", "the day of the agreement"):  # fmt: skip
            assert text in shown

    def test_one_that_another_replaced_says_so(self, world, desk):
        first, second = live(world), live(world)
        browser = desk("police")
        assert "Was in force from" in browser.get(f"{HERE}{first.pk}/").content.decode()
        assert "In force since" in browser.get(f"{HERE}{second.pk}/").content.decode()

    @pytest.mark.parametrize("key", ["0", str(2**63)])
    def test_what_does_not_exist(self, desk, key):
        for address in (f"{HERE}{key}/", f"{HERE}{key}/date/"):
            assert desk("police", Role.MANAGER).get(address).status_code == 404


class TestMovingADate:
    """Before it is reached, by a manager of the force, with a reason; the history is kept and shown."""

    def test_a_manager_moves_it_and_the_history_is_shown(self, world, desk):
        made = declare(world)
        answer = desk("police", Role.MANAGER).post(f"{HERE}{made.pk}/date/", SAID, follow=True)
        assert answer.redirect_chain[0][0] == f"{HERE}{made.pk}/"
        assert dates(world, made) == [(MARCH, "Phase 3, as agreed."), (APRIL, SAID["reason"])]
        story = answer.content.decode().partition("Its dates")[2]
        assert story.index("Moved to") < story.index("Given the date")
        for text in (SAID["reason"], "Phase 3, as agreed.", "chief superintendent"):
            assert text in story

    @pytest.mark.parametrize(("agency", "role"), [("police", Role.SUPERVISOR), ("trust", Role.MANAGER)])
    def test_nobody_else_does(self, world, desk, agency, role):
        made = declare(world)
        browser = desk(agency, role)
        assert "A manager or director of the force moves it." in (
            browser.get(f"{HERE}{made.pk}/date/").content.decode()
        )
        assert browser.post(f"{HERE}{made.pk}/date/", SAID).status_code == 403
        assert len(dates(world, made)) == 1

    def test_a_date_that_was_reached_stays_and_the_page_says_why(self, world, desk):
        made = live(world)
        browser = desk("police", Role.MANAGER)
        assert "That date was reached, and stays." in browser.get(f"{HERE}{made.pk}/date/").content.decode()
        assert "Move the go-live date" not in browser.get(f"{HERE}{made.pk}/").content.decode()
        answer = browser.post(f"{HERE}{made.pk}/date/", SAID)
        assert answer.status_code == 409
        assert "It went live at" in answer.content.decode()
        assert len(dates(world, made)) == 1

    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            (
                {"live_from": "2020-01-01T09:00"},
                "live_from",
                "This has passed: enter a date and a time to come",
            ),
            ({"live_from": ""}, "live_from", "A date and a time"),
            ({"reason": " "}, "reason", "Say it in a sentence"),
            ({"reason": "x" * 501}, "reason", "At most 500"),
            ({"together": ["0"]}, "together", ""),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field_and_nothing_moves(self, world, desk, wrong, field, words):
        made = [declare(world, category) for category in PHASES[2]][0]
        answer = desk("police", Role.MANAGER).post(f"{HERE}{made.pk}/date/", {**SAID, **wrong})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert words in answer.content.decode()
        assert len(dates(world, made)) == 1

    def test_the_rest_of_its_phase_moves_with_it_if_it_is_ticked(self, world, desk):
        first, second, third = (declare(world, category) for category in PHASES[2])
        other = declare(world, PHASES[3][0])
        browser, address = desk("police", Role.MANAGER), f"{HERE}{first.pk}/date/"
        shown = browser.get(address).content.decode()
        assert f'value="{second.pk}" checked' in shown
        assert f'value="{other.pk}"' not in shown
        browser.post(address, {**SAID, "together": [second.pk]})
        assert [len(dates(world, each)) for each in (first, second, third, other)] == [2, 2, 1, 1]

    def test_another_versions_key_is_no_way_round(self, world, desk):
        first, other = declare(world, PHASES[2][0]), declare(world, PHASES[3][0])
        answer = desk("police", Role.MANAGER).post(
            f"{HERE}{first.pk}/date/", {**SAID, "together": [other.pk]}
        )
        assert answer.status_code == 302
        assert len(dates(world, other)) == 1
