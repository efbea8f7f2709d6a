"""A random walk over every service, with ticks in between: what must always hold holds after each step."""

import os
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.rows import namedtuple_row

from agencies.acting import acting_for
from referrals.domain.clocks import WATCH
from referrals.domain.errors import MoveNotAllowed, NotYourMove, Refused
from referrals.domain.referral import GIVEN_BACK, HELD, OPEN, TRANSITIONS, State
from referrals.models import Case, Referral
from referrals.models.keys import instant
from referrals.policies import allowed_actions
from referrals.services import arrival, claim, contact, engine, feed, risk
from referrals.services import case as cases
from referrals.services import referral as referrals
from tests.database import in_role_of
from tests.factories.world import act, decide_anew, make_world, move
from tests.referrals.models.test_chain import BROKEN

WALKS = int(os.environ.get("WALKS", "12"))  # a longer search is for a night
PEOPLE = ["police", "trust", "other_trust", "ambulance"]
ACTORS = st.sampled_from(PEOPLE)
ACTIONS = st.sampled_from(sorted(TRANSITIONS))
WHICH = st.integers(0, 3)
CONTACTS = st.fixed_dictionaries({
    "channel": st.sampled_from(["phone", "in_person"]),
    "with_whom": st.sampled_from(["person", "receiver"]),
    "outcome": st.sampled_from(["reached", "no_answer"]),
})  # fmt: skip
NURSE = {"name": "A Example", "role": "nurse", "contact": "020 7946 0103"}

ONWARDS = {
    "acknowledge",
    "accept",
    "start",
    "complete",
    "redirect",
    "resend",
    "fail",
    "agree_cancel",
    "reopen",
}
# Whether a lead may still be sent is known under the lock alone.
MAY_BE_TOO_LATE = {"send", "resend"}

# Said in SQL of the walk's own, as a superuser reads it: not by the triggers that are being tested.
OWNERS = """
    select c.id, count(a.id) filter (where upper_inf(a.during)) as open_periods,
           max(a.agency_id) filter (where a.during @> clock_timestamp()) as at_this_moment,
           c.accountable_agency_id as in_the_row,
           sum(coalesce(upper(a.during), now()) - lower(a.during)) = now() - c.opened_at as whole
      from referrals_case c left join referrals_accountability a on a.case_id = c.id group by c.id"""


