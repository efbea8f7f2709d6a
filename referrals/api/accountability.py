"""Who was accountable at 21:40? Exactly one answer, and why."""

from datetime import datetime
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from referrals.api.briefs import brief, team
from referrals.api.filtering import refuse_unknown
from referrals.api.instants import NotAnInstant, instant_in_address
from referrals.api.rows import at
from referrals.models import Accountability, Case
from referrals.models.keys import instant


def answer(case: Case, request: Request) -> Response:
    """The period that held at the instant asked for, and all of them."""
    refuse_unknown(request, ("at",))
    asked = _instant(request, case)
    periods = (
        Accountability.objects.visible_to(acting(request))
        .filter(case=case)
        .select_related("agency", "team", "referral")
        .order_by("during")
    )
    history = [_as_json(period) for period in periods]
    held = next(each for period, each in zip(periods, history, strict=True) if asked in period.during)
    return Response({"case": case.reference, "at": at(asked), **held, "history": history})


def _instant(request: Request, case: Case) -> datetime:
    """Between the case's beginning and now. Raises ValidationError."""
    now = instant()
    text = request.query_params.get("at")
    if text is None:
        return now
    try:
        asked = instant_in_address(text)
    except NotAnInstant as problem:
        raise ValidationError({"at": [str(problem)]}) from None
    if asked < case.opened_at:
        raise ValidationError({"at": [f"the case was opened at {at(case.opened_at)}: nobody had it before"]})
    if asked > now:
        raise ValidationError({"at": ["this has not come yet: who will be accountable then is not known"]})
    return asked


def _as_json(period: Accountability) -> dict[str, Any]:
    return {
        "accountable_agency": brief(period.agency),
        "accountable_team": team(period.team),
        "since": at(period.during.lower),
        "until": at(period.during.upper),
        "cause": period.cause,
        "referral": period.referral_id and str(period.referral_id),
        "referral_reference": period.referral and period.referral.reference,
    }
