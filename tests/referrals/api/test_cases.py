"""Cases over HTTP: the list, one case, who was accountable when, and moves."""

from datetime import datetime, timedelta

import pytest

from agencies.instants import spelt
from referrals.domain.referral import State
from referrals.models import Case
from referrals.services import referral as referrals
from tests.factories.agencies import MembershipFactory
from tests.factories.world import act, move, referral_at
from tests.referrals.api.conftest import AMY, PAT


@pytest.fixture
def accepted(world):
    return referral_at(State.ACCEPTED, world)


@pytest.fixture
def path(accepted):
    return f"/cases/{accepted.case_reference}/"


def test_a_case_says_whose_it_is_and_what_is_open_in_it(police, trust, accepted, path):
    answer = trust.get(path)
    told = answer.json()
    assert answer["ETag"] == f'"{told["version"]}"'
    assert told["accountable_agency"]["code"] == "trust"
    assert told["accountable_team"]["code"] == "trust-desk"
    assert told["opened_by_agency"]["code"] == "police"
    assert told["person"]["family_name"] == "EXAMPLE"
    assert [each["reference"] for each in told["referrals"]] == [accepted.reference]
    assert {each["agency"]["code"] for each in told["parties"]} == {"police", "trust"}
    assert {each["kind"] for each in told["clocks"]} == {"first_contact", "face_to_face"}
    assert told["allowed_actions"] == ["review", "link"]
    assert police.get(path).json()["allowed_actions"] == ["link"]


def test_a_row_is_the_same_alone_and_in_the_list(world, police, accepted):
    referral_at(State.SENT, world)
    rows = police.get("/cases/").json()["results"]
    assert [police.get(f"/cases/{row['reference']}/").json() for row in rows] == rows
    assert [row["reference"] for row in rows][1] == accepted.case_reference


def test_a_case_is_found_however_its_reference_is_typed(police, accepted):
    for typed in (accepted.case_reference.lower(), accepted.case_reference.replace("-", "")):
        assert police.get(f"/cases/{typed}/").json()["reference"] == accepted.case_reference


def test_a_mistyped_reference_is_said_to_be_one(police, accepted):
    right = accepted.case_reference
    wrong = right[:-1] + ("3" if right[-1] != "3" else "4")
    answer = police.get(f"/cases/{wrong}/")
    assert answer.status_code == 404
    assert "mistyped" in answer.json()["detail"]


def test_a_case_of_others_is_not_there(stranger, accepted, path):
    assert stranger.get("/cases/").json()["results"] == []
    for below in ("", "timeline/", "accountability/"):
        assert stranger.get(path + below).status_code == 404
    assert stranger.post(path + "moves/", {"action": "close"}).status_code == 404


def test_a_party_that_has_left_no_longer_sees_the_case(world, trust):
    declined = referral_at(State.DECLINED, world)
    move(world.police, declined, "no_further_action")
    assert trust.get("/cases/").json()["results"] == []
    assert trust.get(f"/cases/{declined.case_reference}/").status_code == 404


class TestList:
    """GET /cases/"""

    @pytest.fixture
    def several(self, world):
        return [referral_at(s, world) for s in (State.SENT, State.ACCEPTED, State.DISCARDED, State.SENT)]

    def references(self, answer):
        return [row["reference"] for row in answer.json()["results"]]

    def test_the_newest_first_in_pages(self, police, several):
        whole = self.references(police.get("/cases/"))
        assert whole == [each.case_reference for each in reversed(several)]
        page = police.get("/cases/", limit=3)
        assert self.references(page) == whole[:3]
        rest = police.get(page.json()["next"])
        assert self.references(rest) == whole[3:]
        assert self.references(police.get(rest.json()["previous"])) == whole[:3]

    def test_by_state_and_by_who_is_accountable(self, police, several):
        _, accepted, discarded, _ = several
        assert self.references(police.get("/cases/", state="closed")) == [discarded.case_reference]
        assert self.references(police.get("/cases/", accountable_agency="trust")) == [accepted.case_reference]

    def test_by_when_it_was_opened(self, police, several):
        second = police.get(f"/cases/{several[1].case_reference}/").json()["opened_at"]
        assert len(self.references(police.get("/cases/", opened_after=second))) == 3
        assert len(self.references(police.get("/cases/", opened_before=second))) == 1

    def test_what_means_nothing_is_named(self, police):
        wrong = {
            "state": "lost",
            "accountable_agency": "x",
            "opened_after": "x",
            "cursor": "x",
            "colour": "x",
        }
        for name, value in wrong.items():
            answer = police.get("/cases/", **{name: value})
            assert answer.status_code == 400, name
            assert set(answer.json()["errors"]) == {f"/{name}"}


