"""A draft over what really happened: the engine's own plan, before and after; nothing is written."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from agencies import rostering
from agencies.acting import acting_for
from agencies.instants import LONDON
from agencies.models import Agency
from agencies.roles import AgencyKind, Role
from referrals.domain.clocks import default_terms
from referrals.domain.escalation import DEFAULT_LADDER, Watch, as_terms, plan
from referrals.domain.referral import State
from referrals.domain.simulation import Past, Simulation, lived
from referrals.models import Escalation
from referrals.models.keys import instant
from referrals.reporting import simulation
from referrals.reporting.simulation import simulate, whom_by
from referrals.services import drafting, engine
from referrals.services import referral as referrals
from tests.factories.agencies import MembershipFactory, ShiftFactory
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import parties
from tests.referrals.services.test_agreement import BOSS, agreed, dated, soon, wait_for
from tests.referrals.services.test_agreement import boss as boss  # noqa: PLC0414  # a fixture

MINUTE = timedelta(minutes=1)
TERMS = {**default_terms(), "ladder": as_terms(DEFAULT_LADDER)}


def drafted(world, decide):
    boss = world.police.asserting(BOSS)
    ends = {"sender": world.teams["police"].agency, "receiver": world.teams["trust"].agency}
    made = act(boss, drafting.draft, category="", **ends)
    terms = deepcopy(made.terms)
    for priority in ("P2", "P3", "P4"):
        terms["targets"][priority]["decide"] = max(decide, 480 if priority == "P4" else 0)
    return act(boss, drafting.edit, version_id=made.pk, terms={**terms, "review_on": "2099-01-01"})


def tried(world, version, by="police"):
    now = instant()
    with acting_for(getattr(world, by).agency_id):
        soon = now + timedelta(minutes=100)
        return simulate(version, now - timedelta(days=1), soon, now=soon)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 500), st.integers(1, 6_000))
def test_it_fires_what_the_engine_would_have_fired(minutes, lasted):
    """Look by look at every due moment, as the engine does."""
    began = datetime(2026, 11, 27, tzinfo=UTC)
    target, ends = began + minutes * MINUTE, began + lasted * MINUTE
    told = [(at, rung.percent) for at, rung in lived(began, target, DEFAULT_LADDER, ends)]
    watch, at, fired = Watch(began, target, 0, 0), began, []
    while len(fired) < 200 and at < ends:
        made = plan(watch, DEFAULT_LADDER, at)
        if made.fired:
            fired.append((at, made.fired[-1].percent))
        watch = Watch(began, target, made.step, made.repetition)
        at = made.next_look_at
    assert told[:150] == fired[:150]


def test_a_longer_target_breaches_less_and_tells_fewer(world):
    referral_at(State.SENT, world)
    made = tried(world, drafted(world, decide=300))
    (line,) = made.lines
    assert line.priority == "P2"
    assert (line.before.clocks, line.before.breached, line.after.breached) == (2, 2, 1)
    assert line.after.told < line.before.told
    assert made.whole.before.told == line.before.told
    assert made.posts[0][1] >= made.posts[0][2]


def test_unchanged_it_changes_nothing(world):
    referral_at(State.DECLINED, world)
    made = tried(world, drafted(world, decide=30))
    assert [(line.before, line.after) for line in made.lines if line.before != line.after] == []


def test_before_is_what_the_engine_told(world, in_role):
    referral_at(State.SENT, world)
    version = drafted(world, decide=30)
    with in_role("worker"):
        now = instant()
        for minute in range(100):
            engine.tick(now=now + minute * MINUTE)
        found = Escalation.objects.filter(superseded=False, referral__isnull=False).count()
        later = now + 99 * MINUTE
        whole = simulate(version, now - timedelta(days=1), later, now=later).whole
    assert 0 < found <= whole.before.told


def test_what_has_not_happened_yet_is_not_counted(world, in_role):
    referral_at(State.SENT, world)
    version = drafted(world, decide=30)
    with in_role("worker"):
        now = instant()
        made = simulate(version, now - timedelta(days=1), now + timedelta(days=10))
    assert now <= made.until <= instant()
    assert made.whole.before.clocks > 0
    assert (made.whole.before.breached, made.whole.before.told) == (0, 0)


def test_what_somebody_promised_stays_promised():
    now = datetime(2026, 11, 27, tzinfo=UTC)
    about = ("P2", "conveyance", "ambulance_trust", now, now + 20 * MINUTE, now + 25 * MINUTE)
    made = Simulation({**TERMS, "targets": {"P2": {}}}, {1: TERMS})
    made.put(Past("promised_arrival", *about, "promised", 1))
    assert (made.before["P2"].breached, made.after["P2"].breached) == (1, 1)


def test_the_command_prints_a_table_and_could_write_nothing(world, in_role):
    referral_at(State.SENT, world)
    version = drafted(world, decide=300)
    said, progress, days = StringIO(), StringIO(), {"since": "2020-01-01", "until": "2099-01-01"}
    with in_role("worker"):
        call_command("simulate", agreement=version.pk, stdout=said, stderr=progress, **days)
    assert "breached" in said.getvalue()
    assert "2 promises" in progress.getvalue()
    with in_role("worker"), pytest.raises(CommandError):
        call_command("simulate", agreement=1, **days)
    with in_role("worker"), pytest.raises(CommandError):
        call_command("simulate", agreement=version.pk, since="soon", until="2099-01-01")


def on_call(world, name, **during):
    who = MembershipFactory(
        team=world.teams["trust"], role=Role.SUPERVISOR, user__first_name=name, user__last_name="Example"
    )
    if during:
        ShiftFactory(team=world.teams["trust"], tier=Role.SUPERVISOR, membership=who, **during)
    return who


def table_of(world, who, since, until):
    times = [f"{at.astimezone(LONDON):%Y-%m-%d %H:%M}" for at in (since, until)]
    code = world.teams["trust"].code
    return "\n".join(
        ["team,tier,username,from,to", ",".join([code, "supervisor", who.user.username, *times])]
    )


def days():
    now = instant()
    return now - timedelta(days=1), now + timedelta(days=1)


def named(world, version, shifts=None):
    since, until = days()
    with acting_for(world.trust.agency_id):
        whom = whom_by(world.trust.agency_id, since, until, shifts)
        made = simulate(version, since, until, whom=whom, now=until)
    return {each.name: each for each in made.people}


def test_who_was_on_call_is_named_and_who_would_have_been(world):
    since, until = days()
    on_call(world, "Ash", during=(since, until))
    bo = on_call(world, "Bo")
    referral_at(State.SENT, world)
    entries = rostering.read(table_of(world, bo, since, until))
    shifts = rostering.planned(entries=entries, agency_id=world.trust.agency_id)
    version = drafted(world, decide=30)
    as_it_was, tried_out = named(world, version), named(world, version, shifts)
    assert "Bo Example" not in as_it_was, "who is on call is told, not who is merely there"
    assert as_it_was["Ash Example"].told == as_it_was["Ash Example"].would > 0
    assert (tried_out["Ash Example"].would, tried_out["Bo Example"].told) == (0, 0)
    assert tried_out["Bo Example"].would == tried_out["Ash Example"].told
    night = tried_out["Ash Example"].nights
    assert tried_out["Bo Example"].would_nights == night


def test_the_command_names_people_by_a_table_of_shifts(world, in_role, tmp_path, monkeypatch):
    since, until = days()
    monkeypatch.setattr(simulation, "instant", lambda: until)
    who = on_call(world, "Bo")
    referral_at(State.SENT, world)
    version = drafted(world, decide=30)
    paper = tmp_path / "rota.csv"
    paper.write_text(table_of(world, who, since, until))
    said = StringIO()
    asked = {"agreement": version.pk, "since": f"{since:%Y-%m-%d}", "until": f"{until:%Y-%m-%d}"}
    code = world.teams["trust"].agency.code
    with in_role("worker"):
        call_command("simulate", **asked, agency=code, rota=str(paper), stdout=said, stderr=StringIO())
    assert "Bo Example: told" in said.getvalue()
    paper.write_text("team,tier,username,from,to\nnowhere,supervisor,nobody,then,now")
    with in_role("worker"), pytest.raises(CommandError, match="line 2: team: your agency has no team"):
        call_command("simulate", **asked, agency=code, rota=str(paper))
    with in_role("worker"), pytest.raises(CommandError, match="one of the two sides"):
        call_command("simulate", **asked, rota=str(paper))


def test_what_was_promised_counts_as_before_when_a_sides_part_has_ended(world):
    """Its own referral's clocks an agency keeps up to the end of its part: none of them fell out."""
    asked = world.asked(from_team=world.teams["trust"], to_team=world.teams["police"])
    referral = act(world.trust, referrals.create, asked=asked)
    ends = {"sender": world.teams["trust"].agency, "receiver": world.teams["police"].agency}
    version = act(world.police.asserting(BOSS), drafting.draft, category="", **ends)
    move(world.police, referral, "acknowledge")
    before = tried(world, version).whole.before.clocks
    move(world.trust, referral, "cancel")
    assert "police" not in parties(world, referral)
    assert tried(world, version).whole.before.clocks == before > 0


