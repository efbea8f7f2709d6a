"""Rule 1: somebody is accountable at every moment, for a cause that holds."""

from tests.referrals.models.attacks import Attack, constraint, trigger
from tests.referrals.models.attacks.watched import NEW_CASE
from tests.referrals.models.raw import case_clock, copied, draft, ended, handed_over, moved, period

PERIODS, CASE, LEAD = (
    trigger("owner_of_period", "accountability"),
    trigger("owner_of_case", "case"),
    trigger("owner_of_lead", "referral"),
)
EVERY = f"{PERIODS};{CASE};{LEAD}"  # what a period, a case and a lead say is checked from each of the three
EARLIER = "tstzrange(now() - interval '2 years', now() - interval '1 year')"


def gap(title: str, *statements: str, guard: str = EVERY) -> Attack:
    """A moment for which nobody, or nobody any more, answers."""
    return Attack(f"gap: {title}", "no_gap", guard, statements)


def astray(title: str, *statements: str, guard: str = EVERY, agency: str = "police") -> Attack:
    """Somebody is accountable for whom there is no cause."""
    return Attack(f"astray: {title}", "owner_follows", guard, statements, agency=agency)


def the_case(what: str, case: str = "sent_case") -> str:
    """The case's own row says something else."""
    return f"update referrals_case set {what} where id = %({case})s"


def rewritten(title: str, what: str, where: str = "upper_inf(during)") -> Attack:
    """A period that has begun becomes another."""
    statement = f"update referrals_accountability set {what} where case_id = %(failed_case)s and {where}"
    history = trigger("accountability_is_history", "accountability")
    return Attack(f"history: {title}", "accountability_is_history", f"{history};{EVERY}", (statement,))


SUPPORT = [
    *moved("support", "acknowledged", ["acknowledge"]),
    *moved("support", "accepted", ["decide"], ["start"]),
]

