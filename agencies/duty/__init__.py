"""Who answers for a team at a moment, and whether the team is at its desk."""

from agencies.duty.hours import LONDON, bank_holidays, open_now
from agencies.duty.loading import answering, contacts
from agencies.duty.rota import Answer, Post, Recipient

__all__ = ["LONDON", "Answer", "Post", "Recipient", "answering", "bank_holidays", "contacts", "open_now"]
