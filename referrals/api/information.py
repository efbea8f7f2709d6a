"""What is new of a referral while its risk stands, over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.api import body, etags, fields, shapes
from referrals.api.fields import OPTIONAL
from referrals.api.idempotency import OneEffect
from referrals.api.one import answer, seen
from referrals.services import information


class InformationSerializer(fields.Bys):
    """What is known now, and the number at which the person is reached from now on: one of them, or both."""

    text = fields.Text(**OPTIONAL, allow_blank=True)
    phone = fields.Text(max_length=40, **OPTIONAL, allow_blank=True)


class InformationView(OneEffect):
    """Tell what is new of a referral."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=InformationSerializer, responses={200: shapes.Referral})
    def post(self, request: Request, pk: UUID) -> Response:
        """Anybody in the case tells more. That the risk has changed, ``risk`` says."""
        _, version = seen(pk, request)
        said, by = body.said(InformationSerializer, request)
        information.add(referral_id=pk, by=by, version=etags.wanted(request, version), **said)
        return answer(pk, request)
