"""One step of one referral: its state, its move, its event and its clocks, together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from agencies.instants import spelt
from referrals.domain.referral import ASKED, HELD, TRANSITIONS, State
from referrals.models import Clock, Move, Referral
from referrals.models.keys import new_id
from referrals.services import claim, clock
from referrals.services.writing import Act, only

STEP_FIELDS = [
    "state",
    "version",
    "breach_at",
    "sent_at",
    "accepted_at",
    "held_by",
    "held_by_name",
    "held_by_role",
    "cancel_requested_at",
    "redirect_pending",
    "escalation_level",
    "phone_confirmation",
    "to_agency",
    "answering_team",
    "threshold_decision",
]

# Texts that a move may carry, each kept as a content of that kind.
TEXTS = ("reason", "outcome", "caller_told")
CODES = ("belongs_to", "for_agency")
ANSWERS = ("accept", "decline")  # they confirm or deny an acceptance that was claimed
ELSEWHERE = "accepted_elsewhere"


@dataclass(frozen=True)
class Taken:
    """A step that is being taken: the action, where it leads, and what was said with it."""

    action: str
    to: State
    reason_code: str = ""
    contents: list[dict[str, str]] = field(default_factory=list)
    codes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, act: Act, referral: Referral, action: str, to: State, details: Mapping[str, Any]) -> Self:
        """The step, with the texts of its details kept as contents and its codes noted."""
        said = [act.content(kind, details[kind], referral) for kind in TEXTS if details.get(kind)]
        codes = {name: str(details[name]) for name in CODES if details.get(name)}
        return cls(action, to, details.get("reason_code", ""), said, codes)


def step(act: Act, referral: Referral, taken: Taken, running: list[Clock]) -> list[Clock]:
    """Take the step; the clocks that run after it. Writes the referral's row, gathers the rest in the act."""
    before = State(referral.state)
    referral.state, referral.version = taken.to, referral.version + 1
    _hold(act, referral, taken)
    # Whoever takes it, or ends it, passes it on no longer.
    still_held = taken.action != "accept" and taken.to in TRANSITIONS["redirect"].sources
    referral.redirect_pending = referral.redirect_pending and still_held
    kept = clock.follow(act, referral, taken.action, running)
    referral.escalation_level = max((c.step for c in kept), default=0)
    referral.save(update_fields=STEP_FIELDS)
    name = taken.to if taken.to != before else taken.action
    seq = act.event(
        f"referral.{name}",
        {
            "action": taken.action,
            "from_state": before,
            "to_state": taken.to,
            "version": referral.version,
            "reason_code": taken.reason_code,
            "priority": referral.priority,
            "breach_at": spelt(referral.breach_at),
            "content": taken.contents,
            **taken.codes,
        },
        referral,
    )
    act.moves.append(_move(act, referral, before, taken, seq))
    if before in ASKED and taken.to not in ASKED and taken.action not in ANSWERS:
        elsewhere = taken.to == State.REDIRECTED or taken.reason_code == ELSEWHERE
        claim.end(act, referral, overtaken=elsewhere)
    return kept


def _move(act: Act, referral: Referral, before: State, taken: Taken, seq: int) -> Move:
    reason = next((each["id"] for each in taken.contents if each["kind"] in TEXTS), None)
    return Move(
        pk=new_id(),
        case=act.case,
        referral=referral,
        version=referral.version,
        action=taken.action,
        from_state=before,
        to_state=taken.to,
        actor=act.by.as_event(),
        agency_id=act.by.agency_id,
        reason_code=taken.reason_code,
        reason_id=reason,
        details=dict(taken.codes),
        occurred_at=act.occurred_at,
        recorded_at=act.at,
        event_seq=seq,
        only_agency_id=only(referral),
    )


def _hold(act: Act, referral: Referral, taken: Taken) -> None:
    """Who works on it: whoever acknowledged or accepted it, until it leaves the receiver's hands."""
    if taken.action in ("acknowledge", "accept") and act.by.person is not None:
        referral.held_by_id = act.by.membership_id
        referral.held_by_name, referral.held_by_role = act.by.person.name, act.by.person.role
    elif referral.state not in ASKED | HELD:
        referral.held_by_id, referral.held_by_name, referral.held_by_role = None, "", ""
    if taken.action == "accept":
        referral.accepted_at = act.at
    if taken.action in ("request_cancel", "agree_cancel", "refuse_cancel", "fail", "complete"):
        referral.cancel_requested_at = act.at if taken.action == "request_cancel" else None
