"""Missing reports over HTTP: reported in few words, enriched, graded, found; each reads what is theirs."""

from datetime import timedelta

import pytest

from agencies.roles import TeamKind
from referrals.models.keys import instant
from tests.factories.agencies import ApiClientFactory, TeamFactory, client_actor
from tests.factories.world import NURSE
from tests.referrals.api.conftest import AMY, PAT
from tests.referrals.api.test_schema import checked

BASE = "/missing-reports/"
ONE = BASE + "{}/"


def ago(minutes):
    return (instant() - timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def tell(world):
    """What the trust sends: six facts, unless changed; None leaves out."""

    def body(**changes):
        plain = {
            "person": {"family_name": "EXAMPLE", "given_name": "Robin", "nhs_number": "999 000 0018"},
            "unit": "trust-desk",
            "reporter": AMY,
            "last_seen": {"at": ago(2), "place": "ward garden", "activity": "smoking"},
            "immediate_risk": "unknown",
            "legal_status": "s3",
        }
        return {name: value for name, value in {**plain, **changes}.items() if value is not None}

    return body


@pytest.fixture
def patch(trust):
    """A change sent by the trust."""

    def send(key, body, who=trust, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return who.http.patch(
            "/api/v1" + ONE.format(key), body, content_type="application/json", headers=named
        )

    return send


@pytest.fixture
def made(trust, tell):
    """Reported, as the trust reads it."""
    return trust.post(BASE, tell()).json()


class TestReporting:
    """One call makes a case, and asks the police."""

    def test_six_fields_are_enough(self, trust, police, tell):
        answer = trust.post(BASE, tell())
        assert answer.status_code == 201
        told = answer.json()
        assert answer["Location"].endswith(ONE.format(told["id"]))
        assert (told["state"], told["grade"], told["proposed_grade"], told["category"]) == (
            "reported", None, "medium", "awol_detained",
        )  # fmt: skip
        assert told["owner"]["proposed"] == "joint"
        assert told["owner"]["accountable_agency"]["code"] == "trust"
        assert told["case"]["accountable_agency"]["code"] == "trust"
        asked = police.get(f"/referrals/{told['referral']}/").json()
        assert (asked["case"]["reference"], asked["priority"], asked["lead"]) == (
            told["case"]["reference"], "P2", False,
        )  # fmt: skip

    def test_it_says_what_is_still_wanted_first_things_first(self, made):
        wanted = [each["field"] for each in made["still_wanted"]]
        assert wanted[:3] == ["immediate_risk", "section_started_at", "section_expires_at"]
        assert "clothing" in wanted
        assert "last_seen_place" not in wanted
        assert "care_status" not in wanted, "of a child only"

    def test_it_says_why_it_counts_as_missing_and_what_the_law_says(self, made):
        assert made["is_missing"]
        assert made["why_missing"].startswith("missing: whereabouts unknown, and it is not known")
        retake = made["legal_advice"][0]
        assert (retake["code"], retake["basis"]) == ("retake", "going absent, as reported")
        assert retake["until"] > made["missing_since"]

    def test_a_draft_is_its_units_alone_until_a_move_sends_it(self, trust, police, tell):
        draft = trust.post(BASE, tell(draft=True, absence_confirmed_at=ago(1), person=None)).json()
        assert (draft["state"], draft["referral"]) == ("draft", None)
        assert {"missing_draft", "missing_unreported"} <= {each["kind"] for each in draft["clocks"]}
        assert police.get(ONE.format(draft["id"])).status_code == 404
        assert police.get(BASE).json()["results"] == []
        told = trust.post(ONE.format(draft["id"]) + "moves/", {"action": "send", "by": AMY}).json()
        assert told["state"] == "reported"
        assert police.get(ONE.format(draft["id"])).status_code == 200

    def test_another_open_report_of_the_same_name_is_named(self, trust, police, tell):
        nameless = {"family_name": "EXAMPLE", "given_name": "Robin"}
        first = trust.post(BASE, tell()).json()
        second = trust.post(BASE, tell(person=nameless)).json()
        assert (first["possible_duplicates"], second["possible_duplicates"]) == ([], [first["reference"]])
        other = tell(person={**nameless, "given_name": "Kim"})
        assert trust.post(BASE, other).json()["possible_duplicates"] == []
        assert "possible_duplicates" not in trust.get(ONE.format(second["id"])).json()

    def test_the_same_key_is_one_report(self, trust, tell):
        body = tell()
        first = trust.post(BASE, body, Idempotency_Key="one").json()
        assert trust.post(BASE, body, Idempotency_Key="one").json()["id"] == first["id"]
        assert len(trust.get(BASE).json()["results"]) == 1

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"person": None}, "/person"),
            ({"unit": "nowhere"}, "/unit"),
            ({"immediate_risk": "perhaps"}, "/immediate_risk"),
            ({"legal_status": "s99"}, "/legal_status"),
            ({"last_seen": {"at": "yesterday"}}, "/last_seen/at"),
            ({"last_seen": {"at": "2099-01-01T00:00:00Z"}}, "/last_seen/at"),
            ({"colour": "red"}, "/colour"),
            ({"names": [{"kind": "nick", "name": "Rob"}]}, "/names/0/kind"),
            ({"hair": 7}, "/hair"),
            ({"to_team": "nowhere"}, "/to_team"),
            ({"to_team": "trust-desk"}, "/to_team"),
            ({"to_team": "ambulance-desk", "draft": True}, "/to_team"),
        ],
    )
    def test_what_is_wrong_is_named(self, trust, tell, change, where):
        answer = trust.post(BASE, tell(**change))
        assert answer.status_code == 400
        assert where in answer.json()["errors"]

    def test_who_may_not(self, trust, police, stranger, tell, made):
        assert trust.post(BASE, tell(reporter=None)).status_code == 422
        assert police.post(BASE, tell(unit="police-desk", reporter=PAT)).status_code == 403
        assert stranger.post(BASE, tell()).status_code == 403
        assert stranger.get(ONE.format(made["id"])).status_code == 404
        assert stranger.post(ONE.format(made["id"]) + "moves/", {"action": "review"}).status_code == 404


