"""Recording the answer to "is a police response required?"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from agencies.acting import Actor
from agencies.instants import spelt
from agencies.models import Agency, Team
from agencies.roles import TeamKind
from referrals import policies
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, NotThere, NotYourMove
from referrals.domain.threshold import Finding, Outcome, Stand, Standing
from referrals.models import Case, ThresholdDecision
from referrals.models.keys import new_id
from referrals.services import case, clock, person, supervisor, terms, threshold_policy
from referrals.services.threshold_review import stand_of, standing_decisions
from referrals.services.threshold_watch import watch
from referrals.services.writing import Act, lock_case

TEXTS = ("rationale", "already_tried", "caller_told")


@dataclass(frozen=True)
class Decided:
    """One decision as its maker states it. ``answers`` maps question codes to yes, no or unknown.

    Without a ``case`` one is opened, for ``person`` if anything is known of them. ``policy`` is the code
    of the policy by which the maker was prompted. ``occurred_at`` is when it was decided (UTC; by default,
    now), ``told_agency`` which agency was told, and ``told_at`` when (UTC; by default, when it occurred).
    None of it is to come.
    """

    category: str
    answers: Mapping[str, str]
    rationale: str
    caller_told: str
    case: str = ""
    already_tried: str = ""
    agrees: bool = True
    occurred_at: datetime | None = None
    person: Mapping[str, Any] = field(default_factory=dict)
    priority: str = ""
    policy: str = ""
    told_agency: Agency | None = None
    told_at: datetime | None = None


@transaction.atomic
def record(*, decided: Decided, by: Actor) -> ThresholdDecision:
    """Compute the outcome and record it with its rationale. ``agrees`` False overrides met into not met,
    and back.

    Every decision has a case, opened for the police if there is none: undetermined or not met, somebody
    must go on watching until the person is somebody's; and what was met may be heard of again.

    Raises NotYourMove (police decide; a supervisor answers a disagreement or an override), ReasonNeeded
    (a named decider), NotThere (the case), Invalid.
    """
    policies.check_decides_threshold(by)
    act, desk = _act_on(decided, by)
    standing = threshold_policy.in_force(by.agency_id, decided.category, act.occurred_at)
    _check(decided, standing, act.at)
    found = standing.find(decided.answers)
    decision = _row(act, decided, standing, found)
    decision.team = desk
    _check_answers(act, decision)
    said = [act.content(kind, getattr(decided, kind)) for kind in TEXTS if getattr(decided, kind)]
    decision.contents = {each["kind"]: each["id"] for each in said}
    decision.save(force_insert=True)
    act.event("threshold.decided", {**_codes(decision), "content": said})
    on = terms.own(act, desk, decided.category, decided.priority) if act.opens else terms.of_case(act)
    if act.opens:
        clock.start_for_case(act, on, ClockKind.CASE_REVIEW)
    watch(act, decision, Outcome(decision.outcome), on)
    if decision.outcome == Outcome.UNDETERMINED:
        supervisor.tell(act, desk.pk, "threshold.undetermined")
    act.write()
    return decision


def _act_on(decided: Decided, by: Actor) -> tuple[Act, Team]:
    desk = desk_of(by)
    if not decided.case:
        who = decided.person or person.UNKNOWN
        return case.open_case(person=who, team=desk, by=by, occurred_at=decided.occurred_at), desk
    found = Case.objects.visible_to(by).filter(reference=decided.case).first()
    if found is None:
        raise NotThere(
            "there is no such case", {"/case": "the reference of a case that your agency is a party to"}
        )
    act = Act.on(lock_case(found.pk), by, decided.occurred_at, of_old=True)
    policies.check_case_open(act.case)
    person.state(act, decided.person)
    return act, desk


def desk_of(by: Actor) -> Team:
    """The actor's own desk; of a system that serves none, its force's control room. Raises Invalid."""
    own = Team.objects.filter(agency=by.agency_id).select_related("agency")
    if by.team_id is not None:
        return Team.objects.select_related("agency").get(pk=by.team_id)
    rooms = sorted(own, key=lambda team: (team.kind != TeamKind.CONTROL_ROOM, team.pk))
    if not rooms:
        raise Invalid("your agency has no desk that could decide", {"/case": "tell the administrators"})
    return rooms[0]


def _check(decided: Decided, standing: Standing, now: datetime) -> None:
    """The prompt that was answered is the one that was in force; whoever was told, has been."""
    errors = {
        f"/answers/{code}": f"no question of {standing.code} in this category"
        for code in decided.answers
        if code not in {question.code for question in standing.questions}
    }
    if decided.policy and decided.policy != standing.code:
        errors["/policy"] = f"the policy in force is {standing.code}: see GET /threshold-policies/"
    if not decided.agrees and not standing.is_live:
        errors["/agrees"] = "before a policy is live, police attend as before: there is nothing to override"
    if decided.told_at is not None and decided.told_agency is None:
        errors["/agency_told"] = "say which agency was told"
    if decided.told_at is not None and decided.told_at > now:
        errors["/agency_told_at"] = "a time that has passed"
    if errors:
        raise Invalid("the decision cannot stand as it was stated", errors)


def _row(act: Act, decided: Decided, standing: Standing, found: Finding) -> ThresholdDecision:
    outcome = found.outcome if decided.agrees else _opposite(found.outcome)
    return ThresholdDecision(
        pk=new_id(),
        case=act.case,
        agency_id=act.by.agency_id,
        category=decided.category,
        policy_version=standing.code,
        policy_id=standing.version_id,
        answers=dict(decided.answers),
        computed=found.outcome,
        outcome=outcome,
        overridden=outcome != found.outcome,
        clauses=list(found.clauses),
        decided_by=act.by.as_event(),
        told_agency=decided.told_agency,
        told_at=(decided.told_at or act.occurred_at) if decided.told_agency else None,
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )


def _check_answers(act: Act, decision: ThresholdDecision) -> None:
    """A disagreement, and an override, wait for a supervisor: whoever decided does not answer them by
    deciding the same anew. That police respond, and that it is not known, may be said at any time."""
    if act.opens or decision.outcome != Outcome.NO_POLICE_RESPONSE:
        return
    standing = standing_decisions(act.case)
    for one in standing:
        waits = AWAITED.get(stand_of(one, standing))
        if one.agency_id != decision.agency_id or waits is None:
            continue
        try:
            policies.check_reviews_threshold(act.by, one)
        except NotYourMove as wrong:
            raise NotYourMove(
                f"{waits}: a supervisor who did not make that decision reviews it, or decides anew"
            ) from wrong


AWAITED = {
    Stand.DISAGREED: "a professional disagrees with the decision that stands",
    Stand.AWAITING_REVIEW: "the decision that stands overrode what its answers came to",
}


def _codes(decision: ThresholdDecision) -> dict[str, object]:
    """What the event holds: ids and codes. Met, it says that the police attend."""
    return {
        "decision": decision.pk,
        "outcome": decision.outcome,
        "overridden": decision.overridden,
        "policy_version": decision.policy_version,
        "attending": decision.outcome == Outcome.POLICE_RESPONSE,
        **_told(decision),
    }


def _told(decision: ThresholdDecision) -> dict[str, object]:
    """Which agency was told, and when, if one was."""
    if decision.told_agency is None or decision.told_at is None:
        return {}
    return {"told": decision.told_agency.code, "told_at": spelt(decision.told_at)}


def _opposite(outcome: Outcome) -> Outcome:
    return Outcome.NO_POLICE_RESPONSE if outcome == Outcome.POLICE_RESPONSE else Outcome.POLICE_RESPONSE
