"""The demonstration fills every screen, breaks no rule, and can be made again without harm."""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError
from django.db.models import Count, F
from nhs_number import is_valid

from agencies import duty
from agencies.acting import member
from agencies.instants import LONDON
from agencies.models import Agency, ApiClient, Membership, Team, User
from agencies.roles import TIERS, Role
from notifications.models import Message
from referrals.domain import detention as detentions
from referrals.domain.case import CaseState, Category, Priority
from referrals.domain.missing import FLAGS
from referrals.domain.missing import State as Stands
from referrals.domain.referral import OPEN, State
from referrals.domain.support import Ends
from referrals.domain.threshold import Stand
from referrals.management.demo.words import OFFICE, OUT_OF_HOURS
from referrals.management.scale.checks import broken
from referrals.models import (
    Accountability,
    AgreementVersion,
    CallBack,
    Case,
    ClaimedAcceptance,
    Clock,
    Content,
    Detention,
    DetentionMilestone,
    Dispute,
    Escalation,
    Event,
    MissingReport,
    OfficerWait,
    Person,
    Referral,
    SupportEntry,
    ThresholdDecision,
    ThresholdGoLive,
)
from referrals.reporting.decisions import read
from referrals.services import engine
from tests.factories.agencies import AgencyFactory
from tests.referrals.management.conftest import ADDRESS, run

# One process makes the demonstration, once.
pytestmark = pytest.mark.xdist_group("systems")

DRAMA = re.compile(r"020 7946 0\d{3}|07700 900\d{3}")


def test_there_are_about_a_hundred_cases(demo):
    assert 90 <= Case.objects.count() <= 180
    assert "demo cases" in demo.said


@pytest.mark.parametrize(
    ("field", "kinds"),
    [("state", State), ("category", Category), ("priority", Priority), ("lead", [True, False])],
)
def test_there_is_a_referral_of_every_kind(demo, field, kinds):
    assert set(Referral.objects.values_list(field, flat=True)) == {*kinds}


def test_social_care_is_there_at_every_hour_of_the_week():
    monday = datetime(2026, 11, 30, tzinfo=LONDON)
    spans = [(day, each.opens, each.closes) for each in (*OFFICE, *OUT_OF_HOURS) for day in each.weekdays]
    opening = duty.Opening(spans=tuple(spans))
    closed = [hour for hour in range(7 * 24) if not opening.covers(monday + timedelta(hours=hour))]
    assert closed == []


def test_there_is_a_case_of_every_kind(demo):
    assert set(Case.objects.values_list("state", flat=True)) == {*CaseState}
    assert set(ClaimedAcceptance.objects.values_list("state", flat=True)) == {*ClaimedAcceptance.State.values}
    asked = Referral.objects.values_list("asking", flat=True)
    assert len(asked) > len(set(asked)), "several asked at once"
    assert Referral.objects.filter(redirect_pending=True).exists()
    assert Referral.objects.filter(cancel_requested_at__isnull=False, state__in=OPEN).exists()


def test_patients_are_missing_in_every_state_and_with_every_flag(demo):
    assert set(MissingReport.objects.values_list("state", flat=True)) == {*Stands}
    assert {"high", "medium", "low"} <= set(MissingReport.objects.values_list("grade", flat=True))
    raised = Event.objects.filter(type="missing.flagged").values_list("data__flag", flat=True)
    assert set(raised) == set(FLAGS.values())
    assert Referral.objects.filter(case__missing_report__isnull=False, state="declined").exists()
    assert MissingReport.objects.filter(under_18=True).exists()


def test_decisions_stand_everywhere_that_they_can(demo):
    stands = set()
    for force in ("greater-thames-police", "british-transport-police"):
        reader = Membership.objects.select_related("user", "agency", "team").filter(agency__code=force)[0]
        decided = ThresholdDecision.objects.filter(agency__code=force).values_list("pk", flat=True)
        stands |= {each.stand for each in read([*decided], member(reader))}
    assert stands == {*Stand}


def test_somebody_is_with_some_nobody_with_others_and_callers_are_rung_back(demo):
    entries = SupportEntry.objects.order_by("case", "-recorded_at", "-id").distinct("case")
    assert {each.ends for each in entries} >= {"", Ends.ARRIVED}
    assert "nobody" in {each.who for each in entries}
    assert {each.done_at is None for each in CallBack.objects.all()} == {True, False}


