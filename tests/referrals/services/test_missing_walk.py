"""Missing patients, decisions, support and calls back walked at random, with time and ticks between."""

import os
from datetime import timedelta

from hypothesis import HealthCheck
from hypothesis import settings as search
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.rows import namedtuple_row

from agencies.acting import acting_for
from agencies.roles import AgencyKind, Role, TeamKind
from referrals.domain.errors import MoveNotAllowed, Refused
from referrals.domain.missing import FLAGS, MOVES, OPEN, WATCH, pairs
from referrals.domain.missing_fields import CHECKLIST
from referrals.models.keys import instant
from referrals.reporting.proving import prove
from referrals.reporting.report import Asked
from referrals.reporting.reports import MEASURES
from referrals.services import (
    call_back,
    checklist,
    engine,
    feed,
    missing,
    sighting,
    support,
    threshold_review,
)
from referrals.services import case as cases
from referrals.services import referral as referrals
from tests.database import in_role_of
from tests.factories.agencies import (
    AgencyFactory,
    ApiClientFactory,
    MembershipFactory,
    TeamFactory,
    client_actor,
)
from tests.factories.missing import report, step
from tests.factories.world import NURSE as NAMED
from tests.factories.world import act, decide_anew, make_world, move
from tests.referrals.models.test_chain import BROKEN
from tests.referrals.services.deciding import NO, case_of, decide, supervisor

WALKS = int(os.environ.get("WALKS", "3"))  # a longer search is for a night
ACTORS = st.sampled_from(["police", "trust", "railway"])
WHICH = st.integers(0, 3)
RISK = st.sampled_from(["yes", "no", "unknown"])
GRADES = st.sampled_from(["high", "medium", "low", "no_apparent"])
STATUS = st.sampled_from(["informal", "s2", "s5_4", "s37_41"])
EARLIER = """
update referrals_clock
   set started_at = started_at - %(by)s::interval, target_at = target_at - %(by)s::interval,
       next_look_at = next_look_at - %(by)s::interval, met_at = met_at - %(by)s::interval,
       stopped_at = stopped_at - %(by)s::interval"""
ONWARDS = sorted(set(MOVES) - {"discard", "cancel"})
ASKS = ["acknowledge", "accept", "decline", "start", "complete", "fail", "cancel", "redirect", "resend"]
ALONE = support.Said("nobody", "not_at_all")
SUPPORT = [
    support.Said("control_room_worker", "phone", "She talks about her cat."),
    ALONE,
    support.Said("friend_or_family", "in_person", "He is there.", ends="not_needed"),
]


def two_forces():
    """The world, and another force with a control room of its own."""
    world = make_world()
    team = TeamFactory(
        agency=AgencyFactory(code="railway", kind=AgencyKind.POLICE), kind=TeamKind.CONTROL_ROOM,
        code="railway-desk", always_open=True,
    )  # fmt: skip
    for role in (Role.WORKER, Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR):
        MembershipFactory(team=team, role=role)
    world.teams["railway"] = team
    world.teams["emergency"] = TeamFactory(
        agency=world.teams["trust"].agency, kind=TeamKind.EMERGENCY_DEPARTMENT, code="emergency-desk",
        always_open=True,
    )  # fmt: skip
    for role in (Role.WORKER, Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR):
        MembershipFactory(team=world.teams["emergency"], role=role)
    return world, client_actor(ApiClientFactory(team=team), NAMED)