ATTACKS = [
    gap("the period ends and none begins", ended("sent_case"), guard=PERIODS),
    gap(
        "the next period begins a second later",
        ended("acknowledged_case", "now() - interval '1 second'"),
        period("acknowledged_case", "police", "failed", "acknowledged"),
    ),
    gap("two periods, the first before the case", period("sent_case", "trust", "accepted", "sent", EARLIER)),
    gap("an empty period", period("sent_case", "trust", "accepted", "sent", "'empty'::tstzrange")),
    gap(
        "the case began earlier than its first period", the_case("opened_at = opened_at - interval '1 hour'")
    ),
    gap(
        "a new case without a period",
        *NEW_CASE[:2],
        case_clock("case_review", "sent").replace("select case_id,", "select %(new)s::uuid,"),
    ),
    Attack(
        "two accountable at once",
        "accountability_one_agency_at_a_time",
        f"{constraint('accountability_one_agency_at_a_time', 'accountability')};{EVERY}",
        (period("sent_case", "trust", "accepted", "sent"),),
    ),
    Attack(
        "nobody in the case's row",
        "accountable_agency_id is never null",
        f"alter table referrals_case alter accountable_agency_id drop not null;{EVERY}",
        (the_case("accountable_agency_id = null"),),
    ),
    Attack(
        "nobody in the period",
        "agency_id is never null",
        f"alter table referrals_accountability alter agency_id drop not null;{EVERY}",
        (ended("sent_case"), period("sent_case", "police", "failed", "sent").replace("%(police)s", "null")),
    ),
    Attack(
        "a cause without its referral",
        "accountability_cause_names_its_referral",
        f"{constraint('accountability_cause_names_its_referral', 'accountability')};{EVERY}",
        (ended("sent_case"), period("sent_case", "trust", "accepted", "")),
    ),
    astray("the case's row names another agency", the_case("accountable_agency_id = %(trust)s"), guard=CASE),
    astray("the case's row names another beginning", the_case("accountable_since = now()"), guard=CASE),
    astray("the case's row names another opener", the_case("opened_by_agency_id = %(trust)s"), guard=CASE),
    astray("a lead that was not accepted holds the case", the_case("holding_lead_id = %(sent)s"), guard=CASE),
    astray(
        "the lead that holds the case is forgotten",
        the_case("holding_lead_id = null", "accepted_case"),
        guard=CASE,
    ),
    astray(
        "accepted, and nobody took over",
        *moved("acknowledged", "accepted", ["decide"], ["start"]),
        guard=LEAD,
    ),
    astray("taken over, and nobody accepted", *handed_over("sent_case", "trust", "accepted", "sent")),
    astray(
        "taken over by an agency that was not asked",
        *handed_over("accepted_case", "ambulance", "accepted", "accepted"),
    ),
    astray(
        "taken over by a supporting acceptance",
        *SUPPORT,
        *handed_over("in_progress_case", "ambulance", "accepted", "support"),
    ),
    astray("taken over by another case's lead", *handed_over("sent_case", "trust", "accepted", "accepted")),
    astray(
        "given back by a lead that goes on",
        *handed_over("in_progress_case", "police", "failed", "in_progress"),
    ),
    astray(
        "failed, and it was not given back",
        *moved("in_progress", "failed", ["review"], ["re_action"]),
        guard=LEAD,
    ),
    astray(
        "given back to another than the sender",
        *moved("in_progress", "failed", ["review"], ["re_action"]),
        *handed_over("in_progress_case", "ambulance", "failed", "in_progress"),
    ),
    astray(
        "given back by a lead that never held the case",
        copied(
            "referrals_referral",
            "draft",
            id="%(new)s::uuid",
            reference="'R-NEW'::text",
            case_id="%(completed_case)s::uuid",
        ),
        *moved("new", "entered_in_error"),
        *handed_over("completed_case", "police", "entered_in_error", "new"),
    ),
    astray(
        "a period in between for which there was no cause",
        ended("sent_case", "now() - interval '2 milliseconds'"),
        period(
            "sent_case",
            "trust",
            "accepted",
            "accepted",
            "tstzrange(now() - interval '2 milliseconds', now() - interval '1 millisecond')",
        ),
        period("sent_case", "police", "opened", "", "tstzrange(now() - interval '1 millisecond', null)"),
        the_case("accountable_since = now() - interval '1 millisecond'"),
    ),
    astray(
        "a period that has not begun",
        *moved("in_progress", "failed", ["review"], ["re_action"]),
        *(
            each.replace("now()", "now() + interval '1 hour'")
            for each in handed_over("in_progress_case", "police", "failed", "in_progress")
        ),
    ),
    astray(
        "a new case of somebody who did not open it",
        *NEW_CASE[:2],
        period("new", "trust", "opened", ""),
        case_clock("case_review", "sent").replace("select case_id,", "select %(new)s::uuid,"),
        the_case("accountable_agency_id = %(trust)s", "new"),
    ),
    Attack(
        "two leads hold one case",
        "one_lead_holds_the_case",
        f"{constraint('one_lead_holds_the_case', 'referral')};{EVERY}",
        (
            draft(case_id="%(accepted_case)s::uuid"),
            *moved("new", "sent", [], ["acknowledge", "decide"]),
            *moved("new", "acknowledged", ["acknowledge"]),
            *moved("new", "accepted", ["decide"], ["start"]),
        ),
    ),
    rewritten("another agency", "agency_id = %(trust)s"),
    rewritten("another cause", "cause = 'cancelled'"),
    rewritten("another referral", "referral_id = %(sent)s"),
    rewritten("another case", "case_id = %(cancelled_case)s", "not upper_inf(during)"),
    rewritten("another beginning", "during = tstzrange(lower(during) + interval '1 microsecond', null)"),
    rewritten(
        "an end once more",
        "during = tstzrange(lower(during), upper(during) - interval '1 microsecond')",
        "not upper_inf(during)",
    ),
    Attack(
        "history: a period is removed",
        "accountability_is_history",
        f"{trigger('accountability_is_kept', 'accountability')};{EVERY}",
        ("delete from referrals_accountability where case_id = %(failed_case)s",),
        role="owner",
    ),
]