class Walk(RuleBasedStateMachine):
    """One case, several referrals, four agencies, and an engine that looks whenever it likes."""

    database = None  # set by the test

    @initialize(priority=st.sampled_from(["P1", "P2", "P4"]))
    def begin(self, priority):
        self.database.wipe()
        self.world = self.database.scene("world", make_world)
        first = act(self.world.police, referrals.create, asked=self.world.asked(priority=priority))
        self.case_id, self.case_reference = first.case_id, first.case_reference
        self.owner, self.holding = self.world.police.agency_id, None

    # What there is to act on: nobody sees all of it, so the walk reads as a superuser does.

    def rows(self, statement):
        with self.database.cleaner.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(statement).fetchall()

    def referrals(self):
        return self.rows("select *, id as pk from referrals_referral order by id")

    def pick(self, which):
        there = self.referrals()
        return there[which % len(there)]

    def actor(self, name):
        return getattr(self.world, name)

    def details(self, action, who, referral, to):
        team = self.world.teams[to]
        if action in ("redirect", "resend"):
            return {"to_team": team}
        if action == "police_reassess":
            return {
                "threshold_decision": decide_anew(self.world, referral).pk if who == "police" else referral.pk
            }
        return {}

    def attempt(self, service, *args, **words):
        """What came of it, or the refusal."""
        try:
            return service(*args, **words)
        except Refused as refusal:
            return refusal

    # What may happen.

    @rule(who=ACTORS, to=ACTORS, lead=st.booleans(), draft=st.booleans(), which=WHICH)
    def ask(self, who, to, lead, draft, which):
        asking = self.pick(which).asking if lead and which % 2 else None
        asked = replace(
            self.world.asked(case=self.case_reference, lead=lead, person={}, draft=draft, asking=asking),
            from_team=self.world.teams[who],
            to_team=self.world.teams[to],
        )
        self.attempt(act, self.actor(who), referrals.create, asked=asked)

    @rule(who=ACTORS, action=ACTIONS, which=WHICH, to=ACTORS)
    def try_anything(self, who, action, which, to):
        self.move(who, action, self.pick(which), to)

    @rule(data=st.data(), which=WHICH, to=ACTORS)
    def go_on(self, data, which, to):
        """Somebody does what brings the referral on."""
        self.press(data, which, to, ONWARDS)

    @rule(data=st.data(), which=WHICH, to=ACTORS)
    def go_further(self, data, which, to):
        self.press(data, which, to, ONWARDS)

    @rule(data=st.data(), which=WHICH, to=ACTORS)
    def press_any_button(self, data, which, to):
        self.press(data, which, to, set(TRANSITIONS))

    def press(self, data, which, to, actions):
        """The buttons that a person sees work, or ask for more: they never say that there is no such move."""
        referral = self.pick(which)
        buttons = [
            (who, action) for who in PEOPLE for action in self.buttons(who, referral) if action in actions
        ]
        if buttons:
            self.move(*data.draw(st.sampled_from(buttons)), referral, to, promised=True)

    def buttons(self, who, referral):
        actor = self.actor(who)
        with acting_for(actor.agency_id):
            seen = Referral.objects.visible_to(actor).filter(pk=referral.pk).first()
            case = Case.objects.visible_to(actor).filter(pk=self.case_id).first()
            return allowed_actions(actor, seen, case) if seen else []

    def move(self, who, action, referral, to, promised=False):
        before = {each.pk: each for each in self.referrals()}
        refusal = self.attempt(
            move, self.actor(who), referral, action, **self.details(action, who, referral, to)
        )
        broken = (
            promised and action not in MAY_BE_TOO_LATE and isinstance(refusal, MoveNotAllowed | NotYourMove)
        )
        assert not broken, f"{who} was offered {action}: {refusal}"
        self.follow(before)

    def follow(self, before):
        """Who should be accountable now, worked out from what became of the leads."""
        for now in self.referrals():
            was = before.get(now.pk)
            if was is None or not now.lead or was.state == now.state:
                continue
            if now.state == State.ACCEPTED:
                self.owner, self.holding = now.to_agency_id, now.pk
        for now in self.referrals():
            was = before.get(now.pk)
            if now.pk == self.holding and was.state != now.state and now.state in GIVEN_BACK:
                self.owner, self.holding = now.from_agency_id, None

    @rule(who=ACTORS, which=WHICH, said=CONTACTS)
    def reach_somebody(self, who, which, said):
        self.attempt(act, self.actor(who), contact.log, referral_id=self.pick(which).pk, **said)

    @rule(
        who=ACTORS,
        which=WHICH,
        way=st.sampled_from(["raise", "lower"]),
        priority=st.sampled_from(["", "P1", "P3"]),
    )
    def change_the_risk(self, who, which, way, priority):
        words = {"direction": way, "priority": priority, "reason": "something changed"}
        self.attempt(act, self.actor(who), risk.change, referral_id=self.pick(which).pk, **words)

    @rule(which=WHICH)
    def claim_an_acceptance(self, which):
        key = self.pick(which).pk
        self.attempt(act, self.world.police, claim.claim, referral_id=key, accepted_by=NURSE)

    @rule(who=ACTORS, which=WHICH, ahead=st.integers(1, 90))
    def promise_to_arrive(self, who, which, ahead):
        at = instant() + timedelta(minutes=ahead)
        self.attempt(act, self.actor(who), arrival.promise, referral_id=self.pick(which).pk, arrives_at=at)

    @rule(who=ACTORS, action=st.sampled_from(["close", "reopen", "review"]))
    def move_the_case(self, who, action):
        words = {"reference": self.case_reference, "action": action, "reason": "so it is"}
        self.attempt(act, self.actor(who), cases.move, **words)

    @rule(later=st.integers(0, 5000))
    def tick(self, later):
        with in_role_of("worker"):
            engine.tick(now=instant() + timedelta(minutes=later))
            feed.number_events()

    # What must always hold.

    @invariant()
    def exactly_one_agency_is_accountable_and_the_right_one(self):
        for each in self.rows(OWNERS):
            assert (each.open_periods, each.whole) == (1, True)
            assert each.at_this_moment == each.in_the_row == self.owner

    @invariant()
    def only_the_lead_that_holds_the_case_is_accepted(self):
        held = [each.pk for each in self.referrals() if each.lead and each.state in HELD]
        assert held in ([], [self.holding])

    @invariant()
    def nothing_open_is_unwatched_and_nothing_over_is_watched(self):
        running = self.running()
        everything = self.referrals()
        for referral in everything:
            kinds = {clock.kind for clock in running[referral.pk]}
            assert set(WATCH.get(referral.state, ())) <= kinds
            assert (kinds == set()) == (referral.state not in OPEN)
        of_the_case = {clock.kind for clock in running[None]}
        is_open = self.rows("select state from referrals_case")[0].state == "open"
        idle = is_open and not any(each.state in OPEN for each in everything)
        assert not idle or "case_review" in of_the_case
        assert is_open or not of_the_case

    @invariant()
    def the_time_to_breach_is_the_earliest_of_its_promises(self):
        running = self.running()
        for referral in self.referrals():
            if referral.state in OPEN:
                assert referral.breach_at == min(clock.target_at for clock in running[referral.pk])

    def running(self):
        """The clocks that run, by referral; the case's own under None."""
        clocks = defaultdict(list)
        for clock in self.rows("select * from referrals_clock where stopped_at is null"):
            assert clock.next_look_at is not None
            clocks[clock.referral_id].append(clock)
        return clocks

    @invariant()
    def every_chain_is_whole(self):
        assert self.rows(BROKEN) == []


def test_whatever_people_and_engine_do_the_rules_hold(db):
    Walk.database = db
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=WALKS, stateful_step_count=20, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True, database=None,
        ),
    )  # fmt: skip
