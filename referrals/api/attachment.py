"""Photos and PDFs of a case over HTTP: attached by any party, read by whoever reads their kind, withdrawn."""

import hashlib
import json
from typing import Any
from uuid import UUID

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import audit
from agencies.acting import NamedPerson
from agencies.api.authentication import acting
from referrals.api import body, etags, fields, shapes, words
from referrals.api.briefs import brief
from referrals.api.case import find
from referrals.api.fields import OPTIONAL
from referrals.api.filtering import refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import whole
from referrals.api.rows import at
from referrals.api.threshold import SHOWN_OF_ACTOR
from referrals.domain.attachment import MOST_BYTES
from referrals.domain.errors import NotThere
from referrals.models import Case, MissingReport
from referrals.reporting.attachment import SeenFile, of_case, one
from referrals.services import attachment, keeping

log = structlog.get_logger("attachments")

SAVED_AS = "application/octet-stream"  # what it is made of stands in what is known of it
TO_BE_SAVED = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class AttachmentSerializer(fields.StrictSerializer):
    """A file, what it is about, and who attaches it. What it is made of is found out from its content."""

    file = serializers.FileField(help_text="JPEG, PNG or PDF, at most 10 MB.")
    kind = fields.Choice(words.ATTACHMENT_KINDS)
    note = fields.Text(**OPTIONAL, allow_blank=True)
    occurred_at = fields.Instant(**OPTIONAL)
    by_name = fields.Text(max_length=200, **OPTIONAL)
    by_role = fields.Text(max_length=100, **OPTIONAL)
    by_contact = fields.Text(max_length=200, **OPTIONAL)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        """The person is named wholly, or not at all."""
        named = [said.pop(f"by_{part}", "") for part in ("name", "role", "contact")]
        if any(named) and not all(named):
            raise ValidationError({"by_name": ["name the person: by_name, by_role and by_contact"]})
        return {**said, "by": NamedPerson(*named) if any(named) else None}


class Files(OneEffect):
    """The files of one case; each address says how it is found."""

    parser_classes = (MultiPartParser,)

    @staticmethod
    def digest(request: Request) -> str:
        """What was asked: what surrounds the parts of a form differs each time that it is sent."""
        parts = {name: request.data.getlist(name) for name in sorted(request.data)}
        told = {name: [_said(each) for each in values] for name, values in parts.items()}
        asked = json.dumps([request.method, request.get_full_path(), told])
        return hashlib.sha256(asked.encode()).hexdigest()

    def listed(self, case_id: UUID, request: Request) -> Response:
        """Every file that you may read."""
        refuse_unknown(request, ())
        return Response(whole([as_json(each) for each in of_case(case_id, acting(request))]))

    def attached(self, case_id: UUID, request: Request, version: int | None) -> Response:
        """The new file."""
        said = _asked(request)
        by = acting(request).asserting(said.pop("by"))
        sent = said.pop("file")
        if sent.size > MOST_BYTES:
            raise RequestDataTooBig
        file = attachment.Sent(content=sent.read(), name=sent.name or "", **said)
        made = attachment.attach(case_id=case_id, sent=file, by=by, version=version)
        return Response(as_json(_there(made.pk, request)), 201)


def _said(part: Any) -> str:  # noqa: ANN401  (a text or a file)
    return part if isinstance(part, str) else hashlib.sha256(part.read()).hexdigest() + str(part.seek(0))


def _asked(request: Request) -> dict[str, Any]:
    """What the form says. Raises ValidationError, also for what is there twice."""
    twice = [name for name in request.data if len(request.data.getlist(name)) > 1]
    if twice:
        raise ValidationError({name: ["this is there twice"] for name in twice})
    form = AttachmentSerializer(data=request.data.dict())
    form.is_valid(raise_exception=True)
    return {**form.validated_data}


class CaseFilesView(Files):
    """The files of a case."""

    scopes_to_read = ("cases:read",)
    scopes_to_write = ("cases:write",)

    @extend_schema(responses=shapes.Attachments)
    def get(self, request: Request, reference: str) -> Response:
        """Every file of the case that your kind of agency reads, the newest first; withdrawn ones too."""
        return self.listed(find(reference, request).pk, request)

    @extend_schema(request={"multipart/form-data": AttachmentSerializer}, responses={201: shapes.Attachment})
    def post(self, request: Request, reference: str) -> Response:
        """Attach a photo or a PDF. A picture is drawn anew, without what its file held besides."""
        case = find(reference, request)
        return self.attached(case.pk, request, etags.wanted(request, case.version))


class MissingFilesView(Files):
    """The files of a missing report's case."""

    scopes_to_read = ("missing:read",)
    scopes_to_write = ("missing:write",)

    @extend_schema(responses=shapes.Attachments)
    def get(self, request: Request, pk: UUID) -> Response:
        """A photo of the patient, and whatever else was attached, the newest first."""
        return self.listed(_case_of(pk, request).pk, request)

    @extend_schema(request={"multipart/form-data": AttachmentSerializer}, responses={201: shapes.Attachment})
    def post(self, request: Request, pk: UUID) -> Response:
        """Attach a photo or a PDF; ``If-Match`` is the case's version."""
        case = _case_of(pk, request)
        return self.attached(case.pk, request, etags.wanted(request, case.version))


