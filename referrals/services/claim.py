"""An acceptance given by phone: claimed by the sender, confirmed by the receiver, chased until then.

It waits no longer than the referral that was asked: what ends unanswered takes its claim with it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import ASKED
from referrals.models import ClaimedAcceptance, Referral
from referrals.models.keys import new_id
from referrals.policies import allowed_actions
from referrals.services import clock
from referrals.services.finding import find
from referrals.services.writing import Act


@transaction.atomic
def claim(
    *, referral_id: UUID, by: Actor, accepted_by: Mapping[str, Any], occurred_at: datetime | None = None,
    version: int | None = None,
) -> ClaimedAcceptance:  # fmt: skip
    """Record that somebody accepted by phone: ``accepted_by`` is their ``{name, role, contact}``.

    Accountability stays where it is. The receiver confirms by accepting, or denies by declining;
    unconfirmed, it escalates to both sides.
    """
    referral, locked = find(referral_id, by, version)
    if by.agency_id not in referral.agencies_on("sender"):
        raise NotYourMove("only the sender records an acceptance that was given by phone")
    if referral.state not in ASKED:
        raise MoveNotAllowed(
            f"a referral that is {referral.state} waits for no acceptance",
            allowed_actions(by, referral, locked),
        )
    if not by.is_named:
        raise ReasonNeeded("a named person took the call", {"/by": "name the person: name, role and contact"})
    if referral.claims.filter(state=ClaimedAcceptance.State.OPEN).exists():
        raise MoveNotAllowed(
            "an acceptance is already claimed and waits to be confirmed",
            allowed_actions(by, referral, locked),
        )
    act = Act.on(locked, by, occurred_at)
    claimed = ClaimedAcceptance.objects.bulk_create(
        [
            ClaimedAcceptance(
                pk=new_id(),
                case=locked,
                referral=referral,
                accepted_by=dict(accepted_by),
                claimed_by=by.as_event(),
                occurred_at=act.occurred_at,
                recorded_at=act.at,
            )
        ]
    )[0]
    waits = clock.start_for(act, referral, ClockKind.CLAIMED_ACCEPTANCE)
    referral.breach_at = min(referral.breach_at, waits.target_at)
    referral.version += 1
    referral.save(update_fields=["version", "breach_at"])
    act.event("referral.acceptance_claimed", {"claim": claimed.pk, "version": referral.version}, referral)
    act.tell(referral.to_team_id, referral.to_agency_id, "referral.acceptance_claimed", referral)
    act.write()
    return claimed


def end(act: Act, referral: Referral, *, overtaken: bool) -> None:
    """Nobody can confirm or deny it any more: the referral has left what waits for an answer without one.

    ``overtaken`` if that was because somebody else accepted; else its sender took it back.
    """
    waiting = ClaimedAcceptance.objects.filter(referral=referral, state=ClaimedAcceptance.State.OPEN)
    state = ClaimedAcceptance.State.OVERTAKEN if overtaken else ClaimedAcceptance.State.WITHDRAWN
    for claimed in waiting:
        claimed.state, claimed.answered_at = state, act.at
        claimed.save(update_fields=["state", "answered_at"])
        kind = "referral.claim_overtaken" if overtaken else "referral.claim_withdrawn"
        act.event(kind, {"claim": claimed.pk, "version": referral.version}, referral)
