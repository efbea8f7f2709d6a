"""Interim support and call-backs over HTTP: nobody is left alone until help arrives, or unanswered."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor
from agencies.api.authentication import acting
from referrals.api import body, etags, fields, shapes, words
from referrals.api.briefs import brief, team
from referrals.api.case import find
from referrals.api.fields import OPTIONAL
from referrals.api.filtering import refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.one import seen
from referrals.api.paging import whole
from referrals.api.rows import at, kinds
from referrals.api.threshold import SHOWN_OF_ACTOR
from referrals.models import CallBack, CallBackAttempt, Content, SupportEntry
from referrals.services import call_back, support


class SupportSerializer(fields.Bys):
    """Who is with the person, how, and when the next contact is due; or why the support ends."""

    who = fields.Choice(words.SUPPORTERS)
    how = fields.Choice(words.SUPPORTED_BY)
    note = fields.Text(**OPTIONAL, allow_blank=True)
    next_contact_at = fields.Instant(**OPTIONAL, help_text="By default as the priority asks.")
    ends = fields.Choice(words.SUPPORT_ENDS, **OPTIONAL)


class SupportView(OneEffect):
    """The log of who is with the person until help arrives, which is later than accepted."""

    scopes_to_read = ("referrals:read",)
    scopes_to_write = ("referrals:write",)

    @extend_schema(responses=shapes.SupportLog)
    def get(self, request: Request, pk: UUID) -> Response:
        """Every entry of the referral's case, the newest first."""
        refuse_unknown(request, ())
        case_id, _ = seen(pk, request)
        return Response(whole(entries(case_id, acting(request))))

    @extend_schema(request=SupportSerializer, responses={201: shapes.SupportEntry})
    def post(self, request: Request, pk: UUID) -> Response:
        """A clock runs to the next contact; help that arrives ends it."""
        _, version = seen(pk, request)
        said, by = body.said(SupportSerializer, request)
        wanted = etags.wanted(request, version)
        made = support.log(referral_id=pk, said=support.Said(**said), by=by, version=wanted)
        return Response(_entry(made, {made.note_id: said.get("note", "")}), 201)


class CaseSupportView(OneEffect):
    """The same log of a case, from before anybody was asked: the person waits from the call on."""

    scopes_to_read = ("cases:read",)
    scopes_to_write = ("cases:write", "referrals:write")

    @extend_schema(responses=shapes.SupportLog)
    def get(self, request: Request, reference: str) -> Response:
        """Every entry of the case, the newest first."""
        refuse_unknown(request, ())
        return Response(whole(entries(find(reference, request).pk, acting(request))))

    @extend_schema(request=SupportSerializer, responses={201: shapes.SupportEntry})
    def post(self, request: Request, reference: str) -> Response:
        """A clock runs to the next contact; help that arrives ends it."""
        case = find(reference, request)
        wanted = etags.wanted(request, case.version)
        said, by = body.said(SupportSerializer, request)
        made = support.log_in_case(reference=case.reference, said=support.Said(**said), by=by, version=wanted)
        return Response(_entry(made, {made.note_id: said.get("note", "")}), 201)


class CallBackSerializer(fields.StrictSerializer):
    """Whom to ring, on which number, why and by when."""

    name = fields.Text(max_length=200)
    phone = fields.Text(max_length=40)
    why = fields.Text(**OPTIONAL, allow_blank=True)
    due_at = fields.Instant(**OPTIONAL)
    by = fields.NamedSerializer(**OPTIONAL)


class CallBacksView(OneEffect):
    """The calls that are owed to callers in a case."""

    scopes_to_read = ("cases:read",)
    scopes_to_write = ("cases:write", "referrals:write")

    @extend_schema(responses=shapes.CallBackLog)
    def get(self, request: Request, reference: str) -> Response:
        """Owed and made, the newest first, with every attempt."""
        refuse_unknown(request, ())
        return Response(whole(read(find(reference, request).pk, acting(request))))

    @extend_schema(request=CallBackSerializer, responses={201: shapes.CallBack})
    def post(self, request: Request, reference: str) -> Response:
        """Promise a caller a call back, by your team, on a clock."""
        case = find(reference, request)
        wanted = etags.wanted(request, case.version)
        said, by = body.said(CallBackSerializer, request)
        owed = call_back.Owed(**said)
        made = call_back.owe(reference=case.reference, owed=owed, by=by, version=wanted)
        return Response(_one(read(case.pk, by), made.pk), 201)


