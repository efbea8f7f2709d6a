"""GET /agencies/ and /teams/: where to turn, for any partner."""

from base64 import b64encode
from datetime import date

import pytest
from django.test import Client

from agencies.roles import AgencyKind, TeamKind
from tests.factories.agencies import (
    AccessTokenFactory,
    AgencyCodeFactory,
    AgencyFactory,
    MembershipFactory,
    ServiceHoursFactory,
    TeamFactory,
)


@pytest.fixture(autouse=True)
def site(settings):
    settings.ROOT_URLCONF = "tests.agencies.site"


@pytest.fixture
def program(bearing):
    AccessTokenFactory(token="live", application__team__code="caller", application__team__agency__code="met")
    return bearing("live")


def codes(answer):
    return [row["code"] for row in answer.json()["results"]]


def test_an_agency_says_what_it_is_and_what_it_is_called_officially(program):
    successor = AgencyFactory(code="new-trust")
    agency = AgencyFactory(
        code="trust",
        name="The Trust",
        kind=AgencyKind.ACUTE_TRUST,
        phone="020 7946 0000",
        succeeded_by=successor,
    )
    AgencyCodeFactory(agency=agency, code="RZ9", valid_from=date(2021, 4, 1), valid_until=date(2026, 4, 1))
    answer = program.get("/api/agencies/trust/")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": agency.pk,
        "code": "trust",
        "name": "The Trust",
        "kind": "acute_trust",
        "phone": "020 7946 0000",
        "codes": [{"scheme": "ods", "code": "RZ9", "valid_from": "2021-04-01", "valid_until": "2026-04-01"}],
        "succeeded_by": "new-trust",
        "sandbox": False,
    }


def test_a_team_says_whether_it_is_open_what_it_covers_and_who_stands_in(program):
    team = TeamFactory(
        code="hub",
        name="The hub",
        kind=TeamKind.CRISIS_HUB,
        agency__code="trust",
        areas=["SE5"],
        categories=["awol_detained"],
        always_open=False,
        closed_on_bank_holidays=True,
        fallback=TeamFactory(code="night-desk"),
    )
    team.serves.add(AgencyFactory(code="council"))
    for weekday in range(7):
        ServiceHoursFactory(team=team, weekday=weekday, opens="08:00", closes="08:00")
    answer = program.get(f"/api/teams/{team.pk}/").json()
    assert answer["agency"] == {
        "id": team.agency_id,
        "code": "trust",
        "name": team.agency.name,
        "kind": "mental_health_trust",
    }
    assert answer["hours"][0] == {"weekday": 0, "opens": "08:00:00", "closes": "08:00:00"}
    wanted = {
        "id": team.pk,
        "code": "hub",
        "name": "The hub",
        "kind": "crisis_hub",
        "phone": team.phone,
        "always_open": False,
        "closed_on_bank_holidays": True,
        "areas": ["SE5"],
        "categories": ["awol_detained"],
        "fallback": "night-desk",
        "serves": ["council"],
    }
    assert {key: answer[key] for key in wanted} == wanted


def test_a_team_is_open_or_closed_now(program):
    TeamFactory(code="always")
    TeamFactory(code="never", always_open=False)
    all_week = TeamFactory(code="all-week", always_open=False)
    for weekday in range(7):
        ServiceHoursFactory(team=all_week, weekday=weekday, opens="00:00", closes="00:00")
    open_now = {row["code"]: row["open_now"] for row in program.get("/api/teams/").json()["results"]}
    assert open_now == {"all-week": True, "always": True, "caller": True, "never": False}


@pytest.mark.parametrize("address", ["agencies", "teams"])
def test_a_row_is_found_by_its_id_and_by_its_code(address, program):
    row = {"agencies": AgencyFactory, "teams": TeamFactory}[address](code="wanted-1")
    by_id, by_code = (program.get(f"/api/{address}/{key}/") for key in (row.pk, "wanted-1"))
    assert by_id.json() == by_code.json()
    assert by_id.json()["id"] == row.pk


@pytest.mark.parametrize("address", ["agencies", "teams"])
@pytest.mark.parametrize(
    "key", ["nowhere", "0", "99999", "9" * 30, "9" * 5000, "-1", "a%00b", "é", "a'b", "a.b"]
)
def test_a_row_that_is_not_there_is_a_404(address, key, program):
    assert program.get(f"/api/{address}/{key}/").status_code == 404


@pytest.mark.parametrize("address", ["agencies", "teams"])
def test_pages_follow_one_another_by_code_and_lose_nothing(address, program):
    make = {"agencies": AgencyFactory, "teams": TeamFactory}[address]
    own = {"agencies": "met", "teams": "caller"}[address]
    for number in range(7):
        fields = {"agency__code": f"of-{number}"} if address == "teams" else {}
        make(code=f"z-{number}", **fields)
    first = program.get(f"/api/{address}/", {"limit": 3})
    assert set(first.json()) == {"next", "previous", "results"}
    assert first.json()["previous"] is None
    assert codes(first) == [own, "z-0", "z-1"]
    make(code="a-new", **({"agency__code": "of-new"} if address == "teams" else {}))  # before the page
    seen, answer = codes(first), first.json()
    while answer["next"]:
        answer = program.get(answer["next"]).json()
        seen += [row["code"] for row in answer["results"]]
    assert seen == [own, *[f"z-{number}" for number in range(7)]]
    back = program.get(answer["previous"]).json()
    assert [row["code"] for row in back["results"]] == ["z-2", "z-3", "z-4"]


