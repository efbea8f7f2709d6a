"""How cases go: each story is told act by act, and yields how many minutes pass before the next.

A story that is stopped half-way leaves its case where it stands: that is how the open ones are made.
"""

from collections.abc import Iterator

from referrals.domain.clocks import ClockKind
from referrals.domain.referral import Side
from referrals.management.demo.tale import MISSED, VISITED, Tale
from referrals.models.keys import new_id

Story = Iterator[float]


def draft(t: Tale) -> Story:
    """Begun, and not yet sent."""
    t.send(draft=True)
    yield from ()


def discarded(t: Tale) -> Story:
    """Begun, and thrown away."""
    yield from draft(t)
    yield t.wait(ClockKind.SEND)
    t.sender("discard")


def sent(t: Tale) -> Story:
    """Asked."""
    t.send()
    yield from ()


def drafted_then_sent(t: Tale) -> Story:
    """Begun, finished a little later, and sent."""
    yield from draft(t)
    yield t.wait(ClockKind.SEND)
    t.sender("send")


def told_by_phone(t: Tale) -> Story:
    """An emergency: recorded, and told by phone as well."""
    yield from sent(t)
    yield t.wait(ClockKind.PHONE_CONFIRMATION)
    t.phone()


def acknowledged(t: Tale) -> Story:
    """A named human has it."""
    yield from sent(t)
    yield t.wait(ClockKind.ACKNOWLEDGE)
    t.receiver("acknowledge")


def decided(t: Tale) -> Story:
    """As long as they take from acknowledging to a decision."""
    yield from acknowledged(t)
    yield t.wait(ClockKind.DECIDE) - t.wait(ClockKind.ACKNOWLEDGE)


def info_requested(t: Tale) -> Story:
    """The receiver asks back."""
    yield from sent(t)
    yield t.wait(ClockKind.ACKNOWLEDGE)
    t.receiver("request_info")


def info_answered(t: Tale) -> Story:
    """The sender answers."""
    yield from info_requested(t)
    yield t.wait(ClockKind.ANSWER_INFO) / 2
    t.sender("answer_info")


def accepted(t: Tale) -> Story:
    """The receiver answers for the person from now on."""
    yield from decided(t)
    t.receiver("accept")


def in_progress(t: Tale) -> Story:
    """The person has been reached."""
    yield from accepted(t)
    yield t.wait(ClockKind.START) / 4
    t.contact(MISSED)
    yield t.wait(ClockKind.START) / 4
    t.receiver("start")


def completed(t: Tale) -> Story:
    """Seen face to face, and done."""
    yield from in_progress(t)
    yield t.wait(ClockKind.REVIEW)
    t.contact(VISITED)
    yield t.wait(ClockKind.REVIEW) / 2
    t.receiver("complete")


def closed(t: Tale) -> Story:
    """The sender has seen the outcome and told the caller; the case stays open, under review."""
    yield from completed(t)
    yield t.wait(ClockKind.OUTCOME_SEEN)
    t.sender("close")


def ended(t: Tale) -> Story:
    """The whole way, and the case is closed."""
    yield from closed(t)
    yield 60
    t.case("close")


def reopened(t: Tale) -> Story:
    """It was not over."""
    yield from closed(t)
    yield 45
    t.sender("reopen")


def declined(t: Tale) -> Story:
    """Not theirs, they say: it is the sender's again."""
    yield from decided(t)
    t.receiver("decline")


def resent(t: Tale) -> Story:
    """Declined, and asked of somebody else, who accepts."""
    yield from declined(t)
    yield t.wait(ClockKind.RE_ACTION)
    child = t.pass_on("resend", Side.SENDER)
    yield t.wait(ClockKind.DECIDE)
    t.receiver("accept", child)
    yield t.wait(ClockKind.START)
    t.receiver("start", child)


def resent_and_ended(t: Tale) -> Story:
    """The same, to its end."""
    yield from resent(t)
    yield t.wait(ClockKind.REVIEW)
    t.receiver("complete", t.last)
    yield t.wait(ClockKind.OUTCOME_SEEN)
    t.sender("close", t.last)
    yield 60
    t.case("close")


def reassessed(t: Tale) -> Story:
    """Declined, and the police look again whether they must go."""
    yield from declined(t)
    yield t.wait(ClockKind.RE_ACTION)
    t.sender("police_reassess", threshold_decision=t.decide().pk)


def dropped(t: Tale) -> Story:
    """Declined, and a supervisor decides that nothing more is needed."""
    yield from declined(t)
    yield t.wait(ClockKind.RE_ACTION)
    t.sender("no_further_action")
    yield 30
    t.case("close")


