"""A detention's clock follows from what was entered, is watched, and what was entered stays."""

from tests.referrals.models.attacks import Attack, constraint, trigger

CASE = "where case_id = %(acknowledged_case)s"
AGREES = trigger("detention_agrees_and_is_watched", "detention")
ENTERED = trigger("milestone_agrees", "detentionmilestone")
WATCHED = trigger("detention_stays_watched", "clock")
CHILD = trigger("no_child_arrives_at_a_police_station", "detentionmilestone")
LIMIT = f"{CASE} and kind = 'detention_limit' and stopped_at is null"
EXPIRES = "starts_at + make_interval(secs => 86400)"


def again(table: str, change: str, which: str = "") -> str:
    """One more row like the one there is, but for this."""
    built = f"jsonb_build_object('id', gen_random_uuid(), {change})"
    return (
        f"insert into referrals_{table} select (jsonb_populate_record(r, {built})).*"
        f" from referrals_{table} r {CASE} {which} order by id limit 1"
    )


def entered(title: str, rule: str, change: str, kind: str = "amhp_notified", beside: str = "") -> Attack:
    """A milestone that contradicts itself."""
    guard = constraint(rule, "detentionmilestone") + beside
    return Attack(title, rule, guard, (again("detentionmilestone", change, f"and kind = '{kind}'"),))


def changed(title: str, rule: str, what: str, beside: str = AGREES) -> Attack:
    """A detention is changed into one that cannot be."""
    guard = f"{constraint(rule, 'detention')};{beside}"
    return Attack(title, rule, guard, (f"update referrals_detention set {what} {CASE}",))


def waiting(title: str, rule: str, change: str) -> Attack:
    """Officers who cannot wait so."""
    return Attack(title, rule, constraint(rule, "officerwait"), (again("officerwait", change),))


AT_A_STATION = again("detentionmilestone", "'place_kind', 'police_station'", "and kind = 'arrived'")
A_CHILD = f"update referrals_detention set under_18 = true {CASE}"
IN_A_CLOSED_CASE = (
    """insert into referrals_clock (case_id, kind, priority, started_at, target_at, next_look_at,
                                    step, repetition, agreement_version_id, clause)
       select %(discarded_case)s, 'reach_place', 'P1', now(), now() + interval '1 hour',
              now() + interval '1 hour', 0, 0, max(id), 'raw' from referrals_agreementversion
        where live_from is not null""",
    again(
        "detention",
        "'reference', 'D-NEW', 'case_id', %(discarded_case)s::uuid, 'starts_at', null,"
        " 'expires_at', null, 'place_id', null",
    ),
)

ATTACKS = [
    changed(
        "an extension of more than 12 hours",
        "detention_extension_within_12_hours",
        f"extension_minutes = 721, expires_at = {EXPIRES} + interval '721 minutes'",
    ),
    changed(
        "the limit is an hour later",
        "detention_expires_a_day_after_arrival",
        "expires_at = expires_at + interval '1 hour'",
    ),
    changed("no limit for who is detained", "detention_legal_clock_from_arrival", "expires_at = null"),
    changed("ended, and still going on", "detention_ended_is_its_state", "ended_at = now()"),
    changed(
        "the arrival is not what was entered",
        "detention_agrees",
        "starts_at = starts_at - interval '1 hour', expires_at = expires_at - interval '1 hour'",
    ),
    Attack(
        "a second detention at a time",
        "one_open_detention_of_a_case",
        f"{constraint('one_open_detention_of_a_case', 'detention')};{AGREES}",
        (again("detention", "'reference', 'D-NEW'"),),
    ),
    Attack(
        "an earlier arrival that moves nothing",
        "detention_agrees",
        ENTERED,
        (again("detentionmilestone", "'at', now() - interval '9 hours'", "and kind = 'arrived'"),),
    ),
    Attack(
        "a place that no law knows",
        "a_place_of_safety_is_one_on_its_day",
        trigger("a_place_of_safety_is_one_on_its_day", "detentionmilestone"),
        (again("detentionmilestone", "'place_kind', 'tent'", "and kind = 'amhp_notified'"),),
    ),
    Attack(
        "the statutory clock is stopped",
        "detention_is_watched",
        WATCHED,
        (f"update referrals_clock set stopped_at = now(), next_look_at = null {LIMIT}",),
    ),
    Attack(
        "the statutory clock runs to another time",
        "detention_is_watched",
        WATCHED,
        (f"update referrals_clock set target_at = target_at + interval '1 minute' {LIMIT}",),
    ),
    Attack(
        "a case is closed over it",
        "no_case_closes_over_a_detention",
        trigger("no_case_closes_over_a_detention", "case"),
        ("update referrals_case set state = 'closed', closed_at = now() where id = %(acknowledged_case)s",),
    ),
    Attack(
        "somebody is detained in a closed case",
        "no_case_closes_over_a_detention",
        trigger("no_detention_opens_in_a_closed_case", "detention"),
        IN_A_CLOSED_CASE,
    ),
    Attack(
        "a child comes to a police station",
        "no_child_in_a_police_station",
        CHILD,
        (A_CHILD, AT_A_STATION),
    ),
    Attack(
        "a correction of another milestone",
        "corrects_the_same",
        f"{trigger('a_milestone_corrects_its_own', 'detentionmilestone')};{ENTERED}",
        (
            again(
                "detentionmilestone",
                f"'supersedes_id', (select id from referrals_detentionmilestone {CASE} and kind = 'arrived')",
                "and kind = 'amhp_notified'",
            ),
        ),
    ),
    Attack(
        "another officer's wait is ended",
        "corrects_the_same",
        trigger("a_wait_corrects_its_own", "officerwait"),
        (
            again(
                "officerwait",
                f"'identifier', 'PC 7', 'supersedes_id', (select id from referrals_officerwait {CASE})",
            ),
        ),
    ),
    entered("a milestone to come", "milestone_has_happened", "'at', now() + interval '1 year'"),
    entered("taken back, and nothing named", "milestone_taken_back_is_another", "'withdrawn', true"),
    entered(
        "an extension by nobody",
        "milestone_extension_names_its_doctor",
        "'kind', 'extended', 'extension_minutes', 60, 'reason_code', 'condition'",
        beside=f";{ENTERED}",
    ),
    entered(
        "an extension because no bed is free",
        "milestone_extension_names_its_doctor",
        "'kind', 'extended', 'extension_minutes', 60, 'reason_code', 'no_bed', 'doctor', '{}'::jsonb",
        beside=f";{ENTERED}",
    ),
    entered(
        "a length that extends nothing", "milestone_length_is_an_extensions", "'extension_minutes', 60"
    ),
    entered("decided without an outcome", "milestone_decision_has_an_outcome", "'kind', 'decided'"),
    entered("an arrival by hearsay", "milestone_arrival_has_its_basis", "'basis', ''", "arrived"),
    entered(
        "a dispute without its basis", "milestone_dispute_has_its_basis", "'disputed_at', at", "arrived"
    ),
    entered(
        "a refusal that nobody authorised",
        "milestone_refusal_was_authorised",
        "'kind', 'capacity_answered', 'reason_code', 'refused'",
    ),
    waiting("nobody waits", "officer_is_named_or_counted", "'identifier', ''"),
    waiting("gone before they came", "officer_leaves_after_coming", "'until', since - interval '1 hour'"),
]  # fmt: skip