class TestAccountability:
    """GET /cases/{reference}/accountability/?at="""

    def test_now(self, police, accepted, path):
        told = police.get(path + "accountability/").json()
        assert told["accountable_agency"]["code"] == "trust"
        assert told["cause"] == "accepted"
        assert told["referral"] == str(accepted.pk)
        assert told["until"] is None
        assert [period["cause"] for period in told["history"]] == ["opened", "accepted"]

    def test_at_every_moment_exactly_one_agency_answers(self, police, path):
        history = police.get(path + "accountability/").json()["history"]
        since, changed = (datetime.fromisoformat(period["since"]) for period in history)
        moment = timedelta(microseconds=1)
        for at, whose in [(since, "police"), (changed - moment, "police"), (changed, "trust")]:
            told = police.get(path + "accountability/", at=at.isoformat()).json()
            assert told["accountable_agency"]["code"] == whose
            assert told["at"] == spelt(at)

    def test_a_moment_without_an_answer_is_a_mistake(self, police, path):
        history = police.get(path + "accountability/").json()["history"]
        before = datetime.fromisoformat(history[0]["since"]) - timedelta(seconds=1)
        for at in (before.isoformat(), "2199-01-01T00:00:00Z", "2026-11-21T21:40:00", "soon", ""):
            answer = police.get(path + "accountability/", at=at)
            assert answer.status_code == 400, at
            assert set(answer.json()["errors"]) == {"/at"}

    def test_when_the_lead_fails_it_goes_back(self, world, police, accepted, path):
        move(world.trust, accepted, "fail")
        told = police.get(path + "accountability/").json()
        assert told["accountable_agency"]["code"] == "police"
        assert told["cause"] == "failed"


class TestTimeline:
    """GET /cases/{reference}/timeline/"""

    def test_everything_in_order_in_pages(self, police, path):
        whole = police.get(path + "timeline/").json()["results"]
        assert [event["number"] for event in whole] == list(range(1, len(whole) + 1))
        page = police.get(path + "timeline/", limit=2).json()
        assert page["results"] == whole[:2]
        assert police.get(page["next"]).json()["results"] == whole[2:4]

    def test_texts_go_to_those_who_read_them(self, world, police, trust, caller, accepted, path):
        agency = world.teams["ambulance"].agency
        asked = world.asked(case=accepted.case_reference, lead=False, to_team=world.teams["ambulance"])
        act(world.police, referrals.create, asked=asked)
        kinds = self.kinds_seen(caller(world.ambulance), path)
        assert {"person", "summary", "location"} <= kinds
        agency.kind = "voluntary"
        agency.save()
        charity = caller(world.ambulance)
        assert self.kinds_seen(charity, path) == kinds - {"person"}
        opened = charity.get(path + "timeline/").json()["results"][0]
        assert opened["data"]["content"] == []

    def kinds_seen(self, caller, path):
        events = caller.get(path + "timeline/").json()["results"]
        return {content["kind"] for event in events for content in event["contents"]}

    def test_a_draft_is_in_nobody_elses_timeline(self, world, trust, police, accepted, path):
        asked = world.asked(
            case=accepted.case_reference, person={}, lead=False, to_team=world.teams["ambulance"], draft=True
        )
        act(world.police, referrals.create, asked=asked)
        assert "referral.draft" in {e["type"] for e in police.get(path + "timeline/").json()["results"]}
        assert "referral.draft" not in {e["type"] for e in trust.get(path + "timeline/").json()["results"]}


