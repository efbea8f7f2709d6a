"""The way back from a slip: never by rewriting, always by the move that says what happened."""

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from referrals.screens import when

BY_MISTAKE = {
    "reason_code": "accepted_by_mistake",
    "reason": "Accepted by mistake. Nothing has been done for the person yet.",
}


def hand_back(door: str, reference: str) -> str:
    """The form that gives back what was accepted by mistake, filled in."""
    return f"{reverse(f'{door}:move', args=[reference, 'fail'])}?{urlencode(BY_MISTAKE)}"


def accepted(door: str, reference: str) -> SafeString:
    """What is said after an acceptance, with the way back."""
    now = timezone.now()
    return format_html(
        'You accepted <a href="{}">{}</a> at {}. Accepted by mistake? <a href="{}">Hand it back</a>',
        reverse(f"{door}:referral", args=[reference]),
        reference,
        when.clock_time(now, now),
        hand_back(door, reference),
    )


def back(reference: str) -> SafeString:
    """What is said after a patient was recorded as back, with the way back from that."""
    now = timezone.now()
    return format_html(
        'Recorded at {}: the patient of {} is back. By mistake? <a href="{}">Not back: correct it</a>',
        when.clock_time(now, now),
        reference,
        reverse("tracker:missing-act", args=[reference, "not_back"]),
    )