@pytest.mark.parametrize(
    "cursor", ["x", "é", "%00", b64encode(b"p=a\0b").decode(), b64encode(b"o=-1").decode(), "=" * 9]
)
def test_a_cursor_that_we_did_not_make_is_never_a_server_error(cursor, program):
    assert program.get("/api/teams/", {"cursor": cursor}).status_code in {200, 400}


@pytest.mark.parametrize("limit", ["0", "-1", "many", "", "201", "999999999999"])
def test_a_limit_that_makes_no_sense_is_named(limit, program):
    answer = program.get("/api/teams/", {"limit": limit})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["/limit"])


@pytest.mark.parametrize("limit", ["many", "", "null", "1e3", "٣", "9" * 5_000, ["1", "2"]])
@pytest.mark.parametrize("address", ["teams", "agencies"])
def test_a_limit_that_is_no_number_is_refused_by_its_name(address, limit, program):
    answer = program.get(f"/api/{address}/", {"limit": limit})
    assert answer.status_code == 400
    assert "limit" in str(answer.json())


def test_teams_are_narrowed_by_what_they_cover(program):
    TeamFactory(code="se5", areas=["SE5", "SE15"], categories=["s136_handover"], agency__code="trust")
    TeamFactory(
        code="n1", areas=["N1", "Kingston upon Thames", "EC1"], kind=TeamKind.WARD, agency__code="other"
    )
    found = {
        query: codes(program.get(f"/api/teams/?{query}"))
        for query in (
            "area=SE5",
            "area=se5 9rs",
            "area=kingston upon  THAMES",
            "area=ec1a 1bb",
            "kind=ward",
            "agency=trust",
            "category=s136_handover",
            "category=awol_detained",
        )
    }
    assert found == {
        "area=SE5": ["se5"],
        "area=se5 9rs": ["se5"],
        "area=kingston upon  THAMES": ["n1"],
        "area=ec1a 1bb": ["n1"],
        "kind=ward": ["n1"],
        "agency=trust": ["se5"],
        "category=s136_handover": ["caller", "n1", "se5"],
        "category=awol_detained": ["caller", "n1"],
    }


def test_agencies_are_narrowed_by_kind(program):
    AgencyFactory(code="force", kind=AgencyKind.POLICE)
    assert codes(program.get("/api/agencies/?kind=police")) == ["force"]


@pytest.mark.parametrize(
    "query",
    [
        "kind=nonsense", "area=%00", "agency=%00", "agency=nobody", "agency=99999", "ordering=name",
        "kind=", "area=", "agency=", "category=",
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_a_400(query, program):
    assert program.get(f"/api/teams/?{query}").status_code == 400


@pytest.mark.parametrize("address", ["agencies/", "teams/", "agencies/met/", "teams/caller/"])
def test_reading_needs_either_scope_for_reading_and_nothing_can_be_written(address, program, bearing):
    for number, scope in enumerate(["cases:read", "referrals:read"]):
        AccessTokenFactory(token=f"t{number}", scope=scope)
        assert bearing(f"t{number}").get(f"/api/{address}").status_code == 200
    AccessTokenFactory(token="t9", scope="events:read cases:write")
    assert bearing("t9").get(f"/api/{address}").status_code == 403
    assert Client().get(f"/api/{address}").status_code == 401
    for method in ("post", "put", "patch", "delete"):
        assert getattr(program, method)(f"/api/{address}").status_code in {403, 405}


def test_a_member_looks_things_up_with_their_session(signed_in):
    membership = MembershipFactory()
    answer = signed_in(membership).get(f"/api/teams/{membership.team.code}/")
    assert answer.json()["id"] == membership.team_id


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("agencies/", 7),
        ("teams/", 8),
        ("teams/?agency=trust", 8),
        ("agencies/met/", 7),
        ("teams/caller/", 8),
    ],
)
@pytest.mark.parametrize("many", [1, 12])
def test_the_number_of_queries_is_the_same_for_any_number_of_rows(
    address, queries, many, program, django_assert_num_queries
):
    TeamFactory(agency__code="trust")
    for _ in range(many):
        team = TeamFactory(fallback=TeamFactory(), always_open=False)
        team.serves.add(AgencyCodeFactory(agency__succeeded_by=team.agency).agency)
        ServiceHoursFactory(team=team)
    # the token, the transaction (three), the rows, and one for each list inside them
    with django_assert_num_queries(queries):
        assert program.get(f"/api/{address}").status_code == 200
