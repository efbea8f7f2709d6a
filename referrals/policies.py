"""Who may do what. The buttons that a person sees come from the checks that the services make."""

from collections.abc import Iterable, Mapping
from typing import Any

from agencies.acting import Actor
from agencies.models import Team
from agencies.roles import TIERS, AgencyKind, Role, titles_from
from agencies.services import RUNS_THE_AGENCY
from referrals.domain import missing
from referrals.domain.case import CaseState
from referrals.domain.detention import RULES as MILESTONES
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import REASONS, TRANSITIONS, Need, Side, State, Transition, actions_from
from referrals.models import Case, MissingReport, Referral, ThresholdDecision

REMEDY = {
    Need.TEXT: "say why, in a sentence the other side can act on",
    Need.CODE: "give one of the coded reasons",
    Need.WHOSE: "say whose it is: an agency's code, a kind of agency, or 'unknown'",
    Need.OUTCOME: "say what came of it",
    Need.CALLER_TOLD: "say what the caller was told",
    Need.TEAM: "name the team that is asked next",
    Need.DECISION: "give the id of the new threshold decision of this case",
}


def check_acts(actor: Actor) -> None:
    """An auditor reads. Raises NotYourMove."""
    if actor.only_reads:
        raise NotYourMove("an auditor reads, and changes nothing: ask somebody on duty to do this")


def sides_of(actor: Actor, referral: Referral) -> set[Side]:
    """The sides of the referral on which the actor's agency acts."""
    return {side for side in Side if actor.agency_id in referral.agencies_on(side)}


def check_move(actor: Actor, referral: Referral, case: Case, action: str) -> Transition:
    """The move, if the table allows it from here and the actor is the one who makes it.

    Raises Invalid for an action that does not exist, MoveNotAllowed from the wrong state,
    NotYourMove for the wrong side or too junior a role, ReasonNeeded where a human must be named.
    """
    step = TRANSITIONS.get(action)
    if step is None:
        raise Invalid(f"there is no action {action!r}", {"/action": f"one of {', '.join(TRANSITIONS)}"})
    if not _is_open_to(step, referral) or not _may_repeat(action, referral, case):
        allowed = allowed_actions(actor, referral, case)
        raise MoveNotAllowed(f"a referral that is {referral.state} cannot take {action}", allowed)
    if not sides_of(actor, referral) & step.by:
        raise NotYourMove(f"only the {' or the '.join(sorted(step.by))} can {action}")
    check_named(actor, step, referral)
    check_level(actor, step.level, action)
    return step


def check_named(actor: Actor, step: Transition, referral: Referral) -> None:
    """A human being is named where the table asks for one. Acknowledging always does."""
    first_acknowledges = step.acknowledges and referral.state == State.SENT
    if (step.named or first_acknowledges) and not actor.is_named:
        raise ReasonNeeded(
            "only a named human acknowledges, accepts or answers a new referral",
            {"/by": "name the person who does this: name, role and contact"},
        )


def check_level(actor: Actor, level: Role, action: str) -> None:
    """The actor is at least as senior as asked."""
    if level == Role.WORKER:
        return
    if not actor.is_named:
        raise ReasonNeeded(
            f"a {level} or more senior must {action}", {"/by": f"name the {level}: name, role and contact"}
        )
    if actor.level not in TIERS or TIERS.index(actor.level) < TIERS.index(level):
        raise NotYourMove(
            f"a {level} or more senior must {action}; {actor.level} is not", _titles(actor, level)
        )


def _titles(actor: Actor, level: Role) -> dict[str, str]:
    """What a program may say of whom it names; the role of somebody signed in is their agency's to give."""
    if actor.client_id is None:
        return {}
    return {"/by/role": f"a job title whose last words are one of {titles_from(level)}"}


