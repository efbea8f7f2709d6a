"""What is owed to people (messages) and to partners' systems (webhooks), and every try at sending it."""

from notifications.models.message import Attempt, Message, new_id
from notifications.models.webhook import WebhookDelivery, WebhookEndpoint

__all__ = ["Attempt", "Message", "WebhookDelivery", "WebhookEndpoint", "new_id"]
