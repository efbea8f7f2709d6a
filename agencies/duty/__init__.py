"""Who answers for a team at a moment, and whether the team is at its desk."""

from agencies.duty.gaps import Gap, Plan, Shift, gaps, in_words
from agencies.duty.hours import Opening, bank_holidays, holidays_known_until, open_now, opening
from agencies.duty.loading import answering, contacts, plan, told, with_fallbacks
from agencies.duty.rota import Answer, Post, Recipient
from agencies.duty.stints import Stint, is_below, stints
from agencies.duty.timeline import Timeline
from agencies.duty.turns import Turn, next_turn
from agencies.duty.turns import answers as whose_turn

__all__ = [
    "Answer",
    "Gap",
    "Opening",
    "Plan",
    "Post",
    "Recipient",
    "Shift",
    "Stint",
    "Timeline",
    "Turn",
    "answering",
    "bank_holidays",
    "contacts",
    "gaps",
    "holidays_known_until",
    "in_words",
    "is_below",
    "next_turn",
    "open_now",
    "opening",
    "plan",
    "stints",
    "told",
    "whose_turn",
    "with_fallbacks",
]
