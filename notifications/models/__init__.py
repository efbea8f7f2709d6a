"""What is owed to people (messages) and to partners' systems (webhooks), every try at sending it, and what
came back.
"""

from notifications.models.code import TextCode, TypedCode
from notifications.models.message import Attempt, Message, new_id
from notifications.models.receipt import Receipt
from notifications.models.webhook import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Attempt",
    "Message",
    "Receipt",
    "TextCode",
    "TypedCode",
    "WebhookDelivery",
    "WebhookEndpoint",
    "new_id",
]
