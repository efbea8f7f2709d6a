"""Reporting a patient missing: a draft that is kept as it is typed, sending it, and what is added later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from agencies.acting import Actor, acting_for
from agencies.instants import day_of, spelt
from agencies.models import Team
from agencies.roles import AgencyKind, TeamKind
from referrals import policies
from referrals.domain import missing
from referrals.domain.age import is_child
from referrals.domain.case import Flag
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, Stale
from referrals.domain.missing import PRIORITY, Grade, State
from referrals.domain.missing_fields import BY_NAME, FOR_HEALTH
from referrals.domain.moments import not_before, passed
from referrals.domain.referral import ASKED, HELD
from referrals.domain.threshold import Answer
from referrals.models import Case, MissingMove, MissingReport, Person, Referral
from referrals.models.keys import new_id, next_missing
from referrals.services import case, clock, person, risk, threshold_review, withdrawing
from referrals.services.episodes import link_earlier
from referrals.services.missing_watch import (
    grade_anew,
    grade_now,
    is_taken,
    of_police,
    start,
    terms_of,
    wants_lead,
    watch_again,
    watch_confirmed,
    watch_draft,
    watch_power,
    watch_sent,
)
from referrals.services.sending import Asked
from referrals.services.sending import draft as draft_referral
from referrals.services.sending import send as send_referral
from referrals.services.writing import Act, lock_case

COLUMNS = (
    "last_seen_at",
    "absence_confirmed_at",
    "legal_status",
    "section_started_at",
    "section_expires_at",
    "immediate_risk",
    "security",
)
TIMES = ("last_seen_at", "absence_confirmed_at", "section_started_at")
OF_THE_ABSENCE = ("last_seen_at", "absence_confirmed_at")
LONGEST_AWAY = timedelta(days=3_660)  # ours: ten years; further back, a year was mistyped
# Nobody can be in contact with somebody who is missing: grading and reviewing are the promises until then.
NOT_OF_THE_MISSING = (ClockKind.FIRST_CONTACT, ClockKind.FACE_TO_FACE)
EVERY_PART = ("unit__agency", "asked_team__agency", "referral")


@dataclass(frozen=True)
class Reported:
    """What is said of a missing patient; whatever is not known is left out.

    ``facts`` are columns of the report, ``details`` texts by the names of ``domain.missing_fields``.
    ``police`` is the desk that is asked; by default the one that covers the unit. ``lead`` says whether
    it is asked to lead, which the grade proposes otherwise.
    """

    unit: Team
    person: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    reporter: Mapping[str, str] = field(default_factory=dict)
    police: Team | None = None
    lead: bool | None = None
    occurred_at: datetime | None = None


@transaction.atomic
def create(*, said: Reported, by: Actor, draft: bool = False) -> MissingReport:
    """A new report in a case of its own, accountable to the unit's agency; sent, unless kept as a draft.

    Raises NotYourMove (another agency's unit; police), ReasonNeeded, Invalid (no police team is asked).
    """
    policies.check_reports_missing(by, said.unit)
    policies.check_says_who(by, "report a patient missing")
    _check_police(said.police)
    who = said.person or person.UNKNOWN
    act = case.open_case(person=who, team=said.unit, by=by, occurred_at=said.occurred_at)
    report = _row(act, said)
    MissingReport.objects.bulk_create([report])
    texts = _texts(act, said.details)
    if draft:
        act.event("missing.draft", {"report": report.pk, "content": texts})
        watch_draft(act, report)
        clock.start_for_case(act, terms_of(act, report), ClockKind.CASE_REVIEW)
    else:
        send(act, report, texts)
    act.write()
    return report


def _row(act: Act, said: Reported) -> MissingReport:
    own = act.by.as_event()
    reporter = dict(said.reporter) or {name: own[name] for name in ("name", "role", "contact")}
    report = MissingReport(
        pk=new_id(),
        reference=next_missing(),
        case=act.case,
        unit=said.unit,
        unit_agency_id=said.unit.agency_id,
        asked_team=said.police,
        asked_agency=said.police.agency if said.police else None,
        police_lead=said.lead,
        reporter=reporter,
        typed_by_id=act.by.membership_id,
        created_at=act.at,
    )
    _take_in(report, said.facts, said.details)
    _check_times(report, act.at)
    _work_out(report, said.person, act.at)
    return report


def _take_in(report: MissingReport, facts: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    for name in COLUMNS:
        if name in facts:
            setattr(report, name, facts[name])
    said = {
        name: spelt(value) if isinstance(value, datetime) else value
        for name, value in details.items()
        if name in BY_NAME
    }
    known = {**report.details, **said}
    report.details = {name: value for name, value in known.items() if value not in ("", None, [])}


def _work_out(report: MissingReport, about: Mapping[str, Any], at: datetime) -> None:
    """What follows from the facts: the category, whether a child, since when, how urgent."""
    report.under_18 = _is_child(about, day_of(at))
    report.category = missing.category(report.legal_status, report.unit.kind)
    report.missing_since = report.last_seen_at or report.absence_confirmed_at or report.created_at
    report.urgency = missing.urgency(grade_now(report))


def _is_child(about: Mapping[str, Any], today: date) -> bool:
    born, age = about.get("date_of_birth"), about.get("age")
    return bool(
        is_child(
            stated=None,
            age=None if age in ("", None) else int(str(age)),
            born=born if isinstance(born, date) else None,
            on=today,
        )
    )


def of_child(report: MissingReport) -> bool | None:
    """Whether the patient is under 18; None while nobody knows how old they are."""
    aged = Q(date_of_birth__isnull=False) | Q(age__isnull=False)
    known = report.under_18 or Person.objects.filter(aged, case=report.case_id).exists()
    return report.under_18 if known else None


def _check_times(report: MissingReport, at: datetime) -> None:
    """Nothing was seen, confirmed or begun in the future, nor long before; a section ends after it began."""
    for name in TIMES:
        if (told := getattr(report, name)) is not None:
            setattr(report, name, passed(told, at, f"/{name}"))
            if name in OF_THE_ABSENCE:
                not_before(told, report.created_at - LONGEST_AWAY, f"/{name}", "it was reported")
    _check_found(report)
    begun, ends = report.section_started_at, report.section_expires_at
    if begun and ends and ends <= begun:
        raise Invalid("these times cannot be", {"/section_expires_at": "a section ends after it began"})


def _check_found(report: MissingReport) -> None:
    """They were last seen before they were found; to the minute, as people enter times."""
    seen, found = report.last_seen_at, report.located_at
    if seen and found and seen.replace(second=0, microsecond=0) > found:
        raise Invalid(
            "that is after the patient was located",
            {"/last_seen_at": f"a time before the patient was located, {spelt(found)}"},
        )


def _texts(act: Act, details: Mapping[str, Any]) -> list[dict[str, str]]:
    """What was said, kept as contents: what the search reads, and what health alone reads."""
    said = {name: value for name, value in details.items() if name in BY_NAME and value not in ("", None, [])}
    parts = {
        "missing_report": {name: value for name, value in said.items() if name not in FOR_HEALTH},
        "missing_clinical": {name: value for name, value in said.items() if name in FOR_HEALTH},
    }
    return [act.content(kind, body) for kind, body in parts.items() if body]


def send(act: Act, report: MissingReport, said: list[dict[str, str]] | None = None) -> None:
    """One referral to the police, in the same case; the grade proposes whether it is the lead."""
    before, lead = State(report.state), _leads(report)
    if lead:
        policies.check_sends_lead(act.by, act.case)
    referral = _ask(act, report, lead=lead)
    report.state, report.sent_at = State.REPORTED, act.at
    step(act, report, "send", before, {"lead": referral.lead, "category": report.category}, said)
    link_earlier(act, report)
    watch_sent(act, report)


def ask_again(act: Act, report: MissingReport) -> None:
    """The police are asked anew in the same case; to lead only by whoever answers for the patient."""
    _ask(act, report, lead=_leads(report) and act.case.accountable_agency_id == act.by.agency_id)


def ask_to_lead(locked: Case, report: MissingReport, by: Actor) -> None:
    """High now, where the police were asked to help alone: they are asked to lead, by the unit that answers.

    What they have they keep; the unit's own ask that nobody has accepted is withdrawn for this one. Whoever
    found that it is high, the ask is the unit's, and accepting it is the police's.
    """
    asked = [each for each in of_police(report) if each.state in ASKED | HELD]
    is_high = report.state == State.REPORTED and grade_now(report) == Grade.HIGH
    if not (is_high and wants_lead(locked, report)) or not asked or any(each.lead for each in asked):
        return
    act = Act.on(locked, by)
    with acting_for(report.unit_agency_id):  # until it is sent it is the unit's row, and nobody else's
        _ask(act, report, lead=True)
        report.version += 1
        report.save(update_fields=["referral", "asked_team", "asked_agency", "version"])
        withdrawing.asked_to_lead(act, report, asked)
        act.write()


def _ask(act: Act, report: MissingReport, *, lead: bool) -> Referral:
    asked = _asked(report, lead=lead)
    referral = draft_referral(act, asked)
    _check_police(referral.to_team)  # whoever stands in for a closed desk, too
    send_referral(act, referral)
    act.started = [each for each in act.started if each.kind not in NOT_OF_THE_MISSING]
    report.referral = referral
    report.asked_team, report.asked_agency = asked.to_team, asked.to_team.agency
    return referral


def _leads(report: MissingReport) -> bool:
    """Whether the police are asked to lead: as the unit says, else as the grade proposes."""
    return report.police_lead if report.police_lead is not None else grade_now(report) == Grade.HIGH


def _asked(report: MissingReport, *, lead: bool) -> Asked:
    grade = grade_now(report)
    places = [report.details.get(name, "") for name in ("last_seen_place", "direction")]
    return Asked(
        category=report.category,
        priority=PRIORITY[grade],
        from_team=report.unit,
        to_team=report.asked_team or police_for(report.unit),
        lead=lead,
        summary=report.details.get("ask_of_police", ""),
        location={"text": ", ".join(filter(None, places))[:1_000]} if any(places) else {},
        flags=(Flag.UNDER_18,) if report.under_18 else (),
    )


def _check_police(asked: Team | None) -> None:
    """Nobody but the police is asked to look. Raises Invalid."""
    if asked is not None and asked.agency.kind != AgencyKind.POLICE:
        raise Invalid(
            f"a missing patient is reported to the police, and {asked.name} is not",
            {"/to_team": "a team of a police force; left out, the control room of the unit's area is asked"},
        )


def police_for(unit: Team) -> Team:
    """The control room that covers the unit's area; the only one there is, if none does. Raises Invalid.

    A ward of trial runs finds the police of trial runs alone, and no other ward does.
    """
    rooms = list(
        Team.objects.beside(unit.agency_id)
        .filter(agency__kind=AgencyKind.POLICE, kind=TeamKind.CONTROL_ROOM)
        .select_related("agency")
        .order_by("code")
    )
    near = [room for room in rooms if set(room.areas) & _areas_of(unit)]
    found = near or rooms
    if len(found) == 1:
        return found[0]
    codes = ", ".join(room.code for room in found) or "none"
    raise Invalid("which police are asked?", {"/to_team": f"name the control room; there are {codes}"})


def _areas_of(unit: Team) -> set[str]:
    """What the unit covers; a ward covers nothing by itself, and lies where its trust's desks are."""
    if unit.areas:
        return set(unit.areas)
    return {area for areas in unit.agency.teams.values_list("areas", flat=True) for area in areas}


def step(
    act: Act,
    report: MissingReport,
    action: str,
    before: State,
    codes: Mapping[str, Any],
    said: list[dict[str, str]] | None = None,
) -> None:
    """Write the report's next version, its move and its event together; once back, nobody need take it on."""
    report.version += 1
    report.save()
    told = {**codes, "content": said or []}
    data = {"report": report.pk, "version": report.version, "state": report.state, "grade": report.grade}
    act.event(missing.TOLD_AS[action], {**data, **told}, report.referral)
    move = MissingMove(
        pk=new_id(),
        case=act.case,
        report=report,
        version=report.version,
        action=action,
        from_state=before,
        to_state=report.state,
        grade=report.grade,
        actor=act.by.as_event(),
        agency_id=act.by.agency_id,
        details={name: str(value) for name, value in codes.items()},
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )
    MissingMove.objects.bulk_create([move])
    if action == "return":
        withdrawing.patient_is_back(act, report)


def find(report_id: UUID, by: Actor, version: int | None = None) -> tuple[MissingReport, Case]:
    """The report and its locked case, read again under the lock. Raises NotThere, Stale."""
    seen = MissingReport.objects.visible_to(by).opened_by(by)
    key = seen.filter(pk=report_id).values_list("case_id", flat=True).first()
    if key is None:
        raise NotThere("there is no such report")
    locked = lock_case(key)
    report = seen.select_related(*EVERY_PART).get(pk=report_id)
    report.case = locked
    if version is not None and version != report.version:
        raise Stale("the report has moved on since you read it: read it again")
    return report, locked


@dataclass(frozen=True)
class Added:
    """What is said of a report later; only what is named changes."""

    person: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    reporter: Mapping[str, str] = field(default_factory=dict)
    police: Team | None = None
    lead: bool | None = None


@transaction.atomic
def update(*, report_id: UUID, said: Added, by: Actor, version: int | None = None) -> MissingReport:
    """Write what is known now; a named person of the unit's agency does, until the report has ended.

    Raises NotThere, Stale, NotYourMove, ReasonNeeded, MoveNotAllowed (it has ended), Invalid.
    """
    report, locked = find(report_id, by, version)
    _check_adds(report, by)
    act = Act.on(locked, by)
    was = _before(report)
    _take_in(report, said.facts, said.details)
    _check_times(report, act.at)
    _readdress(report, said)
    about = _describe(act, report, said.person)
    _work_out(report, about, act.at)
    _check_lowers_nothing(report, was)
    report.version += 1
    report.save()
    names = sorted({*said.facts, *said.details})
    texts = _texts(act, said.details)
    act.event("missing.updated", {"report": report.pk, "fields": names, "content": texts}, report.referral)
    if report.state == State.DRAFT:
        watch_confirmed(act, report, was.confirmed)
    else:
        _watch_change(act, report, was)
        _link_if_named(act, report, said.person)
    act.write()
    ask_to_lead(locked, report, by)
    return report


def _check_adds(report: MissingReport, by: Actor) -> None:
    policies.check_says_who(by, "add to a report")
    if report.unit_agency_id != by.agency_id:
        raise NotYourMove("the unit's agency writes its report: log a sighting, or tell them")
    if report.state not in missing.OPEN:
        raise MoveNotAllowed(f"a report that is {report.state} can no longer be changed")


def reckon_age(act: Act) -> None:
    """After the person was corrected: an open report, of a child or an adult, and as urgent as that is."""
    found = MissingReport.objects.select_related(*EVERY_PART).filter(case=act.case, state__in=missing.OPEN)
    report = found.first()
    if report is None:
        return
    report.case, was = act.case, _before(report)
    about = Person.objects.values("date_of_birth", "age").get(case=act.case)
    _work_out(report, about, act.at)
    report.version += 1
    report.save()
    if report.state != State.DRAFT:
        _watch_change(act, report, was)


def _readdress(report: MissingReport, said: Added) -> None:
    """While it is a draft: who is asked, and how."""
    if said.reporter:
        report.reporter = dict(said.reporter)
    if (said.police is None and said.lead is None) or report.state != State.DRAFT:
        return
    _check_police(said.police)
    if said.police is not None:
        report.asked_team, report.asked_agency = said.police, said.police.agency
    if said.lead is not None:
        report.police_lead = said.lead


def _describe(act: Act, report: MissingReport, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The patient as now described: a draft is written over; later only gaps are filled, and the rest kept
    beside with who said it."""
    about = person.add(act, said, over=report.state == State.DRAFT)
    return {name: getattr(about, name) for name in ("date_of_birth", "age")}


def _link_if_named(act: Act, report: MissingReport, said: Mapping[str, Any]) -> None:
    """A first report often lacks what names the patient: with it, earlier episodes are found."""
    if said.get("nhs_number") or said.get("date_of_birth"):
        link_earlier(act, report)
        watch_again(act, report)


class Before(NamedTuple):
    """What a report said before something was added."""

    urgency: int
    immediate_risk: str
    confirmed: datetime | None


def _before(report: MissingReport) -> Before:
    return Before(report.urgency, report.immediate_risk, report.absence_confirmed_at)


def _check_lowers_nothing(report: MissingReport, was: Before) -> None:
    """An immediate risk that was reported is high until somebody senior grades it lower, and says why."""
    lowers = was.immediate_risk == Answer.YES != report.immediate_risk
    if lowers and not report.grade and report.state != State.DRAFT:
        told = "a supervisor lowers it, by a grade with a reason"
        raise Invalid("an immediate risk was reported", {"/immediate_risk": told})


def _watch_change(act: Act, report: MissingReport, was: Before) -> None:
    """The promises, as the facts are now: a risk that is greater than it was shortens them, whoever was
    asked hears of it, and what the police decided before it is to be decided anew."""
    watch_power(act, report)
    if report.state != State.REPORTED:
        return
    comes_to_light = report.immediate_risk == Answer.YES != was.immediate_risk
    if not report.grade and report.urgency < was.urgency:
        reprioritise(act, report, raised=True)
        watch_sent_again(act, report)
    elif comes_to_light and report.grade != Grade.HIGH:
        grade_anew(act, report)
    elif not comes_to_light:
        return
    threshold_review.reopen_for_risk(act)
    for asked in of_police(report):
        act.tell(asked.to_team_id, asked.to_agency_id, "risk.raised", asked, priority=asked.priority)


def watch_sent_again(act: Act, report: MissingReport) -> None:
    """The grade is due sooner; if the facts now propose high, the police are to take it."""
    clock.stop_case_clocks(act, ClockKind.MISSING_GRADE, met=False)
    start(act, report, ClockKind.MISSING_GRADE)
    if grade_now(report) == Grade.HIGH and not is_taken(act.case, report):
        start(act, report, ClockKind.MISSING_NOT_TAKEN)


def reprioritise(act: Act, report: MissingReport, *, raised: bool) -> None:
    """The asks to the police are as urgent as the report; nothing lengthens a clock."""
    for referral in of_police(report):
        priority = PRIORITY[grade_now(report)]
        if referral.priority == priority:
            continue
        referral.case = act.case
        _change(act, referral, priority, raised=raised)


def _change(act: Act, referral: Referral, priority: str, *, raised: bool) -> None:
    referral.priority = priority
    if raised:
        referral.risk_raised_at = act.at
        risk.shorten(act, referral)
    referral.version += 1
    referral.save(update_fields=["risk_raised_at", "priority", "version", "breach_at"])
    name = "risk.raised" if raised else "risk.lowered"
    act.event(name, {"priority": priority, "content": [], "version": referral.version}, referral)