class AttemptSerializer(fields.Bys):
    """One try to reach the caller."""

    outcome = fields.Choice(words.CONTACT_OUTCOMES)
    told = fields.Text(**OPTIONAL, allow_blank=True, help_text="What the caller was told; needed if reached.")


class AttemptView(OneEffect):
    """Attempts to ring a caller back."""

    has_version = False
    scopes_to_write = ("cases:write", "referrals:write")

    @extend_schema(request=AttemptSerializer, responses={201: shapes.CallBack})
    def post(self, request: Request, pk: UUID) -> Response:
        """Reached, the call is made; else the clock runs on."""
        said, by = body.said(AttemptSerializer, request)
        made = call_back.attempt(call_back_id=pk, by=by, **said)
        return Response(_one(read(made.case_id, by), pk), 201)


def entries(case_id: UUID, actor: Actor) -> list[dict[str, Any]]:
    """Who was with the person, the newest first, as the actor reads it. Two queries."""
    rows = SupportEntry.objects.visible_to(actor).filter(case=case_id).select_related("agency")
    found = list(rows.order_by("-recorded_at", "-id"))
    texts = _texts([each.note_id for each in found], actor)
    return [_entry(each, texts) for each in found]


def read(case_id: UUID, actor: Actor) -> list[dict[str, Any]]:
    """The call-backs of a case, as the actor reads them. Three queries."""
    tries = CallBackAttempt.objects.visible_to(actor).order_by("recorded_at", "id")
    rows = CallBack.objects.visible_to(actor).filter(case=case_id).select_related("team", "agency")
    found = list(rows.prefetch_related(Prefetch("attempts", tries)).order_by("-recorded_at", "-id"))
    keys = [each.caller_id for each in found]
    keys += [each.told_id for owed in found for each in owed.attempts.all() if each.told_id]
    texts = _texts(keys, actor)
    return [_call_back(each, texts) for each in found]


def _one(told: list[dict[str, Any]], key: UUID) -> dict[str, Any]:
    return next(each for each in told if each["id"] == str(key))


def _texts(ids: list[UUID | None], actor: Actor) -> dict[UUID | None, Any]:
    wanted = [key for key in ids if key]
    found = Content.objects.visible_to(actor).filter(pk__in=wanted, kind__in=kinds(actor.audience))
    return {each.pk: each.body for each in found if actor.audience in each.audience}


def _entry(made: SupportEntry, texts: dict[UUID | None, Any]) -> dict[str, Any]:
    return {
        "id": str(made.pk),
        "referral": str(made.referral_id) if made.referral_id else None,
        "agency": brief(made.agency),
        "who": made.who,
        "how": made.how,
        "note": texts.get(made.note_id) or None,
        "next_contact_at": at(made.next_contact_at),
        "ends": made.ends or None,
        "by": _named(made.actor),
        "occurred_at": at(made.occurred_at),
        "recorded_at": at(made.recorded_at),
    }


def _call_back(owed: CallBack, texts: dict[UUID | None, Any]) -> dict[str, Any]:
    return {
        "id": str(owed.pk),
        "team": team(owed.team),
        "caller": texts.get(owed.caller_id),
        "due_at": at(owed.due_at),
        "done_at": at(owed.done_at),
        "by": _named(owed.actor),
        "recorded_at": at(owed.recorded_at),
        "attempts": [
            {
                "outcome": each.outcome,
                "told": texts.get(each.told_id),
                "by": _named(each.actor),
                "occurred_at": at(each.occurred_at),
                "recorded_at": at(each.recorded_at),
            }
            for each in owed.attempts.all()
        ],
    }


def _named(actor: dict[str, Any]) -> dict[str, Any]:
    return {name: actor.get(name) for name in SHOWN_OF_ACTOR}
