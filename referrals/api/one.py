"""One referral: found for the caller, and answered as it stands."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from referrals.api import etags, rows
from referrals.domain.errors import NotThere
from referrals.models import Referral
from referrals.services import finding


def seen(pk: UUID, request: Request) -> tuple[UUID, int]:
    """The referral's case and its version as it stands. Raises NotThere."""
    visible = Referral.objects.visible_to(acting(request)).filter(pk=pk)
    found = visible.values_list("case_id", "version").first()
    if found is None:
        raise NotThere("there is no such referral, or your agency has no part in it")
    return found


def unmoved(pk: UUID, request: Request) -> UUID:
    """The case of a referral that stands as the caller read it, and will until this request is done.

    Raises NotThere, Stale. For acts beside it, whose services know nothing of its version.
    """
    case_id, version = seen(pk, request)
    if (wanted := etags.wanted(request, version)) is not None:
        finding.find(pk, acting(request), wanted)
    return case_id


def answer(pk: UUID, request: Request, status: int = 200, **more: object) -> Response:
    """One referral as it stands now, with what else there is to say of the act."""
    told = {**rows.read([pk], acting(request))[0], **more}
    headers = {"ETag": etags.tag(told["version"])}
    if status == 201:
        headers["Location"] = request.build_absolute_uri(f"/api/v1/referrals/{pk}/")
    return Response(told, status, headers=headers)
