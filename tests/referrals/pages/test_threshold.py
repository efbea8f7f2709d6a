"""The prompt, the decisions and what can be done about them, in the tracker."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.acting import NamedPerson, acting_for
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.models import CallBack, Referral, SupportEntry, ThresholdDecision
from referrals.models.keys import instant
from referrals.services import threshold_policy
from referrals.services.threshold_policy import Declared
from tests.factories.world import act, move, referral_at
from tests.referrals.services.deciding import MET, NO, UNSURE, decide, seen

ANSWERED = {f"q_{code}": answer for code, answer in NO.items()}
WHY = {"agrees": "yes", "rationale": "Seen by a neighbour.", "caller_told": "The trust will ring."}
KIND = {"category": "concern_for_welfare", "policy": "npa-2023-07-26"}


def latest(world):
    with acting_for(world.police.agency_id):
        return ThresholdDecision.objects.latest("id")


class TestThePrompt:
    """Answers, the outcome with its clause, then the record."""

    def test_it_asks_the_questions_of_the_policy_with_their_clauses(self, desk):
        shown = desk("police").get("/tracker/decide/?category=s135_support").content.decode()
        assert "Is a warrant under section 135 to be executed?" in shown
        assert "MHA 1983 s.135: a constable executes it" in shown
        assert desk("police").get("/tracker/decide/?category=weather").status_code == 404

    def test_without_a_script_the_outcome_is_shown_at_a_button(self, desk):
        answer = desk("police").post("/tracker/decide/", {**KIND, **ANSWERED, "do": "show"})
        shown = answer.content.decode()
        assert "The threshold is not met: no police response." in shown
        assert "Threshold not met: no question was answered yes" in shown
        assert "There is a problem" not in shown

    def test_the_outcome_alone_is_shown_while_answers_are_given(self, desk):
        answer = desk("police").post(
            "/tracker/decide/", {**KIND, "q_crime": "yes"}, headers={"HX-Request": "true"}
        )
        assert "<form" not in answer.content.decode()
        assert (
            "Has a crime occurred, or is one occurring? Yes (NPA: investigate a crime)"
            in answer.content.decode()
        )

    def test_it_is_recorded_and_shown(self, world, desk):
        said = {**KIND, **ANSWERED, **WHY, "do": "record", "description": "a man in a red coat"}
        answer = desk("police").post("/tracker/decide/", said, follow=True)
        made = latest(world)
        assert answer.redirect_chain[0][0] == f"/tracker/decisions/{made.pk}/"
        shown = answer.content.decode()
        for text in (
            "No police response",
            "a man in a red coat",
            "The trust will ring.",
            "Refer this person",
        ):
            assert text in shown
        assert made.answers == NO

    def test_a_question_that_was_skipped_is_unknown(self, world, desk):
        desk("police").post("/tracker/decide/", {**KIND, **WHY, "do": "record"})
        assert latest(world).outcome == "undetermined"

    def test_an_override_is_the_officers_and_shows(self, world, desk):
        said = {**KIND, **ANSWERED, **WHY, "agrees": "no", "do": "record"}
        shown = desk("police").post("/tracker/decide/", said, follow=True).content.decode()
        assert latest(world).overridden
        assert "The questions came to: no police response." in shown

    def test_a_policy_that_came_into_force_meanwhile_is_said_and_a_retry_works(self, world, desk):
        browser = desk("police")
        opened = {**KIND, **ANSWERED, **WHY, "q_crime": "yes", "do": "record", "policy": "npa-before"}
        answer = browser.post("/tracker/decide/", opened)
        shown, form = answer.content.decode(), answer.context["form"]
        assert answer.status_code == 400
        assert "another policy is in force, npa-2023-07-26" in shown
        assert f'name="policy" value="{KIND["policy"]}"' in shown
        assert (form.answers(), form["rationale"].value()) == ({**NO, "crime": "yes"}, WHY["rationale"])
        assert browser.post("/tracker/decide/", {**form.data.dict(), "do": "record"}).status_code == 302
        assert latest(world).policy_version == KIND["policy"]

    def test_what_is_missing_is_said_and_what_was_typed_is_kept(self, desk):
        said = {**KIND, **ANSWERED, "agrees": "yes", "already_tried": "Rang twice.", "do": "record"}
        answer = desk("police").post("/tracker/decide/", said)
        assert answer.status_code == 422
        assert "Rang twice." in answer.content.decode()

    def test_another_agency_reads_it_and_is_refused(self, desk):
        assert "The police decide this" in desk("trust").get("/tracker/decide/").content.decode()
        answer = desk("trust").post("/tracker/decide/", {**KIND, **ANSWERED, **WHY, "do": "record"})
        assert answer.status_code == 403


EARLIER = {"occurred_at": "2026-11-20T21:40", "agency_told": "trust", "agency_told_at": "2026-11-20T21:45"}


class TestEnteredAfterwards:
    """When it was decided and when somebody was told, for whoever enters it later; nobody has to say."""

    def record(self, desk, **said):
        posted = {**KIND, **ANSWERED, **WHY, "do": "record", **said}
        return desk("police").post("/tracker/decide/", posted, follow=True)

    def test_nobody_has_to_say_and_it_is_out_of_the_way(self, world, desk):
        shown = desk("police").get("/tracker/decide/").content.decode()
        before, _, behind = shown.partition("Entered afterwards")
        assert 'name="occurred_at"' in behind
        assert 'name="agency_told_at"' in behind
        assert before.rpartition("<details")[2].startswith(' class="nhsuk-details"><summary')
        assert self.record(desk).status_code == 200
        made = latest(world)
        assert made.recorded_at - made.occurred_at < timedelta(seconds=1)
        assert (made.told_agency, made.told_at) == (None, None)

    def test_it_is_recorded_and_shown_with_the_decision(self, world, desk):
        shown = self.record(desk, **EARLIER).content.decode()
        made = latest(world)
        told = datetime(2026, 11, 20, 21, 45, tzinfo=UTC)
        assert (made.occurred_at, made.told_at) == (told - timedelta(minutes=5), told)
        assert made.told_agency == world.teams["trust"].agency
        facts = shown.partition("Already tried")[2] or shown
        assert "21:40" in facts
        assert "21:45" in facts
        assert ", afterwards</dd>" in shown

    def test_the_cases_timeline_says_whom_they_told_and_when(self, world, desk):
        referral = referral_at(State.SENT, world)
        self.record(desk, **EARLIER, case=referral.case_reference)
        shown = desk("trust").get(f"/tracker/referrals/{referral.reference}/").content.decode()
        name = world.teams["trust"].agency.name
        said = f"Police response decided: no police response. {name} was told at 21:45 on 20 November 2026"
        assert said in shown

    @pytest.mark.parametrize("name", ["occurred_at", "agency_told_at"])
    def test_what_is_still_to_come_is_refused_at_its_field(self, desk, name):
        answer = self.record(desk, **{**EARLIER, name: "2999-01-01T10:00"})
        assert answer.status_code == 422
        assert answer.context["form"].errors == {
            name: ["This is still to come: enter a time that has passed"]
        }
        assert '<details class="nhsuk-details" open>' in answer.content.decode()

    def test_a_time_without_an_agency_is_refused_at_the_agency(self, desk):
        answer = self.record(desk, **{**EARLIER, "agency_told": ""})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["agency_told"]

    @pytest.fixture
    def two_policies(self, world, as_superuser):
        """The force's own first version, in force since 2020, and its second, in force since just now."""
        director = world.police.asserting(NamedPerson("Dee Example", "chief superintendent", "020 7946 0109"))
        soon = instant() + timedelta(milliseconds=300)
        for code in ("first", "second"):
            said = Declared(KIND["category"], soon, "as agreed", code=code)
            act(director, threshold_policy.declare, declared=said)
        as_superuser.execute("set session_replication_role = replica")
        as_superuser.execute("""update referrals_thresholdgolive set live_from = '2020-01-01T00:00:00Z'
            where version_id = (select id from referrals_thresholdpolicyversion where code = 'first')""")
        as_superuser.commit()
        while instant() < soon:
            pass

    def test_the_questions_are_those_of_the_policy_of_that_time(self, world, desk, two_policies):
        answer = self.record(desk, **EARLIER, policy="second")
        shown, form = answer.content.decode(), answer.context["form"]
        assert (answer.status_code, form["policy"].value()) == (400, "first")
        assert "when this was decided another policy was in force, first" in shown
        assert self.record(desk, **EARLIER, policy="first").status_code == 200
        assert latest(world).policy_version == "first"
        assert self.record(desk, policy="second").status_code == 200
        assert latest(world).policy_version == "second"

    def test_what_is_shown_at_the_button_can_be_recorded(self, world, desk):
        browser = desk("police")
        said = {**KIND, **ANSWERED, **WHY, "policy": "npa-before", "do": "show"}
        form = browser.post("/tracker/decide/", said).context["form"]
        assert browser.post("/tracker/decide/", {**form.data.dict(), "do": "record"}).status_code == 302


