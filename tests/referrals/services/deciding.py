"""Threshold decisions in tests: made, and read back with the case they stand in."""

from dataclasses import replace
from typing import Any

from agencies.acting import Actor, acting_for
from referrals.models import Case, Event, Party, Person, ThresholdDecision
from referrals.reporting.decisions import SeenDecision, read
from referrals.services.threshold import Decided, record
from tests.factories.world import NURSE, act

NO = {"crime": "no", "risk_to_life": "no", "serious_harm": "no", "duty_of_care": "no", "statutory_duty": "no"}
PLAIN = Decided(
    category="concern_for_welfare",
    answers=NO,
    rationale="Seen by a neighbour an hour ago.",
    caller_told="Police are not coming; the crisis team will ring.",
    already_tried="Rang her twice.",
)
MET = {**NO, "risk_to_life": "yes"}
UNSURE = {**NO, "serious_harm": "unknown"}


def decide(by: Actor, **changes: Any) -> ThresholdDecision:
    """Not met, in a case of its own, unless changed."""
    return act(by, record, decided=replace(PLAIN, **changes))


def supervisor(by: Actor, name: str = "Sam Example") -> Actor:
    """Another person of the same force, senior enough to review."""
    return by.asserting(replace(NURSE, name=name, role="duty inspector"))


def seen(by: Actor, decision: ThresholdDecision) -> SeenDecision | None:
    """The decision as this actor reads it, if they do."""
    with acting_for(by.agency_id):
        return next(iter(read([decision.pk], by)), None)


def case_of(decision: ThresholdDecision) -> Case:
    """Its case as it is now."""
    with acting_for(decision.agency_id):
        return Case.objects.get(pk=decision.case_id)


def person_of(decision: ThresholdDecision) -> Person:
    """The person of its case."""
    with acting_for(decision.agency_id):
        return Person.objects.get(case=decision.case_id)


def last_event(by: Actor, decision: ThresholdDecision) -> Event:
    """What happened last in its case."""
    with acting_for(by.agency_id):
        return Event.objects.visible_to(by).filter(case=decision.case_id).latest("seq")


def is_party(by: Actor, decision: ThresholdDecision) -> bool:
    """Whether the actor's agency has a part in its case now."""
    with acting_for(by.agency_id):
        return Party.objects.filter(case=decision.case_id, agency=by.agency_id, until=None).exists()
