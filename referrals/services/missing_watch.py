"""The promises of a missing report: what runs while it stands where it stands, and what a grade makes of it.

The flags are the first rungs of some of these, told by the clock engine; nothing else raises one.
"""

from datetime import datetime

from agencies.models import Team
from agencies.roles import AgencyKind
from referrals.domain.clocks import ClockKind
from referrals.domain.missing import (
    AWAY,
    CATEGORIES,
    LOOKED_AT,
    PRIORITY,
    WATCH,
    Facts,
    Grade,
    State,
    proposed,
)
from referrals.domain.referral import HELD, OPEN, RETURNED
from referrals.domain.retaking import lapses_at
from referrals.domain.threshold import Answer
from referrals.models import Case, MissingReport, Referral
from referrals.services import clock, terms
from referrals.services.clock import Terms
from referrals.services.episodes import is_again, is_new_cluster
from referrals.services.writing import Act

STATES = tuple(kind for kinds in WATCH.values() for kind in kinds)
WHILE_AWAY = (ClockKind.MISSING_NOT_TAKEN, ClockKind.MISSING_POWER)


def facts_of(report: MissingReport) -> Facts:
    """What the rules look at; what nobody has said is unknown."""
    said = {name: report.details.get(name) or Answer.UNKNOWN for name in Facts._fields[1:4]}
    return Facts(immediate_risk=report.immediate_risk, under_18=report.under_18, **said)


def grade_now(report: MissingReport) -> Grade:
    """The grade, or until there is one what the facts propose."""
    return Grade(report.grade) if report.grade else proposed(facts_of(report))


def terms_of(act: Act, report: MissingReport) -> Terms:
    """The unit's own, as urgent as the grade."""
    return terms.own(act, report.unit, report.category, PRIORITY[grade_now(report)])


def follow(act: Act, report: MissingReport, *, met: bool) -> None:
    """Make the promises follow the state: those of the state before are kept, or only stopped."""
    clock.stop_case_clocks(act, *STATES, met=met)
    if report.state not in AWAY:
        clock.stop_case_clocks(act, *WHILE_AWAY, met=met)
        clock.stop_case_clocks(act, ClockKind.MISSING_UNREPORTED, *LOOKED_AT, met=met)
    if report.state == State.LOCATED:
        clock.stop_case_clocks(act, ClockKind.MISSING_NOT_TAKEN, met=met)
    kinds = WATCH.get(State(report.state), ())
    if report.state == State.REPORTED:
        kinds = (ClockKind.MISSING_REVIEW if report.grade else ClockKind.MISSING_GRADE,)
    for kind in kinds:
        start(act, report, kind)


def start(act: Act, report: MissingReport, kind: ClockKind, ends: datetime | None = None) -> None:
    """A promise of whoever answers for the patient; the other of unit and police waits for it."""
    holder, other = _ends(act, report, kind)
    clock.start_for_team(act, terms_of(act, report), kind, holder, other, ends)


def _ends(act: Act, report: MissingReport, kind: ClockKind) -> tuple[int, int | None]:
    """Who must act, and who waits. Police who are no longer asked are neither: they have left the case."""
    police = report.asked_team_id if report.sent_at and of_police(report) else None
    if kind == ClockKind.MISSING_NOT_TAKEN and police:
        return police, report.unit_id
    if kind in (ClockKind.MISSING_REVIEW, ClockKind.MISSING_GRADE) and report.sent_at:
        held = act.case.accountable_team_id
        return held, police if held == report.unit_id else report.unit_id
    return report.unit_id, police


def watch_draft(act: Act, report: MissingReport) -> None:
    """A draft is chased; an absence that is confirmed is to be reported."""
    start(act, report, ClockKind.MISSING_DRAFT)
    watch_confirmed(act, report, None)


def watch_confirmed(act: Act, report: MissingReport, before: datetime | None) -> None:
    """An absence is to be reported so soon after it was confirmed, not after somebody typed that it was.

    ``before`` is the time as it stood: what is saved again as it was runs on, and another time begins anew.
    """
    kind, confirmed = ClockKind.MISSING_UNREPORTED, report.absence_confirmed_at
    if confirmed != before:
        clock.stop_case_clocks(act, kind, met=False)
    if confirmed is not None:
        holder, other = _ends(act, report, kind)
        since = min(confirmed, act.at)
        clock.start_for_team_since(act, terms_of(act, report), kind, holder, other, since)


def watch_sent(act: Act, report: MissingReport) -> None:
    """What a report begins: a grade is due, and whatever of it calls for somebody's eyes is told."""
    clock.stop_case_clocks(act, ClockKind.MISSING_UNREPORTED, met=True)
    follow(act, report, met=True)
    watch_power(act, report)
    if grade_now(report) == Grade.HIGH:
        start(act, report, ClockKind.MISSING_NOT_TAKEN)
    watch_again(act, report)
    if is_new_cluster(report, act.at):
        start(act, report, ClockKind.MISSING_CLUSTER)
    if report.unit.kind == "emergency_department":
        start(act, report, ClockKind.MISSING_WALKOUT)


def watch_again(act: Act, report: MissingReport) -> None:
    """Missing again so soon, whenever that becomes known: once in an episode."""
    told = act.case.clocks.filter(kind=ClockKind.MISSING_AGAIN)
    if report.state in AWAY and is_again(report) and not told.exists():
        start(act, report, ClockKind.MISSING_AGAIN)


