"""Owing messages, sending what is owed, and noting what was seen."""

from notifications.services.clock import database_now
from notifications.services.delivery import BATCH, deliver_due, wait_after
from notifications.services.outbox import Owed, Recipient, enqueue, label
from notifications.services.seen import mark_seen

__all__ = [
    "BATCH",
    "Owed",
    "Recipient",
    "database_now",
    "deliver_due",
    "enqueue",
    "label",
    "mark_seen",
    "wait_after",
]
