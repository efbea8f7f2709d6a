"""E-mail, one for all that one person is owed: by GOV.UK Notify if there is a key, else by Django's own."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, get_connection

from agencies.models import Membership
from notifications.channels import notify, wording
from notifications.channels.failing import NoAddress
from notifications.models import Message

FOOT = """
Open the link and sign in. Answering this e-mail reaches nobody and acknowledges nothing.
If somebody is in immediate danger, phone 999.
"""


def send(messages: Sequence[Message], time_out: float) -> str:
    """Send them as one e-mail; the provider's id. By SMTP there is none: sent again, it has the same
    Message-ID.
    """
    first, address = messages[0], address_of(messages[0])
    body = f"{wording.lines(messages)}\n{FOOT}"
    if notify.is_used():
        return notify.send_email(address, wording.subject(messages), body, str(first.reference), time_out)
    host = address.rpartition("@")[2]
    mail = EmailMessage(
        subject=wording.subject(messages),
        body=body,
        to=[address],
        headers={"Message-ID": f"<{first.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=time_out),
    )
    mail.send()
    return ""


def address_of(message: Message) -> str:
    """The member's unless they have left, or the agency's duty contact's. Raises NoAddress."""
    if message.membership is not None:
        stays = Membership.objects.active().filter(pk=message.membership_id).exists()
        address = message.membership.user.email if stays else ""
    else:
        address = "" if message.team_id else message.agency.duty_contact_email
    if not address:
        raise NoAddress
    return address
