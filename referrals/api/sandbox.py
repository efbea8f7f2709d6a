"""Putting time forward in a sandbox, so that a partner sees escalations and webhooks without waiting."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from referrals.api import fields, shapes
from referrals.api.fields import OPTIONAL
from referrals.api.idempotency import OneEffect
from referrals.services import sandbox

LONGEST = 14 * 24 * 60  # minutes


class AdvanceSerializer(fields.StrictSerializer):
    """How far, and in which case; by default in every open one."""

    minutes = fields.Whole(min_value=1, max_value=LONGEST)
    case = fields.CaseReference(**OPTIONAL)


class AdvanceView(OneEffect):
    """For agencies that are marked as sandboxes, in cases of sandboxes alone."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=AdvanceSerializer, responses=shapes.Advanced)
    def post(self, request: Request) -> Response:
        """As if so many minutes had passed: what falls due thereby is told within seconds."""
        body = AdvanceSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        done = sandbox.advance(minutes=said["minutes"], reference=said.get("case"), by=acting(request))
        return Response({"minutes": said["minutes"], "cases": done})
