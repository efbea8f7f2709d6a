"""What becomes of a threshold decision: reviewed by a supervisor, disagreed with, reopened by new word."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from referrals import policies
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, ReasonNeeded
from referrals.domain.threshold import REVIEWS, Outcome, Stand, Step, Taken, outcome_now, stand
from referrals.models import Case, Party, ThresholdDecision, ThresholdStep
from referrals.models.keys import new_id
from referrals.services import case, supervisor, terms
from referrals.services.threshold_watch import desk_id, start, watch
from referrals.services.writing import Act, lock_case

TEXT_OF = {Step.DISAGREED: "disagreement", Step.REOPENED: "new_information"}


@dataclass(frozen=True)
class Review:
    """A supervisor's word: ``verdict`` is ratified or overturned. Overturned without an ``outcome``, met
    becomes not met, and back."""

    verdict: str
    rationale: str
    outcome: str = ""
    occurred_at: datetime | None = None


@transaction.atomic
def review(*, decision_id: UUID, said: Review, by: Actor) -> ThresholdStep:
    """Ratify a decision or overturn it, and answer with it whatever disagreement or news there was.

    Raises NotThere, NotYourMove (a supervisor of the force, not the decider), ReasonNeeded, MoveNotAllowed
    (superseded; undetermined stays so until it is decided), Invalid.
    """
    act, decision, before = _find(decision_id, by, said.occurred_at)
    policies.check_reviews_threshold(by, decision)
    if not said.rationale:
        raise ReasonNeeded("a review needs its rationale", {"/rationale": "say why"})
    now = outcome_now(decision.outcome, before)
    outcome = _left(said, now)
    text = act.content("rationale", said.rationale)
    taken = _step(act, decision, Step(said.verdict), text, outcome=outcome)
    codes = {"decision": decision.pk, "verdict": said.verdict, "before": now, "outcome": outcome}
    attending = outcome == Outcome.POLICE_RESPONSE
    act.event("threshold.reviewed", {**codes, "attending": attending, "content": [text]})
    watch(act, decision, outcome, terms.of_case(act), reviewed=True)
    _tell_parties(act, decision, "threshold.reviewed", outcome)
    act.tell(desk_id(decision, act), decision.agency_id, "threshold.reviewed", outcome=outcome)
    act.write()
    case.settle(act)
    return taken


DECIDES = (Outcome.POLICE_RESPONSE, Outcome.NO_POLICE_RESPONSE)


def _left(said: Review, now: Outcome) -> Outcome:
    """The outcome that the review leaves."""
    if said.verdict not in REVIEWS:
        raise Invalid("a review ratifies or overturns", {"/verdict": "ratified or overturned"})
    if said.outcome and said.outcome not in DECIDES:
        raise Invalid("a review decides", {"/outcome": " or ".join(DECIDES)})
    return _ratified(said, now) if said.verdict == Step.RATIFIED else _overturned(said, now)


def _ratified(said: Review, now: Outcome) -> Outcome:
    if now == Outcome.UNDETERMINED:
        raise MoveNotAllowed(
            "what is undetermined cannot be ratified: overturn it with an outcome", [Step.OVERTURNED]
        )
    if said.outcome not in ("", now):
        raise Invalid("ratified, the outcome stays as it is", {"/outcome": f"{now}, or leave it out"})
    return now


def _overturned(said: Review, now: Outcome) -> Outcome:
    if not said.outcome and now == Outcome.UNDETERMINED:
        raise ReasonNeeded("decide it", {"/outcome": " or ".join(DECIDES)})
    turned = Outcome(said.outcome) if said.outcome else _opposite(now)
    if turned == now:
        raise Invalid("that is what was decided", {"/outcome": "the other, or ratify it"})
    return turned


def _opposite(outcome: Outcome) -> Outcome:
    return Outcome.NO_POLICE_RESPONSE if outcome == Outcome.POLICE_RESPONSE else Outcome.POLICE_RESPONSE


@transaction.atomic
def disagree(
    *, decision_id: UUID, by: Actor, reason: str, occurred_at: datetime | None = None
) -> ThresholdStep:
    """A professional of any party disagrees: the deciding force's supervisor is told at once, on a clock.

    Raises NotThere, ReasonNeeded (a named person, a reason), MoveNotAllowed (superseded, or the case is
    closed).
    """
    act, decision, _ = _find(decision_id, by, occurred_at)
    return _object(act, decision, Step.DISAGREED, reason)


@transaction.atomic
def reopen(
    *, decision_id: UUID, by: Actor, reason: str, occurred_at: datetime | None = None
) -> ThresholdStep:
    """New information reopens a decision: it is made again, or reviewed, by a clock. Any party may say so.

    Raises as ``disagree`` does.
    """
    act, decision, _ = _find(decision_id, by, occurred_at)
    return _object(act, decision, Step.REOPENED, reason)


def _object(act: Act, decision: ThresholdDecision, kind: Step, reason: str) -> ThresholdStep:
    if not act.by.is_named:
        raise ReasonNeeded("a named person says so", {"/by": "name the person: name, role and contact"})
    if not reason:
        raise ReasonNeeded("this needs a reason", {"/reason": "say what is known now, or why you disagree"})
    text = act.content(TEXT_OF[kind], reason)
    taken = _step(act, decision, kind, text, cause="new_information" if kind == Step.REOPENED else "")
    _unsettle(act, decision, kind, [text])
    act.write()
    return taken


def reopen_for_risk(act: Act, why: dict[str, str] | None = None) -> None:
    """The risk was raised: what was decided not to need police, in this case, is to be decided anew."""
    for decision in standing_decisions(act.case):
        now = outcome_now(decision.outcome, steps_of(decision))
        if now != Outcome.NO_POLICE_RESPONSE:
            continue
        _step(act, decision, Step.REOPENED, why, cause="risk_raised")
        _unsettle(act, decision, Step.REOPENED, [])


def _unsettle(act: Act, decision: ThresholdDecision, kind: Step, said: list[dict[str, str]]) -> None:
    """The event, the supervisor's message and the clock. A force that has left the case is a party again."""
    case.join(act, decision.agency_id)
    act.event(
        f"threshold.{kind}", {"decision": decision.pk, "by_agency": act.by.agency_code, "content": said}
    )
    waits = ClockKind.THRESHOLD_DISAGREED if kind == Step.DISAGREED else ClockKind.THRESHOLD_REOPENED
    start(act, decision, waits, terms.of_case(act))
    for clock in act.started:
        if clock.kind == waits and act.by.team_id and act.by.agency_id != decision.agency_id:
            clock.other_team_id = act.by.team_id
    told = "threshold.disagreed" if kind == Step.DISAGREED else "threshold.reopened"
    supervisor.tell(act, desk_id(decision, act), told)


