"""The lifecycle of a referral, as one table.

Buttons, the API's ``allowed_actions``, the drawn diagram and the database's guard are made
from this file, and tests prove that they agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agencies.roles import Role


class State(StrEnum):
    """Where a referral stands."""

    DRAFT = "draft"
    DISCARDED = "discarded"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    INFO_REQUESTED = "info_requested"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CLOSED = "closed"
    DECLINED = "declined"
    FAILED = "failed"
    REDIRECTED = "redirected"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"


class Side(StrEnum):
    """The two ends of a referral."""

    SENDER = "sender"
    RECEIVER = "receiver"


class Need(StrEnum):
    """What a move cannot do without; the value is the field that carries it."""

    TEXT = "reason"
    CODE = "reason_code"
    WHOSE = "belongs_to"
    OUTCOME = "outcome"
    CALLER_TOLD = "caller_told"
    TEAM = "to_team"
    DECISION = "threshold_decision"
    CONTACT = "contact"


FINAL = frozenset({State.DISCARDED, State.CLOSED, State.REDIRECTED, State.CANCELLED, State.ENTERED_IN_ERROR})
OPEN = frozenset(State) - FINAL
ASKED = frozenset({State.SENT, State.ACKNOWLEDGED, State.INFO_REQUESTED})
HELD = frozenset({State.ACCEPTED, State.IN_PROGRESS})
RETURNED = frozenset({State.DECLINED, State.FAILED})
GIVEN_BACK = frozenset({State.FAILED, State.CANCELLED, State.ENTERED_IN_ERROR})
"""States by which the holding lead gives accountability back to its sender."""

# Who answers for the person while a lead stands there. Open, it is never nobody's; an end changes nothing
# by itself, except that a state of GIVEN_BACK returns what the lead held to its sender.
OWNER = {state: Side.RECEIVER if state in HELD | {State.COMPLETED} else Side.SENDER for state in OPEN}


@dataclass(frozen=True)
class Transition:
    """One action: from where, to where, by whom, and what it needs.

    ``to`` is None where the state does not change. ``named`` asks for a named human, never a
    system alone. ``acknowledges`` means that, made from ``sent``, it is two moves: the referral
    is acknowledged first. ``level`` is the least senior role that may make it.
    """

    sources: frozenset[State]
    to: State | None
    by: frozenset[Side]
    needs: tuple[Need, ...] = ()
    named: bool = False
    level: Role = Role.WORKER
    acknowledges: bool = False
    cancel_asked: bool | None = None  # True: only once the sender asked to cancel; False: only before


SENDER, RECEIVER = frozenset({Side.SENDER}), frozenset({Side.RECEIVER})
EITHER = SENDER | RECEIVER


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


TRANSITIONS: dict[str, Transition] = {
    "send": Transition(_from(State.DRAFT), State.SENT, SENDER),
    "discard": Transition(_from(State.DRAFT), State.DISCARDED, SENDER),
    "acknowledge": Transition(_from(State.SENT), State.ACKNOWLEDGED, RECEIVER, named=True),
    "request_info": Transition(
        _from(State.SENT, State.ACKNOWLEDGED), State.INFO_REQUESTED, RECEIVER, (Need.TEXT,), acknowledges=True
    ),
    "answer_info": Transition(_from(State.INFO_REQUESTED), State.ACKNOWLEDGED, SENDER, (Need.TEXT,)),
    "accept": Transition(ASKED, State.ACCEPTED, RECEIVER, named=True, acknowledges=True),
    "decline": Transition(
        ASKED, State.DECLINED, RECEIVER, (Need.CODE, Need.TEXT, Need.WHOSE), acknowledges=True
    ),
    "start": Transition(_from(State.ACCEPTED), State.IN_PROGRESS, RECEIVER, (Need.CONTACT,)),
    "fail": Transition(HELD, State.FAILED, RECEIVER, (Need.CODE, Need.TEXT)),
    "complete": Transition(_from(State.IN_PROGRESS), State.COMPLETED, RECEIVER, (Need.OUTCOME,)),
    "close": Transition(_from(State.COMPLETED), State.CLOSED, SENDER, (Need.CALLER_TOLD,)),
    "resend": Transition(RETURNED, State.CLOSED, SENDER, (Need.TEAM,)),
    "police_reassess": Transition(RETURNED, State.CLOSED, SENDER, (Need.DECISION,)),
    "no_further_action": Transition(RETURNED, State.CLOSED, SENDER, (Need.TEXT,), level=Role.SUPERVISOR),
    "redirect": Transition(
        _from(State.ACKNOWLEDGED, State.INFO_REQUESTED) | HELD, None, RECEIVER, (Need.TEAM, Need.TEXT)
    ),
    "cancel": Transition(ASKED, State.CANCELLED, SENDER, (Need.TEXT,)),
    "request_cancel": Transition(HELD, None, SENDER, (Need.TEXT,), cancel_asked=False),
    "agree_cancel": Transition(HELD, State.CANCELLED, RECEIVER, cancel_asked=True),
    "refuse_cancel": Transition(HELD, None, RECEIVER, (Need.TEXT,), cancel_asked=True),
    "enter_in_error": Transition(OPEN, State.ENTERED_IN_ERROR, EITHER, (Need.TEXT,), level=Role.SUPERVISOR),
    "reopen": Transition(_from(State.COMPLETED, State.CLOSED), State.IN_PROGRESS, EITHER, (Need.TEXT,)),
}

# What follows by itself, in the same transaction, when another referral is accepted: the lead that
# held before, or the parent of a redirect, becomes redirected; the others of one asking are cancelled.
CONSEQUENCES: dict[str, Transition] = {
    "redirect": Transition(TRANSITIONS["redirect"].sources, State.REDIRECTED, RECEIVER),
    "cancel": Transition(ASKED, State.CANCELLED, SENDER),
}

DECLINE_REASONS = {
    "not_our_area": "outside our area",
    "not_our_criteria": "outside our criteria (age, condition, commissioning)",
    "no_capacity": "no capacity to respond in time",
    "medical_emergency": "needs emergency medical care first",
    "police_threshold_met": "meets the threshold for a police response",
    "known_to_other_team": "already open to another team",
    "insufficient_information": "too little is known to act, and asking did not help",
    "duplicate": "already referred",
    "other": "another reason, given in the text",
}
FAIL_REASONS = {
    "could_not_contact": "the person could not be reached",
    "could_not_locate": "the person could not be found",
    "refused_help": "the person refused help and has capacity to",
    "deteriorated": "needs a different or a faster response now",
    "no_capacity": "accepted, but it can no longer be done in time",
    "unsafe_scene": "not safe to attend",
    "accepted_by_mistake": "accepted by mistake: nothing has been done",
    "other": "another reason, given in the text",
}
REASONS: dict[str, dict[str, str]] = {"decline": DECLINE_REASONS, "fail": FAIL_REASONS}


def changes() -> set[tuple[str, State, State]]:
    """Every action that changes a state, from where and to where; the database admits no other move."""
    every: Iterable[tuple[str, Transition]] = [*TRANSITIONS.items(), *CONSEQUENCES.items()]
    return {
        (action, State.ACKNOWLEDGED if step.acknowledges and source == State.SENT else source, step.to)
        for action, step in every
        for source in step.sources
        if step.to is not None
    }


def pairs() -> set[tuple[State, State]]:
    """Every change of state that exists; the database's guard admits exactly these."""
    return {(old, new) for _, old, new in changes() if old != new}


def actions_from(state: State, side: Side, *, cancel_asked: bool = False) -> list[str]:
    """The actions that the table allows this side from this state, in the table's order."""
    return [
        action
        for action, step in TRANSITIONS.items()
        if state in step.sources and side in step.by and step.cancel_asked in (None, cancel_asked)
    ]