def test_people_are_detained_in_every_state(demo):
    held = Detention.objects.all()
    assert {each.state for each in held} == {*detentions.State}
    assert {each.power for each in held} == {*detentions.Power}
    assert {each.under_18 for each in held} == {True, False}
    assert {each.outcome for each in held} > {"", "s2"}
    assert held.filter(extension_minutes__gt=0).exists()
    assert DetentionMilestone.objects.filter(disputed_at__isnull=False).exists()
    assert held.filter(expires_at__lt=demo.at, assessed_at=None, ended_at=None).exists(), "one has lapsed"
    assert OfficerWait.objects.exclude(relieves="").exists()
    assert DetentionMilestone.objects.exclude(authorised_by=None).exists(), "a place refused"


def test_one_force_stands_outside_and_another_moved_its_next_phase(demo):
    outside = ThresholdGoLive.objects.filter(version__policy__agency__code="british-transport-police")
    assert {each.version.policy.category for each in outside} == {*Category}
    assert not any(each.version.adopted for each in outside)
    assert all(each.live_from < demo.at + timedelta(minutes=1) for each in outside)
    moved = ThresholdGoLive.objects.filter(version__policy__agency__code="greater-thames-police")
    planned, later = (each.live_from for each in moved.order_by("id"))
    assert demo.at < planned < later


def test_two_agencies_dispute_and_two_have_settled(demo):
    assert {each.settled_at is None for each in Dispute.objects.all()} == {True, False}


def test_agreements_stand_everywhere_that_they_can(demo):
    own = AgreementVersion.objects.exclude(agreement__from_agency=None)
    moved = own.filter(go_lives__isnull=False).annotate(dates=Count("go_lives")).filter(dates=2)
    assert moved.get().live_from > demo.at + timedelta(days=60)
    assert own.filter(live_from__lt=demo.at + timedelta(minutes=2)).count() == 1
    assert own.filter(live_from=None).count() == 2


def test_some_are_late_some_are_about_to_be_and_some_have_time(demo):
    waiting = Referral.objects.filter(state__in=OPEN)
    assert waiting.filter(breach_at__lt=demo.at).count() >= 10
    assert waiting.filter(breach_at__range=(demo.at, demo.at + timedelta(minutes=15))).count() >= 5
    assert waiting.filter(breach_at__gt=demo.at + timedelta(hours=1)).count() >= 5


def test_ladders_were_climbed_to_every_rung_in_time(demo):
    told = Escalation.objects.filter(superseded=False)
    assert set(told.values_list("step", flat=True)) >= {0, 1, 2, 3}
    assert not told.filter(fired_at__gt=F("due_at") + timedelta(minutes=1)).exists()
    assert not told.filter(fired_at__gt=demo.at).exists()
    assert not Clock.objects.running().filter(next_look_at__lt=demo.at - timedelta(minutes=1)).exists()
    inbox = Message.objects.filter(channel=Message.Channel.INBOX)
    assert inbox.exists()
    assert not inbox.filter(sent_at=None).exists()  # an e-mail may wait for the next of its minute


def test_the_cases_are_days_old_and_not_of_this_minute(demo):
    long_ago = demo.at - timedelta(days=4)
    assert Case.objects.filter(opened_at__lt=long_ago).exists()
    assert Accountability.objects.filter(cause="accepted", during__startswith__lt=long_ago).exists()
    assert not Event.objects.filter(occurred_at__gt=F("recorded_at")).exists()


def test_no_rule_is_broken(demo, as_owner):
    assert list(broken(as_owner)) == []


def test_the_engine_goes_on_from_there(demo):
    later = demo.at + timedelta(minutes=30)
    before = Escalation.objects.count()
    assert engine.tick(now=later).fired
    assert Escalation.objects.count() > before


