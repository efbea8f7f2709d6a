"""Asks that nobody has accepted, and that nobody need answer any more: cancelled, and both sides are told.

Responsibility does not move by this: what is accepted is left to those who have it.
"""

from collections.abc import Iterable

from referrals.domain.clocks import ClockKind
from referrals.domain.detention import HANDOVER, Power
from referrals.domain.missing import CATEGORIES
from referrals.domain.referral import ASKED, OPEN, State
from referrals.models import Detention, MissingReport, Referral
from referrals.services import case, clock
from referrals.services.effects import withdraw_child
from referrals.services.finding import RELATED
from referrals.services.missing_watch import of_police
from referrals.services.steps import Taken, step
from referrals.services.writing import Act


def patient_is_back(act: Act, report: MissingReport) -> None:
    """The unit's own asks to look for the patient. Where others report the return, they stay."""
    ours = [each for each in of_police(report) if each.from_agency_id == act.by.agency_id]
    _withdraw(act, [each for each in ours if each.category in CATEGORIES], "patient_is_back")


def asked_to_lead(act: Act, report: MissingReport, asks: Iterable[Referral]) -> None:
    """The unit's own asks that the police help, once they are asked to lead."""
    ours = [each for each in asks if each.from_agency_id == report.unit_agency_id]
    _withdraw(act, [each for each in ours if each.category in CATEGORIES], "asked_to_lead")


def detention_ended(act: Act, detention: Detention) -> None:
    """The asks of the detaining agency that a place of safety take the person over.

    A place that itself enters the end has the person, and answers its own ask.
    Nobody else being asked anything, nobody is awaited by the person either: first contact is due no more.
    """
    asked = Referral.objects.filter(
        case=act.case, from_agency=detention.agency_id, category=HANDOVER[Power(detention.power)], lead=True
    )
    others = asked.filter(state__in=ASKED).exclude(to_agency=act.by.agency_id)
    _withdraw(act, others.select_related(*RELATED), "detention_ended")
    if not Referral.objects.filter(case=act.case, state__in=OPEN).exists():
        clock.stop_case_clocks(act, ClockKind.FIRST_CONTACT, ClockKind.FACE_TO_FACE, met=False)


def _withdraw(act: Act, asks: Iterable[Referral], code: str) -> None:
    """The newest first: what was asked in passing one on ends before the one that was passed on."""
    waiting = [each for each in asks if each.state in ASKED]
    for each in sorted(waiting, key=lambda ask: ask.pk, reverse=True):
        each.case = act.case
        if each.redirect_pending:
            withdraw_child(act, each, "cancel")
        step(act, each, Taken("cancel", State.CANCELLED, reason_code=code), clock.running_of(each))
        for team, agency in {(each.to_team_id, each.to_agency_id), (each.from_team_id, each.from_agency_id)}:
            if agency != act.by.agency_id:
                act.tell(team, agency, "referral.cancelled", each, reason_code=code)
    if waiting:
        case.watch_if_idle(act, waiting[0])