class TestReading:
    """Police see what the search needs; health alone reads a diagnosis."""

    def test_police_do_not_see_the_diagnosis(self, trust, police, patch, made):
        secret = {"diagnosis": "psychosis", "medication_missed": "clozapine", "clothing": "pyjamas"}
        told = patch(made["id"], {**secret, "by": AMY}).json()
        assert (told["diagnosis"], told["clothing"]) == ("psychosis", "pyjamas")
        theirs = police.get(ONE.format(made["id"]))
        assert theirs.json()["clothing"] == "pyjamas"
        assert "diagnosis" not in theirs.json()
        timeline = police.get(f"/cases/{made['case']['reference']}/timeline/")
        for answer in (theirs, timeline, police.get(BASE)):
            assert "psychosis" not in answer.content.decode()
            assert "clozapine" not in answer.content.decode()

    def test_a_list_is_narrowed(self, trust, police, tell, made):
        other = trust.post(BASE, tell(immediate_risk="yes")).json()
        trust.post(ONE.format(other["id"]) + "moves/", {"action": "grade", "grade": "high", "by": AMY})
        for query, ids in [
            ({}, [other["id"], made["id"]]),
            ({"grade": "high"}, [other["id"]]),
            ({"state": "located"}, []),
            ({"open": "true"}, [other["id"], made["id"]]),
            ({"open": "false"}, []),
            ({"unit": "trust-desk", "limit": 1}, [other["id"]]),
            ({"case": made["case"]["reference"].lower()}, [made["id"]]),
        ]:
            for who in (trust, police):
                assert [each["id"] for each in who.get(BASE, **query).json()["results"]] == ids
        assert police.get(BASE, colour="red").status_code == 400
        assert police.get(BASE, case="X").status_code == 400
        assert set(police.get(BASE, open="yes").json()["errors"]) == {"/open"}

    def test_the_list_costs_the_same_however_long(self, trust, tell, made, django_assert_max_num_queries):
        for _ in range(3):
            trust.post(BASE, tell())
        with django_assert_max_num_queries(16):
            assert len(trust.get(BASE).json()["results"]) == 4

    def test_every_answer_is_as_the_document_says(self, trust, police, patch, tell, made, document):
        one = ONE.format(made["id"])
        at = BASE + "{id}/"
        writes = [
            (one + "checklist/", at + "checklist/", {"item": "ward", "note": "empty", "by": AMY}),
            (one + "sightings/", at + "sightings/", {"place": "station", "seen_at": ago(1), "by": AMY}),
            (one + "moves/", at + "moves/", {"action": "grade", "grade": "high", "by": AMY}),
            (
                BASE,
                BASE,
                tell(names=[{"kind": "former", "name": "Robyn Sample"}], photo_release_until=ago(-60)),
            ),
        ]
        for path, template, body in writes:
            answer = trust.post(path, body)
            assert answer.status_code < 300, answer.json()
            checked(document, "post", template, answer)
        for who in (trust, police):
            checked(document, "get", at, who.get(one))
            for part in ("checklist/", "sightings/"):
                checked(document, "get", at + part, who.get(one + part))
            checked(document, "get", BASE, who.get(BASE))
        checked(document, "patch", at, patch(made["id"], {"hair": "red", "by": AMY}))


