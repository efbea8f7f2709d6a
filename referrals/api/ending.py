"""How a referral ended, or came back: what partners are told of it beyond its state."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from agencies.acting import Actor
from referrals.domain.disclosure import kinds_read_by
from referrals.domain.referral import RETURNED, State
from referrals.models import Content, Move

ENDS = sorted({*RETURNED, State.COMPLETED, State.CANCELLED, State.ENTERED_IN_ERROR})


@dataclass(frozen=True)
class Ending:
    """The last move that ended it: what it became, and why, as far as the reader may see."""

    state: str
    code: str
    text: str


def endings(ids: Iterable[UUID], actor: Actor) -> dict[UUID, Ending]:
    """By referral. Two queries, however many there are."""
    seen = Move.objects.visible_to(actor).filter(referral_id__in=list(ids), to_state__in=ENDS)
    last = list(
        seen.order_by("referral_id", "-version")
        .distinct("referral_id")
        .values_list("referral_id", "to_state", "reason_code", "reason_id")
    )
    texts = _texts({key for *_, key in last if key}, actor)
    return {key: Ending(state, code, texts.get(why, "")) for key, state, code, why in last}


def _texts(ids: set[UUID], actor: Actor) -> dict[UUID, str]:
    seen = Content.objects.visible_to(actor).filter(
        pk__in=ids, kind__in=kinds_read_by(actor.audience), audience__contains=[actor.audience]
    )
    return {key: body for key, body in seen.values_list("pk", "body") if isinstance(body, str)}
