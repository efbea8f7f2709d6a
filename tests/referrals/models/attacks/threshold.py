"""Nothing undetermined is unwatched; a go-live that was reached stays; a force sets its own policies."""

from tests.referrals.models.attacks import Attack, constraint, trigger

INSERTED = "undetermined_is_watched"
STOPPED = "undetermined_stays_watched"
CLOCK = "case_id = %(declined_case)s and kind = 'undetermined' and stopped_at is null"
TO_COME = "now() + interval '1 day'"
VERSION = """
    insert into referrals_thresholdpolicyversion
      (policy_id, number, code, adopted, questions, made_by, made_at)
    select id, 9, 'raw', true, '[]', '{}', now() from referrals_thresholdpolicy
     where agency_id is null and category = 'conveyance'"""


def decision(**columns: str) -> str:
    """One more decision in the case that is in progress, which differs in these columns."""
    built = ", ".join(f"'{name}', to_jsonb({value})" for name, value in columns.items())
    return f"""
        insert into referrals_thresholddecision
        select (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), {built}))).*
          from referrals_thresholddecision d where case_id = %(in_progress_case)s limit 1"""


def go_live(live_from: str, which: str) -> str:
    """A date for a version of the shipped policy on conveyance."""
    return f"""
        insert into referrals_thresholdgolive (version_id, live_from, reason, set_by, set_at)
        select v.id, {live_from}, 'raw', '{{}}', now() from referrals_thresholdpolicyversion v
          join referrals_thresholdpolicy p on p.id = v.policy_id
         where p.agency_id is null and p.category = 'conveyance' and v.number = {which}"""


def checked(title: str, rule: str, table: str, statement: str) -> Attack:
    """A row that contradicts itself."""
    return Attack(title, rule, constraint(rule, table), (statement,))


ATTACKS = [
    Attack(
        "undetermined, and no clock",
        INSERTED,
        trigger(INSERTED, "thresholddecision"),
        (decision(outcome="'undetermined'::text", recorded_at="clock_timestamp()"),),
    ),
    Attack(
        "undetermined, and its clock stops",
        INSERTED,
        trigger(STOPPED, "clock"),
        (f"update referrals_clock set stopped_at = now(), next_look_at = null where {CLOCK}",),
    ),
    Attack(
        "undetermined, and its clock is given to others",
        INSERTED,
        trigger(STOPPED, "clock"),
        (f"update referrals_clock set team_id = %(trust_team)s where {CLOCK}",),
    ),
    Attack(
        "a go-live that was reached is moved",
        "go_live_moves_ahead",
        trigger("go_live_moves_ahead", "thresholdgolive"),
        (go_live(TO_COME, "1"),),
        role="owner",
    ),
    Attack(
        "a version goes live in the past",
        "go_live_moves_ahead",
        trigger("go_live_moves_ahead", "thresholdgolive"),
        (VERSION, go_live("now() - interval '1 day'", "9")),
        role="owner",
    ),
    checked(
        "a text in the row of a decision that has a case",
        "threshold_texts_are_the_cases",
        "thresholddecision",
        decision(rationale="'seen by a neighbour'::text"),
    ),
    checked(
        "an agency that was told at no time",
        "threshold_agency_and_time_told_together",
        "thresholddecision",
        decision(told_agency_id="%(trust)s::int"),
    ),
    checked(
        "a decision to come",
        "threshold_is_recorded_after_it_occurred",
        "thresholddecision",
        decision(occurred_at="now() + interval '1 day'"),
    ),
    checked(
        "an agency that will be told",
        "threshold_is_recorded_after_it_occurred",
        "thresholddecision",
        decision(told_agency_id="%(trust)s::int", told_at="now() + interval '1 day'"),
    ),
    checked(
        "undetermined, and in no case",
        "threshold_undetermined_has_a_case",
        "thresholddecision",
        decision(outcome="'undetermined'::text", case_id="null::uuid"),
    ),
    checked(
        "a review that leaves no outcome",
        "threshold_review_leaves_an_outcome",
        "thresholdstep",
        """insert into referrals_thresholdstep
             (id, decision_id, case_id, agency_id, kind, outcome, cause, actor,
              occurred_at, recorded_at)
           select gen_random_uuid(), id, case_id, agency_id, 'ratified', '', '', '{}', now(), now()
             from referrals_thresholddecision where case_id = %(in_progress_case)s limit 1""",
    ),
    Attack(
        "a force writes into the shipped policy",
        "row security",
        "alter table referrals_thresholdpolicyversion disable row level security",
        (VERSION,),
    ),
]