class TestMoving:
    """Graded, seen, found, back, closed: over HTTP as in the tracker."""

    def test_from_high_to_closed(self, trust, police, made):
        moves = ONE.format(made["id"]) + "moves/"
        told = police.post(moves, {"action": "grade", "grade": "high", "by": PAT}).json()
        assert (told["grade"], told["owner"]["proposed"]) == ("high", "police")
        assert told["next_review_at"] is not None
        answer = police.post(moves, {"action": "locate", "by": PAT})
        assert (answer.status_code, set(answer.json()["errors"])) == (422, {"/place"})
        told = police.post(
            moves, {"action": "locate", "place": "bridge", "occurred_at": ago(1), "by": PAT}
        ).json()
        assert told["state"] == "located"
        assert told["allowed_actions"] == ["lost_again", "return"]
        answer = police.post(moves, {"action": "grade", "grade": "low", "by": PAT})
        assert (answer.status_code, answer.json()["allowed_actions"]) == (409, ["lost_again", "return"])
        told = trust.post(moves, {"action": "return", "power_used": "s3", "harm": "none", "by": AMY}).json()
        assert "checked" in told["open_steps"]
        told = trust.post(moves, {"action": "debrief", "by": AMY}).json()
        assert "debriefed" not in told["open_steps"]
        assert trust.post(moves, {"action": "close", "by": AMY}).status_code == 422
        told = trust.post(moves, {"action": "close", "reason": "moved to another trust", "by": AMY}).json()
        assert (told["state"], told["allowed_actions"]) == ("closed", [])
        types = [
            e["type"] for e in trust.get(f"/cases/{made['case']['reference']}/timeline/").json()["results"]
        ]
        assert [kind for kind in types if kind.startswith("missing.")] == [
            "missing.reported", "missing.graded", "missing.located", "missing.returned", "missing.debriefed",
            "missing.checked", "missing.closed",
        ]  # fmt: skip

    def test_a_stale_change_is_refused(self, trust, patch, made):
        address = ONE.format(made["id"])
        tag = trust.get(address)["ETag"]
        assert patch(made["id"], {"hair": "red", "by": AMY}, If_Match=tag).status_code == 200
        assert patch(made["id"], {"hair": "grey", "by": AMY}, If_Match=tag).status_code == 412
        assert (
            trust.post(address + "moves/", {"action": "review", "by": AMY}, If_Match=tag).status_code == 412
        )

    def test_police_add_sightings_and_not_facts(self, police, patch, made):
        assert patch(made["id"], {"hair": "red", "by": PAT}, who=police).status_code == 403
        seen = {"place": "bridge", "seen_at": ago(1), "sure": "no", "told_by": "a driver", "by": PAT}
        told = police.post(ONE.format(made["id"]) + "sightings/", seen).json()
        assert (told["place"], told["by"]["name"]) == ("bridge", PAT["name"])

    def test_a_decline_cites_a_decision(self, police, made):
        address = f"/referrals/{made['referral']}/moves/"
        decline = {"action": "decline", "reason_code": "not_our_criteria", "reason": "health fetches him",
                   "belongs_to": "trust", "by": PAT}  # fmt: skip
        answer = police.post(address, decline)
        assert (answer.status_code, set(answer.json()["errors"])) == (422, {"/threshold_decision"})
        answers = {"crime": "no", "risk_to_life": "no", "serious_harm": "no", "warrant_or_entry": "no"}
        decided = police.post(
            "/threshold-decisions/",
            {"category": "awol_detained", "answers": answers, "rationale": "known to be at home",
             "caller_told": "health fetches him", "decided_by": PAT, "case": made["case"]["reference"]},
        ).json()  # fmt: skip
        told = police.post(address, {**decline, "threshold_decision": decided["id"]}).json()
        assert (told["state"], told["threshold_decision"]) == ("declined", decided["id"])


