"""What whoever declined said, for the sender who must act: why, whose it is, and who stood behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agencies.acting import Actor
from agencies.models import Agency
from agencies.roles import AgencyKind
from referrals.domain.agreement import reasons_to_decline
from referrals.domain.referral import State
from referrals.models import Content, DetentionMilestone, Move, Referral


@dataclass(frozen=True)
class Refusal:
    """A decline in words. ``whose`` is empty where they did not know; ``at`` is UTC."""

    by: str
    at: datetime
    because: str
    text: str
    whose: str
    authorised: str


def refusal_of(actor: Actor, referral: Referral) -> Refusal | None:
    """The decline that a referral waits after; None in any other state. At most four queries."""
    if referral.state != State.DECLINED:
        return None
    moves = Move.objects.visible_to(actor).filter(referral=referral, action="decline")
    move = moves.select_related("agency").order_by("-version").first()
    if move is None:
        return None
    reasons = reasons_to_decline(referral.agreement_version.terms)
    seen = Content.objects.visible_to(actor).filter(pk=move.reason_id, audience__contains=[actor.audience])
    stood = DetentionMilestone.objects.visible_to(actor).filter(
        referral=referral, authorised_by__isnull=False
    )
    behind = stood.order_by("-recorded_at").values_list("authorised_by", flat=True).first()
    return Refusal(
        by=", ".join(filter(None, (move.actor.get("name"), move.actor.get("role"), move.agency.name))),
        at=move.recorded_at,
        because=reasons.get(move.reason_code, move.reason_code.replace("_", " ")),
        text=str(seen.values_list("body", flat=True).first() or ""),
        whose=whose(move.details.get("belongs_to", ""), actor),
        authorised=authorised(behind),
    )


def whose(code: str, actor: Actor) -> str:
    """Whose a declined referral is said to be, in words; empty for what they did not know."""
    if code in ("", "unknown"):
        return ""
    if code in set(AgencyKind):
        return f"{AgencyKind(code).label} (a kind of agency)"
    return Agency.objects.visible_to(actor).filter(code=code).values_list("name", flat=True).first() or code


def authorised(by: dict[str, Any] | None) -> str:
    """Who stood behind a refusal, as people say it."""
    return ", ".join(filter(None, (by.get("name"), by.get("role"), by.get("contact")))) if by else ""