def watch_power(act: Act, report: MissingReport) -> None:
    """The end of the power to take the patient back, if there is one and it is to come."""
    ends = lapses_at(
        report.legal_status, report.missing_since, report.section_started_at, report.section_expires_at
    )
    running = act.case.clocks.running().filter(kind=ClockKind.MISSING_POWER)
    if [each.target_at for each in running] == [ends]:
        return
    clock.stop_case_clocks(act, ClockKind.MISSING_POWER, met=False)
    if ends is not None and ends > act.at and report.state in AWAY:
        start(act, report, ClockKind.MISSING_POWER, ends)


def watch_grade(act: Act, report: MissingReport) -> None:
    """A new grade has its own pace; high, the police are to take it."""
    looked_at(act)
    follow(act, report, met=True)
    if grade_now(report) != Grade.HIGH:
        clock.stop_case_clocks(act, ClockKind.MISSING_NOT_TAKEN, met=False)
    elif not is_taken(act.case, report):
        start(act, report, ClockKind.MISSING_NOT_TAKEN)


def grade_anew(act: Act, report: MissingReport) -> None:
    """An immediate risk was reported of somebody graded lower: a grade is due, as soon as of high."""
    clock.stop_case_clocks(act, ClockKind.MISSING_REVIEW, ClockKind.MISSING_GRADE, met=False)
    holder, other = _ends(act, report, ClockKind.MISSING_GRADE)
    on = terms.own(act, report.unit, report.category, PRIORITY[Grade.HIGH])
    clock.start_for_team(act, on, ClockKind.MISSING_GRADE, holder, other)


def looked_at(act: Act) -> None:
    """Somebody has looked at whatever called for it."""
    clock.stop_case_clocks(act, *LOOKED_AT, met=True)


def of_police(report: MissingReport) -> list[Referral]:
    """The open asks to the police in its case."""
    asked = Referral.objects.filter(case=report.case_id, to_agency__kind=AgencyKind.POLICE, state__in=OPEN)
    return list(asked.select_related("from_team__agency", "to_team__agency", "agreement_version"))


def wants_lead(case: Case, report: MissingReport) -> bool:
    """Whether the police, where it is high, are to lead: unless the unit asks for less, or has it not."""
    return report.police_lead is not False and case.accountable_agency_id == report.unit_agency_id


def is_taken(case: Case, report: MissingReport, but: Referral | None = None) -> bool:
    """Whether the police have it: as the lead, where they are to lead. ``but`` one that just ends."""
    held = [each for each in of_police(report) if each.state in HELD and each != but]
    return any(each.lead for each in held) or (bool(held) and not wants_lead(case, report))


# What becomes of the ask, as the referral's own moves tell.


def needs_decision(referral: Referral) -> bool:
    """Whether the police can decline it only with a threshold decision: it is about a missing patient."""
    of_police_ = referral.category in CATEGORIES and referral.to_team.agency.kind == AgencyKind.POLICE
    return of_police_ and MissingReport.objects.filter(case=referral.case_id).exists()


def taken(act: Act, referral: Referral) -> None:
    """The police have it: nobody waits for that any more, and who leads reviews.

    Another force than was asked first has it on its board from now on.
    """
    if referral.category not in CATEGORIES or referral.to_team.agency.kind != AgencyKind.POLICE:
        return
    _follow_the_ask(act, referral)
    report = MissingReport.objects.filter(case=act.case).first()
    if referral.lead or report is None or not wants_lead(act.case, report):
        clock.stop_case_clocks(act, ClockKind.MISSING_NOT_TAKEN, met=True)
    if referral.lead:
        _pass_review(act, referral.to_team, referral.from_team)


def asked(act: Act, referral: Referral) -> None:
    """Asked anew of another force, while nobody else is: it has the report on its board."""
    if referral.category not in CATEGORIES or referral.to_team.agency.kind != AgencyKind.POLICE:
        return
    others = Referral.objects.filter(
        case=act.case, to_agency__kind=AgencyKind.POLICE, state__in=OPEN - RETURNED
    )
    if not others.exclude(pk=referral.pk).exists():
        _follow_the_ask(act, referral)


def _follow_the_ask(act: Act, referral: Referral) -> None:
    sent = MissingReport.objects.filter(case=act.case, state__in=AWAY).exclude(asked_team=referral.to_team)
    sent.update(asked_team=referral.to_team, asked_agency=referral.to_agency_id, referral=referral)


def given_back(act: Act, referral: Referral) -> None:
    """The police have it no longer: high, they are to take it again."""
    if referral.category not in CATEGORIES or referral.to_team.agency.kind != AgencyKind.POLICE:
        return
    if referral.lead:
        _pass_review(act, referral.from_team, referral.to_team)
    report = MissingReport.objects.select_related("unit__agency").filter(case=act.case).first()
    if report is None or report.state != State.REPORTED or grade_now(report) != Grade.HIGH:
        return
    if not is_taken(act.case, report, but=referral):
        start(act, report, ClockKind.MISSING_NOT_TAKEN)


def _pass_review(act: Act, holder: Team, other: Team) -> None:
    running = act.case.clocks.running().filter(
        kind__in=[ClockKind.MISSING_REVIEW, ClockKind.MISSING_GRADE], referral=None
    )
    running.update(team=holder, other_team=other)
