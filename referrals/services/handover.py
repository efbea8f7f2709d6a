"""The handover of a detention is a lead referral: what asking, accepting or refusing it does there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from referrals.domain import officers
from referrals.domain.detention import HANDOVER, Milestone, Power
from referrals.domain.errors import ReasonNeeded
from referrals.models import Detention, OfficerWait, Referral
from referrals.models.keys import new_id
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
    """The place could not keep the person after all: health has not accepted them, and the police wait on.

    Officers who had been released are so no more: they had gone, and have the person again.
    """
    if (detention := of(act, referral)) is None:
        return
    standing = detention.milestones.filter(withdrawn=False, corrected_by=None)
    kept = standing.filter(kind=Milestone.HEALTH_ACCEPTED, referral=referral).first()
    if kept is None:
        return
    taken_back = [kept, *standing.filter(kind=Milestone.LAST_OFFICER_RELEASED)]
    if detention.released_at is not None:
        _gone(act, detention, detention.released_at)
    for each in taken_back:
        said = Said(each.kind, at=act.occurred_at, corrects=each.pk, withdrawn=True)
        milestones.note(act, detention, said, referral, follows=True)


def _gone(act: Act, detention: Detention, at: datetime) -> None:
    """Whoever was there waited until the release, and no longer: nothing of the time between is counted."""
    waits: list[Any] = officers.standing(detention.officers.all())
    OfficerWait.objects.bulk_create(
        OfficerWait(
            pk=new_id(),
            detention=detention,
            case=act.case,
            agency_id=detention.agency_id,
            identifier=each.identifier,
            number=each.number,
            since=each.since,
            until=max(at, each.since),
            supersedes=each,
            actor=act.by.as_event(),
            recorded_at=act.at,
        )
        for each in waits
        if each.until is None
    )


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