class TestOneStepToAReferral:
    """Everything is carried over through the server, and nothing of it stands in the address."""

    def test_the_form_is_filled_in_and_sending_it_joins_the_case(self, world, desk):
        made = decide(world.police)
        browser = desk("police")
        address = f"/tracker/decisions/{made.pk}/refer/"
        shown = browser.get(address).content.decode()
        for text in ("Already tried: Rang her twice.", made.case.reference, str(made.pk), "Family name"):
            assert text in shown
        sent = {
            "case": made.case.reference,
            "decision": str(made.pk),
            "category": "concern_for_welfare",
            "to_team": str(world.teams["trust"].pk),
            "priority": "P2",
            "family_name": "Example",
            "summary": "as carried over",
            "scene_safety": "unknown",
            "hints_seen": "x",
            "do": "send",
        }
        answer = browser.post("/tracker/referrals/new/", sent)
        assert answer.status_code == 302
        with acting_for(world.police.agency_id):
            referral = Referral.objects.get(case=made.case_id)
            assert (referral.threshold_decision_id, referral.state) == (made.pk, State.SENT)
        assert seen(world.trust, made)
        assert "Example" in browser.get(f"/tracker/cases/{made.case.reference}/").content.decode()

    def test_another_agency_has_no_such_form(self, world, desk):
        made = decide(world.police)
        assert desk("trust").get(f"/tracker/decisions/{made.pk}/refer/").status_code == 404


