"""The agency's programs over HTTP, for whoever runs it: new secrets, keys to sign with, access taken back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import services
from agencies.acting import Actor
from agencies.api.authentication import acting
from agencies.models import ApiClient
from referrals import policies
from referrals.api import fields, shapes
from referrals.api.filtering import refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import whole
from referrals.api.rows import at
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, Refused

LONGEST_OVERLAP = 30 * 24  # hours
LARGEST = 2**63 - 1


class ClientSecretSerializer(fields.StrictSerializer):
    """How long the old secret holds besides the new one."""

    overlap_hours = fields.Whole(default=24, min_value=0, max_value=LONGEST_OVERLAP)


class ClientKeysSerializer(fields.StrictSerializer):
    """The public keys with which the program signs."""

    keys = serializers.ListField(child=serializers.DictField(), max_length=services.MOST_KEYS)


class ClientViewSet(OneEffect, viewsets.ViewSet):
    """Programs that act for the agency: managers and directors look after them."""

    people_only = True
    has_version = False
    shown_once = ("client_secret",)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whoever does not run the agency may not look, either."""
        super().initial(request, *args, **kwargs)
        policies.check_runs_the_agency(acting(request))

    @extend_schema(responses=shapes.page_of(shapes.Client))
    def list(self, request: Request) -> Response:
        """Every program of your agency, those that were revoked too."""
        refuse_unknown(request, ())
        found = ApiClient.objects.visible_to(acting(request)).order_by("id")
        return Response(whole([as_json(each) for each in found]))

    @extend_schema(request=ClientSecretSerializer, responses=shapes.ClientAndSecret)
    def secret(self, request: Request, pk: int) -> Response:
        """A new secret, in this answer alone. The old one holds until ``old_secret_until``."""
        with _of_ours(pk, request, MoveNotAllowed) as by:
            body = ClientSecretSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            overlap = timedelta(hours=body.validated_data["overlap_hours"])
            made = services.rotate_secret(client_id=pk, overlap=overlap, by=by)
        return Response({**as_json(made.client), "client_secret": made.secret})

    @extend_schema(request=ClientKeysSerializer, responses=shapes.Client)
    def keys(self, request: Request, pk: int) -> Response:
        """The public keys (JWK) with which it may sign, as ``private_key_jwt``; none takes them away."""
        with _of_ours(pk, request, Invalid) as by:
            body = ClientKeysSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            client = services.set_keys(client_id=pk, keys=body.validated_data["keys"], by=by)
        return Response(as_json(client))

    @extend_schema(request=None, responses=shapes.Client)
    def revoke(self, request: Request, pk: int) -> Response:
        """Take its access back: its tokens and its webhooks end at once."""
        with _of_ours(pk, request, MoveNotAllowed) as by:
            client = services.revoke_client(client_id=pk, by=by)
        return Response(as_json(client))


@contextmanager
def _of_ours(pk: int, request: Request, refusal: type[Refused]) -> Iterator[Actor]:
    """Who acts on a program of their own agency. Raises NotThere, or the refusal in the service's words."""
    by = acting(request)
    if pk > LARGEST or not ApiClient.objects.visible_to(by).filter(pk=pk).exists():
        raise NotThere("there is no such program of your agency")
    try:
        yield by
    except services.Refused as wrong:
        raise refusal(str(wrong)) from None


def as_json(client: ApiClient) -> dict[str, Any]:
    """The program, without its secrets."""
    return {
        "id": client.pk,
        "client_id": client.client_id,
        "name": client.name,
        "scopes": client.scopes,
        "keys": [key["kid"] for key in client.keys],
        "old_secret_until": at(client.old_secret_until),
        "created_at": at(client.created),
        "revoked_at": at(client.revoked_at),
    }
