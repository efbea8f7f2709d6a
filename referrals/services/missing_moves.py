"""Moving a missing report one step: graded, reviewed, found, back (or not back after all), closed."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from agencies.instants import spelt
from agencies.roles import Role
from referrals import policies
from referrals.domain import missing
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, ReasonNeeded
from referrals.domain.missing import CATEGORIES, FINAL, Grade, Need, State
from referrals.domain.missing_fields import asked_of, open_steps
from referrals.domain.referral import ASKED, HELD
from referrals.domain.referral import State as Asked
from referrals.models import ChecklistItem, MissingReport, Party, Referral
from referrals.services import case, checklist, clock, threshold_review
from referrals.services import referral as referrals
from referrals.services.finding import RELATED
from referrals.services.missing import (
    EVERY_PART,
    ask_again,
    ask_to_lead,
    find,
    of_child,
    reprioritise,
    send,
    step,
)
from referrals.services.missing_watch import (
    follow,
    grade_now,
    is_taken,
    looked_at,
    of_police,
    start,
    watch_grade,
    watch_power,
)
from referrals.services.writing import Act

REMEDY = {
    Need.GRADE: f"one of {', '.join(Grade)}",
    Need.TEXT: "say why",
    Need.PLACE: "say where",
}
TEXTS = ("reason", "place", "found_by", "harm", "note")
KIND = {"return": "return", "locate": "return", "debrief": "clinical_note"}
"""The content that is said with an action, and so who reads it; with any other, its reason."""
CODES = ("power_used",)


class Details(TypedDict, total=False):
    """What may be said with a move. ``place``, ``found_by`` and ``harm`` are texts, ``power_used`` the power
    under which the patient was brought back, as a code of ``LegalStatus`` or none."""

    grade: str
    reason: str
    place: str
    found_by: str
    harm: str
    note: str
    power_used: str


@transaction.atomic
def move(
    *,
    report_id: UUID,
    action: str,
    by: Actor,
    version: int | None = None,
    occurred_at: datetime | None = None,
    **details: Unpack[Details],
) -> MissingReport:
    """Move a report one step, with its history, clocks and messages, or not at all.

    The case is locked first and the report read again under the lock: of two people who grade or find at
    once, the second is judged against what the first one left.

    Raises NotThere, Invalid, Stale, MoveNotAllowed, NotYourMove, ReasonNeeded.
    """
    report, locked = find(report_id, by, version)
    wanted = policies.check_missing_move(by, report, action)
    said = {name: value for name, value in details.items() if value not in (None, "")}
    _check_needs(action, wanted, said)
    act = Act.on(locked, by, occurred_at, of_old=True)
    _check_order(act, report, action)
    take(act, report, action, said)
    act.write()
    if action == "grade":
        ask_to_lead(locked, report, by)
    case.settle(act)
    return report


def _check_needs(action: str, wanted: missing.Move, said: Mapping[str, Any]) -> None:
    lacking = {f"/{need}": REMEDY[need] for need in wanted.needs if not said.get(need)}
    if lacking:
        raise ReasonNeeded(f"{action} needs more", lacking)
    if "grade" in said and said["grade"] not in set(Grade):
        raise Invalid("there is no such grade", {"/grade": REMEDY[Need.GRADE]})


def _check_order(act: Act, report: MissingReport, action: str) -> None:
    """Nothing is done about a patient before they were last seen, nor are they back before they are found.

    Where it is not known when they were last seen, a day is left before what is known. Times are compared to
    the minute, as people enter them.
    """
    told = report.absence_confirmed_at or report.created_at
    seen = report.last_seen_at or told - timedelta(days=1)
    located = report.located_at if action in AFTER_FOUND else None
    for earliest, what in ((located, "the patient was located"), (seen, "the patient was last seen")):
        if earliest is not None and act.occurred_at < earliest.replace(second=0, microsecond=0):
            raise Invalid(
                f"that is before {what}", {"/occurred_at": f"a time since {what}, {spelt(earliest)}"}
            )


AFTER_FOUND = frozenset({"return", "lost_again"})


def take(act: Act, report: MissingReport, action: str, said: Mapping[str, Any]) -> None:
    """One action and all that follows from it, in the act at hand."""
    if action == "send":
        policies.check_case_open(act.case)
        send(act, report)
        return
    before = State(report.state)
    CHECKS.get(action, _nothing)(act, report, said)
    report.state = missing.MOVES[action].to or before
    if report.state in FINAL:
        report.ended_at = act.at
    texts = {name: said[name] for name in TEXTS if said.get(name)}
    content = [act.content(KIND.get(action, "reason"), texts)] if texts else []
    codes = {name: said[name] for name in CODES if said.get(name)}
    step(act, report, action, before, codes, content)
    AFTER.get(action, _moved)(act, report, said)


def found_by_police(act: Act, place: str) -> None:
    """Whoever is missing in this case is with officers now: the report says so, on both boards."""
    report = MissingReport.objects.select_related(*EVERY_PART).filter(case=act.case, state=State.REPORTED)
    for each in report:
        each.case = act.case
        take(act, each, "locate", {"place": place, "found_by": act.by.as_event()["name"]})


Effect = Callable[[Act, MissingReport, Mapping[str, Any]], None]


def _nothing(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """Nothing to see to first."""


def _regrade(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """Anyone raises a grade, and gives the first; somebody senior lowers it, and says why.

    An immediate risk that was reported is high already: a first grade below it lowers it.
    """
    grade, before = said["grade"], report.grade or _said_high(report)
    if grade == report.grade:
        raise Invalid("it has this grade already", {"/grade": "another one; or take the action review"})
    if missing.is_lower(grade, before):
        policies.check_level(act.by, Role.SUPERVISOR, "lower the grade")
        if not said.get("reason"):
            raise ReasonNeeded("to lower the grade needs a reason", {"/reason": "say what changed"})
    if missing.urgency(grade) < report.urgency:
        threshold_review.reopen_for_risk(act)
    report.grade, report.graded_at = grade, act.at
    report.urgency = missing.urgency(grade)


def _said_high(report: MissingReport) -> str:
    return Grade.HIGH if grade_now(report) == Grade.HIGH else ""


def _locate(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    report.located_at = act.occurred_at
    report.last_sighting_at, report.last_sighting_place = act.occurred_at, said["place"]


def _lose(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    report.located_at = None


def _return(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    report.returned_at = act.occurred_at
    report.located_at = report.located_at or act.occurred_at


def _check_steps(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """With steps open a report closes for a reason alone."""
    waiting = steps_open(report)
    if waiting and not said.get("reason"):
        raise ReasonNeeded(
            f"still to be done: {', '.join(waiting)}",
            {"/reason": "tick them in the checklist, or say why it closes without them"},
        )


def steps_open(report: MissingReport) -> list[str]:
    """What is still to be done before it closes without a reason."""
    done = set(ChecklistItem.objects.filter(report=report).values_list("code", flat=True))
    asked = asked_of(under_18=of_child(report), security=report.security)
    return open_steps(asked, done, returned=report.returned_at is not None)


def _take_back(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """They were never back: the search goes on by whoever has it, else the police are asked anew."""
    report.returned_at = report.located_at = None
    if any(each.state in ASKED | HELD for each in of_police(report)):
        return
    ended = Referral.objects.filter(state__in=[Asked.COMPLETED, Asked.CLOSED], category__in=CATEGORIES)
    of_case = ended.select_related(*RELATED).filter(case=act.case)
    held = next((each for each in of_case if each.pk == act.case.holding_lead_id), None)
    if held is not None:
        held.case = act.case
        referrals.take(act, held, "reopen", {"reason": said["reason"]})
    elif act.by.agency_id == report.unit_agency_id:
        ask_again(act, report)


CHECKS: dict[str, Effect] = {
    "grade": _regrade,
    "locate": _locate,
    "lost_again": _lose,
    "return": _return,
    "not_back": _take_back,
    "close": _check_steps,
}


def _moved(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """The promises follow, and the other side hears."""
    follow(act, report, met=True)
    tell_others(act, report, missing.TOLD_AS[_action_to(report)])


def _action_to(report: MissingReport) -> str:
    return {
        State.LOCATED: "locate",
        State.RETURNED: "return",
        State.CLOSED: "close",
    }[State(report.state)]


def _graded(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    was = [each.priority for each in of_police(report)]
    watch_grade(act, report)
    raised = bool(was) and missing.PRIORITY[Grade(report.grade)] < min(was)
    reprioritise(act, report, raised=raised)
    tell_others(act, report, "missing.graded")


def _reviewed(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """The promise is kept, and the next one begins. Before a grade, only the eyes that were called for."""
    looked_at(act)
    if report.grade:
        clock.stop_case_clocks(act, ClockKind.MISSING_REVIEW, met=True)
        start(act, report, ClockKind.MISSING_REVIEW)


def _away_again(act: Act, report: MissingReport) -> None:
    follow(act, report, met=False)
    watch_power(act, report)
    if report.urgency == 1 and not is_taken(act.case, report):
        start(act, report, ClockKind.MISSING_NOT_TAKEN)


def _lost(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    _away_again(act, report)
    tell_others(act, report, "missing.lost_again")


def _not_back(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    _away_again(act, report)
    tell_others(act, report, "missing.not_back")


def _debriefed(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    checklist.tick_once(act, report, "debriefed")


def _discarded(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """Nobody else ever knew of it: its case ends with it."""
    case.close_unsent(act)


def _cancelled(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """Reported by mistake: the police are no longer asked, or, if they have it, are asked to stop."""
    follow(act, report, met=False)
    ours = [each for each in of_police(report) if each.from_agency_id == act.by.agency_id]
    for referral in ours:
        referral.case = act.case
        if referral.parent_link == "redirect" and referral.parent_id in {each.pk for each in ours}:
            continue  # withdrawn with the ask that was being passed on
        if referral.state in ASKED:
            referrals.take(act, referral, "cancel", {"reason": said["reason"]})
        elif referral.state in HELD and referral.cancel_requested_at is None:
            referrals.take(act, referral, "request_cancel", {"reason": said["reason"]})
    tell_others(act, report, "missing.cancelled")


AFTER: dict[str, Effect] = {
    "grade": _graded,
    "review": _reviewed,
    "lost_again": _lost,
    "not_back": _not_back,
    "debrief": _debriefed,
    "discard": _discarded,
    "cancel": _cancelled,
}


def tell_others(act: Act, report: MissingReport, kind: str) -> None:
    """The unit and the police desk, less the actor's own agency, while they have a part in the case."""
    ends = {(report.unit_id, report.unit_agency_id), (report.asked_team_id, report.asked_agency_id)}
    ends |= {(asked.to_team_id, asked.to_agency_id) for asked in of_police(report)}
    now = set(Party.objects.filter(case=act.case, until=None).values_list("agency_id", flat=True))
    for team_id, agency_id in sorted((t, a) for t, a in ends if t and a):
        if agency_id != act.by.agency_id and agency_id in now:
            act.tell(team_id, agency_id, kind, report.referral)