class TestTheDecision:
    """Its page, for the force and for every party; a case in which nobody was asked shows it too."""

    def test_a_case_without_a_referral_is_shown_by_its_decision(self, world, desk):
        made = decide(world.police)
        answer = desk("police").get(f"/tracker/cases/{made.case.reference}/")
        assert answer.headers["Location"] == f"/tracker/decisions/{made.pk}/"
        assert desk("trust").get(f"/tracker/cases/{made.case.reference}/").status_code == 404

    def test_a_supervisor_overturns_and_the_decider_does_not(self, world, desk):
        made = decide(world.police, answers=UNSURE)
        address = f"/tracker/decisions/{made.pk}/review/"
        said = {"outcome": "police_response", "rationale": "We go."}
        assert desk("police", Role.WORKER).post(address, said).status_code == 403
        shown = desk("police").post(address, said, follow=True).content.decode()
        assert "Overturned by a supervisor" in shown
        assert "Police attend" in shown

    @pytest.mark.parametrize(("action", "stand"), [("disagree", "disagreed"), ("reopen", "reopened")])
    def test_another_party_says_why_it_should_be_looked_at_again(self, world, desk, action, stand):
        referral = referral_at(State.SENT, world)
        made = decide(world.police, case=referral.case_reference)
        address = f"/tracker/decisions/{made.pk}/{action}/"
        assert desk("trust").post(address, {"reason": ""}).status_code == 422
        desk("trust").post(address, {"reason": "She has a knife."})
        assert seen(world.police, made).stand == stand

    def test_a_case_in_which_nobody_was_asked_is_closed_from_here(self, world, desk):
        made = decide(world.police)
        desk("police").post(f"/tracker/decisions/{made.pk}/close/", {"reason": "Safe with her sister."})
        with acting_for(world.police.agency_id):
            made.case.refresh_from_db()
        assert made.case.state == "closed"

    def test_what_does_not_exist(self, world, desk):
        made = decide(world.police)
        assert desk("police").get(f"/tracker/decisions/{made.pk}/eat/").status_code == 404
        assert desk("stranger").get(f"/tracker/decisions/{made.pk}/").status_code == 404


class TestTheList:
    """What waits, by time to breach; then what was decided last."""

    def test_what_waits_comes_first_and_what_does_not_is_below(self, world, desk):
        decide(world.police, answers=MET)
        decide(world.police, answers=UNSURE, priority="P3")
        decide(world.police, answers=MET, agrees=False, priority="P4")
        shown = desk("police").get("/tracker/decisions/").content.decode()
        waiting, _, recent = shown.partition("Decided last")
        assert waiting.index("Undetermined: ") < waiting.index("Overridden, awaiting review: ")
        assert "decide whether police respond" in waiting
        assert recent.count("inbox__line") == 3

    def test_it_says_whom_each_is_about(self, world, desk):
        decide(world.police, answers=UNSURE, person={"family_name": "Listed", "given_name": "Lea"})
        shown = desk("police").get("/tracker/decisions/").content.decode()
        assert shown.count("<strong>LISTED, Lea</strong>") == 2, "where it waits, and where it was decided"

    def test_it_is_empty_in_words(self, desk):
        shown = desk("police").get("/tracker/decisions/").content.decode()
        assert "No decision waits for anybody." in shown
        assert "Your agency has decided nothing yet." in shown

    def test_it_costs_the_same_however_many(self, world, desk):
        browser, counts = desk("police"), set()
        for _ in range(3):
            decide(world.police, answers=UNSURE)
            browser.get("/tracker/decisions/")
            with CaptureQueriesContext(connection) as asked:
                browser.get("/tracker/decisions/")
            counts.add(len(asked))
        assert len(counts) == 1


