"""Late promises over HTTP: somebody takes one, gives it back, and ticks what its ladder demanded."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from referrals.api import body, fields, shapes
from referrals.api.fields import OPTIONAL, NamedSerializer
from referrals.api.filtering import refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.one import answer, seen, unmoved
from referrals.api.paging import whole
from referrals.api.rows import at
from referrals.domain.errors import NotThere
from referrals.domain.escalation import DEMANDS, Ask
from referrals.models import Clock, Demand
from referrals.services import escalation


class BySerializer(fields.StrictSerializer):
    """Who does this."""

    by = NamedSerializer(**OPTIONAL, help_text="The person who does this, where a program calls for them.")


class TakeSerializer(BySerializer):
    """Who deals with it, and by when."""

    promised_at = fields.Instant(
        **OPTIONAL, help_text="ISO 8601, within 24 hours; left out, one more target's length."
    )


class TakeView(OneEffect):
    """Take a late promise: its ladder is quiet meanwhile, the promise itself runs on."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=TakeSerializer, responses={200: shapes.Referral})
    def post(self, request: Request, pk: UUID, kind: str) -> Response:
        """A named person of either side takes it. That acknowledges nothing."""
        said, by = body.said(TakeSerializer, request)
        escalation.take(clock_id=running(pk, kind, request), by=by, **said)
        return answer(pk, request)


class ReleaseView(OneEffect):
    """Give a taken promise back: its ladder goes on at once."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=BySerializer, responses={200: shapes.Referral})
    def post(self, request: Request, pk: UUID, kind: str) -> Response:
        """A named person of either side gives it back."""
        _, by = body.said(BySerializer, request)
        escalation.release(clock_id=running(pk, kind, request), by=by)
        return answer(pk, request)


class DemandsView(OneEffect):
    """What the referral's ladders have demanded, and who has done it."""

    scopes_to_read = ("referrals:read",)

    @extend_schema(operation_id="referrals_demands_list", responses=shapes.page_of(shapes.Demand))
    def get(self, request: Request, pk: UUID) -> Response:
        """The oldest first."""
        refuse_unknown(request, ())
        seen(pk, request)
        found = Demand.objects.visible_to(acting(request)).filter(referral=pk).select_related("clock")
        return Response(whole([as_json(each) for each in found.order_by("id")]))


class TickView(OneEffect):
    """Say that what was demanded has been done."""

    scopes_to_write = ("referrals:write",)

    @extend_schema(request=BySerializer, responses={200: shapes.Demand})
    def post(self, request: Request, pk: UUID, demand: int) -> Response:
        """A named person of the side that it is demanded of ticks it, once."""
        unmoved(pk, request)
        _, by = body.said(BySerializer, request)
        if not Demand.objects.visible_to(by).filter(pk=demand, referral=pk).exists():
            raise NotThere("this referral has no such demand")
        return Response(as_json(escalation.tick_demand(demand_id=demand, by=by)))


def running(pk: UUID, kind: str, request: Request) -> int:
    """The referral's promise of that kind that runs, its own before its case's. Raises NotThere, Stale."""
    case_id = unmoved(pk, request)
    clocks = Clock.objects.visible_to(acting(request)).running().filter(kind=kind, case=case_id)
    found = {clock.referral_id: clock.pk for clock in clocks}
    if pk not in found and None not in found:
        raise NotThere(f"no promise to {kind.replace('_', ' ')} runs here")
    return found[pk] if pk in found else found[None]


def as_json(demand: Demand) -> dict[str, object]:
    """One demand, in words too."""
    side, text = DEMANDS[Ask(demand.code)] if demand.code in set(Ask) else ("", demand.code)
    by = demand.ticked_by
    return {
        "id": demand.pk,
        "clock": demand.clock.kind,
        "code": demand.code,
        "text": text,
        "of": side,
        "made_at": at(demand.made_at),
        "ticked_at": at(demand.ticked_at),
        "ticked_by": by and {name: by[name] for name in ("name", "role", "contact", "agency")},
    }