class Walk(RuleBasedStateMachine):
    """One trust, two forces, reports of one patient, and an engine that looks whenever it likes."""

    database = proven = None  # set by the test

    @initialize(risk=RISK)
    def begin(self, risk):
        self.database.wipe()
        self.world, self.railway = self.database.scene("two forces", two_forces)
        report(self.world, facts={"immediate_risk": risk})

    def rows(self, statement):
        with self.database.cleaner.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(statement).fetchall()

    def pick(self, which):
        there = self.rows("select *, id as pk from referrals_missingreport order by id")
        return there[which % len(there)]

    def actor(self, who):
        return self.railway if who == "railway" else getattr(self.world, who)

    def attempt(self, service, *args, **words):
        try:
            return service(*args, **words)
        except Refused as refusal:
            return refusal

    @rule(life=RISK, refers=st.booleans(), alone=st.booleans())
    def call_for_welfare(self, life, refers, alone):
        """A call that begins nowhere else: decided, somebody stays with them, and perhaps it is referred."""
        answers = {**NO, "risk_to_life": life}
        made = self.attempt(decide, self.world.police, answers=answers)
        if isinstance(made, Refused):
            return
        reference = case_of(made).reference
        said = ALONE if alone else SUPPORT[0]
        self.attempt(act, self.world.police, support.log_in_case, reference=reference, said=said)
        if refers:
            asked = self.world.asked(case=reference, person={})
            self.attempt(act, self.world.police, referrals.create, asked=asked)

    @rule(risk=RISK, status=STATUS, draft=st.booleans())
    def walk_out(self, risk, status, draft):
        """From an emergency department, before they were seen."""
        facts = {"immediate_risk": risk, "legal_status": status}
        report(self.world, draft=draft, facts=facts, unit=self.world.teams["emergency"])

    @rule(risk=RISK, status=STATUS, draft=st.booleans(), confirmed=st.booleans())
    def again(self, risk, status, draft, confirmed):
        facts = {"immediate_risk": risk, "legal_status": status,
                 "section_started_at": instant() - timedelta(hours=2)}  # fmt: skip
        if confirmed:
            facts["absence_confirmed_at"] = instant()
        report(self.world, draft=draft, facts=facts)

    @rule(who=ACTORS, which=WHICH, action=st.sampled_from(sorted(MOVES)), grade=GRADES)
    def try_anything(self, who, which, action, grade):
        self.move(who, self.pick(which), action, grade)

    @rule(which=WHICH, data=st.data(), grade=GRADES)
    def go_on(self, which, data, grade):
        """What the table has from here is never said not to be there."""
        found = self.pick(which)
        there = [action for action in ONWARDS if found.state in MOVES[action].sources]
        if there:
            refusal = self.move("trust", found, data.draw(st.sampled_from(there)), grade)
            assert not isinstance(refusal, MoveNotAllowed), refusal

    def move(self, who, found, action, grade):
        details = {"grade": grade, "reason": "so it is"} if action == "grade" else {}
        return self.attempt(step, self.actor(who), found, action, **details)

    @rule(which=WHICH, risk=RISK)
    def learn(self, which, risk):
        said = missing.Added(facts={"immediate_risk": risk}, details={"hair": "red", "diagnosis": "none"})
        self.attempt(act, self.world.trust, missing.update, report_id=self.pick(which).pk, said=said)

    @rule(who=ACTORS, which=WHICH, item=st.sampled_from(sorted(CHECKLIST)))
    def tick_an_item(self, who, which, item):
        by = self.actor(who)
        self.attempt(act, by, checklist.tick, report_id=self.pick(which).pk, item=item)
        seen = sighting.Seen("Example Park", instant())
        self.attempt(act, by, sighting.log, report_id=self.pick(which).pk, seen=seen)

    @rule(who=ACTORS, which=WHICH, action=st.sampled_from(ASKS), decided=st.booleans())
    def police(self, who, which, action, decided):
        asked = self.rows("select *, id as pk from referrals_referral order by id")
        if not asked:
            return
        one = asked[which % len(asked)]
        details = {"to_team": self.world.teams["railway"]} if action in ("redirect", "resend") else {}
        if action == "decline" and decided:
            made = self.attempt(decide_anew, self.world, one)
            details = {} if isinstance(made, Refused) else {"threshold_decision": made.pk}
        self.attempt(move, self.actor(who), one, action, **details)

    @rule(which=WHICH, life=RISK)
    def decide(self, which, life):
        asked = self.rows("select *, id as pk from referrals_referral where sent_at is not null order by id")
        if asked:
            self.attempt(decide_anew, self.world, asked[which % len(asked)], risk_to_life=life)

    def pick_decision(self, which):
        made = self.rows("select id from referrals_thresholddecision order by id")
        return made[which % len(made)].id if made else None

    @rule(which=WHICH, verdict=st.sampled_from(["ratified", "overturned"]), named=st.booleans())
    def review(self, which, verdict, named):
        if (key := self.pick_decision(which)) is None:
            return
        outcome = "no_police_response" if named and verdict == "overturned" else ""
        said = threshold_review.Review(verdict, "as the log has it", outcome)
        by = supervisor(self.world.police)
        self.attempt(act, by, threshold_review.review, decision_id=key, said=said)

    @rule(
        who=ACTORS, which=WHICH, step_=st.sampled_from([threshold_review.disagree, threshold_review.reopen])
    )
    def object(self, who, which, step_):
        if (key := self.pick_decision(which)) is not None:
            self.attempt(act, self.actor(who), step_, decision_id=key, reason="he has taken tablets")

    @rule(who=ACTORS, which=WHICH, said=st.sampled_from(SUPPORT))
    def stay_with_them(self, who, which, said):
        asked = self.rows("select id from referrals_referral order by id")
        if asked:
            key = asked[which % len(asked)].id
            self.attempt(act, self.actor(who), support.log, referral_id=key, said=said)

    @rule(who=ACTORS, which=WHICH, outcome=st.sampled_from(["reached", "no_answer"]))
    def ring_back(self, who, which, outcome):
        """Owed, if it is not; else a try."""
        by, report_ = self.actor(who), self.pick(which)
        [case] = self.rows(f"select reference from referrals_case where id = '{report_.case_id}'")
        caller = call_back.Owed("Kim Example", "020 7946 0120")
        made = self.attempt(act, by, call_back.owe, reference=case.reference, owed=caller)
        owed = self.rows(f"select id from referrals_callback where case_id = '{report_.case_id}' order by id")
        if isinstance(made, Refused) and owed:
            words = {"call_back_id": owed[which % len(owed)].id, "outcome": outcome, "told": "She is found."}
            self.attempt(act, by, call_back.attempt, **words)

    @rule(who=ACTORS, which=WHICH, action=st.sampled_from(["close", "review"]))
    def move_the_case(self, who, which, action):
        key = self.pick(which).case_id
        [found] = self.rows(f"select reference from referrals_case where id = '{key}'")
        words = {"reference": found.reference, "action": action, "reason": "so it is"}
        self.attempt(act, self.actor(who), cases.move, **words)

    @rule(minutes=st.integers(0, 5_000))
    def time_passes(self, minutes):
        """Every promise was made that much earlier; and the engine looks."""
        with self.database.cleaner.cursor() as cursor:
            cursor.execute(EARLIER, {"by": f"{minutes} minutes"})
        self.tick()

    @rule()
    def tick(self):
        with in_role_of("worker"):
            while engine.tick().claimed:
                pass
            feed.number_events()

    @invariant()
    def only_moves_of_the_table_were_made(self):
        made = self.rows("select from_state, to_state from referrals_missingmove")
        assert {(m.from_state, m.to_state) for m in made if m.from_state != m.to_state} <= pairs()

    @invariant()
    def what_is_open_is_watched_and_what_is_over_is_not(self):
        running = self.rows("select case_id, kind, team_id from referrals_clock where stopped_at is null")
        for found in self.rows("select m.*, c.state as case_state from referrals_missingreport m"
                               " join referrals_case c on c.id = m.case_id"):  # fmt: skip
            kinds = {clock.kind for clock in running if clock.case_id == found.case_id}
            ours = {kind for kind in kinds if kind.startswith("missing_")}
            if found.state in OPEN:
                assert ours & set(WATCH[found.state]), found.state
                assert found.case_state == "open"
            else:
                assert ours == set(), (found.state, ours)
        assert all(clock.team_id for clock in running if clock.kind.startswith("missing_"))

    @invariant()
    def whoever_leads_has_accepted_it(self):
        """Police answer for a patient by a lead that they accepted, and never by helping.

        Of a call of their own they answer until somebody else has accepted it.
        """
        leads = {(each.case_id, each.to_agency_id) for each in self.rows(
            "select case_id, to_agency_id from referrals_referral where lead"
            " and state in ('accepted', 'in_progress', 'completed', 'closed')")}  # fmt: skip
        for case in self.rows("select id, accountable_agency_id, opened_by_agency_id from referrals_case"):
            owner = case.accountable_agency_id
            assert owner == case.opened_by_agency_id or (case.id, owner) in leads

    @invariant()
    def a_clock_raises_its_flag_once(self):
        raised = self.rows("select data from referrals_event where type = 'missing.flagged'")
        clocks = [each.data["clock"]["id"] for each in raised]
        assert len(clocks) == len(set(clocks))
        kinds = ", ".join(f"'{kind}'" for kind in FLAGS)
        fired = self.rows(f"select id from referrals_clock where step > 0 and kind in ({kinds})")
        assert {each.id for each in fired} == set(clocks)

    @invariant()
    def every_chain_is_whole_and_every_measure_can_be_counted(self):
        assert self.rows(BROKEN) == []

    def teardown(self):
        """What the proof asks of each minute finds nothing; and all of it can be measured."""
        if not hasattr(self, "world"):
            return
        now = instant()
        for by in (self.world.trust, self.world.police, self.railway):
            with acting_for(by.agency_id):
                for measure in MEASURES.values():
                    measure.count(Asked(by, now - timedelta(days=9), now, now))
        self.tick()
        assert self.proven() == {}


def test_whatever_both_sides_and_the_engine_do_the_rules_hold(db, in_role, settings, tmp_path):
    settings.ANCHOR_DIR = str(tmp_path)

    def proven():
        with in_role("worker"):
            return {each.name: each.rows for each in prove(None, write_anchor=False) if not each.well}

    Walk.database, Walk.proven = db, staticmethod(proven)
    run_state_machine_as_test(
        Walk,
        settings=search(
            max_examples=WALKS, stateful_step_count=18, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True, database=None,
        ),
    )  # fmt: skip