def failed(t: Tale) -> Story:
    """Accepted, and it could not be done: the sender answers again."""
    yield from accepted(t)
    yield t.wait(ClockKind.START) / 3
    t.receiver("fail")


def redirect_asked(t: Tale) -> Story:
    """Accepted, and another team is asked to take over; it has not answered."""
    yield from accepted(t)
    yield t.wait(ClockKind.START) / 4
    t.pass_on("redirect", Side.RECEIVER)


def redirected(t: Tale) -> Story:
    """The other team takes over."""
    yield from redirect_asked(t)
    yield t.wait(ClockKind.DECIDE)
    t.receiver("accept", t.last)
    yield t.wait(ClockKind.START)
    t.receiver("start", t.last)


def redirect_refused(t: Tale) -> Story:
    """The other team declines: the choice comes back."""
    yield from redirect_asked(t)
    yield t.wait(ClockKind.DECIDE)
    t.receiver("decline", t.last)


def redirected_before(t: Tale) -> Story:
    """Passed on before anybody accepted: the first sender is the sender still."""
    yield from acknowledged(t)
    t.pass_on("redirect", Side.RECEIVER)
    yield t.wait(ClockKind.DECIDE)
    t.receiver("accept", t.last)


def cancelled(t: Tale) -> Story:
    """Not needed any more."""
    yield from acknowledged(t)
    yield t.wait(ClockKind.ACKNOWLEDGE) / 2
    t.sender("cancel")
    yield 20
    t.case("close")


def withdrawn(t: Tale) -> Story:
    """Not needed any more, before anybody had it."""
    yield from sent(t)
    yield t.wait(ClockKind.ACKNOWLEDGE) / 2
    t.sender("cancel")
    yield 20
    t.case("close")


def cancel_asked(t: Tale) -> Story:
    """Accepted; the sender would call it off, and waits for an answer."""
    yield from accepted(t)
    yield t.wait(ClockKind.START) / 4
    t.sender("request_cancel")


def cancel_agreed(t: Tale) -> Story:
    """The receiver agrees, and the sender answers again."""
    yield from cancel_asked(t)
    yield 10
    t.receiver("agree_cancel")
    yield 20
    t.case("close")


def cancel_refused(t: Tale) -> Story:
    """The receiver goes on."""
    yield from cancel_asked(t)
    yield 5
    t.receiver("refuse_cancel")


def in_error(t: Tale) -> Story:
    """Never meant."""
    yield from sent(t)
    yield t.wait(ClockKind.ACKNOWLEDGE)
    t.sender("enter_in_error")
    yield 15
    t.case("close")


def asked_at_once(t: Tale) -> Story:
    """Two teams asked in one breath."""
    asking = new_id()
    t.send(asking=asking)
    t.send(t.plot.third, asking=asking)
    yield from ()


def first_accepts(t: Tale) -> Story:
    """The first acceptance wins; the other is told."""
    yield from asked_at_once(t)
    yield t.wait(ClockKind.ACKNOWLEDGE)
    t.receiver("acknowledge", t.last)
    yield t.wait(ClockKind.DECIDE) / 2
    t.receiver("accept", t.first)


def supported(t: Tale) -> Story:
    """A lead, and another team beside it that does not take the case over."""
    yield from acknowledged(t)
    t.send(t.plot.third, lead=False)
    yield t.wait(ClockKind.ACKNOWLEDGE)
    t.receiver("accept", t.last)
    yield 2
    t.receiver("accept", t.first)


def claimed(t: Tale) -> Story:
    """Somebody said yes by phone, the sender says."""
    yield from sent(t)
    yield 2
    t.claim()


def claim_confirmed(t: Tale) -> Story:
    """They did."""
    yield from claimed(t)
    yield t.wait(ClockKind.CLAIMED_ACCEPTANCE)
    t.receiver("accept")


def claim_denied(t: Tale) -> Story:
    """They did not."""
    yield from claimed(t)
    yield t.wait(ClockKind.CLAIMED_ACCEPTANCE)
    t.receiver("decline")


def claim_withdrawn(t: Tale) -> Story:
    """The sender takes the ask back before anybody has said whether they did."""
    yield from claimed(t)
    yield 3
    t.sender("cancel")


def claim_overtaken(t: Tale) -> Story:
    """Another team, asked in the same breath, accepts meanwhile."""
    yield from asked_at_once(t)
    yield 2
    t.claim()
    yield t.wait(ClockKind.DECIDE) / 2
    t.receiver("accept", t.last)


def risk_raised(t: Tale) -> Story:
    """It has become more urgent while they think."""
    yield from acknowledged(t)
    yield 1
    t.change_risk("raise", "P2" if t.plot.priority in ("P3", "P4") else "P1")
