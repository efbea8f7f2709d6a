"""The admin shows records and changes none; each agency sees its own."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from agencies.acting import acting_for
from agencies.models import Membership
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.models import Case, Clock, Content, Event, Referral
from referrals.models.keys import instant
from referrals.services import engine
from tests.factories.missing import report
from tests.factories.world import referral_at

LISTS = [
    "referrals_case",
    "referrals_referral",
    "referrals_event",
    "referrals_content",
    "referrals_clock",
    "referrals_demand",
    "referrals_escalation",
    "referrals_agreement",
    "referrals_thresholddecision",
    "notifications_message",
]


def signed_in(actor) -> Client:
    """A manager of the actor's agency, in the admin."""
    user = Membership.objects.get(agency=actor.agency_id, role=Role.MANAGER).user
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", LISTS)
def test_every_record_has_a_list_and_none_can_be_added(world, name):
    referral_at(State.FAILED, world)
    client = signed_in(world.trust)
    assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403


@pytest.mark.parametrize("model", [Case, Referral, Event, Content, Clock])
def test_a_record_opens_for_a_party_and_for_nobody_else(world, model):
    referral_at(State.IN_PROGRESS, world)
    with acting_for(world.trust.agency_id):
        row = model.objects.visible_to(world.trust).first()
    page = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
    assert signed_in(world.trust).get(page).status_code == 200
    assert signed_in(world.stranger).get(page).status_code == 302  # to the index: "doesn't exist"


def test_nothing_on_a_referrals_page_can_be_saved(world):
    referral = referral_at(State.SENT, world)
    page = reverse("admin:referrals_referral_change", args=[referral.pk])
    assert signed_in(world.trust).post(page, {"state": "accepted"}).status_code == 403
    with acting_for(world.police.agency_id):
        assert Referral.objects.get(pk=referral.pk).state == State.SENT


def test_a_list_costs_the_same_for_one_row_and_for_many(world):
    client = signed_in(world.trust)
    pages = [reverse(f"admin:{name}_changelist") for name in LISTS]
    referral_at(State.ACCEPTED, world)
    for page in pages:  # what each process reads once
        client.get(page)
    few = [_queries(client, page) for page in pages]
    for _ in range(3):
        referral_at(State.ACCEPTED, world)
    assert [_queries(client, page) for page in pages] == few


def _queries(client: Client, page: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    "name", ["referrals_case", "referrals_referral", "referrals_clock", "referrals_event"]
)
def test_a_list_begins_with_the_newest_cases_and_a_search_finds_the_others(world, name, monkeypatch):
    monkeypatch.setattr("referrals.admin.of_cases.NEWEST", 1)
    older, newer = (referral_at(State.SENT, world) for _ in range(2))
    client, page = signed_in(world.trust), reverse(f"admin:{name}_changelist")

    def cases(**asked) -> set:
        rows = client.get(page, asked).context["cl"].result_list
        return {row.pk if name == "referrals_case" else row.case_id for row in rows}

    assert cases() == {newer.case_id}
    assert cases(q=older.reference) == cases(q=older.case_reference) == {older.case_id}
    assert cases(q="R-7777-7777") == set()


@pytest.mark.parametrize(
    ("name", "field", "wanted", "other"),
    [
        ("referrals_event", "type", "referral.accepted", "referral.declined"),
        ("referrals_content", "kind", "summary", "clinical_note"),
    ],
)
def test_events_and_texts_are_filtered_by_the_kinds_that_there_can_be(world, name, field, wanted, other):
    referral_at(State.ACCEPTED, world)
    client, page = signed_in(world.trust), reverse(f"admin:{name}_changelist")

    def kinds(asked) -> set:
        shown = client.get(page, {field: asked})
        assert f"?{field}={other}" in shown.content.decode()
        return {getattr(row, field) for row in shown.context["cl"].result_list}

    assert kinds(wanted) == {wanted}
    assert kinds(other) == kinds("not_there") == set()


def test_a_filter_offers_no_kind_that_the_reader_may_not_read(world):
    referral_at(State.ACCEPTED, world)
    shown = signed_in(world.police).get(reverse("admin:referrals_content_changelist")).content.decode()
    assert "?kind=police_intelligence" in shown
    assert "?kind=clinical_note" not in shown


@pytest.mark.parametrize("name", ["event", "content", "clock", "escalation"])
def test_a_list_names_the_case_by_its_reference_and_writes_times_by_24_hours(world, in_role, name):
    referral = referral_at(State.SENT, world)
    with in_role("worker"):
        engine.tick(instant() + timedelta(hours=1))
    shown = signed_in(world.trust).get(reverse(f"admin:referrals_{name}_changelist")).content.decode()
    table = shown.partition("result_list")[2].partition("</table>")[0]
    assert referral.case_reference in table
    assert str(referral.case_id) not in table
    assert re.search(r"\d{4}, \d\d:\d\d<", table)


def test_no_plural_is_misspelt():
    names = [str(model._meta.verbose_name_plural) for model in admin.site._registry]
    assert [name for name in names if re.search(r"[^aeiou]ys$", name)] == []


@pytest.mark.parametrize("name", ["worklist:records", "admin:referrals_clock_changelist"])
def test_a_silent_engine_is_loud_in_the_records_too(world, name, as_superuser):
    client = signed_in(world.trust)
    assert "Nobody is being chased" in client.get(reverse(name)).content.decode()
    as_superuser.execute(
        "insert into referrals_heartbeat (part, beat_at) values ('tick', clock_timestamp())"
        " on conflict (part) do update set beat_at = excluded.beat_at"
    )
    as_superuser.commit()
    assert "Nobody is being chased" not in client.get(reverse(name)).content.decode()


CODE = re.compile(r">\s*[a-z0-9]+(?:_[a-z0-9]+)+\s*<")


@pytest.mark.parametrize("name", ["referral", "clock", "content", "event", "demand", "missingreport"])
def test_records_say_their_codes_in_words(world, in_role, name):
    """In the list, in the filters beside it, and on a record's own page."""
    referral_at(State.IN_PROGRESS, world)
    report(world)
    with in_role("worker"):
        engine.tick(instant() + timedelta(hours=9))
    client = signed_in(world.trust)
    listed = client.get(reverse(f"admin:referrals_{name}_changelist"))
    row = listed.context["cl"].result_list[0]
    page = client.get(reverse(f"admin:referrals_{name}_change", args=[row.pk]))
    for shown in (listed, page):
        assert shown.status_code == 200
        assert CODE.findall(shown.content.decode()) == []


def test_a_referral_is_called_in_the_records_as_on_the_worklist(world):
    referral_at(State.IN_PROGRESS, world, category="s136_handover")
    shown = signed_in(world.trust).get(reverse("admin:referrals_referral_changelist")).content.decode()
    for said in ("In progress", "Section 136 handover", "P2 very urgent"):
        assert said in shown.partition("result_list")[2].partition("</table>")[0]
    assert "Absent without leave, detained patient" in shown.partition("changelist-filter")[2]