def concordat(world, decide, category=""):
    boss = world.police.asserting(BOSS)
    kinds = {"sender": AgencyKind.POLICE, "receiver": AgencyKind.MENTAL_HEALTH_TRUST}
    made = act(boss, drafting.draft_for_kinds, category=category, **kinds)
    terms = deepcopy(made.terms)
    for priority in ("P2", "P3", "P4"):
        terms["targets"][priority]["decide"] = max(decide, 480 if priority == "P4" else 0)
    return act(boss, drafting.edit, version_id=made.pk, terms={**terms, "review_on": "2099-01-01"})


def between_all(world, in_role, version, **words):
    later = instant() + timedelta(minutes=100)
    with in_role("worker"):
        return simulate(version, later - timedelta(days=1), later, now=later, **words).whole


def test_one_between_kinds_is_tried_out_on_what_all_of_them_asked(world, in_role):
    for name in ("trust", "other_trust", "ambulance"):
        act(world.police, referrals.create, asked=world.asked(to_team=world.teams[name]))
    version = concordat(world, decide=300)
    whole = between_all(world, in_role, version)
    assert (whole.before.clocks, whole.before.breached, whole.after.breached) == (4, 4, 2)
    own = between_all(world, in_role, version, of=world.trust.agency_id)
    assert (own.before.clocks, own.before.breached, own.after.breached) == (2, 2, 1)


