"""Reading: every state in R4's words, what each reader may see, and the same in both formats."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.acting import acting_for
from agencies.roles import AgencyKind
from referrals.domain.case import Category, Flag, Priority, SceneSafety
from referrals.domain.referral import State
from referrals.fhir import asking, markup, names
from referrals.fhir.message import read as read_message
from referrals.models import Referral
from tests.factories.agencies import AgencyFactory, ApiClientFactory, TeamFactory, client_actor
from tests.factories.world import SUPERVISOR, act, move, referral_at, referrals
from tests.referrals.fhir.conftest import ASK, JSON, XML, body, found, message, whole
from tests.referrals.fhir.standard import codes, problems

STANDS = {
    # ours                    ServiceRequest      Task
    State.DRAFT:            ("draft",            "draft"),
    State.DISCARDED:        ("revoked",          "cancelled"),
    State.SENT:             ("active",           "requested"),
    State.ACKNOWLEDGED:     ("active",           "received"),
    State.INFO_REQUESTED:   ("active",           "on-hold"),
    State.ACCEPTED:         ("active",           "accepted"),
    State.IN_PROGRESS:      ("active",           "in-progress"),
    State.COMPLETED:        ("completed",        "completed"),
    State.CLOSED:           ("completed",        "completed"),
    State.DECLINED:         ("revoked",          "rejected"),
    State.FAILED:           ("revoked",          "failed"),
    State.REDIRECTED:       ("revoked",          "cancelled"),
    State.CANCELLED:        ("revoked",          "cancelled"),
    State.ENTERED_IN_ERROR: ("entered-in-error", "entered-in-error"),
}  # fmt: skip


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_word_and_both_resources_are_well_made(state, sender, world):
    referral = referral_at(state, world)
    answers = [sender.get(f"{kind}/{referral.pk}") for kind in ("ServiceRequest", "Task")]
    assert tuple(body(each)["status"] for each in answers) == STANDS[state]
    for answer in answers:
        told = body(answer)
        assert problems(told) == []
        assert answer["ETag"] == f'W/"{told["meta"]["versionId"]}"'
    assert body(answers[1])["businessStatus"]["coding"] == [{"system": names.STATE, "code": state}]


def test_every_state_is_mapped_to_a_code_of_the_standard():
    assert set(names.TASKS) == set(names.REQUESTS) == set(State)
    assert set(names.TASKS.values()) <= codes("http://hl7.org/fhir/ValueSet/task-status")
    assert set(names.REQUESTS.values()) <= codes("http://hl7.org/fhir/ValueSet/request-status")
    assert set(names.PRIORITIES) == set(Priority)
    assert set(names.PRIORITIES.values()) == codes("http://hl7.org/fhir/ValueSet/request-priority")
    assert set(names.SCENES) == set(SceneSafety)
    assert set(names.GENDERS) == codes("http://hl7.org/fhir/ValueSet/administrative-gender")


def test_a_declined_one_says_why_and_still_does_once_it_is_closed(sender, world):
    referral = referral_at(State.DECLINED, world)
    why = {
        "coding": [{"system": names.REASONS, "code": "not_our_area"}],
        "text": "north of the river",
    }
    assert body(sender.get(f"Task/{referral.pk}"))["statusReason"] == why
    move(world.police, referral, "resend", to_team=world.teams["other_trust"])
    after = body(sender.get(f"Task/{referral.pk}"))
    assert (after["status"], after["statusReason"]) == ("rejected", why)
    assert after["businessStatus"]["coding"][0]["code"] == "closed"
    assert body(sender.get(f"ServiceRequest/{referral.pk}"))["status"] == "revoked"
    again = Referral.objects.filter(parent_id=referral.pk)
    with acting_for(world.police.agency_id):
        key = again.get().pk
    assert body(sender.get(f"ServiceRequest/{key}"))["replaces"] == [
        {"reference": f"ServiceRequest/{referral.pk}"}
    ]


def test_one_that_was_reopened_gives_no_reason_why_it_ended(sender, world):
    referral = referral_at(State.COMPLETED, world)
    move(world.police, referral, "reopen")
    told = body(sender.get(f"Task/{referral.pk}"))
    assert told["status"] == "in-progress"
    assert "statusReason" not in told


def test_the_time_by_when_somebody_must_act_is_carried(sender, world):
    referral = referral_at(State.SENT, world)
    plain = sender.plain(f"/referrals/{referral.pk}/")
    assert body(sender.get(f"ServiceRequest/{referral.pk}"))["occurrencePeriod"] == {
        "start": plain["sent_at"], "end": plain["breach_at"],
    }  # fmt: skip
    assert body(sender.get(f"Task/{referral.pk}"))["restriction"]["period"]["end"] == plain["breach_at"]


@pytest.mark.parametrize("safety", SceneSafety)
@pytest.mark.parametrize("flags", [(), tuple(Flag)])
def test_scene_safety_and_flags_are_carried_to_the_receiver(receiver, world, safety, flags):
    asked = world.asked(scene_safety=safety, flags=flags)
    referral = act(world.police, referrals.create, asked=asked)
    told = body(receiver.get(f"ServiceRequest/{referral.pk}"))
    assert problems(told) == []
    inside = [each for each in told["contained"] if each["resourceType"] == "Flag"]
    assert inside[0]["code"]["coding"][0] == {"system": names.SCENE_SAFETY, "code": names.SCENES[safety]}
    assert [each["code"]["coding"][0]["code"] for each in inside[1:]] == list(flags)
    referred = {each["reference"] for each in told["supportingInfo"]}
    assert referred == {f"#{each['id']}" for each in inside}, "R4 wants what is contained to be referred to"


def test_what_was_asked_of_the_plain_api_is_told_by_fhir(sender, receiver, world):
    asked = {
        "person": {
            "family_name": "EXAMPLE", "given_name": "Robin Lee", "date_of_birth": "1992-02-29", "age": 34,
            "sex": "non-binary", "nhs_number": "9990000018", "description": "Red coat",
            "phone": "07700 900123", "language": "Welsh",
        },
        "category": "conveyance", "priority": "P3", "from_team": "police-desk", "to_team": "trust-desk",
        "lead": True, "asking": "0190f7a0-0000-7000-8000-000000000001", "summary": "At the station.",
        "location": {"text": "12 Example Street", "uprn": "8755622", "what3words": "noted.bunch.ballots",
                     "latitude": 51.5246, "longitude": -0.0405},
        "scene_safety": "safe", "flags": ["domestic_abuse", "repeat_caller", "under_18"],
        "source_incident_number": "PD/2026/0417", "occurred_at": "2026-11-21T23:30:00+00:00",
        "phone_confirmation": {"by": "Pat", "to": "Amy", "at": "2026-11-21T23:38:00+00:00"},
    }  # fmt: skip
    made = sender.http.post("/api/v1/referrals/", asked, content_type="application/json").json()
    for reader in (sender, receiver):
        told = body(reader.get(f"ServiceRequest/{made['id']}"))
        assert problems(told) == []
        said = asking.body(read_message(message({ASK: told})))
        assert said.pop("case") == made["case"]["reference"]
        assert said == asked


@pytest.mark.parametrize("category", Category)
def test_every_category_is_carried(sender, world, category):
    referral = act(world.police, referrals.create, asked=world.asked(category=category))
    told = body(sender.get(f"ServiceRequest/{referral.pk}"))
    assert told["category"][1]["coding"] == [{"system": names.CATEGORY, "code": category}]


@pytest.mark.parametrize("path", ["ServiceRequest", "Task"])
@pytest.mark.parametrize("state", [State.SENT, State.DECLINED, State.CLOSED])
def test_both_formats_say_the_same(sender, world, path, state):
    referral = referral_at(state, world, flags=tuple(Flag), scene_safety="unsafe")
    both = [sender.get(f"{path}/{referral.pk}", accept=media) for media in (JSON, XML)]
    assert [each["Content-Type"].partition(";")[0] for each in both] == [JSON, XML]
    assert body(both[0]) == body(both[1])


def test_what_we_tell_can_be_sent_back_and_makes_the_same_ask(sender, world):
    """What the server alone says is left out: its reference, its deadline and its case."""
    told = found(sender.send(message(whole())), "ServiceRequest")
    ours = ("id", "meta", "occurrencePeriod", "encounter", "identifier")
    request = {name: value for name, value in told.items() if name not in ours}
    request["identifier"] = [each for each in told["identifier"] if each["system"] != names.REFERRAL]
    answer = sender.send(message({ASK: request}))
    assert answer.status_code == 200, answer.content
    again = found(answer, "ServiceRequest")
    assert {n: v for n, v in again.items() if n not in ours} == {
        n: v for n, v in told.items() if n not in ours
    }


def test_texts_that_neither_format_can_hold_are_marked(sender, world):
    referral = act(world.police, referrals.create, asked=world.asked(summary='a\x01b <&> "c"\r\nd\te\ufffff'))
    both = [body(sender.get(f"ServiceRequest/{referral.pk}", accept=media)) for media in (JSON, XML)]
    assert both[0]["note"] == both[1]["note"] == [{"text": 'a\ufffdb <&> "c"\r\nd\te\ufffdf'}]


def test_a_charity_is_not_told_the_nhs_number(fhir, world):
    desk = TeamFactory(agency=AgencyFactory(code="charity", kind=AgencyKind.VOLUNTARY), code="charity-desk")
    charity = client_actor(ApiClientFactory(team=desk), SUPERVISOR)
    referral = act(world.police, referrals.create, asked=world.asked(to_team=desk))
    told = fhir(charity).get(f"ServiceRequest/{referral.pk}")
    assert b"9990000018" not in told.content
    assert body(told)["contained"][0]["name"] == [{"family": "EXAMPLE", "given": ["Robin"]}]
    assert b"9990000018" in fhir(world.police).get(f"ServiceRequest/{referral.pk}").content


def test_whoever_has_left_the_case_is_told_no_more_than_the_plain_api_tells(receiver, world):
    referral = referral_at(State.CANCELLED, world)
    told = body(receiver.get(f"ServiceRequest/{referral.pk}"))
    assert receiver.plain(f"/referrals/{referral.pk}/")["person"] is None
    assert "EXAMPLE" not in str(told)
    assert told["subject"] == {"display": "Somebody who is not shown to your agency"}
    task = body(receiver.get(f"Task/{referral.pk}"))
    assert (task["status"], "extension" in task) == ("cancelled", False)
    assert problems(told) == problems(task) == []


@pytest.mark.parametrize("kind", ["ServiceRequest", "Task"])
def test_somebody_elses_is_not_there_and_neither_is_nothing(fhir, world, kind):
    referral = referral_at(State.SENT, world)
    stranger = fhir(world.stranger)
    answers = [
        stranger.get(f"{kind}/{key}")
        for key in (referral.pk, "0190f7a0-0000-7000-8000-00000000ffff", "not-one")
    ]
    assert [each.status_code for each in answers] == [404] * 3
    assert body(answers[0]) == body(answers[1])
    assert body(stranger.get(f"{kind}?identifier={referral.reference}"))["total"] == 0


@pytest.mark.parametrize("kind", ["ServiceRequest", "Task"])
def test_a_search_finds_by_our_reference_and_by_the_senders_number(sender, world, kind):
    referral = referral_at(State.SENT, world, source_incident_number="PD/2026/0417")
    referral_at(State.SENT, world)
    for said in (
        referral.reference,
        f"{names.REFERRAL}|{referral.reference}",
        "PD/2026/0417",
        f"{names.INCIDENT}|PD/2026/0417",
    ):
        told = body(sender.get(f"{kind}?identifier={said}"))
        assert problems(told) == []
        assert [each["resource"]["id"] for each in told["entry"]] == [str(referral.pk)]
    assert body(sender.get(f"{kind}?identifier={names.INCIDENT}|{referral.reference}"))["total"] == 0


@pytest.mark.parametrize(
    "said", ["", "identifier=", "identifier=https://a.example|7", "identifier=a%00b", "patient=7"]
)
def test_a_search_for_nothing_in_particular_is_refused(sender, said):
    answer = sender.get(f"ServiceRequest?{said}")
    assert answer.status_code == 400
    assert problems(body(answer)) == []


def test_a_search_costs_the_same_however_much_it_finds(sender, world):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert sender.get("Task?identifier=PD/7").status_code == 200
        return len(asked)

    for state in (State.SENT, State.DECLINED):
        referral_at(state, world, source_incident_number="PD/7")
    few = cost()
    for state in (State.SENT, State.DECLINED, State.COMPLETED, State.CANCELLED):
        referral_at(state, world, source_incident_number="PD/7")
    assert cost() == few


def test_a_search_that_finds_too_many_says_so(sender, world, monkeypatch):
    monkeypatch.setattr("referrals.fhir.looking.MOST", 1)
    for _ in range(2):
        referral_at(State.SENT, world, source_incident_number="PD/7")
    answer = sender.get("ServiceRequest?identifier=PD/7")
    assert answer.status_code == 400
    assert "more than 1" in body(answer)["issue"][0]["diagnostics"]


def test_anybody_may_read_what_there_is(client, db):
    answers = [client.get("/fhir/metadata", headers={"accept": media}) for media in (JSON, XML)]
    told = body(answers[0])
    assert told == markup.read(answers[1].content)
    assert problems(told) == []
    assert told["implementation"]["url"] == "http://testserver/fhir"
    kinds = {each["type"] for each in told["rest"][0]["resource"]}
    assert kinds == {"ServiceRequest", "Task"}
