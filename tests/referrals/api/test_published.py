"""The document around its operations: its headings, the token, what webhooks are sent, examples."""

import base64
import json
import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from agencies import services
from agencies.acting import acting_for
from agencies.roles import SCOPES, TeamKind
from referrals.api.examples import kept
from referrals.api.titles import TITLES
from referrals.domain import detention, missing, referral
from referrals.domain.referral import State
from referrals.models import Feed
from referrals.models.keys import instant
from referrals.reporting.event import documents
from tests.factories.agencies import TeamFactory
from tests.factories.world import referral_at
from tests.referrals.api.conftest import BASE
from tests.referrals.api.test_schema import closed

SHAPES = "#/components/schemas/"
DESKS = {
    "nb-crisis-hub": ("trust", TeamKind.CRISIS_HUB, ["Islington"]),
    "nb-rowan-ward": ("trust", TeamKind.WARD, []),
    "nb-place-of-safety": ("trust", TeamKind.PLACE_OF_SAFETY, []),
    "gtc-control-room": ("police", TeamKind.CONTROL_ROOM, []),
}
"""Desks of the demonstration, which the examples name, as this world has them."""


def operations(document):
    """Every operation by its id, those of webhooks too."""
    every = [*document["paths"].items(), *document["webhooks"].items()]
    return {each["operationId"]: (method, path, each) for path, of in every for method, each in of.items()}


def faults(document, schema, value):
    """What of a value is not as the document says; a field that it does not name is a fault."""
    whole = {**schema, "components": closed(document)}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_every_operation_stands_under_a_heading_that_says_in_a_sentence_what_is_there(document):
    headings = {each["name"]: each["description"] for each in document["tags"]}
    used = {tag for _, _, operation in operations(document).values() for tag in operation["tags"]}
    assert used == set(headings)
    assert all(re.fullmatch(r"[A-Z][^.]*\.", said) for said in headings.values())
    assert list(headings)[:4] == ["token", "agencies", "teams", "referrals"]


def test_every_operation_is_called_by_what_it_does(document):
    ours = {name: each for name, (_, path, each) in operations(document).items() if path.startswith(BASE)}
    assert set(ours) == set(TITLES)
    assert {name: each["summary"] for name, each in ours.items()} == TITLES
    assert max(map(len, TITLES.values())) < 60


def shown(document):
    """Every example that is in the document: where it stands, its schema, and what it shows."""
    for name, (_, _, operation) in operations(document).items():
        about = {"sent": operation.get("requestBody", {}), **operation["responses"]}
        for where, part in about.items():
            for media in part.get("content", {}).values():
                for key, each in media.get("examples", {}).items():
                    yield f"{name} {where} {key}", media["schema"], each["value"]


def test_every_example_is_in_the_document_and_as_its_schema_says(document):
    found = {where: faults(document, schema, value) for where, schema, value in shown(document)}
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    written = [value for parts in kept().values() for named in parts.values() for value in named.values()]
    told = [value for _, _, value in shown(document)]
    assert sorted(map(json.dumps, told)) == sorted(map(json.dumps, written))
    assert len(found) > 40


def test_an_example_that_says_something_else_is_noticed(document):
    schema = {"$ref": f"{SHAPES}MoveRequest"}
    assert faults(document, schema, {"action": "accept"}) == []
    assert faults(document, schema, {"action": "except"}) != []
    assert faults(document, schema, {"action": "accept", "colour": "red"}) != []


def test_examples_name_nobody_who_lives():
    said = json.dumps(kept())
    numbers = re.findall(r"\b\d{3} ?\d{3} ?\d{4}\b", said)
    assert numbers
    assert {each.replace(" ", "")[:3] for each in numbers} == {"999"}
    families = re.findall(r'"family_name": "(\w+)"', said)
    assert set(families) == {"EXAMPLE"}
    phones = set(re.findall(r"\b0\d{3,4} [\d ]+", said))
    assert all(each.startswith(("020 7946 0", "07700 900")) for each in phones), phones