def standing_decisions(of: Case) -> list[ThresholdDecision]:
    """Each force's latest decision of the case."""
    decided = (
        ThresholdDecision.objects.filter(case=of).prefetch_related("steps").order_by("-recorded_at", "-id")
    )
    latest: dict[int, ThresholdDecision] = {}
    for decision in decided:
        latest.setdefault(decision.agency_id, decision)
    return list(latest.values())


def stand_of(decision: ThresholdDecision, standing: Iterable[ThresholdDecision]) -> Stand:
    """Where a decision stands, beside each force's latest of its case."""
    superseded = decision.pk not in {each.pk for each in standing}
    return stand(
        decision.outcome, overridden=decision.overridden, steps=steps_of(decision), superseded=superseded
    )


def steps_of(decision: ThresholdDecision) -> list[Taken]:
    """What became of it, in order."""
    taken = sorted(decision.steps.all(), key=lambda step: (step.recorded_at, step.pk))
    return [Taken(step.kind, step.outcome) for step in taken]


def _find(
    decision_id: UUID, by: Actor, occurred_at: datetime | None
) -> tuple[Act, ThresholdDecision, list[Taken]]:
    found = ThresholdDecision.objects.visible_to(by).filter(pk=decision_id).with_superseded()
    key = found.values_list("case_id", flat=True).first()
    if key is None:
        raise NotThere("there is no such decision in a case of yours")
    act = Act.on(lock_case(key), by, occurred_at)
    policies.check_case_open(act.case)
    decision = found.prefetch_related("steps").get()
    steps = steps_of(decision)
    if decision.superseded:
        raise MoveNotAllowed("a later decision of the force stands: read that one")
    return act, decision, steps


def _step(
    act: Act,
    decision: ThresholdDecision,
    kind: Step,
    text: dict[str, str] | None,
    *,
    outcome: str = "",
    cause: str = "",
) -> ThresholdStep:
    return ThresholdStep.objects.create(
        pk=new_id(),
        decision=decision,
        case=act.case,
        agency_id=act.by.agency_id,
        kind=kind,
        outcome=outcome,
        cause=cause,
        actor=act.by.as_event(),
        text_id=UUID(text["id"]) if text else None,
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )


def _tell_parties(act: Act, decision: ThresholdDecision, kind: str, outcome: Outcome) -> None:
    """Whoever answers for the case hears of it, and whoever disagreed."""
    ends = {(act.case.accountable_team_id, act.case.accountable_agency_id)}
    for step in decision.steps.all():
        team = step.actor.get("team_id")
        if step.kind == Step.DISAGREED and team:
            ends.add((team, step.agency_id))
    now = set(Party.objects.filter(case=act.case, until=None).values_list("agency_id", flat=True))
    for team_id, agency_id in sorted(ends):
        if agency_id != act.by.agency_id and agency_id in now:
            act.tell(team_id, agency_id, kind, outcome=outcome)
