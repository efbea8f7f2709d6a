"""Referrals in bulk, for measuring: as true as what the services make."""

import hashlib
import io
import json
import re
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from nhs_number import is_valid

from agencies.acting import acting_for, member
from agencies.models import Agency, Membership
from notifications.models import Message
from referrals.domain import reference
from referrals.domain.case import CaseState, Category, Priority
from referrals.domain.referral import OPEN, State
from referrals.management.scale import deck, load, numbers
from referrals.management.scale.checks import broken
from referrals.management.scale.directory import sizes
from referrals.management.scale.owner import NotTheOwnerError, as_owner
from referrals.management.scale.patterns import select
from referrals.models import Case, Clock, Content, Escalation, Person, Referral
from referrals.reporting.proving import prove
from referrals.reporting.sweep import WHOLE
from referrals.services import engine
from referrals.services.referral import move

# One process loads them, once.
pytestmark = pytest.mark.xdist_group("systems")

N, DUE = 800, 40
GUARDS = """
select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as guard from pg_constraint
union all select indexdef from pg_indexes where schemaname = 'public'
union all select concat_ws(' ', tgrelid::regclass, tgname, tgenabled) from pg_trigger where not tgisinternal
"""


def guards() -> set[str]:
    """Every constraint, index and trigger; less the casts, which a definition made anew writes elsewhere."""
    return {re.sub(r"::[a-z ]+(\[\])?|[()]", "", row["guard"]) for row in select(GUARDS)}


def run(**options) -> str:
    said = io.StringIO()
    call_command("demo_data", stdout=said, stderr=io.StringIO(), **options)
    return said.getvalue()


@pytest.fixture
def loaded(db, in_role):
    """Eight hundred referrals, forty of them due; what stood guard over the tables before."""

    def make() -> set[str]:
        before = guards()
        run(scale=N, due=DUE)
        return before

    with in_role("owner"):
        yield db.scene("in bulk", make)


def test_there_are_exactly_as_many_as_were_asked_for(loaded):
    assert Referral.objects.count() == N
    assert Case.objects.count() > N * 0.9


def test_no_rule_is_broken(loaded, as_owner):
    assert list(broken(as_owner)) == []


def test_the_standing_proof_finds_its_rungs_and_messages_in_order(loaded, in_role, settings, tmp_path):
    settings.ANCHOR_DIR = str(tmp_path)
    with in_role("worker"):
        wrong = {each.name: each.trouble or each.rows[0].what for each in prove(WHOLE) if not each.well}
    assert set(wrong) <= {"looks_in_time"}, wrong  # forty are due


def test_every_guard_is_back(loaded):
    assert guards() == loaded


def test_one_in_ten_is_open_and_every_state_is_there(loaded):
    states = Counter(Referral.objects.values_list("state", flat=True))
    assert {*states} >= {*State} - {State.REDIRECTED}
    assert 0.08 * N < sum(states[state] for state in OPEN) < 0.15 * N
    assert {*Case.objects.values_list("state", flat=True)} == {*CaseState}


@pytest.mark.parametrize(
    ("field", "kinds"), [("category", Category), ("priority", Priority), ("lead", [True, False])]
)
def test_there_is_a_referral_of_every_kind(loaded, field, kinds):
    assert set(Referral.objects.values_list(field, flat=True)) == {*kinds}


def test_one_agency_is_huge_and_some_are_small(loaded):
    slots = [size.slots for size in sizes()]
    assert (len(slots), sum(slots)) == (200, 10_000)
    ends = Counter(Referral.objects.values_list("from_agency__code", flat=True))
    assert ends.most_common(1)[0][0] == "scale-huge"
    assert 0.1 * N < ends["scale-huge"] < 0.2 * N


def test_no_referral_stays_within_one_agency(loaded):
    assert not [r for r in Referral.objects.all() if r.from_agency_id == r.to_agency_id]


def test_exactly_the_clocks_asked_for_are_due_and_the_engine_tells_of_them(loaded, db, as_owner):
    db.cleaner.execute("analyze")  # what was put back has no statistics, and would be planned without
    due = Clock.objects.due(timezone.now())
    assert due.count() == DUE
    assert Clock.objects.due(timezone.now() + timedelta(hours=1)).count() == DUE
    before = Message.objects.count()
    did = engine.tick()
    assert (did.looked, did.fired) == (DUE, DUE)
    told = Escalation.objects.filter(fired_at__gt=timezone.now() - timedelta(hours=1))
    assert {(rung.percent, rung.superseded) for rung in told} == {(100, False)}
    assert Message.objects.count() == before + 2 * DUE, "both sides' supervisors"
    assert not Clock.objects.due(timezone.now()).exists()
    while select("select number_events(1000) as n")[0]["n"]:
        pass
    assert list(broken(as_owner)) == []