def test_nobody_in_it_is_real(demo):
    people = Person.objects.all()
    numbers = [person.nhs_number for person in people if person.nhs_number]
    assert all(number.startswith("999") and is_valid(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    phones = [*people.exclude(phone="").values_list("phone", flat=True)]
    for model in (Agency, Team, Membership):
        phones += model.objects.values_list("phone", flat=True)
    assert all(DRAMA.fullmatch(phone) for phone in phones)
    assert not User.objects.exclude(email__endswith=".example").exists()


def test_texts_do_not_name_the_person(demo):
    for person in Person.objects.exclude(family_name=""):
        said = (
            Content.objects.filter(case=person.case_id).exclude(kind="person").values_list("body", flat=True)
        )
        assert not [text for text in said if person.family_name in str(text)]


def test_every_agency_has_somebody_at_every_tier(demo):
    for agency in Agency.objects.all():
        held = set(Membership.objects.filter(agency=agency).values_list("role", flat=True))
        assert held >= {*TIERS, Role.LIAISON}, agency


def test_every_team_answers_now_and_the_rota_is_on_call(demo):
    answers = duty.answering({(team.pk, tier) for team in Team.objects.all() for tier in TIERS}, demo.at)
    assert all(answer.recipients for answer in answers.values())
    room = Team.objects.get(code="gtc-control-room")
    on_duty = answers[room.pk, Role.SUPERVISOR].recipients
    assert len(on_duty) == 1, "of two supervisors the one whose watch it is"


def test_the_file_says_how_to_get_in(demo):
    assert demo.mode == 0o600
    assert set(demo.words) == {"base_url", "users", "api_clients"}
    assert demo.words["base_url"] == ADDRESS
    for told in demo.words["users"]:
        assert set(told) == {"username", "password", "agency", "agency_kind", "role", "team"}
        held = Membership.objects.get(
            user__username=told["username"],
            agency__code=told["agency"],
            team__code=told["team"],
            role=told["role"],
        )
        assert held.agency.kind == told["agency_kind"]
        assert held.user.check_password(told["password"])


def test_the_clients_in_the_file_are_known(demo):
    told = demo.words["api_clients"]
    kinds = {each["agency_kind"] for each in told}
    assert kinds >= {"police", "mental_health_trust", "ambulance_trust", "social_care", "voluntary"}
    assert [each["agency_kind"] for each in told if not each["sandbox"]].count("mental_health_trust") == 2
    for each in told:
        assert set(each) == {"client_id", "client_secret", "agency", "agency_kind", "sandbox", "scopes"}
        client = ApiClient.objects.get(client_id=each["client_id"], revoked_at=None)
        assert client.client_secret != each["client_secret"], "stored as a hash"
        assert (client.agency.code, client.scopes) == (each["agency"], each["scopes"])


def test_two_agencies_are_sandboxes_and_come_last_in_the_file(demo):
    """The papers' first steps take the first of a kind: those whom something happens to."""
    marked = {each.code for each in Agency.objects.filter(sandbox=True)}
    told = [each["agency"] for each in demo.words["api_clients"]]
    assert set(told[-2:]) == marked == {"sandbox-police", "sandbox-trust"}


def test_only_the_police_decide_thresholds(demo):
    may = {each["agency_kind"] for each in demo.words["api_clients"] if "thresholds:write" in each["scopes"]}
    assert may == {"police"}


def test_a_second_run_says_so_and_changes_nothing(demo):
    before = (Event.objects.count(), User.objects.count(), demo.path.read_text())
    assert "there already" in run(demo.path)
    assert (Event.objects.count(), User.objects.count(), demo.path.read_text()) == before


def test_a_lost_file_is_written_anew_with_other_passwords(demo):
    demo.path.unlink()
    assert "new sign-ins" in run(demo.path)
    old, new = demo.words, json.loads(demo.path.read_text())
    assert [each["username"] for each in new["users"]] == [each["username"] for each in old["users"]]
    user = User.objects.get(username=new["users"][0]["username"])
    assert user.check_password(new["users"][0]["password"])
    assert not user.check_password(old["users"][0]["password"])
    gone = ApiClient.objects.filter(client_id__in=[each["client_id"] for each in old["api_clients"]])
    assert not gone.filter(revoked_at=None).exists()


def test_production_refuses_it_by_name(db, monkeypatch, tmp_path):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.production")
    with pytest.raises(CommandError, match="config.settings.production"):
        run(tmp_path / "demo.json")


def test_it_keeps_out_of_a_database_in_real_use(db, tmp_path):
    AgencyFactory(code="real-trust", demo=False)
    with pytest.raises(CommandError, match="real-trust"):
        run(tmp_path / "demo.json")
    assert "in real use" in run(tmp_path / "demo.json", first_start=True)
    assert not (tmp_path / "demo.json").exists()