class TestSupport:
    """Who is with the person, and the call that is owed to the caller, on the case page."""

    @pytest.fixture
    def sent(self, world):
        return referral_at(State.SENT, world)

    def at(self, referral, action):
        return f"/tracker/referrals/{referral.reference}/{action}/"

    def test_it_is_logged_and_shown_with_the_next_contact(self, world, desk, sent):
        said = {"who": "control_room_worker", "how": "phone", "minutes": "7", "note": "Talks of her cat."}
        shown = desk("police").post(self.at(sent, "support"), said, follow=True).content.decode()
        assert "A mental-health worker in the control room" in shown
        assert "Next contact by" in shown
        assert "Talks of her cat." in shown
        with acting_for(world.police.agency_id):
            entry = SupportEntry.objects.get()
        assert 415 < (entry.next_contact_at - entry.recorded_at).total_seconds() < 421

    def test_it_ends_when_help_arrives(self, world, desk, sent):
        browser = desk("police")
        said = {"who": "officer", "how": "in_person"}
        browser.post(self.at(sent, "support"), said)
        shown = browser.post(self.at(sent, "support"), {**said, "ends": "arrived"}, follow=True)
        assert "Help has arrived." in shown.content.decode()

    def test_a_call_is_promised_and_made(self, world, desk, sent):
        browser = desk("police")
        assert browser.post(self.at(sent, "rang_back"), {"outcome": "no_answer"}).status_code == 409
        said = {"name": "Kim Example", "phone": "020 7946 0120"}
        shown = browser.post(self.at(sent, "call_back"), said, follow=True).content.decode()
        assert "A call is owed to the caller" in shown
        assert browser.post(self.at(sent, "rang_back"), {"outcome": "reached"}).status_code == 422
        told = {"outcome": "reached", "told": "The trust is coming."}
        shown = browser.post(self.at(sent, "rang_back"), told, follow=True).content.decode()
        assert "A call is owed to the caller" not in shown
        with acting_for(world.police.agency_id):
            assert CallBack.objects.get().done_at

    def test_before_anybody_is_asked_the_decision_has_it(self, world, desk):
        browser, decision = desk("police"), decide(world.police)
        page = f"/tracker/decisions/{decision.pk}/"
        said = {"who": "friend_or_family", "how": "in_person", "note": "Her sister.", "minutes": "9"}
        assert "Log who is with the person" in browser.get(page).content.decode()
        shown = browser.post(f"{page}support/", said, follow=True).content.decode()
        assert "Next contact by" in shown
        again = browser.post(f"{page}support/", {"who": "nobody", "how": "phone"})
        assert again.status_code == 400
        assert "Promise the caller a call back" in shown
        caller = {"name": "Kim Example", "phone": "020 7946 0120"}
        shown = browser.post(f"{page}call_back/", caller, follow=True).content.decode()
        assert "Log that the caller was rung back" in shown
        told = {"outcome": "reached", "told": "The trust is coming."}
        shown = browser.post(f"{page}rang_back/", told, follow=True).content.decode()
        assert "Log that the caller was rung back" not in shown

    def test_whoever_said_no_the_person_still_waits(self, world, desk, sent):
        move(world.trust, sent, "decline")
        browser = desk("police")
        said = {"who": "officer", "how": "in_person"}
        shown = browser.post(self.at(sent, "support"), said, follow=True).content.decode()
        assert "Next contact by" in shown

    def test_who_has_left_the_case_is_told_so(self, world, desk, sent):
        move(world.police, sent, "cancel")
        said = {"name": "Kim Example", "phone": "020 7946 0120"}
        answer = desk("trust").post(self.at(sent, "call_back"), said)
        assert answer.status_code == 409
        assert "part in this case has ended" in answer.content.decode()

    def test_every_party_sees_who_is_there(self, world, desk, sent):
        desk("police").post(self.at(sent, "support"), {"who": "nobody", "how": "not_at_all"})
        move(world.trust, sent, "accept")
        shown = desk("trust").get(f"/tracker/referrals/{sent.reference}/").content.decode()
        assert "Nobody" in shown


def test_what_is_typed_about_a_decision_and_not_sent_is_there_again(world, desk):
    made = decide(world.police, case=referral_at(State.SENT, world).case_reference)
    address, browser = f"/tracker/decisions/{made.pk}/disagree/", desk("trust")
    assert "data-keep" in browser.get(address).content.decode()
    typed = browser.post(f"/accounts/typed/?at={address}", {"reason": "half a sentence"})
    assert typed.status_code == 204
    assert "half a sentence" in browser.get(address).content.decode()