def test_some_are_late_and_their_ladders_were_climbed(loaded):
    late = Referral.objects.filter(state__in=OPEN, breach_at__lt=timezone.now() - timedelta(hours=1))
    assert late.exists()
    assert not late.exclude(escalation_level=2).exists()


def test_a_copy_lives_on_by_the_services(loaded):
    waiting = Referral.objects.filter(state="sent", breach_at__gt=timezone.now()).first()
    nurse = Membership.objects.select_related("agency", "user").get(team=waiting.to_team_id, role="worker")
    by = member(nurse)
    with acting_for(by.agency_id):
        moved = move(referral_id=waiting.pk, action="accept", by=by)
    assert moved.state == "accepted"
    assert Case.objects.get(pk=moved.case_id).accountable_agency_id == by.agency_id


def test_digests_are_of_what_the_contents_say(loaded):
    for content in Content.objects.order_by("id")[:300]:
        said = json.dumps(content.body, sort_keys=True).encode()
        assert hashlib.sha256(bytes(content.salt) + said).hexdigest() == content.digest


def test_nobody_in_it_is_real(loaded):
    people = list(Person.objects.values_list("nhs_number", "family_name"))
    assert all(number.startswith("999") and is_valid(number) for number, _ in people)
    assert len({name for _, name in people}) > 400
    assert not Agency.objects.filter(demo=False).exists()


def test_references_and_incidents_are_not_used_twice(loaded):
    for model in (Case, Referral):
        assert all(
            reference.clean(code) == code for code in model.objects.values_list("reference", flat=True)
        )
    incidents = [
        n for n in Referral.objects.filter(lead=True).values_list("source_incident_number", flat=True) if n
    ]
    assert len(set(incidents)) > 0.5 * N


def test_keys_are_made_in_the_order_of_time(loaded):
    keys = list(Case.objects.order_by("opened_at").values_list("id", "opened_at"))
    assert all(UUID(str(key)).version == 7 for key, _ in keys)
    assert all(abs((key.int >> 80) - at.timestamp() * 1000) < 1000 for key, at in keys)


def test_it_is_added_to_what_is_there(loaded, as_owner):
    run(scale=200, seed=2)
    assert Referral.objects.count() == N + 200
    assert list(broken(as_owner)) == []


def test_a_load_that_breaks_a_rule_leaves_nothing(db, in_role, monkeypatch):
    monkeypatch.setattr(load, "broken", lambda *args, **options: ["nobody is accountable"])
    with in_role("owner"):
        before = guards()
        with pytest.raises(CommandError, match="nobody is accountable"):
            run(scale=100)
        assert not Case.objects.exists()
        assert guards() == before


def test_the_worker_becomes_the_owner_for_a_load_and_itself_again(db, in_role):
    with in_role("worker"):
        with as_owner():
            assert select("select current_user as me")[0]["me"] == "rcrp_owner"
        assert select("select current_user as me")[0]["me"] == "rcrp_worker"


def test_without_a_way_in_as_the_owner_it_says_what_to_set(db, in_role, monkeypatch):
    monkeypatch.delenv("MIGRATE_DATABASE_URL")
    with in_role("worker"), pytest.raises(NotTheOwnerError, match="MIGRATE_DATABASE_URL"), as_owner():
        pass


@pytest.mark.parametrize("number", [1, 7, 12345, 3_404_825_446, 9_876_543])
@pytest.mark.parametrize("kind", ["C", "R"])
def test_the_database_makes_the_same_references(db, kind, number):
    with connection.cursor() as cursor:
        cursor.execute(f"select {numbers.reference(kind, 'n')} from (select {number}::bigint as n) x")
        assert cursor.fetchone()[0] == reference.make(kind, number)


def test_every_nhs_number_that_the_database_makes_is_valid(db):
    with connection.cursor() as cursor:
        cursor.execute(f"select {numbers.nhs_number('n')} from generate_series(0, 999999, 997) n")
        found = [number for (number,) in cursor]
    assert len(set(found)) > 0.9 * len(found)
    assert all(number.startswith("999") and is_valid(number) for number in found)


def test_a_seed_deals_the_same_cards_again():
    told = [type("Pattern", (), {"number": n, "kind": kind}) for n, kind in enumerate(deck.KINDS)]
    dealt = [[card.number for card in deck._dealt(told, deck.OPEN, seed)] for seed in (1, 1, 2)]
    assert dealt[0] == dealt[1] != dealt[2]
