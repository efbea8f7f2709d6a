"""Acceptances given by telephone, over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.api import body, etags, fields, shapes
from referrals.api.idempotency import OneEffect
from referrals.api.one import seen
from referrals.api.rows import at
from referrals.models import ClaimedAcceptance
from referrals.services import claim


class ClaimSerializer(fields.Bys):
    """Who accepted by telephone, and when."""

    accepted_by = fields.NamedSerializer(help_text="Who said so, and the number they were reached at.")


class ClaimView(OneEffect):
    """Record an acceptance that was given by telephone."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=ClaimSerializer, responses={201: shapes.Claim})
    def post(self, request: Request, pk: UUID) -> Response:
        """Accountability stays where it is until the receiver confirms by accepting."""
        _, version = seen(pk, request)
        said, by = body.said(ClaimSerializer, request)
        claimed = claim.claim(referral_id=pk, by=by, version=etags.wanted(request, version), **said)
        return Response(as_json(claimed), 201)


def as_json(claimed: ClaimedAcceptance) -> dict[str, object]:
    """The claim, as it was recorded."""
    return {
        "id": str(claimed.pk),
        "referral": str(claimed.referral_id),
        "accepted_by": claimed.accepted_by,
        "claimed_by": {name: claimed.claimed_by[name] for name in ("name", "role", "contact", "agency")},
        "state": claimed.state,
        "occurred_at": at(claimed.occurred_at),
        "recorded_at": at(claimed.recorded_at),
        "answered_at": at(claimed.answered_at),
    }