def check_needs(
    action: str, step: Transition, details: Mapping[str, Any], reasons: Mapping[str, str] | None = None
) -> None:
    """Everything the move needs is there. Raises ReasonNeeded naming every field that is missing.

    ``reasons`` are the coded ones that were agreed for this action, if not those of the table.
    """
    missing = {f"/{need}": REMEDY[need] for need in step.needs if need in REMEDY and not details.get(need)}
    if missing:
        raise ReasonNeeded(f"{action} needs more", missing)
    code, codes = details.get(Need.CODE), reasons or REASONS.get(action)
    if code and codes and code not in codes:
        raise Invalid(f"{code!r} is no reason to {action}", {f"/{Need.CODE}": f"one of {', '.join(codes)}"})


def check_decides_threshold(actor: Actor) -> None:
    """The police decide whether a police response is required, and a named person does."""
    if actor.agency_kind != AgencyKind.POLICE:
        raise NotYourMove("the police decide whether a police response is required")
    if not actor.is_named:
        raise ReasonNeeded("a named person decides", {"/decided_by": "name, role and contact"})


def check_reviews_threshold(actor: Actor, decision: ThresholdDecision) -> None:
    """A supervisor of the deciding force reviews, and not the one who decided."""
    if actor.agency_id != decision.agency_id:
        raise NotYourMove("the force that decided reviews its decision")
    check_level(actor, Role.SUPERVISOR, "review a threshold decision")
    if is_same_person(actor.as_event(), decision.decided_by):
        raise NotYourMove("whoever decided does not review it: another supervisor does")


def threshold_actions(actor: Actor, decision: ThresholdDecision, *, superseded: bool) -> list[str]:
    """What the actor may do about a decision of an open case; a system may what a person it names may."""
    if actor.only_reads or superseded or decision.case is None or decision.case.state != CaseState.OPEN:
        return []
    senior = actor.client_id is not None or (actor.level in TIERS and actor.level != Role.WORKER)
    own = actor.agency_id == decision.agency_id and not is_same_person(actor.as_event(), decision.decided_by)
    return [*(["review"] if own and senior else []), "disagree", "reopen"]


