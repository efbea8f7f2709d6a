"""GOV.UK Notify, by its own client: sends a text or an e-mail, and looks up what it took.

Notify has no idempotency key. What it may have taken is looked up by our reference before it is sent again:
https://docs.notifications.service.gov.uk/python.html#get-the-status-of-multiple-messages
Our templates there hold placeholders and nothing else: ((text)); ((subject)) and ((body)).
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from notifications.channels.failing import NotNow, NotTaken

# What the same request will get again. 403 is not among it: a node whose clock is wrong by 30 s gets it, and
# another does not; or the key is being changed.
FOR_GOOD = frozenset({400, 404, 413, 422})

T = TypeVar("T")


def is_used() -> bool:
    """Whether there is a key."""
    return bool(settings.NOTIFY_API_KEY)


def send_text(number: str, text: str, reference: str, time_out: float) -> str:
    """Send it; Notify's id. Raises NotTaken, NotNow."""
    return _asked(
        lambda client: client.send_sms_notification(
            phone_number=number,
            template_id=settings.NOTIFY_SMS_TEMPLATE,
            personalisation={"text": text},
            reference=reference,
        )["id"],
        time_out,
    )


def send_email(address: str, subject: str, body: str, reference: str, time_out: float) -> str:
    """Send it; Notify's id. Raises NotTaken, NotNow."""
    return _asked(
        lambda client: client.send_email_notification(
            email_address=address,
            template_id=settings.NOTIFY_EMAIL_TEMPLATE,
            personalisation={"subject": subject, "body": body},
            reference=reference,
        )["id"],
        time_out,
    )


def find(reference: str, time_out: float) -> str:
    """Notify's id of what it took under our reference; empty if it took nothing. Raises NotTaken, NotNow."""
    found = _asked(lambda client: client.get_all_notifications(reference=reference), time_out)
    same = [each for each in found["notifications"] if each["reference"] == reference]
    return same[0]["id"] if same else ""


def status(provider_id: str, time_out: float) -> str:
    """What became of it so far, in Notify's words. Raises NotTaken, NotNow."""
    return _asked(lambda client: client.get_notification_by_id(provider_id)["status"], time_out)


def _asked(ask: Callable[[Any], T], time_out: float) -> T:
    """One request, or two for a redirect; ``time_out`` seconds for the connection and for each wait."""
    client = NotificationsAPIClient(settings.NOTIFY_API_KEY, settings.NOTIFY_URL, timeout=time_out)
    try:
        return ask(client)
    except HTTPError as wrong:
        answered = wrong.response.status_code if wrong.response is not None else None
        raise (NotTaken if answered in FOR_GOOD else NotNow)(answered) from wrong
    finally:
        client.request_session.close()
