"""Raising and lowering the risk over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.api import body, etags, fields, shapes, words
from referrals.api.fields import OPTIONAL
from referrals.api.idempotency import OneEffect
from referrals.api.one import answer, seen
from referrals.services import risk


class RiskSerializer(fields.Bys):
    """What changed, and what the priority becomes if it changes with it."""

    direction = fields.Choice(words.RISK_DIRECTIONS)
    reason = fields.Text(**OPTIONAL, allow_blank=True)
    priority = fields.Choice(words.PRIORITIES, **OPTIONAL)


class RiskView(OneEffect):
    """Raise or lower the risk of a referral."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=RiskSerializer, responses={200: shapes.Referral})
    def post(self, request: Request, pk: UUID) -> Response:
        """Anybody in the case raises it; somebody senior lowers it, with a reason."""
        _, version = seen(pk, request)
        said, by = body.said(RiskSerializer, request)
        risk.change(referral_id=pk, by=by, version=etags.wanted(request, version), **said)
        return answer(pk, request)
