"""How it goes when two agencies each say that somebody is the other's: stories of the demonstration."""

from agencies.roles import Role
from referrals.domain.clocks import ClockKind
from referrals.domain.referral import Side
from referrals.management.demo.stories import Story, declined
from referrals.management.demo.tale import Tale
from referrals.services import case_moves

REASON = "She lives in the next borough since June; their community team has agreed to see her tonight."


def disputed(t: Tale) -> Story:
    """Declined twice: both duty managers are told, and the sender holds."""
    yield from declined(t)
    yield t.wait(ClockKind.RE_ACTION)
    child = t.pass_on("resend", Side.SENDER)
    yield t.wait(ClockKind.DECIDE)
    t.receiver("decline", child)


def settled(t: Tale) -> Story:
    """The managers speak, and the sender asks whom they agreed on."""
    yield from disputed(t)
    yield t.wait(ClockKind.DISPUTE)
    said = {"outcome": "another_takes", "reason": REASON}
    agreed = {
        "name": "On-call manager at the other side",
        "role": "on-call manager",
        "contact": "020 7946 0209",
    }
    t.of_case(case_moves.move, Role.MANAGER, action="settle_dispute", agreed_with=agreed, **said)