@pytest.fixture
def desks(world):
    """The desks that the examples name."""
    for code, (name, kind, areas) in DESKS.items():
        TeamFactory(agency=world.teams[name].agency, code=code, kind=kind, areas=areas, always_open=True)
    agency = world.teams["other_trust"].agency
    type(agency).objects.filter(pk=agency.pk).update(code="southbank-trust")


WHEN = datetime(2026, 11, 21, 23, 41, tzinfo=UTC)
MOMENT = re.compile(r'"(\d{4}-\d\d-\d\dT[\d:]+Z)"')


def sent(operation):
    """What the examples send, as if the evening that they tell of were this one."""
    since = instant() - WHEN
    said = json.dumps(kept()[operation]["sent"])
    return json.loads(MOMENT.sub(lambda at: f'"{(datetime.fromisoformat(at[1]) + since).isoformat()}"', said))


def test_what_the_examples_ask_is_made(desks, police, trust):
    for asked in sent("referrals_create").values():
        assert police.post("/referrals/", asked).status_code == 201, asked
    for asked in sent("threshold_decisions_create").values():
        assert police.post("/threshold-decisions/", asked).status_code == 201, asked
    for asked in sent("detentions_create").values():
        assert police.post("/detentions/", asked).status_code == 201, asked
    for asked in sent("missing_reports_create").values():
        assert trust.post("/missing-reports/", asked).status_code == 201, asked
    for asked in sent("webhooks_create").values():
        assert police.post("/webhooks/", asked).status_code == 201, asked


def test_a_referral_goes_the_way_of_the_examples(desks, police, trust):
    asked = sent("referrals_create")["a concern for welfare"]
    moves = sent("referrals_moves_create")
    one = f"/referrals/{police.post('/referrals/', asked).json()['id']}/"
    claim = sent("referrals_claimed_acceptance_create")["accepted on the telephone"]
    assert police.post(f"{one}claimed-acceptance/", claim).status_code == 201
    for action in ("acknowledge", "accept", "start", "complete"):
        answer = trust.post(f"{one}moves/", moves[action])
        assert answer.status_code == 200, answer.content
    for part, by in {"contacts": trust, "risk": police, "information": police, "support": police}.items():
        for said in sent(f"referrals_{part}_create").values():
            assert by.post(f"{one}{part}/", said).status_code < 300, said
    case = police.get(one).json()["case"]["reference"]
    answer = police.post(f"{one}moves/", moves["close"])
    assert answer.status_code == 200, answer.content
    closing = sent("cases_moves_create")["closed"]
    answer = trust.post(f"/cases/{case}/moves/", closing)
    assert answer.status_code == 200, answer.content


def test_a_referral_is_declined_as_in_the_example(desks, police, trust):
    made = police.post("/referrals/", sent("referrals_create")["a concern for welfare"]).json()
    answer = trust.post(f"/referrals/{made['id']}/moves/", sent("referrals_moves_create")["decline"])
    assert (answer.status_code, answer.json()["state"]) == (200, "declined")


def test_a_missing_patient_is_found_in_the_way_of_the_examples(desks, police, trust):
    made = trust.post("/missing-reports/", sent("missing_reports_create")["a first report"]).json()
    one = f"{BASE}/missing-reports/{made['id']}/"
    (more,) = sent("missing_reports_partial_update").values()
    assert trust.http.patch(one, more, content_type="application/json").status_code == 200
    (seen,) = sent("missing_reports_sightings_create").values()
    assert police.http.post(f"{one}sightings/", seen, content_type="application/json").status_code == 201
    moves = sent("missing_reports_moves_create")
    for by, name in ((police, "graded"), (police, "found"), (trust, "back on the ward")):
        answer = by.http.post(f"{one}moves/", moves[name], content_type="application/json")
        assert answer.status_code == 200, answer.content