def is_same_person(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two actors are one human being: the same sign-in, else the same name."""
    if one.get("membership_id") and other.get("membership_id"):
        return one["membership_id"] == other["membership_id"]
    said = [" ".join(str(each.get("name", "")).casefold().split()) for each in (one, other)]
    return said[0] == said[1]


def may_detain(actor: Actor, case: Case | None) -> bool:
    """Whether the actor may record, in this case, that somebody is detained."""
    police = actor.agency_kind == AgencyKind.POLICE and not actor.only_reads
    return police and case is not None and case.state == CaseState.OPEN


def check_detains(actor: Actor) -> None:
    """Police detain, and a named officer did."""
    if actor.agency_kind != AgencyKind.POLICE:
        raise NotYourMove("the police record whom they detain")
    if not actor.is_named:
        raise ReasonNeeded("a named officer detains", {"/by": "name the officer: name, role and contact"})


def milestones_for(actor: Actor, entered: Iterable[str]) -> list[str]:
    """The milestones that the actor may enter beside those that stand; a system may what one it names may."""
    entered = set(entered)
    return [
        kind
        for kind, rule in MILESTONES.items()
        if not actor.only_reads and actor.audience in rule.by and (rule.many or kind not in entered)
    ]


def check_sends_lead(actor: Actor, case: Case) -> None:
    """Only the accountable agency sends leads: nobody becomes accountable who was not asked by the owner."""
    if case.accountable_agency_id != actor.agency_id:
        raise NotYourMove(
            "only the accountable agency sends a lead referral",
            {"/lead": "send it as supporting (lead: false), or ask the accountable agency"},
        )


def check_case_open(case: Case) -> None:
    """Nothing new happens in a closed case."""
    if case.state != CaseState.OPEN:
        raise MoveNotAllowed(f"case {case.reference} is closed: reopen it first", ["reopen"])


def allowed_actions(actor: Actor, referral: Referral, case: Case | None) -> list[str]:
    """What the actor may do with this referral now; a system may do what a person it names may.

    ``case`` is None for an agency whose part in the case has ended: it may do nothing more.
    """
    if case is None or actor.only_reads:
        return []
    sides = sides_of(actor, referral)
    cancel_asked = referral.cancel_requested_at is not None
    found = {
        a for side in sides for a in actions_from(State(referral.state), side, cancel_asked=cancel_asked)
    }
    return [
        a for a in TRANSITIONS if a in found and _may_repeat(a, referral, case) and _senior_enough(actor, a)
    ]


def _is_open_to(step: Transition, referral: Referral) -> bool:
    asked = referral.cancel_requested_at is not None
    return referral.state in step.sources and step.cancel_asked in (None, asked)


def _may_repeat(action: str, referral: Referral, case: Case) -> bool:
    """One redirect at a time; reopening needs an acceptance, and a lead must still hold the open case."""
    if action == "redirect":
        return not referral.redirect_pending
    if action != "reopen":
        return True
    holds = not referral.lead or case.holding_lead_id == referral.pk
    return referral.accepted_at is not None and holds and case.state == CaseState.OPEN


def _senior_enough(actor: Actor, action: str) -> bool:
    return is_senior(actor, TRANSITIONS[action].level)


def is_senior(actor: Actor, level: Role) -> bool:
    """At least as senior as this; a system may what a person it names may."""
    if level == Role.WORKER or actor.client_id is not None:
        return True
    return actor.level in TIERS and TIERS.index(actor.level) >= TIERS.index(level)


def check_runs_the_agency(actor: Actor) -> None:
    """Whoever decides which programs act for the agency."""
    if actor.role not in RUNS_THE_AGENCY:
        raise NotYourMove("only a manager or director of the agency decides that")


def check_manages_webhooks(actor: Actor) -> None:
    """A program with the scope, or whoever runs the agency: what is sent out leaves its walls."""
    if actor.client_id is None and actor.role not in RUNS_THE_AGENCY:
        raise NotYourMove("only a manager or director, or a program with the scope, manages webhooks")


# Missing patients.


def check_reports_missing(actor: Actor, unit: Team) -> None:
    """A unit's own agency reports its patients; the police look for them."""
    if unit.agency_id != actor.agency_id:
        raise NotYourMove("a report is made for a unit of your own", {"/unit": "one of your agency's teams"})
    if actor.agency_kind == AgencyKind.POLICE:
        raise NotYourMove("the police are asked to look; the unit reports")


def check_missing_move(actor: Actor, report: MissingReport, action: str) -> missing.Move:
    """The move, if the table allows it from here and the actor's agency makes it.

    Raises Invalid for an action that does not exist, MoveNotAllowed from the wrong state, NotYourMove for
    another agency, ReasonNeeded where nobody is named.
    """
    step = missing.MOVES.get(action)
    if step is None:
        raise Invalid(f"there is no action {action!r}", {"/action": f"one of {', '.join(missing.MOVES)}"})
    if report.state not in step.sources:
        allowed = missing_actions(actor, report)
        raise MoveNotAllowed(f"a report that is {report.state} cannot take {action}", allowed)
    if step.units and actor.agency_id != report.unit_agency_id:
        raise NotYourMove(f"only the unit's agency can {action} its report")
    check_says_who(actor, action)
    return step


def check_says_who(actor: Actor, action: str) -> None:
    """A named person does it."""
    if not actor.is_named:
        raise ReasonNeeded(
            f"a named person must {action}", {"/by": "name the person: name, role and contact"}
        )


def missing_actions(actor: Actor, report: MissingReport) -> list[str]:
    """What the actor may do with a report now; a system may what a person it names may."""
    own = actor.agency_id == report.unit_agency_id
    return [
        action
        for action, step in missing.MOVES.items()
        if not actor.only_reads and report.state in step.sources and (own or not step.units)
    ]
