"""An agency that was merged into another hands over what it holds, each case by a named acceptance there.

Nothing moves by itself: what was asked of the old agency is redirected, and a case for which it answers alone
is asked of the new one. Until somebody there accepts, the old agency answers, and the history keeps its name.
"""

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import QuerySet

from agencies import audit
from agencies.acting import Actor
from agencies.models import Agency, Team
from agencies.roles import AUDIENCE_OF, AgencyKind
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


@transaction.atomic
def merge(*, old: str, new: str | None) -> Agency:
    """From now on the agency with the code ``old`` is part of ``new``, or, with None, of nobody again.

    New work for it is refused and nothing else moves: that is what ``hand_over`` asks for. Done by whoever
    operates the system, and audited. Raises Invalid.
    """
    found = {each.code: each for each in Agency.objects.select_for_update().filter(code__in=[old, new])}
    for field, code in (("/old", old), ("/new", new)):
        if code is not None and code not in found:
            raise Invalid(f"there is no agency {code}", {field: "the code of an agency"})
    agency, successor = found[old], None if new is None else found[new]
    _check_successor(agency, successor)
    before, agency.succeeded_by = agency.succeeded_by, successor
    agency.save(update_fields=["succeeded_by"])
    audit.record(
        action="agency.merged" if successor else "agency.parted",
        by=None,
        target_label="agency",
        target_id=agency.pk,
        data={"into": new, "before": before and before.code},
        agency_id=agency.pk,
    )
    return agency


def _check_successor(agency: Agency, successor: Agency | None) -> None:
    """It is another one, still there, of the same audience: a merger discloses nothing anew."""
    if successor is None:
        return
    if successor == agency:
        raise Invalid("an agency does not succeed itself", {"/new": "another agency"})
    if successor.succeeded_by_id is not None:
        raise Invalid(
            f"{successor.name} is part of another itself", {"/new": "the agency that it is part of"}
        )
    if AUDIENCE_OF[AgencyKind(successor.kind)] != AUDIENCE_OF[AgencyKind(agency.kind)]:
        raise Invalid(
            f"{successor.name} may not read what {agency.name} may", {"/new": "an agency of the same kind"}
        )


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
