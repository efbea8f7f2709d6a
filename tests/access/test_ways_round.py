"""What an address does not say: searches, cursors, versions, keys and names in what is sent.

Each is tried with something of another agency's, and once with something made up: no answer may tell
one from the other, whichever wall stands alone.
"""

import json
import re
from itertools import product
from urllib.parse import quote_plus
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from agencies.models import Team
from referrals.domain import reference
from tests.access.judging import leaks
from tests.access.parts import PART
from tests.access.walls import WALLS, guarded, without_row_security, without_the_filter

MADE_UP = {
    "reference": reference.make("R", 7_000_001),
    "case": reference.make("C", 7_000_001),
    "id": "0199a000-0000-7000-8000-000000000000",
    "nhs_number": "9990000018",
}
# What both walls let through, each lets through: so each is tried alone.
ASIDE = [("other_trust", "rows alone"), ("stranger", "filter alone")]
if PART:
    ASIDE = list(product(("other_trust", "stranger"), WALLS))
BY = {"name": "Pat Example", "role": "duty supervisor", "contact": "020 7946 0101"}
ASK = {"category": "concern_for_welfare", "priority": "P2", "person": {"description": "a man in red"}}
DECISION = {"category": "concern_for_welfare", "answers": {"crime": "no"}, "rationale": "none",
            "caller_told": "no", "decided_by": BY}  # fmt: skip

outside = pytest.mark.parametrize(("agency", "wall"), ASIDE, indirect=["wall"])


@pytest.fixture
def program(story):
    """A program of an agency, and a person of it at the pages."""

    def begin(agency):
        token = story.tokens[f"{agency} program"]
        return Client(raise_request_exception=False, headers={"authorization": f"Bearer {token}"})

    return begin


@pytest.fixture
def person(story, django_user_model):
    def begin(agency, role="supervisor"):
        browser = Client(raise_request_exception=False)
        user = django_user_model.objects.get(username=f"at-{agency}-{role}")
        browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return browser

    return begin


def secrets_of_others(story, agency):
    """What another agency's cases hold, by what kind of thing it is."""
    kept = [text for text in story.kept_from(agency)]
    kinds = {"reference": r"R-\w{4}-\w{4}", "case": r"C-\w{4}-\w{4}", "nhs_number": r"999\d{7}"}
    found = [(kind, text) for kind, form in kinds.items() for text in kept if re.fullmatch(form, text)]
    return [*found, *(("words", text) for text in kept if text.startswith(("QUILL", "INC-", "summary")))]


def made_up(kind, text):
    """Something of the same kind that nobody's case holds."""
    return re.sub("[A-Za-z]", "z", text) if kind == "words" else MADE_UP[kind]


def plain(answer, *sent):
    """The answer without what was sent, and without what is new each time."""
    body = answer.content.decode()
    for text in sent:
        body = body.replace(text, "[sent]").replace(quote_plus(text), "[sent]")
    return answer.status_code, re.sub(r'"[^"<>]{20,}"|[a-z-]*token[^>]*|\d\d:\d\d(:\d\d)?', "", body)


@outside
@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/referrals/?q={}",
        "/api/v1/referrals/?source_incident_number={}",
        "/tracker/referrals/?q={}",
        "/admin/referrals/referral/?q={}",
        "/admin/referrals/case/?q={}",
    ],
)
def test_a_search_finds_nothing_of_others(address, agency, wall, story, program, person):
    asker = program(agency) if address.startswith("/api") else person(agency)
    for kind, text in secrets_of_others(story, agency):
        found, none = asker.get(address.format(text)), asker.get(address.format(made_up(kind, text)))
        assert found.status_code < 400, found.content
        assert not leaks(story.kept_from(agency), found, text)
        assert plain(found, text) == plain(none, made_up(kind, text)), (
            f"{kind} {text} is told from a made-up one"
        )


def test_two_pages_that_tell_something_else_are_not_the_same():
    """What stands between the marks of a page is compared, and not taken for one of its long values."""
    said = '<p class="hint">{}</p><p class="hint">Search again</p>'
    told = [plain(HttpResponse(said.format(words))) for words in ("It is another agency's", "There is none")]
    assert told[0] != told[1]


def test_without_either_wall_a_search_would_find_them(story, program, as_superuser, monkeypatch):
    without_the_filter(monkeypatch, guarded(as_superuser))
    with without_row_security(as_superuser):
        for target in story.targets.values():
            found = program("stranger").get(f"/api/v1/referrals/?q={target.reference}")
            assert leaks(story.kept_from("stranger"), found, target.reference)


