"""How threshold decisions go, and who stays with the person meanwhile: stories of the demonstration."""

from referrals.domain.clocks import ClockKind
from referrals.domain.threshold import Outcome, Step
from referrals.management.demo.stories import Story
from referrals.management.demo.tale import Tale


def not_met(t: Tale) -> Story:
    """No police response, and nobody has been asked yet."""
    t.judge()
    yield from ()


def met(t: Tale) -> Story:
    """Police attend."""
    t.judge(risk_to_life="yes")
    yield from ()


def outside(t: Tale) -> Story:
    """The force has not adopted the scheme: police attend, whatever the answers, and then ask for help."""
    t.judge()
    yield 12
    t.send()
    yield t.wait(ClockKind.ACKNOWLEDGE)
    t.receiver("acknowledge")


def undetermined(t: Tale) -> Story:
    """Nobody knows yet: the police keep it."""
    t.judge(serious_harm="unknown")
    yield from ()


def settled(t: Tale) -> Story:
    """A supervisor decides what was undetermined."""
    yield from undetermined(t)
    yield t.wait(ClockKind.UNDETERMINED)
    t.review(Step.OVERTURNED, Outcome.POLICE_RESPONSE)


def overridden(t: Tale) -> Story:
    """The officer decides otherwise; a supervisor has not looked yet."""
    t.judge(agrees=False, risk_to_life="yes")
    yield from ()


def ratified(t: Tale) -> Story:
    """A supervisor agrees with the officer."""
    yield from overridden(t)
    yield 20
    t.review(Step.RATIFIED)
    t.send()


def overturned(t: Tale) -> Story:
    """A supervisor does not."""
    yield from overridden(t)
    yield 15
    t.review(Step.OVERTURNED)


def referred(t: Tale) -> Story:
    """Not met, and in one step referred; somebody talks to the person until help arrives."""
    yield from not_met(t)
    yield 1
    t.send()
    t.owe_call()
    yield 1
    t.stay("control_room_worker", "phone")


def told(t: Tale) -> Story:
    """The caller is rung back, and help arrives."""
    yield from referred(t)
    yield 4
    t.ring_back()
    yield t.wait(ClockKind.ACKNOWLEDGE)
    t.receiver("accept")
    yield t.wait(ClockKind.START)
    t.receiver("start", contact={"channel": "in_person", "with_whom": "person", "outcome": "reached"})


def alone(t: Tale) -> Story:
    """Nobody is with the person while they wait."""
    yield from referred(t)
    yield 6
    t.stay("nobody", "not_at_all")


def disagreed(t: Tale) -> Story:
    """The trust's nurse thinks that police are needed."""
    yield from referred(t)
    yield 3
    t.object()


def reopened(t: Tale) -> Story:
    """New word comes in."""
    yield from referred(t)
    yield 3
    t.news()


def decided_anew(t: Tale) -> Story:
    """And the police go after all."""
    yield from reopened(t)
    yield 4
    t.judge(risk_to_life="yes")
