"""Missing patients in the tracker: a report in two minutes, a draft as typed, the board, one report."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.acting import acting_for
from agencies.instants import on_the_wall
from agencies.roles import Role
from referrals.domain.missing import FLAGS, State
from referrals.models import MissingReport, Person
from referrals.models.keys import instant
from referrals.pages import missing_new
from referrals.screens import missing_words as words
from referrals.services import engine
from tests.factories.agencies import MembershipFactory
from tests.factories.missing import again, ask_of, report, report_at, step
from tests.factories.world import move
from tests.referrals.pages.conftest import signed_in

BOARD, NEW, SAVE = "/tracker/missing/", "/tracker/missing/new/", "/tracker/missing/new/draft/"


def typed(world, **changes):
    plain = {
        "unit": str(world.teams["trust"].pk),
        "police": str(world.teams["police"].pk),
        "family_name": "Example",
        "given_name": "Robin",
        "last_seen_at": "2026-01-02T15:00",
        "last_seen_place": "ward garden",
        "legal_status": "s3",
        "immediate_risk": "yes",
        "callback": "020 7946 0102",
        "do": "send",
    }
    return {**plain, **changes}


def latest(world):
    with acting_for(world.trust.agency_id):
        return MissingReport.objects.select_related("case", "unit").latest("id")


class TestReporting:
    """Six fields and a button; whatever is missing is asked for later."""

    def test_it_is_sent_and_its_page_opens(self, world, desk):
        answer = desk("trust").post(NEW, typed(world), follow=True)
        made = latest(world)
        assert answer.redirect_chain[0][0] == f"/tracker/missing/{made.reference}/"
        shown = answer.content.decode()
        for text in ("EXAMPLE, Robin", "Section 3", "Still wanted", "The unit&#x27;s search",
                     "May be retaken for 6 months"):  # fmt: skip
            assert text in shown
        assert (made.state, made.details["last_seen_place"]) == ("reported", "ward garden")
        assert ask_of(world.trust, made).lead

    def test_an_age_about_is_enough_and_without_one_the_board_says_so(self, world, desk):
        ward = desk("trust")
        ward.post(NEW, typed(world))
        assert "Age not known" in ward.get(BOARD).content.decode()
        told = ward.get(f"/tracker/missing/{latest(world).reference}/").content.decode()
        assert "Day of birth, or age" in told
        added = {"version": latest(world).version, "age": "15", "legal_status": "s3", "immediate_risk": "yes"}
        ward.post(f"/tracker/missing/{latest(world).reference}/add/", added)
        assert latest(world).under_18
        assert "Age not known" not in ward.get(BOARD).content.decode()
        ward.post(NEW, typed(world, family_name="Other", age="40"))
        assert latest(world).under_18 is False
        assert "Age not known" not in ward.get(BOARD).content.decode()

    def test_nobody_named_is_asked_for_and_what_was_typed_is_kept(self, world, desk):
        answer = desk("trust").post(NEW, typed(world, family_name="", given_name=""))
        assert answer.status_code == 422
        assert "Give a name, or a description below" in answer.content.decode()
        assert "ward garden" in answer.content.decode()

    def test_another_open_report_of_the_same_patient_is_warned_of(self, world, desk):
        first = report(world)
        browser = desk("trust")
        same = typed(world, nhs_number="999 000 0018")
        answer = browser.post(NEW, same)
        assert first.reference in answer.content.decode()
        assert "never merged" in answer.content.decode()
        assert browser.post(NEW, {**same, "seen_others": "yes"}).status_code == 302

    @pytest.mark.parametrize(
        ("known", "told", "is_warned"),
        [
            ({}, {}, True),
            ({"date_of_birth": date(1990, 3, 2)}, {}, True),
            ({}, {"date_of_birth": "2/3/1990"}, True),
            ({"date_of_birth": date(1971, 3, 2)},
             {"date_of_birth": "2/3/1990"}, False),
            ({"given_name": "Kim"}, {}, False),
        ],
    )  # fmt: skip
    def test_so_is_one_of_the_same_name_unless_another_was_born(self, world, desk, known, told, is_warned):
        first = report(world, person={"family_name": "absentee", "given_name": "Robin", **known})
        answer = desk("trust").post(NEW, typed(world, family_name="Absentee", given_name="Robin", **told))
        assert (first.reference in answer.content.decode()) is is_warned

    def test_police_ask_nobody(self, world, desk):
        shown = desk("police").get(BOARD).content.decode()
        assert "Report a patient missing" not in shown
        own = {"unit": str(world.teams["police"].pk)}
        assert desk("police").post(NEW, typed(world, **own)).status_code == 403


class TestDraft:
    """Kept on the server as it is typed; for whoever typed it and their supervisor alone."""

    def save(self, browser, world, **changes):
        return browser.post(SAVE, typed(world, **changes)).json()

    def test_the_tick_alone_is_kept_and_starts_fifteen_minutes(self, world, desk):
        browser = desk("trust", Role.WORKER)
        told = self.save(browser, world, family_name="", given_name="", absence_confirmed="on")
        made = latest(world)
        assert told["saved"] == made.reference
        assert made.absence_confirmed_at is not None
        with acting_for(world.trust.agency_id):
            running = made.case.clocks.running().values_list("kind", flat=True)
            assert {"missing_unreported", "missing_draft"} <= set(running)

    def test_typing_on_changes_the_same_draft_and_sending_sends_it(self, world, desk):
        browser = desk("trust", Role.WORKER)
        first = self.save(browser, world)["saved"]
        told = self.save(browser, world, draft=first, given_name="Kim", absence_confirmed="on")
        assert told["saved"] == first
        shown = browser.get(f"/tracker/missing/drafts/{first}/").content.decode()
        assert 'value="Kim"' in shown
        answer = browser.post(NEW, typed(world, draft=first, given_name="Kim"))
        assert answer.status_code == 302
        made = latest(world)
        assert (made.reference, made.state) == (first, "reported")
        with acting_for(world.trust.agency_id):
            assert Person.objects.get(case=made.case_id).given_name == "Kim"
        again_ = browser.post(NEW, typed(world, draft=first))
        assert again_["Location"].endswith(f"/{first}/"), "sent twice is sent once"

    def test_too_little_is_not_kept(self, world, desk):
        assert self.save(desk("trust"), world, family_name="", given_name="") == {"saved": ""}

    def test_the_next_user_of_a_shared_computer_does_not_see_it(self, world, desk):
        saved = self.save(desk("trust", Role.WORKER), world)["saved"]
        colleague = signed_in(MembershipFactory(team=world.teams["trust"], role=Role.WORKER).user)
        assert colleague.get(f"/tracker/missing/drafts/{saved}/").status_code == 404
        assert "Robin" not in colleague.get(NEW).content.decode()
        board = colleague.get(BOARD).content.decode()
        assert saved in board, "it is chased"
        assert f"drafts/{saved}" not in board
        assert "Robin" not in board
        for act in ("add", "sighting", "locate"):
            assert colleague.get(f"/tracker/missing/{saved}/{act}/").status_code == 404
        boss = desk("trust", Role.SUPERVISOR)
        assert boss.get(f"/tracker/missing/drafts/{saved}/").status_code == 200
        assert saved not in desk("police").get(BOARD).content.decode()

    def test_nor_by_any_other_address(self, world, desk):
        """Neither the API, where a browser has every scope, nor the page of who a person is."""
        mine = desk("trust", Role.WORKER)
        self.save(mine, world)
        draft = latest(world)
        report, case = f"/api/v1/missing-reports/{draft.pk}/", f"/api/v1/cases/{draft.case.reference}/"
        identity = f"/tracker/cases/{draft.case.reference}/person/"
        addresses = [report, f"{report}checklist/", f"{report}sightings/", case, f"{case}timeline/", identity]
        colleague = signed_in(MembershipFactory(team=world.teams["trust"], role=Role.WORKER).user)
        assert [colleague.get(address).status_code for address in addresses] == [404] * len(addresses)
        for listed in ("missing-reports", "cases"):
            shown = colleague.get(f"/api/v1/{listed}/")
            assert shown.status_code == 200
            assert "Robin" not in shown.content.decode()
        sent = {"content_type": "application/json"}
        assert colleague.patch(report, {"direction": "south"}, **sent).status_code == 404
        assert colleague.post(f"{report}moves/", {"action": "send"}, **sent).status_code == 404
        assert again(world.trust, draft).state == "draft"
        for reader in (mine, desk("trust", Role.SUPERVISOR)):
            assert [reader.get(address).status_code for address in addresses] == [200] * len(addresses)
            assert "Robin" in reader.get(report).content.decode()

    def test_kept_and_discarded_by_a_button(self, world, desk):
        browser = desk("trust")
        answer = browser.post(NEW, typed(world, do="keep"), follow=True)
        made = latest(world)
        assert answer.redirect_chain[0][0] == f"/tracker/missing/drafts/{made.reference}/"
        browser.post(NEW, typed(world, do="discard", draft=made.reference))
        assert again(world.trust, made).state == "discarded"

    @pytest.mark.parametrize(("field", "value"), [("nhs_number", "999 000 0019"), ("last_seen_at", "soon")])
    def test_kept_but_for_what_is_not_understood_it_asks_for_that_again(self, world, desk, field, value):
        browser = desk("trust")
        answer = browser.post(NEW, typed(world, do="keep", **{field: value}))
        shown, made = answer.content.decode(), latest(world)
        assert answer.status_code == 422
        assert f"Draft {made.reference} is kept, except" in shown
        assert f'value="{value}"' in shown
        assert made.state == "draft"
        right = answer.context["form"].data.dict() | {field: ""}
        assert browser.post(NEW, right)["Location"].endswith(f"/{made.reference}/")
        assert latest(world).reference == made.reference, "the same draft"

    def test_discarding_twice_sends_nothing(self, world, desk):
        browser = desk("trust")
        gone = typed(world, do="discard", draft=self.save(browser, world)["saved"])
        browser.post(NEW, gone)
        answer = browser.post(NEW, gone, follow=True)
        assert answer.redirect_chain[0][0] == BOARD
        assert "This draft was discarded already. Nothing is sent." in answer.content.decode()
        made = latest(world)
        assert (made.reference, made.state, made.sent_at) == (gone["draft"], "discarded", None)

    def test_discarding_what_was_sent_meanwhile_opens_the_report(self, world, desk):
        browser = desk("trust")
        sent = typed(world, draft=self.save(browser, world)["saved"])
        browser.post(NEW, sent)
        answer = browser.post(NEW, {**sent, "do": "discard"})
        assert answer["Location"] == f"/tracker/missing/{sent['draft']}/"
        assert latest(world).state == "reported"

    def test_of_two_who_discard_at_once_the_second_is_told(self, world, desk, monkeypatch):
        browser = desk("trust")
        gone = typed(world, do="discard", draft=self.save(browser, world)["saved"])
        read_before = latest(world)
        browser.post(NEW, gone)
        monkeypatch.setattr(missing_new, "draft_of", lambda actor, reference: read_before)
        answer = browser.post(NEW, gone, follow=True)
        assert answer.status_code == 200
        assert f"{read_before.reference} is not discarded" in answer.content.decode()


class TestBoard:
    """Who is missing now: for how long, grade, owner, review, sighting; with the flags that stand."""

    def test_the_most_urgent_first_for_both_sides(self, world, desk, in_role):
        low = report(world, person={"family_name": "LOWE"}, facts={"immediate_risk": "no"})
        high = report(world, person={"family_name": "HIGHAM"}, facts={"immediate_risk": "yes"})
        step(world.police, high, "grade", grade="high")
        with in_role("worker"):
            while engine.tick(now=instant() + timedelta(minutes=6)).claimed:
                pass
        for name in ("trust", "police"):
            shown = desk(name).get(BOARD).content.decode()
            assert shown.index("HIGHAM") < shown.index("LOWE")
            assert "High, and the police have not taken it" in shown
            assert "Not graded yet" in shown
        assert "HIGHAM" not in desk("other_trust").get(BOARD).content.decode()
        step(world.trust, low, "return")
        assert "LOWE" not in desk("police").get(BOARD).content.decode()

    @pytest.mark.parametrize(
        "kind", [kind for kind, flag in FLAGS.items() if flag not in ("draft_left", "absence_unreported")]
    )
    def test_each_flag_that_a_clock_raised_is_shown_in_words(self, world, desk, as_superuser, kind):
        found = report(world)
        raised = (
            "update referrals_clock set kind = %s, step = 1 where case_id = %s and kind = 'missing_grade'"
        )
        as_superuser.execute("set session_replication_role = replica")  # the rules would not have it so
        as_superuser.execute(raised, [kind, found.case_id])
        as_superuser.commit()
        for name in ("trust", "police"):
            assert words.FLAGS[FLAGS[kind]] in desk(name).get(BOARD).content.decode()

    @pytest.mark.parametrize("confirmed", [True, False])
    def test_a_draft_that_is_left_says_so_among_those_begun(self, world, desk, in_role, confirmed):
        facts = {"absence_confirmed_at": instant()} if confirmed else {}
        report(world, draft=True, facts=facts)
        browser = desk("trust")
        assert "board__flag" not in browser.get(BOARD).content.decode()
        with in_role("worker"):
            while engine.tick(now=instant() + timedelta(minutes=40)).claimed:
                pass
        shown = browser.get(BOARD).content.decode()
        assert words.FLAGS["draft_left"] in shown
        assert (words.FLAGS["absence_unreported"] in shown) is confirmed

    def test_police_that_have_left_see_it_no_more(self, world, desk):
        from tests.referrals.services.deciding import decide

        found = report(world)
        asked = ask_of(world.trust, found)
        made = decide(world.police, category=asked.category, case=asked.case_reference)
        move(world.police, asked, "decline", threshold_decision=made.pk)
        move(world.trust, asked, "no_further_action")
        assert found.reference not in desk("police").get(BOARD).content.decode()
        assert found.reference in desk("trust").get(BOARD).content.decode()

    def test_its_part_alone_is_renewed(self, world, desk):
        report(world)
        part = desk("police").get(BOARD, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert "data-since" in part

    def test_it_costs_the_same_however_many(self, world, desk):
        browser = desk("police")
        report(world)
        browser.get(BOARD)
        with CaptureQueriesContext(connection) as few:
            browser.get(BOARD)
        for n in range(4):
            report(world, person={"family_name": f"SAMPLE{n}"}, facts={"immediate_risk": "yes"})
        with CaptureQueriesContext(connection) as many:
            browser.get(BOARD)
        assert len(many) == len(few)


class TestTheReport:
    """Its page, for the unit and for the police; one small form for each thing to do."""

    def test_police_do_not_see_the_diagnosis(self, world, desk):
        found = report(world, details={"diagnosis": "psychosis", "clothing": "pyjamas"})
        address = f"/tracker/missing/{found.reference}/"
        assert "psychosis" in desk("trust").get(address).content.decode()
        for part in ("", "print/"):
            shown = desk("police").get(address + part).content.decode()
            assert "pyjamas" in shown
            assert "psychosis" not in shown
        assert desk("stranger").get(address).status_code == 404

    def test_the_page_to_print_has_the_day_of_every_moment_and_who_printed_it(self, world, desk):
        found = report(world)
        shown = desk("trust").get(f"/tracker/missing/{found.reference}/print/").content.decode()
        moments = re.findall(r'<time datetime="[^"]+">([^<]+)</time>', shown)
        assert moments
        assert [
            each for each in moments if not re.fullmatch(r"\d\d:\d\d on \w{3} \d+ \w{3} \d{4}", each)
        ] == []
        assert re.search(r"Printed \d+ \w+ \d{4}, \d\d:\d\d by \w+", shown)

    @pytest.mark.parametrize(
        ("action", "said", "state"),
        [
            ("grade", {"grade": "high"}, "reported"),
            ("review", {"note": "no news"}, "reported"),
            ("locate", {"place": "bridge", "found_by": "a driver"}, "located"),
            ("return", {"power_used": "s3", "harm": "none"}, "returned"),
            ("cancel", {"reason": "asleep in the linen room"}, "cancelled"),
            ("sighting", {"place": "station", "sure": "unknown", "told_by": "staff"}, "reported"),
            ("add", {"hair": "red", "names": "Robyn Sample", "legal_status": "s2", "phone": "07700 900123",
                     "immediate_risk": "yes"}, "reported"),
        ],
    )  # fmt: skip
    def test_what_can_be_done_is_done(self, world, desk, action, said, state):
        found = report(world)
        address = f"/tracker/missing/{found.reference}/{action}/"
        browser = desk("trust")
        assert browser.get(address).status_code == 200
        answer = browser.post(address, said, follow=True)
        assert answer.redirect_chain[0][0] == f"/tracker/missing/{found.reference}/"
        now = again(world.trust, found)
        assert now.state == state
        if action == "add":
            assert (now.details["hair"], now.legal_status) == ("red", "s2")

    def test_names_keep_their_kinds_when_one_is_added_or_taken_out(self, world, desk):
        birth, alias, other = (
            {"kind": kind, "name": name}
            for kind, name in (("birth", "Robin Sample"), ("alias", "Red"), ("known_as", "Example, Robyn"))
        )
        found = report(world, details={"names": [birth, alias, other]})
        browser, address = desk("trust"), f"/tracker/missing/{found.reference}/add/"
        assert 'value="Robin Sample, Red, Example, Robyn"' in browser.get(address).content.decode()
        browser.post(address, {"names": "Robin Sample, Red, Example, Robyn", "hair": "red"})
        assert again(world.trust, found).details["names"] == [birth, alias, other]
        browser.post(address, {"names": "Kim, Robin Sample, Red"})
        new = {"kind": "known_as", "name": "Kim"}
        assert again(world.trust, found).details["names"] == [birth, alias, new]
        browser.post(address, {"names": "Red"})
        assert again(world.trust, found).details["names"] == [alias]

    def test_what_is_missing_or_not_ones_own_is_said(self, world, desk):
        found = report(world)
        move(world.police, ask_of(world.trust, found), "accept")
        found = step(world.trust, found, "return")
        address = f"/tracker/missing/{found.reference}/"
        assert desk("trust").post(address + "close/", {}).status_code == 422
        assert desk("police").post(address + "close/", {"reason": "over"}).status_code == 403
        assert desk("trust").post(address + "locate/", {"place": "bridge"}).status_code == 409
        assert desk("trust").get(address + "nonsense/").status_code == 404
        answer = desk("trust").post(address + "close/", {"reason": "moved to another trust"})
        assert answer.status_code == 302

    def test_an_item_is_ticked_by_one_click(self, world, desk):
        found = report(world)
        address = f"/tracker/missing/{found.reference}/checklist/"
        answer = desk("trust").post(address + "ward/", follow=True)
        assert "Recorded: Ward searched." in answer.content.decode()
        again_ = desk("trust").post(address + "ward/", follow=True)
        assert "Somebody has ticked this before." in again_.content.decode()
        assert desk("trust").post(address + "nonsense/").status_code == 404

    def test_a_decline_asks_the_questions(self, world, desk):
        found = report(world)
        asked = ask_of(world.trust, found)
        address = f"/tracker/referrals/{asked.reference}/decline/"
        browser = desk("police")
        assert "Has a crime occurred" in browser.get(address).content.decode()
        answers = {f"q_{code}": "no" for code in ("crime", "risk_to_life", "serious_harm", "duty_of_care",
                                                  "statutory_duty")}  # fmt: skip
        said = {"reason_code": "not_our_criteria", "reason": "health fetches him", "belongs_to": "trust",
                "rationale": "at his mother's", "caller_told": "the ward fetches him"}  # fmt: skip
        assert browser.post(address, {**said, **answers}).status_code == 302
        assert ask_of(world.trust, found).state == "declined"

    def test_the_cases_page_leads_to_it_and_a_drafts_case_too(self, world, desk):
        found = report(world)
        shown = desk("police").get(f"/tracker/cases/{found.case.reference}/").content.decode()
        assert f"/tracker/missing/{found.reference}/" in shown
        draft = report(world, draft=True)
        answer = desk("trust").get(f"/tracker/cases/{draft.case.reference}/")
        assert answer["Location"] == f"/tracker/missing/{draft.reference}/"


class TestTheReturn:
    """Whoever was asked to look sees at once that the patient is back."""

    def test_the_case_page_and_the_rows_say_it_and_propose_to_complete(self, world, desk):
        found = report(world)
        asked = ask_of(world.trust, found)
        for action in ("accept", "start"):
            move(world.police, asked, action)
        step(world.trust, found, "locate")
        police, address = desk("police"), f"/tracker/referrals/{asked.reference}/"
        assert "Patient found, not back" in police.get("/tracker/referrals/").content.decode()
        step(world.trust, found, "return")
        shown = police.get(address).content.decode()
        assert shown.index("The patient is back on the unit") < shown.index("is accountable now")
        assert f'href="{address}complete/?outcome=The%20patient%20is%20back' in shown
        assert "Patient is back" in police.get("/tracker/referrals/").content.decode()

    def test_what_nobody_accepted_is_said_to_have_ended_because_of_it(self, world, desk):
        found = report(world)
        asked = ask_of(world.trust, found)
        step(world.trust, found, "return")
        shown = desk("police").get(f"/tracker/referrals/{asked.reference}/").content.decode()
        assert "Cancelled: the patient is back" in shown
        assert "must acknowledge" not in shown
        told = desk("police").get("/tracker/messages/").content.decode()
        assert "A referral was cancelled: the patient is back" in told

    def test_the_report_does_not_stand_as_missing_any_more(self, world, desk):
        found = report(world)
        address = f"{BOARD}{found.reference}/"
        assert (
            '<dt class="nhsuk-summary-list__key">Stands as</dt>'
            in desk("trust").get(address).content.decode()
        )
        step(world.trust, found, "return")
        assert "While away, stood as" in desk("trust").get(address).content.decode()


class TestWhatIsNext:
    """The board and the report ask for nothing that was done."""

    def test_a_graded_patient_who_was_found_is_not_to_be_graded(self, world, desk):
        found = report_at(State.LOCATED, world)
        board, page = (
            desk("trust").get(each).content.decode() for each in (BOARD, f"{BOARD}{found.reference}/")
        )
        assert "None: found" in board
        assert "After grading" not in board
        assert "grade the risk" not in page
        assert "bring the patient back" in page

    def test_an_unknown_legal_status_says_what_is_unknown(self, world, desk):
        found = report(world)
        for page in ("", "print/"):
            shown = desk("trust").get(f"{BOARD}{found.reference}/{page}").content.decode()
            assert ">Legal status not known<" in shown

    def test_an_absence_that_is_not_reported_in_time_is_late(self, world, desk):
        report(world, draft=True, facts={"absence_confirmed_at": instant() - timedelta(minutes=25)})
        shown = " ".join(desk("trust").get(BOARD).content.decode().split())
        assert "absence confirmed</strong>, to be sent: <time" in shown
        assert ">10 minutes late<" in shown


def test_a_board_that_is_too_long_says_that_there_are_more(world, desk, monkeypatch):
    monkeypatch.setattr("referrals.pages.missing.SIZE", 2)
    for name in ("ONE", "TWO"):
        report(world, person={"family_name": name})
    assert "there are more" not in desk("trust").get(BOARD).content.decode()
    report(world, person={"family_name": "THREE"})
    shown = desk("trust").get(BOARD).content.decode()
    assert "These are the 2 most urgent: there are more" in shown
    assert "/tracker/open/" in shown


def test_of_too_many_that_were_not_sent_the_board_has_the_oldest(world, desk, monkeypatch):
    monkeypatch.setattr("referrals.pages.missing.DRAFTS", 2)
    made = [report(world, draft=True).reference for _ in range(2)]
    assert "there are more" not in desk("trust").get(BOARD).content.decode()
    newest = report(world, draft=True).reference
    shown = desk("trust").get(BOARD).content.decode()
    assert [each in shown for each in (*made, newest)] == [True, True, False]
    assert "These are the 2 oldest: there are more" in shown


@pytest.mark.parametrize(("minutes", "ended"), [(-5, True), (90, False)])
def test_a_photograph_whose_release_has_ended_is_marked_and_its_end_is_told_as_a_clock_shows_it(
    world, desk, minutes, ended
):
    until = instant() + timedelta(minutes=minutes)
    details = {"photo_held": "the ward", "photo_released_by": "Dr Example", "photo_release_until": until}
    found = report(world, details=details)
    told = desk("police").get(f"/tracker/missing/{found.reference}/").content.decode()
    assert ("The release of the photograph ended" in told) is ended
    assert on_the_wall(until) in told
    assert until.isoformat()[:16] not in told.partition("The release ends")[2][:200]