class TestEpisodes:
    """Earlier episodes are linked, never merged, and a link can be taken back."""

    def test_the_earlier_one_is_linked_and_unlinked(self, trust, police, tell, made):
        again = trust.post(BASE, tell()).json()
        [before] = again["previous_episodes"]
        assert (before["basis"], before["reference"]) == ("nhs_number", made["reference"])
        assert police.get(ONE.format(again["id"])).json()["previous_episodes"] == [before]
        address = ONE.format(again["id"]) + f"episodes/{before['id']}/unlink/"
        assert police.post(address, {"by": PAT}).status_code == 403
        told = trust.post(address, {"by": AMY}).json()
        assert told["previous_episodes"] == []
        assert trust.post(address, {"by": AMY}).status_code == 404
        link = {"earlier": made["id"], "by": AMY}
        told = trust.post(ONE.format(again["id"]) + "episodes/", link).json()
        assert told["previous_episodes"][0]["basis"] == "said"
        assert trust.post(ONE.format(again["id"]) + "episodes/", link).status_code == 409


def test_a_walk_out_from_an_emergency_department(world, caller, police, tell):
    """The journey over the API: reported by the department, and flagged at once."""
    unit = TeamFactory(kind=TeamKind.EMERGENCY_DEPARTMENT, code="st-example-ed")
    department = caller(client_actor(ApiClientFactory(team=unit), NURSE))
    body = tell(unit=None, legal_status="informal", immediate_risk="no", to_team="police-desk")
    told = department.post(BASE, body).json()
    assert (told["category"], told["unit"]["code"], told["proposed_grade"]) == (
        "walkout_healthcare", "st-example-ed", "low",
    )  # fmt: skip
    assert "missing_walkout" in {each["kind"] for each in told["clocks"]}
    assert told["legal_advice"][0]["code"] == "informal"


@pytest.mark.parametrize("ends", [(), ("return",)], ids=["located", "returned"])
def test_a_patient_is_not_last_seen_after_they_were_found(trust, police, patch, made, ends):
    """PATCH refuses it by its field, as a move before then is refused."""
    moves = ONE.format(made["id"]) + "moves/"
    assert patch(made["id"], {"last_seen": {"at": ago(60)}, "by": AMY}).status_code == 200
    found = {"action": "locate", "place": "Example Park", "occurred_at": ago(30), "by": PAT}
    assert police.post(moves, found).status_code == 200
    for action in ends:
        assert trust.post(moves, {"action": action, "by": AMY}).status_code == 200
    wrong = patch(made["id"], {"last_seen": {"at": ago(10)}, "by": AMY})
    assert wrong.status_code == 400
    assert set(wrong.json()["errors"]) == {"/last_seen/at"}
    assert "before the patient was located" in wrong.json()["errors"]["/last_seen/at"]
    right = patch(made["id"], {"last_seen": {"at": ago(40)}, "by": AMY})
    assert right.status_code == 200, right.content
