"""Attempts at contact over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.api import body, etags, fields, shapes, words
from referrals.api.fields import OPTIONAL
from referrals.api.idempotency import OneEffect
from referrals.api.one import seen
from referrals.api.rows import at
from referrals.models import ContactAttempt
from referrals.services import contact


class ReachedSerializer(fields.StrictSerializer):
    """How the person was reached, when work starts with it; ``by`` names who reached them."""

    channel = fields.Choice(
        words.CHANNELS, help_text="phone, video or in_person: a message is not contact (422)."
    )
    outcome = fields.Choice(words.CONTACT_OUTCOMES, default=ContactAttempt.Outcome.REACHED.value)
    note = fields.Text(**OPTIONAL, allow_blank=True)


class ContactSerializer(fields.Bys):
    """One attempt to reach somebody. An attempt is not contact, and nor is a message."""

    channel = fields.Choice(words.CHANNELS)
    with_whom = fields.Choice(words.WITH_WHOM)
    outcome = fields.Choice(words.CONTACT_OUTCOMES)
    note = fields.Text(**OPTIONAL, allow_blank=True)


class ContactView(OneEffect):
    """Log an attempt at contact on a referral."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=ContactSerializer, responses={201: shapes.Contact})
    def post(self, request: Request, pk: UUID) -> Response:
        """Reaching the person meets the case's first-contact clock; in person, the face-to-face one too."""
        _, version = seen(pk, request)
        said, by = body.said(ContactSerializer, request)
        logged = contact.log(referral_id=pk, by=by, version=etags.wanted(request, version), **said)
        return Response(as_json(logged), 201)


def as_json(logged: ContactAttempt) -> dict[str, object]:
    """The attempt, as it was logged."""
    return {
        "id": str(logged.pk),
        "referral": str(logged.referral_id),
        "channel": logged.channel,
        "with_whom": logged.with_whom,
        "outcome": logged.outcome,
        "is_contact": logged.is_contact,
        "occurred_at": at(logged.occurred_at),
        "recorded_at": at(logged.recorded_at),
    }
