"""The handover of a detention is a lead referral: what asking, accepting or refusing it does there."""

from collections.abc import Mapping
from typing import Any

from referrals.domain.detention import HANDOVER, Milestone, Power
from referrals.domain.errors import ReasonNeeded
from referrals.models import Detention, Referral
from referrals.services import milestones
from referrals.services.milestones import Said
from referrals.services.writing import Act


def of(act: Act, referral: Referral) -> Detention | None:
    """The open detention of the case that this referral would hand over, if it would."""
    if not referral.lead or referral.category not in set(HANDOVER.values()):
        return None
    found = Detention.objects.open().filter(case=act.case).select_related("team__agency", "place__agency")
    held = found.first()
    if held is None or referral.category != HANDOVER[Power(held.power)]:
        return None
    return held if referral.to_agency_id != held.agency_id else None


def asked(act: Act, referral: Referral) -> None:
    """A place of safety has been contacted."""
    if (detention := of(act, referral)) is not None:
        said = Said(Milestone.PLACE_CONTACTED, at=act.occurred_at, place=referral.to_team)
        milestones.note(act, detention, said, referral, follows=True)


def accepted(act: Act, referral: Referral) -> None:
    """A named human of the place has accepted: health has the person. A second acceptance is a transfer."""
    detention = of(act, referral)
    if detention is None or detention.accepted_at is not None:
        return
    said = Said(Milestone.HEALTH_ACCEPTED, at=act.occurred_at, place=referral.to_team)
    milestones.note(act, detention, said, referral, follows=True)


def given_back(act: Act, referral: Referral) -> None:
    """The place could not keep the person after all: health has not accepted them, and the police wait on."""
    if (detention := of(act, referral)) is None:
        return
    kept = detention.milestones.filter(kind=Milestone.HEALTH_ACCEPTED, referral=referral, withdrawn=False)
    if (stands := kept.filter(corrected_by=None).first()) is not None:
        said = Said(Milestone.HEALTH_ACCEPTED, at=act.occurred_at, corrects=stands.pk, withdrawn=True)
        milestones.note(act, detention, said, referral, follows=True)


def refused(act: Act, referral: Referral, details: Mapping[str, Any]) -> None:
    """A place refuses only by formal escalation: who stood behind it is kept. Raises ReasonNeeded."""
    detention = of(act, referral)
    if detention is None:
        return
    said = Said(
        Milestone.CAPACITY_ANSWERED,
        at=act.occurred_at,
        place=referral.to_team,
        reason_code="refused",
        authorised_by=authorised(details),
    )
    milestones.note(act, detention, said, referral, follows=True)


def authorised(details: Mapping[str, Any]) -> Mapping[str, str]:
    """Who authorised a refusal. Raises ReasonNeeded."""
    named = details.get("authorised_by")
    if not named or not named.get("name") or not named.get("role"):
        raise ReasonNeeded(
            "a place of safety refuses somebody who is detained only by formal escalation",
            {"/authorised_by": "name who authorised it: name, role and contact"},
        )
    return named