def test_what_a_closer_agreement_sets_is_left_out(world, boss, in_role):
    """Of a concordat what two agreed; of what two agreed for all, what they agreed for one kind of help."""
    version, at = agreed(world, boss), soon()
    dated(boss("police"), version, at)
    wait_for(at)
    referral_at(State.SENT, world)
    referral_at(State.SENT, world, category="community_crisis")
    for version in (concordat(world, decide=300), drafted(world, decide=300)):
        assert between_all(world, in_role, version).before.clocks == 2, version


def test_the_command_looks_at_one_agencys_own_of_what_is_between_kinds(world, in_role):
    for name in ("trust", "other_trust"):
        act(world.police, referrals.create, asked=world.asked(to_team=world.teams[name]))
    asked = {"agreement": concordat(world, decide=300).pk, "since": "2020-01-01", "until": "2099-01-01"}
    for agency, promises in ((None, 4), (world.teams["trust"].agency.code, 2)):
        progress = StringIO()
        with in_role("worker"):
            call_command("simulate", **asked, agency=agency, stdout=StringIO(), stderr=progress)
        assert f"{promises} promises" in progress.getvalue()
    with in_role("worker"), pytest.raises(CommandError, match="one of the two sides"):
        call_command("simulate", **asked, agency=world.teams["ambulance"].agency.code)


def test_nobodys_trial_runs_are_counted_for_a_concordat(world, in_role):
    referral_at(State.SENT, world)
    version = concordat(world, decide=300)
    Agency.objects.filter(pk__in=[world.police.agency_id, world.trust.agency_id]).update(sandbox=True)
    assert between_all(world, in_role, version).before.clocks == 0