def _case_of(report: UUID, request: Request) -> Case:
    by = acting(request)
    opened = MissingReport.objects.visible_to(by).opened_by(by)
    seen = opened.filter(pk=report).select_related("case").first()
    if seen is None:
        raise NotThere("there is no such report, or your agency has no part in it")
    return seen.case


class AttachmentView(OneEffect):
    """One file: what is known of it."""

    scopes_to_read = ("cases:read", "missing:read")

    @extend_schema(responses=shapes.Attachment)
    def get(self, request: Request, pk: UUID) -> Response:
        """What it is, who attached it, and whether it has been withdrawn."""
        refuse_unknown(request, ())
        return Response(as_json(_within_scope(pk, request, "read")))


class Whatever(BaseContentNegotiation):
    """A file is of one type, whatever is asked for; a problem is told as JSON."""

    def select_parser(self, request: Request, parsers: list) -> object:
        """Nothing is sent."""
        return parsers[0]

    def select_renderer(self, request: Request, renderers: list, format_suffix: str | None = None) -> tuple:
        """For a problem."""
        return renderers[0], renderers[0].media_type


class AttachmentContentView(OneEffect):
    """One file: its bytes, to be saved, never to be shown in a page of ours."""

    scopes_to_read = ("cases:read", "missing:read")
    content_negotiation_class = Whatever

    @extend_schema(
        operation_id="attachments_content",
        responses={(200, SAVED_AS): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """The file, until it is withdrawn. Each time it is fetched is in the audit log."""
        refuse_unknown(request, ())
        seen = _within_scope(pk, request, "read")
        if seen.withdrawal:
            raise NotThere("this file has been withdrawn")
        audit.record(
            action="attachment.read", by=acting(request), target_label="attachment", target_id=seen.row.pk
        )
        named = {"Content-Disposition": f'attachment; filename="{seen.saved_as}"', **TO_BE_SAVED}
        try:
            content = keeping.read(seen.row)
        except keeping.Damaged:
            log.error("an attached file is gone or damaged", attachment=str(pk))
            raise
        return HttpResponse(content, content_type=SAVED_AS, headers=named)


class WithdrawalSerializer(fields.Bys):
    """Why a file is taken back."""

    reason = fields.Text()


class WithdrawalView(OneEffect):
    """Taking a file back."""

    has_version = False
    scopes_to_write = ("cases:write", "missing:write")

    @extend_schema(request=WithdrawalSerializer, responses={201: shapes.Attachment})
    def post(self, request: Request, pk: UUID) -> Response:
        """Nobody gets it any more; that it was there, and why it went, stays. By whoever attached it."""
        _within_scope(pk, request, "write")
        said, by = body.said(WithdrawalSerializer, request)
        attachment.withdraw(attachment_id=pk, by=by, **said)
        return Response(as_json(_there(pk, request)), 201)


def _there(pk: UUID, request: Request) -> SeenFile:
    seen = one(pk, acting(request))
    if seen is None:
        raise NotThere("there is no such file, or it is not yours to read")
    return seen


def _within_scope(pk: UUID, request: Request, what: str) -> SeenFile:
    """The file, for the scope of cases; for that of missing patients, where its case is about one.

    Raises NotThere, PermissionDenied.
    """
    seen, actor = _there(pk, request), acting(request)
    missed = MissingReport.objects.visible_to(actor).filter(case=seen.row.case_id)
    if f"cases:{what}" in actor.scopes or missed.exists():
        return seen
    raise PermissionDenied(f"your token lacks the scope cases:{what}: nobody is missing in this file's case")


def as_json(seen: SeenFile) -> dict[str, Any]:
    """The file, without its bytes."""
    row, gone = seen.row, seen.withdrawal
    return {
        "id": str(row.pk),
        "case": row.case.reference,
        "kind": row.kind,
        "media_type": row.media_type,
        "size": row.size,
        "sha256": row.sha256,
        "width": row.width,
        "height": row.height,
        "pages": row.pages,
        "name": seen.name,
        "note": seen.note or None,
        "agency": brief(row.agency),
        "by": _named(row.actor),
        "occurred_at": at(row.occurred_at),
        "recorded_at": at(row.recorded_at),
        "withdrawn": gone
        and {
            "reason": seen.reason,
            "by": _named(gone.actor),
            "occurred_at": at(gone.occurred_at),
            "recorded_at": at(gone.recorded_at),
        },
    }


def _named(actor: dict[str, Any]) -> dict[str, Any]:
    return {name: actor.get(name) for name in SHOWN_OF_ACTOR}
