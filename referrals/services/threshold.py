"""Recording the answer to "is a police response required?"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from agencies.acting import Actor
from agencies.roles import AgencyKind
from referrals.domain.errors import NotThere, NotYourMove, ReasonNeeded
from referrals.domain.threshold import POLICY_VERSION, Outcome
from referrals.domain.threshold import decide as find_outcome
from referrals.models import Case, ThresholdDecision
from referrals.models.keys import instant, new_id
from referrals.services.writing import Act, lock_case


@dataclass(frozen=True)
class Decided:
    """One decision as its maker states it. ``answers`` maps question codes to yes, no or unknown."""

    category: str
    answers: Mapping[str, str]
    rationale: str
    caller_told: str
    case: str = ""
    already_tried: str = ""
    agrees: bool = True
    occurred_at: datetime | None = None


@transaction.atomic
def record(*, decided: Decided, by: Actor) -> ThresholdDecision:
    """Compute the outcome and record it with its rationale. ``agrees`` False overrides met into not met,
    and back.

    Raises NotYourMove (police decide), ReasonNeeded (a named decider), NotThere (the case).
    """
    if by.agency_kind != AgencyKind.POLICE:
        raise NotYourMove("the police decide whether a police response is required")
    if not by.is_named:
        raise ReasonNeeded("a named person decides", {"/decided_by": "name, role and contact"})
    act = _act_on(decided, by)
    found = find_outcome(decided.answers)
    outcome = found.outcome if decided.agrees else _opposite(found.outcome)
    decision = ThresholdDecision(
        pk=new_id(),
        case=act.case if act else None,
        agency_id=by.agency_id,
        category=decided.category,
        policy_version=POLICY_VERSION,
        answers=dict(decided.answers),
        computed=found.outcome,
        outcome=outcome,
        overridden=outcome != found.outcome,
        clauses=list(found.clauses),
        decided_by=by.as_event(),
        rationale=decided.rationale,
        already_tried=decided.already_tried,
        caller_told=decided.caller_told,
        occurred_at=decided.occurred_at or (act.at if act else instant()),
        recorded_at=act.at if act else instant(),
    )
    ThresholdDecision.objects.bulk_create([decision])
    if act:
        found_out = {"decision": decision.pk, "outcome": outcome, "overridden": decision.overridden}
        act.event("threshold.decided", found_out)
        act.write()
    return decision


def _act_on(decided: Decided, by: Actor) -> Act | None:
    if not decided.case:
        return None
    found = Case.objects.visible_to(by).filter(reference=decided.case).first()
    if found is None:
        raise NotThere(
            "there is no such case", {"/case": "the reference of a case that your agency is a party to"}
        )
    return Act.on(lock_case(found.pk), by, decided.occurred_at)


def _opposite(outcome: Outcome) -> Outcome:
    return Outcome.NO_POLICE_RESPONSE if outcome == Outcome.POLICE_RESPONSE else Outcome.POLICE_RESPONSE
