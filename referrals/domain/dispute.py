"""Disputes: two desks that each say "not ours", while the present owner holds.

A second decline of a lead in one case opens one, and so does either side at a click. What one side opened by
mistake it withdraws. Settling it moves no
accountability: nobody becomes accountable who never accepted. It says what is to happen, why, and who agreed.
"""

from enum import StrEnum

from referrals.domain.referral import ASKED, Side, State

DECLINES = 2
"""So many declines of leads, since somebody last answered for the person anew, make a dispute."""

DISPUTABLE = ASKED | {State.DECLINED}
"""Where a lead stands that its two sides may disagree about."""


class Opened(StrEnum):
    """What opened a dispute."""

    DECLINED_TWICE = "declined_twice"
    ASKED = "asked"


class Settled(StrEnum):
    """How a dispute ends."""

    SENDER_KEEPS = "sender_keeps"
    RECEIVER_TAKES = "receiver_takes"
    ANOTHER_TAKES = "another_takes"
    NOT_NEEDED = "not_needed"


WITHDRAWN = "withdrawn"
"""How a dispute ends that somebody opened by mistake: whoever opened it says so, and nothing was settled."""

CONCEDES = {Side.SENDER: Settled.SENDER_KEEPS, Side.RECEIVER: Settled.RECEIVER_TAKES}
"""What a side may say by itself. For anything else somebody of the other side, or the arbiter, is named."""
