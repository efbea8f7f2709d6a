"""Promised arrivals over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.api import body, etags, fields, shapes
from referrals.api.idempotency import OneEffect
from referrals.api.one import answer, seen
from referrals.services import arrival


class ArrivalSerializer(fields.Bys):
    """When somebody will be there."""

    arrives_at = fields.Instant()


class ArrivalView(OneEffect):
    """Promise when somebody will be there, or move that time."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=ArrivalSerializer, responses={200: shapes.Referral})
    def post(self, request: Request, pk: UUID) -> Response:
        """The receiver promises. A later time than before has the sender review whether it can wait."""
        _, version = seen(pk, request)
        said, by = body.said(ArrivalSerializer, request)
        arrival.promise(referral_id=pk, by=by, version=etags.wanted(request, version), **said)
        return answer(pk, request)


class ArrivedView(OneEffect):
    """Say that somebody is there: the promised arrival is kept."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=fields.Bys, responses={200: shapes.Referral})
    def post(self, request: Request, pk: UUID) -> Response:
        """Being there is not yet contact with the person: log that as contact."""
        _, version = seen(pk, request)
        said, by = body.said(fields.Bys, request)
        arrival.arrived(referral_id=pk, by=by, version=etags.wanted(request, version), **said)
        return answer(pk, request)