def test_a_detention_goes_the_way_of_the_examples(desks, police, trust):
    made = police.post("/detentions/", sent("detentions_create")["under section 136"]).json()
    one = f"/detentions/{made['id']}/"
    (waits,) = sent("detentions_officers_create").values()
    handover = {"category": "s136_handover", "priority": "P2", "to_team": "nb-place-of-safety"}
    asked = police.post("/referrals/", {**handover, "case": made["case"]})
    assert asked.status_code == 201, asked.content
    for said in sent("detentions_milestones_create").values():
        by = trust if said["kind"] == "health_accepted" else police
        answer = by.post(f"{one}milestones/", said)
        assert answer.status_code == 201, answer.content
    assert police.post(f"{one}officers/", waits).status_code == 201


def test_every_code_that_is_taken_is_told_from_the_table_that_rules_it(document):
    schemas = document["components"]["schemas"]
    told = schemas["MoveRequest"]["properties"]["reason_code"]["description"]
    assert all(f"`{code}`" in told for table in referral.REASONS.values() for code in table)
    told = schemas["MilestoneRequest"]["properties"]["reason_code"]["description"]
    assert all(f"`{code}`" in told for code in {**detention.NO_AMBULANCE, **detention.EXTENSION_REASONS})
    for name, table in {
        "referrals_moves_create": referral.TRANSITIONS,
        "missing_reports_moves_create": missing.MOVES,
        "detentions_milestones_create": detention.RULES,
    }.items():
        rows = re.findall(r"^\| (\w+) \|", operations(document)[name][2]["description"], re.MULTILINE)
        assert rows[1:] == list(table)


def test_what_a_webhook_is_sent_is_as_the_document_says(document, world, police):
    referral_at(State.DECLINED, world)
    police.get("/events/")  # numbers what has happened
    agency = world.teams["police"].agency
    with acting_for(agency.pk):
        wanted = dict(Feed.objects.filter(agency=agency).values_list("position", "event_id"))
        told = documents(agency, wanted)
    assert len(told) > 3
    for each in told.values():
        assert faults(document, {"$ref": f"{SHAPES}WebhookEvent"}, json.loads(json.dumps(each))) == []


# How to get a token.
ADDRESS = "/oauth/token/"


def token(**form):
    headers = {"authorization": form.pop("basic")} if "basic" in form else {}
    return Client().post(ADDRESS, form, headers=headers)


def basic(made, secret=None):
    words = f"{made.client.client_id}:{secret or made.secret}"
    return "Basic " + base64.b64encode(words.encode()).decode()


def test_every_answer_of_the_tokens_address_is_as_the_document_says(document, world, in_role):
    desk = world.teams["police"]
    with in_role("worker"):
        made = services.create_client(
            name="system", agency_id=desk.agency_id, team_id=desk.pk, scopes=["referrals:read"], by=None
        )
    grant = {"grant_type": "client_credentials"}
    body = {"client_id": made.client.client_id, "client_secret": made.secret}
    answers = [
        (200, token(**grant, basic=basic(made))),
        (200, token(**grant, **body, scope="referrals:read")),
        (401, token(**grant, basic=basic(made, "wrong"))),
        (401, token(**grant, **{**body, "client_secret": "wrong"})),
        (401, token(**grant)),
        (400, token(**grant, **body, scope="webhooks:manage")),
        (400, token(**body, grant_type="password")),
        (400, token(**body)),
    ]
    said = document["paths"][ADDRESS]["post"]["responses"]
    for status, answer in answers:
        assert answer.status_code == status, answer.content
        (media,) = said[str(status)]["content"].values()
        assert faults(document, media["schema"], answer.json()) == []
        if "error" in answer.json():
            told = document["components"]["schemas"]["TokenProblem"]["properties"]["error"]["description"]
            assert f"`{answer.json()['error']}`" in told
    offered = document["components"]["schemas"]["TokenRequest"]["properties"]["scope"]["description"]
    assert all(f"`{scope}`" in offered for scope in SCOPES)


def test_the_document_is_itself_a_schema_that_can_be_checked(document):
    for schema in document["components"]["schemas"].values():
        validator_for(schema, Draft202012Validator).check_schema(schema)
