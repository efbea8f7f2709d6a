"""POST /referrals/: asking for help."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from agencies.roles import SCOPES
from referrals.domain.referral import State
from tests.factories.agencies import (
    AgencyFactory,
    ApiClientFactory,
    MembershipFactory,
    ServiceHoursFactory,
    TeamFactory,
    client_actor,
)
from tests.factories.world import NURSE, decide_anew, referral_at
from tests.referrals.api.conftest import AMY, PAT


def errors(answer, status=400):
    assert answer.status_code == status, answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    return answer.json()["errors"]


def test_a_referral_is_sent_at_once_and_says_whose_it_is_and_by_when(police, world, ask):
    answer = police.post("/referrals/", ask())
    told = answer.json()
    assert answer.status_code == 201
    assert answer["ETag"] == f'"{told["version"]}"'
    assert answer["Location"].endswith(f"/api/v1/referrals/{told['id']}/")
    assert told["state"] == "sent"
    assert told["case"]["accountable_agency"]["code"] == "police"
    assert told["accountable_agency"] == told["case"]["accountable_agency"]
    assert told["from_team"]["code"] == "police-desk"
    assert told["to_team"]["id"] == world.teams["trust"].pk
    assert told["held_by"] is None
    assert {clock["kind"] for clock in told["clocks"]} == {
        "acknowledge", "decide", "first_contact", "face_to_face",
    }  # fmt: skip
    assert told["breach_at"] == min(clock["target_at"] for clock in told["clocks"])
    assert told["allowed_actions"] == ["cancel", "enter_in_error"]
    assert told["person"]["nhs_number"] == "9990000018"
    assert told.pop("possible_duplicates") == []
    assert police.get(f"/referrals/{told['id']}/").json() == told


def test_everything_that_the_contract_names_is_kept(police, world, ask):
    asking = str(uuid4())
    long_before = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    sent = ask(
        by=PAT,
        from_team=world.teams["police"].pk,
        to_team=world.teams["trust"].pk,
        priority="P1",
        lead=True,
        asking=asking,
        location={"text": "12 Example Street", "uprn": "100023336956", "latitude": 51.5, "longitude": -0.1},
        scene_safety="unsafe",
        flags=["repeat_caller", "under_18"],
        source_incident_number="CAD 4711",
        phone_confirmation={"by": "Pat", "to": "Amy", "at": long_before},
        occurred_at=long_before,
        person={
            "family_name": "O'EXAMPLE",
            "given_name": "Zoë",
            "date_of_birth": "1985-04-12",
            "age": 41,
            "sex": "female",
            "nhs_number": "999-000-0018",
            "description": "red coat",
            "phone": "07700 900001",
            "language": "Welsh",
        },
    )
    told = police.post("/referrals/", sent).json()
    assert told["asking"] == asking
    assert told["location"] == sent["location"]
    assert told["scene_safety"] == "unsafe"
    assert told["flags"] == ["repeat_caller", "under_18"]
    assert told["source_incident_number"] == "CAD 4711"
    assert told["phone_confirmation"]["by"] == "Pat"
    assert datetime.fromisoformat(told["occurred_at"]) == datetime.fromisoformat(long_before)
    assert told["person"] == {**sent["person"], "nhs_number": "9990000018", "also": []}
    assert "phone_confirmation" not in {clock["kind"] for clock in told["clocks"]}
    timeline = police.get(f"/referrals/{told['id']}/timeline/").json()["results"]
    assert timeline[0]["actor"]["name"] == PAT["name"]


def test_an_emergency_that_was_not_told_by_phone_has_a_clock_for_it(police, ask):
    told = police.post("/referrals/", ask(priority="P1")).json()
    assert "phone_confirmation" in {clock["kind"] for clock in told["clocks"]}


def test_null_says_the_same_as_leaving_out(police, ask):
    sent = ask(source_incident_number="", location={"text": None}, case=None)
    sent |= {"by": None, "case": None, "asking": None, "flags": None, "lead": None, "from_team": None}
    told = police.post("/referrals/", sent).json()
    assert told["lead"] is True
    assert told["flags"] == []


def test_a_draft_is_kept_and_seen_by_nobody_else(police, trust, ask):
    told = police.post("/referrals/", ask(draft=True)).json()
    assert told["state"] == "draft"
    assert told["allowed_actions"] == ["send", "discard", "enter_in_error"]
    assert trust.get(f"/referrals/{told['id']}/").status_code == 404
    sent = police.post(f"/referrals/{told['id']}/moves/", {"action": "send"})
    assert sent.json()["state"] == "sent"
    assert trust.get(f"/referrals/{told['id']}/").status_code == 200


WRONG = {
    "no category": ({"category": None}, "/category"),
    "a category that there is not": ({"category": "tea"}, "/category"),
    "a priority that there is not": ({"priority": "P5"}, "/priority"),
    "a priority of another type": ({"priority": 1}, "/priority"),
    "nobody to help": ({"person": None}, "/person"),
    "a person of whom nothing is said": ({"person": {"age": 40}}, "/person"),
    "a person with a blank name": ({"person": {"family_name": " "}}, "/person"),
    "a person who is no object": ({"person": "Robin"}, "/person"),
    "an NHS number that is mistyped": (
        {"person": {"given_name": "R", "nhs_number": "999 000 0019"}}, "/person/nhs_number",
    ),
    "an NHS number that is too short": (
        {"person": {"given_name": "R", "nhs_number": "99900"}}, "/person/nhs_number",
    ),
    "an NHS number that is a number": (
        {"person": {"given_name": "R", "nhs_number": 9990000018}}, "/person/nhs_number",
    ),
    "a birth tomorrow": (
        {"person": {"given_name": "R", "date_of_birth": "2999-01-01"}}, "/person/date_of_birth",
    ),
    "a day that there is not": (
        {"person": {"given_name": "R", "date_of_birth": "2001-02-29"}}, "/person/date_of_birth",
    ),
    "an age of nobody": ({"person": {"given_name": "R", "age": 131}}, "/person/age"),
    "an age in text": ({"person": {"given_name": "R", "age": "40"}}, "/person/age"),
    "a name with a zero byte": ({"person": {"given_name": "R\0"}}, "/person/given_name"),
    "a field of the person that there is not": (
        {"person": {"given_name": "R", "surname": "E"}}, "/person/surname",
    ),
    "a field that there is not": ({"colour": "red"}, "/colour"),
    "a field with a slash in its name": ({"a/b": 1}, "/a~1b"),
    "no team and no area": ({"to_team": None}, "/to_team"),
    "a team that there is not": ({"to_team": "nowhere"}, "/to_team"),
    "a team by a number that there is not": ({"to_team": 2**70}, "/to_team"),
    "a team that is a list": ({"to_team": ["trust-desk"]}, "/to_team"),
    "a sending team that there is not": ({"from_team": "nowhere"}, "/from_team"),
    "a referral to oneself": ({"to_team": "police-desk"}, "/to_team"),
    "one coordinate": ({"location": {"latitude": 51.5}}, "/location"),
    "a place off the earth": ({"location": {"latitude": 91, "longitude": 0}}, "/location/latitude"),
    "a property number with letters": ({"location": {"uprn": "12a"}}, "/location/uprn"),
    "two words of three": ({"location": {"what3words": "index.home"}}, "/location/what3words"),
    "safety that there is not": ({"scene_safety": "perhaps"}, "/scene_safety"),
    "a flag that there is not": ({"flags": ["vip"]}, "/flags/0"),
    "flags that are no list": ({"flags": "under_18"}, "/flags"),
    "lead that is text": ({"lead": "true"}, "/lead"),
    "an asking that is no UUID": ({"asking": "one"}, "/asking"),
    "a case that is no reference": ({"case": "C-1"}, "/case"),
    "a case with a mistyped reference": ({"case": "C-3333-3334"}, "/case"),
    "a referral's reference for a case": ({"case": "R-WMA9-GVNN"}, "/case"),
    "a decision that there is not": ({"threshold_decision": str(uuid4())}, "/threshold_decision"),
    "a time without an offset": ({"occurred_at": "2026-11-21T21:40:00"}, "/occurred_at"),
    "a time that there is not": ({"occurred_at": "2026-11-31T21:40:00Z"}, "/occurred_at"),
    "a time to come": ({"occurred_at": "2199-01-01T00:00:00Z"}, "/occurred_at"),
    "a time before there were telephones": ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "/occurred_at"),
    "a time that is a number": ({"occurred_at": 1763768400}, "/occurred_at"),
    "somebody without a role": ({"by": {"name": "Amy", "contact": "x"}}, "/by/role"),
    "somebody without a name": ({"by": {**AMY, "name": ""}}, "/by/name"),
    "a summary without an end": ({"summary": "x" * 10_001}, "/summary"),
}  # fmt: skip


def test_what_is_wrong_is_named_and_nothing_is_written(police, ask, as_superuser):
    unnamed = {
        what: (answer.status_code, answer.json())
        for what, (change, where) in WRONG.items()
        if where not in (answer := police.post("/referrals/", ask(**change))).json().get("errors", {})
        or answer.status_code != 400
    }
    assert unnamed == {}
    assert as_superuser.execute("select count(*) from referrals_case").fetchone() == (0,)


def test_every_mistake_is_told_at_once(police):
    found = errors(police.post("/referrals/", {"person": {"age": -1}, "priority": "P9", "x": 1}))
    assert set(found) == {"/x"}
    found = errors(police.post("/referrals/", {"person": {"age": -1}, "priority": "P9"}))
    assert set(found) == {"/person/age", "/priority", "/category"}
    assert found["/priority"] == "one of P1, P2, P3, P4"


def test_a_naive_time_is_refused_with_a_remedy(police, ask):
    found = errors(police.post("/referrals/", ask(occurred_at="2026-11-21T21:40")))
    assert "2026-11-21T23:41:00Z" in found["/occurred_at"]


def test_another_agencys_team_cannot_send(police, ask):
    answer = police.post("/referrals/", ask(from_team="ambulance-desk"))
    assert "/from_team" in errors(answer, 403)


def test_a_client_without_a_team_names_one(caller, world, ask):
    from agencies.models import ApiClient

    ApiClient.objects.filter(pk=world.police.client_id).update(team=None)
    teamless = caller(world.police)
    assert "/from_team" in errors(teamless.post("/referrals/", ask()))
    assert teamless.post("/referrals/", ask(from_team="police-desk")).status_code == 201


class TestRoutingByArea:
    """``area`` instead of ``to_team``."""

    @pytest.fixture
    def hub(self, world):
        return TeamFactory(
            code="se5-hub",
            areas=["SE5", "Southwark"],
            agency=world.teams["trust"].agency,
            phone="020 7946 0999",
        )

    @pytest.mark.parametrize("area", ["SE5", "se5", "SE5 8AZ", "southwark"])
    def test_the_open_team_that_covers_it_is_asked(self, police, ask, hub, area):
        told = police.post("/referrals/", ask(to_team=None, area=area)).json()
        assert told["to_team"]["code"] == "se5-hub"

    def test_it_says_why_that_team(self, police, ask, hub):
        told = police.post("/referrals/", ask(to_team=None, area="SE5")).json()
        assert told["routed"] == f"{hub.name} covers SE5 for concern for welfare"
        line = police.get(f"/referrals/{told['id']}/timeline/").json()["results"][-1]
        assert line["data"]["routed"] == told["routed"]
        assert police.post("/referrals/", ask()).json()["routed"] is None

    def test_a_child_is_sent_to_the_desk_for_children(self, police, ask, hub):
        TeamFactory(code="se5-camhs", areas=["SE5"], oldest=17, phone="020 7946 0997")
        hub.youngest = 18
        hub.save()
        for person, code in (({"age": 12}, "se5-camhs"), ({"date_of_birth": "1980-01-01"}, "se5-hub")):
            said = {"description": "in a red coat", **person}
            told = police.post("/referrals/", ask(to_team=None, area="SE5", person=said)).json()
            assert told["to_team"]["code"] == code

    def test_a_closed_team_that_is_named_hands_new_work_on(self, police, ask, hub):
        closed(hub)
        hub.fallback = TeamFactory(code="night-desk", name="Night desk", agency=hub.agency)
        hub.save()
        told = police.post("/referrals/", ask(to_team="se5-hub")).json()
        assert told["to_team"]["code"] == "night-desk"
        assert "is closed, so that Night desk" in told["routed"]

    def test_where_nobody_covers_it_that_is_said_with_a_number_to_phone(self, police, ask, hub):
        found = errors(police.post("/referrals/", ask(to_team=None, area="NW1")))["/area"]
        assert "phone 020 7946 0001" in found

    def test_where_several_cover_it_they_are_named_with_their_telephones(self, police, ask, hub):
        TeamFactory(code="se5-other", areas=["SE5"], phone="020 7946 0998")
        found = errors(police.post("/referrals/", ask(to_team=None, area="SE5")))["/to_team"]
        assert "se5-hub" in found
        assert "020 7946 0998" in found

    def test_a_team_of_another_category_does_not_count(self, police, ask, hub):
        TeamFactory(code="se5-awol", areas=["SE5"], categories=["awol_detained"])
        told = police.post("/referrals/", ask(to_team=None, area="SE5")).json()
        assert told["to_team"]["code"] == "se5-hub"

    def test_a_closed_teams_fallback_answers_for_it(self, police, ask, hub):
        closed(hub)
        night = TeamFactory(code="night-desk", agency=hub.agency)
        hub.fallback = night
        hub.save()
        told = police.post("/referrals/", ask(to_team=None, area="SE5")).json()
        assert told["to_team"]["code"] == "night-desk"

    def test_where_all_are_closed_they_are_named_with_their_telephones(self, police, ask, hub):
        closed(hub)
        found = errors(police.post("/referrals/", ask(to_team=None, area="SE5")))["/to_team"]
        assert "020 7946 0999" in found

    def test_both_an_area_and_a_team_is_one_too_many(self, police, ask, hub):
        assert "/to_team" in errors(police.post("/referrals/", ask(area="SE5")))


def closed(team):
    """Open for one minute of the week that is not now."""
    team.always_open = False
    team.save()
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).weekday()
    ServiceHoursFactory(team=team, weekday=tomorrow, opens="12:00", closes="12:01")


class TestInAnExistingCase:
    """``case`` instead of a new one."""

    @pytest.fixture
    def accepted(self, world):
        return referral_at(State.ACCEPTED, world)

    def test_a_supporting_referral_moves_no_accountability(self, trust, world, accepted, ask):
        sent = ask(case=accepted.case_reference, lead=False, to_team="ambulance-desk", category="conveyance")
        told = trust.post("/referrals/", {**sent, "person": None}).json()
        assert told["case"]["reference"] == accepted.case_reference
        assert told["lead"] is False
        assert told["accountable_agency"]["code"] == "trust"

    def test_the_reference_may_be_typed_in_any_way(self, trust, accepted, ask):
        typed = accepted.case_reference.lower().replace("-", " ")
        told = trust.post("/referrals/", ask(case=typed, lead=False, to_team="ambulance-desk"))
        assert told.status_code == 201

    def test_what_is_said_of_the_person_again_is_kept_with_who_said_it(self, trust, accepted, ask):
        person = {"given_name": "Robyn", "description": "has a dog"}
        sent = ask(case=accepted.case_reference, lead=False, to_team="ambulance-desk", person=person)
        told = trust.post("/referrals/", sent).json()
        assert told["person"]["given_name"] == "Robin"
        events = trust.get(f"/cases/{accepted.case_reference}/timeline/").json()["results"]
        stated = next(event for event in events if event["type"] == "case.person_stated")
        assert stated["contents"][0]["body"] == person
        assert stated["contents"][0]["provided_by"] == "trust"

    def test_only_who_is_accountable_sends_a_lead(self, police, accepted, ask):
        answer = police.post("/referrals/", ask(case=accepted.case_reference, to_team="other-trust-desk"))
        assert "/lead" in errors(answer, 403)

    def test_a_case_of_others_is_not_there(self, stranger, accepted, ask):
        answer = stranger.post("/referrals/", ask(case=accepted.case_reference, to_team="ambulance-desk"))
        assert answer.status_code == 404

    def test_the_decision_behind_it_is_named(self, police, world, accepted, ask):
        decided = decide_anew(world, accepted)
        sent = ask(
            case=accepted.case_reference,
            lead=False,
            to_team="ambulance-desk",
            threshold_decision=str(decided.pk),
        )
        assert police.post("/referrals/", sent).json()["threshold_decision"] == str(decided.pk)

    def test_another_agencys_decision_is_not_ones_own(self, trust, world, accepted, ask):
        decided = decide_anew(world, accepted)
        sent = ask(
            case=accepted.case_reference,
            lead=False,
            to_team="ambulance-desk",
            threshold_decision=str(decided.pk),
        )
        assert "/threshold_decision" in errors(trust.post("/referrals/", sent))


def test_somebody_signed_in_asks_in_their_own_name(world, ask, signed_in_to_api):
    member = MembershipFactory(team=world.teams["police"])
    browser = signed_in_to_api(member)
    told = browser.post("/referrals/", ask(by=AMY))
    assert told.status_code == 201
    events = browser.get(f"/referrals/{told.json()['id']}/timeline/").json()["results"]
    assert events[0]["actor"]["name"] == member.user.shown_name


def test_asking_needs_the_scope(caller, world, ask):
    reader = caller(world.police, scope=" ".join(set(SCOPES) - {"referrals:write"}))
    answer = reader.post("/referrals/", ask())
    assert answer.status_code == 403
    assert "referrals:write" in answer.json()["detail"]


def test_who_is_asked_later_reads_what_was_said_to_them_and_what_was_said_before(world, police, caller, ask):
    first = police.post("/referrals/", ask(by=PAT)).json()
    body = ask(
        case=first["case"]["reference"], lead=False, to_team="ambulance-desk", by=PAT,
        person={"family_name": "SAMPLE", "nhs_number": "999 000 0026", "age": 41, "phone": "07700 900123"},
    )  # fmt: skip
    made = police.post("/referrals/", body).json()
    ambulance = caller(world.ambulance)
    told = ambulance.get(f"/referrals/{made['id']}/").json()["person"]
    assert (told["family_name"], told["nhs_number"]) == ("EXAMPLE", "9990000018")
    assert (told["age"], told["phone"]) == (41, "07700 900123"), "what was not known is"
    (other,) = told["also"]
    assert other["said"] == {"family_name": "SAMPLE", "nhs_number": "9990000026"}
    assert (other["by"]["name"], other["by"]["agency"]) == (PAT["name"], "police")
    assert other["at"] == made["created_at"]
    case = ambulance.get(f"/cases/{first['case']['reference']}/").json()
    assert case["person"]["also"] == [other]
    for number in ("9990000018", "999 000 0026"):
        rows = ambulance.get("/referrals/", person_nhs_number=number).json()["results"]
        assert {row["id"] for row in rows} == {made["id"], first["id"]}


def test_a_voluntary_organisation_reads_nothing_of_it(world, police, caller, ask):
    charity = AgencyFactory(code="charity", kind="voluntary")
    desk = TeamFactory(agency=charity, code="charity-desk", always_open=True)
    first = police.post("/referrals/", ask(by=PAT)).json()
    body = ask(case=first["case"]["reference"], lead=False, to_team=desk.code, by=PAT,
               person={"family_name": "SAMPLE", "nhs_number": "999 000 0026"})  # fmt: skip
    made = police.post("/referrals/", body).json()
    told = caller(client_actor(ApiClientFactory(team=desk), NURSE)).get(f"/referrals/{made['id']}/").json()
    assert told["person"]["also"] == []
    assert "nhs_number" not in told["person"]
