"""An agency that was merged into another hands over what it holds, each case by a named acceptance there.

Nothing moves by itself: what was asked of the old agency is redirected, and a case for which it answers alone
is asked of the new one. Until somebody there accepts, the old agency answers, and the history keeps its name.
"""

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import QuerySet

from agencies.acting import Actor
from agencies.models import Agency, Team
from referrals.domain.case import CaseState
from referrals.domain.errors import Invalid, Refused
from referrals.domain.referral import HELD, OPEN, TRANSITIONS, State
from referrals.models import Case, Referral
from referrals.services import referral as referrals
from referrals.services.sending import again

WHY = "{old} is part of {new} now"


@dataclass(frozen=True)
class HandedOver:
    """One referral or case: its reference, what now asks the new agency, or why nothing does."""

    reference: str
    child: str = ""
    refused: str = ""


def still_held(*, to_team: Team, by: Actor) -> list[Referral | Case]:
    """What the actor's agency holds, and nobody of the successor is asked to take over yet.

    Raises Invalid if the team is not the successor's.
    """
    old = Agency.objects.select_related("succeeded_by").get(pk=by.agency_id)
    if old.succeeded_by_id is None or to_team.agency_id != old.succeeded_by_id:
        new = old.succeeded_by.name if old.succeeded_by else "nobody yet"
        raise Invalid(
            f"{old.name} is succeeded by {new}",
            {"/to_team": "a team of the agency that succeeds yours"},
        )
    return [*_asked_of(by), *_answered_for(by, to_team)]


def hand_over(*, held: Referral | Case, to_team: Team, by: Actor) -> HandedOver:
    """Ask this team of the successor to take one of them over; a refusal is told, and raises nothing."""
    old = Agency.objects.values_list("name", flat=True).get(pk=by.agency_id)
    why = WHY.format(old=old, new=to_team.agency.name)
    try:
        with transaction.atomic():
            if isinstance(held, Referral):
                return HandedOver(held.reference, _redirect(held, to_team, by, why))
            return HandedOver(held.reference, _ask(held, to_team, by, why))
    except Refused as refusal:
        return HandedOver(held.reference, refused=str(refusal))


def _asked_of(by: Actor) -> QuerySet[Referral]:
    """What waits for the old agency or was accepted by it, and is not being passed on."""
    seen = Referral.objects.visible_to(by).filter(to_agency=by.agency_id, redirect_pending=False)
    passed_on = TRANSITIONS["redirect"].sources | {State.SENT}
    return seen.filter(state__in=passed_on).order_by("created_at", "id")


def _answered_for(by: Actor, to_team: Team) -> QuerySet[Case]:
    """The open cases for which it answers, held by no referral and not yet asked of the successor."""
    seen = Case.objects.visible_to(by).filter(state=CaseState.OPEN, accountable_agency=by.agency_id)
    sent = Referral.objects.filter(from_agency=by.agency_id, to_agency=to_team.agency_id, state__in=OPEN)
    held = Referral.objects.filter(to_agency=by.agency_id, lead=True, state__in=HELD)
    return seen.exclude(pk__in=sent.values("case")).exclude(pk__in=held.values("case")).order_by("pk")


def _redirect(asked: Referral, to_team: Team, by: Actor, why: str) -> str:
    if asked.state == State.SENT:
        referrals.move(referral_id=asked.pk, action="acknowledge", by=by)
    referrals.move(referral_id=asked.pk, action="redirect", by=by, to_team=to_team, reason=why)
    return Referral.objects.filter(parent=asked, parent_link="redirect").latest("id").reference


def _ask(held: Case, to_team: Team, by: Actor, why: str) -> str:
    last = Referral.objects.visible_to(by).filter(case=held).order_by("-created_at", "-id").first()
    if last is None:
        raise Invalid("the case has no referral to go by", {"/case": "make a referral in it by hand"})
    asked = again(last, from_team=held.accountable_team, to_team=to_team)
    summary = f"{why}.\n{last.summary}".strip()
    return referrals.create(
        asked=replace(asked, case=held.reference, lead=True, summary=summary), by=by
    ).reference