@outside
def test_a_number_of_the_health_service_finds_nothing_of_others(agency, wall, story, program):
    for kind, text in secrets_of_others(story, agency):
        if kind == "nhs_number":
            answer = program(agency).get(f"/api/v1/referrals/?person_nhs_number={text}")
            assert answer.json()["results"] == []


@outside
def test_a_cursor_that_another_was_given_shows_nothing_more(agency, wall, story, program):
    for address in ("/api/v1/referrals/", "/api/v1/cases/"):
        following = program("police").get(f"{address}?limit=1").json()["next"]
        assert following, "there is more than a page of the police's"
        answer = program(agency).get(following)
        assert answer.status_code == 200
        assert not leaks(story.kept_from(agency), answer, following)


@outside
def test_the_feed_of_another_is_not_entered_by_its_number(agency, wall, story, program):
    last = program("police").get("/api/v1/events/?limit=200").json()["next_after"]
    for after in range(0, last, max(1, last // 20)):
        answer = program(agency).get(f"/api/v1/events/?after={after}&limit=200")
        assert answer.status_code == 200
        assert not leaks(story.kept_from(agency), answer, "")


@outside
@pytest.mark.parametrize("header", ["If-None-Match", "If-Match"])
def test_a_version_tells_nothing_of_a_row_that_is_not_there(header, agency, wall, story, program):
    for target in story.targets.values():
        if agency in target.seen_by:
            continue
        tag = f'"{target.version}"'
        read = program(agency).get(f"/api/v1/referrals/{target.referral}/", headers={header: tag})
        moved = program(agency).post(
            f"/api/v1/referrals/{target.referral}/moves/", {"action": "acknowledge", "by": BY},
            "application/json", headers={header: tag},
        )  # fmt: skip
        assert (read.status_code, moved.status_code) == (404, 404)


@outside
def test_anothers_idempotency_key_gives_nothing_of_its_answer(agency, wall, story, program):
    body, key = {**ASK, "to_team": "ambulance-desk", "summary": f"asked {uuid4()}"}, str(uuid4())
    headers = {"Idempotency-Key": key}
    first = program("police").post("/api/v1/referrals/", body, "application/json", headers=headers)
    again = program("police").post("/api/v1/referrals/", body, "application/json", headers=headers)
    assert (first.status_code, again.headers.get("Idempotent-Replayed")) == (201, "true"), first.content
    other = program(agency).post("/api/v1/referrals/", body, "application/json", headers=headers)
    assert other.status_code == 201
    assert "Idempotent-Replayed" not in other.headers
    assert other.json()["reference"] != first.json()["reference"]
    assert other.json()["from_agency"]["code"] == story.world.teams[agency].agency.code


def posts(agency):
    """What is sent that can name something of another agency's: the address, the body, what it names."""
    own = {**ASK, "to_team": "ambulance-desk"}
    return [
        ("case", "/api/v1/referrals/", lambda key: {**own, "lead": False, "case": key}),
        ("id", "/api/v1/referrals/", lambda key: {**own, "threshold_decision": key}),
        ("case", "/api/v1/threshold-decisions/", lambda key: {**DECISION, "case": key}),
    ]


def named_by_others(story, agency, kind):
    """Keys of this kind that are not there for the agency."""
    aside = [each for each in story.targets.values() if agency not in each.known_to]
    if kind == "case":
        return [target.case for target in aside]
    decisions = [key for target in aside for key in target.rows["ThresholdDecision"]]
    return [*decisions, story.own["police"]["ThresholdDecision"]]


@outside
def test_what_is_sent_cannot_name_what_is_anothers(agency, wall, story, program):
    for kind, address, body in posts(agency):
        asker, tried = program(agency), named_by_others(story, agency, kind)
        assert tried, f"nothing of others of the kind {kind}"
        for key in tried:
            found = asker.post(address, json.dumps(body(key)), "application/json")
            none = asker.post(address, json.dumps(body(MADE_UP[kind])), "application/json")
            assert found.status_code in (400, 403, 404, 422), f"{address} {key}: {found.content}"
            assert plain(found, key) == plain(none, MADE_UP[kind])


@outside
def test_nobody_sends_from_a_team_of_another_agency(agency, wall, story, program):
    team = Team.objects.get(pk=story.world.teams["police"].pk)
    for name in (team.code, team.pk):
        body = {**ASK, "to_team": "ambulance-desk", "from_team": name}
        answer = program(agency).post("/api/v1/referrals/", json.dumps(body), "application/json")
        assert answer.status_code in (400, 403)
        assert "/from_team" in answer.content.decode()
