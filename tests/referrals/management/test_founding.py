"""An empty system becomes one that takes referrals by commands alone: agencies, teams, people, programs."""

import io

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from agencies.models import Agency, AuditEvent, Team
from agencies.roles import Role
from tests.factories.agencies import AgencyFactory, MembershipFactory, TeamFactory

CONTACT = ["--duty-contact-name", "On-call manager", "--duty-contact-email", "duty@vega.example"]
TRUST = ["--name", "Vega Trust", "--kind", "mental_health_trust", *CONTACT]
HUB = ["--name", "Vega crisis hub", "--kind", "crisis_hub", "--phone", "020 7946 0911"]


def run(*words: str) -> str:
    said = io.StringIO()
    call_command(*words, stdout=said, stderr=said)
    return said.getvalue()


def boss_of(agency: Agency) -> str:
    return MembershipFactory(team=TeamFactory(agency=agency), role=Role.MANAGER).user.username


def test_from_nothing_to_a_referral_that_is_sent(db):
    force = ["--name", "Altair Police", "--kind", "police", *CONTACT]
    assert "Next: manage.py join" in run("add_agency", "altair-police", *force)
    run("add_agency", "vega-trust", *TRUST, "--official", "ods:RX9:2020-04-01", "--official", "ods:RX8")
    person = ["--first-name", "Vic", "--last-name", "Example", "--email", "vic@vega.example"]
    run("join", "vic", "manager", "--agency", "vega-trust", *person)
    room = ["--name", "Control room", "--kind", "control_room", "--phone", "101"]
    run("add_team", "altair-room", "--agency", "altair-police", *room)
    run("add_team", "vega-night", "--agency", "vega-trust", *HUB, "--by", "vic")
    covers = ["--area", "zz9", "--category", "concern_for_welfare", "--fallback", "vega-night"]
    run("add_team", "vega-hub", "--agency", "vega-trust", *HUB, *covers, "--by", "vic")
    scopes = ["--scope", "referrals:read", "--scope", "referrals:write"]
    said = run("add_client", "Altair control", "--agency", "altair-police", "--team", "altair-room", *scopes)
    words = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)

    api = APIClient()
    asked = {"grant_type": "client_credentials", "scope": "referrals:write", **words}
    token = api.post("/oauth/token/", asked, format="multipart").json()["access_token"]
    sent = api.post(
        "/api/v1/referrals/",
        {
            "category": "concern_for_welfare",
            "priority": "P3",
            "area": "ZZ9",
            "summary": "Asked to look in.",
            "person": {"description": "somebody at the bus stop"},
            "by": {"name": "PC Example", "role": "Constable", "contact": "101"},
        },
        format="json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert sent.status_code == 201, sent.content
    assert sent.json()["to_team"]["code"] == "vega-hub"


def test_the_log_has_who_opened_it(db, in_role):
    agency = AgencyFactory(code="vega-trust")
    by = boss_of(agency)
    run("add_team", "vega-hub", "--agency", "vega-trust", *HUB, "--area", "zz9", "--area", "ZZ9", "--by", by)
    run("add_agency", "vega-trial", *TRUST, "--sandbox")
    with in_role("worker"):
        team = AuditEvent.objects.get(action="team.opened")
        trial = AuditEvent.objects.get(action="agency.founded")
    assert (team.agency_id, team.actor["role"], team.data["areas"]) == (agency.pk, Role.MANAGER, ["ZZ9"])
    assert (trial.actor, trial.data["sandbox"]) == (None, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9lives", *TRUST], "code"),
        (["vega-trust", *TRUST], "code: Agency with this Code already exists"),
        (["new-trust", *TRUST[:4], *CONTACT[:2], "--duty-contact-email", "nowhere"], "duty_contact_email"),
        (["new-trust", *TRUST, "--official", "ods:RX9", "--official", "ods:RX9"], "code_means_one_agency"),
    ],
)
def test_what_makes_no_agency_enters_nothing(db, words, said):
    AgencyFactory(code="vega-trust")
    with pytest.raises(CommandError, match=said):
        run("add_agency", *words)
    assert Agency.objects.count() == 1


@pytest.mark.parametrize("said", ["RX9", "nhs:RX9", "ods:", "ods:RX9:yesterday"])
def test_an_official_code_is_written_with_its_scheme(db, said):
    with pytest.raises(CommandError, match="write"):
        run("add_agency", "new-trust", *TRUST, "--official", said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--area", "SE1 7EH"], "whole postcode"),
        (["--fallback", "elsewhere"], "team of your own agency"),
        (["--serves", "trial"], "not both real"),
        (["--youngest", "18", "--oldest", "12"], "team_sees_an_age"),
        (["--rooms", "-1"], "rooms"),
        (["--by", "nobody"], "no manager or director"),
    ],
)
def test_what_makes_no_team_opens_nothing(db, words, said):
    agency = AgencyFactory(code="vega-trust")
    by = [] if "--by" in words else ["--by", boss_of(agency)]
    TeamFactory(code="elsewhere")
    AgencyFactory(code="trial", sandbox=True)
    with pytest.raises(CommandError, match=said):
        run("add_team", "vega-hub", "--agency", "vega-trust", *HUB, *words, *by)
    assert not Team.objects.filter(code="vega-hub").exists()


def test_an_agency_that_has_a_manager_is_changed_in_their_name_alone(db):
    agency = AgencyFactory(code="vega-trust")
    boss_of(agency)
    for words in (["add_team", "vega-hub", *HUB], ["add_client", "Records", "--scope", "cases:read"]):
        with pytest.raises(CommandError, match="name one with --by"):
            run(*words, "--agency", "vega-trust")