class TestMoves:
    """POST /cases/{reference}/moves/"""

    @pytest.fixture
    def finished(self, world):
        return referral_at(State.CLOSED, world)

    def test_a_named_person_of_the_accountable_agency_closes_and_reopens(self, trust, finished):
        path = f"/cases/{finished.case_reference}/"
        answer = trust.post(path + "moves/", {"action": "close", "by": AMY, "reason": "Safe."})
        assert answer.status_code == 200, answer.json()
        assert answer.json()["state"] == "closed"
        assert answer.json()["allowed_actions"] == ["reopen", "link"]
        assert answer["ETag"] == f'"{answer.json()["version"]}"'
        again = trust.post(path + "moves/", {"action": "reopen", "by": AMY, "reason": "It is not over."})
        assert again.json()["state"] == "open"

    def test_a_review_starts_its_clock_anew(self, trust, finished):
        path = f"/cases/{finished.case_reference}/"
        answer = trust.post(path + "moves/", {"action": "review", "by": AMY})
        reviews = [clock for clock in answer.json()["clocks"] if clock["kind"] == "case_review"]
        assert [clock["met_at"] is None for clock in reviews] == [False, True]

    def test_not_while_a_referral_is_open(self, trust, path, accepted):
        answer = trust.post(path + "moves/", {"action": "close", "by": AMY, "reason": "x"})
        assert answer.status_code == 409
        assert accepted.reference in answer.json()["detail"]
        assert answer.json()["allowed_actions"] == ["link", "review"]
        assert sorted(trust.get(path).json()["allowed_actions"]) == ["link", "review"]

    def test_closing_is_offered_as_soon_as_nothing_is_in_the_way(self, world, police, trust, finished):
        path = f"/cases/{finished.case_reference}/"
        assert trust.get(path).json()["allowed_actions"] == ["close", "review", "link"]
        owed = {"name": "Robin", "phone": "020 7946 0150", "by": AMY}
        assert trust.post(path + "call-backs/", owed).status_code == 201
        assert trust.get(path).json()["allowed_actions"] == ["review", "link"]
        answer = trust.post(path + "moves/", {"action": "close", "by": AMY, "reason": "x"})
        assert (answer.status_code, answer.json()["allowed_actions"]) == (409, ["link", "review"])
        assert "call back" in answer.json()["detail"]

    def test_not_by_another_party_nor_without_a_name_or_a_reason(self, police, trust, finished):
        path = f"/cases/{finished.case_reference}/moves/"
        assert police.post(path, {"action": "close", "by": PAT, "reason": "x"}).status_code == 403
        assert set(trust.post(path, {"action": "close", "reason": "x"}).json()["errors"]) == {"/by"}
        assert set(trust.post(path, {"action": "close", "by": AMY}).json()["errors"]) == {"/reason"}
        assert trust.post(path, {"action": "open", "by": AMY}).status_code == 400
        assert trust.post(path, {"action": "reopen", "by": AMY, "reason": "x"}).status_code == 409

    def test_not_on_what_has_moved_on(self, trust, finished):
        path = f"/cases/{finished.case_reference}/"
        said = {"action": "close", "by": AMY, "reason": "x"}
        assert trust.post(path + "moves/", said, if_match='"1"').status_code == 412
        tag = trust.get(path)["ETag"]
        assert trust.post(path + "moves/", said, if_match=tag).status_code == 200

    def test_a_member_closes_in_a_browser(self, world, finished, signed_in_to_api):
        browser = signed_in_to_api(MembershipFactory(team=world.teams["trust"]))
        answer = browser.post(
            f"/cases/{finished.case_reference}/moves/", {"action": "close", "reason": "Safe."}
        )
        assert answer.json()["state"] == "closed"


def test_no_case_is_without_an_owner_whoever_asks(world, police):
    referral_at(State.REDIRECTED, world)
    seen = act(world.police, lambda by: Case.objects.visible_to(by).count())
    rows = police.get("/cases/").json()["results"]
    assert len(rows) == seen == 1
    assert all(row["accountable_agency"] for row in rows)


class TestDisputesAndLinks:
    """Case moves that are not the owner's alone."""

    BOSS = {"name": "Mo Example", "role": "duty inspector", "contact": "020 7946 0111"}

    def test_a_dispute_is_opened_and_settled(self, world, police, trust):
        sent = referral_at(State.SENT, world)
        path = f"/cases/{sent.case_reference}/"
        assert "dispute" in police.get(path).json()["allowed_actions"]
        opened = trust.post(path + "moves/", {"action": "dispute", "reason": "Not our area.", "by": AMY})
        assert opened.status_code == 200, opened.json()
        (told,) = opened.json()["disputes"]
        assert (told["cause"], told["outcome"], told["opened_by"]["name"]) == ("asked", None, AMY["name"])
        assert opened.json()["accountable_agency"]["code"] == "police"
        said = {"action": "settle_dispute", "outcome": "receiver_takes", "reason": "It is theirs."}
        refused = police.post(path + "moves/", {**said, "by": self.BOSS})
        assert (refused.status_code, set(refused.json()["errors"])) == (422, {"/agreed_with"})
        settled = police.post(path + "moves/", {**said, "by": self.BOSS, "agreed_with": AMY})
        assert settled.json()["disputes"][0]["agreed_with"]["name"] == AMY["name"]
        assert "settle_dispute" not in settled.json()["allowed_actions"]

    def test_a_link_is_the_agencys_own(self, world, police, trust):
        one, other = (referral_at(State.SENT, world) for _ in range(2))
        said = {"action": "link", "other_case": other.case_reference, "by": AMY}
        answer = trust.post(f"/cases/{one.case_reference}/moves/", said)
        assert answer.json()["links"] == [other.case_reference]
        assert trust.get(f"/cases/{other.case_reference}/").json()["links"] == [one.case_reference]
        assert police.get(f"/cases/{other.case_reference}/").json()["links"] == []
