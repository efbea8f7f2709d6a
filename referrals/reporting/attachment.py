"""The files of a case, as far as one actor reads them: what each is, and whether it still stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from agencies.acting import Actor
from referrals.domain.attachment import file_name
from referrals.models import Attachment, AttachmentWithdrawal, Content


@dataclass(frozen=True)
class SeenFile:
    """One file; ``name`` is what the sender called it. ``withdrawal``, with its ``reason``, if taken back."""

    row: Attachment
    name: str
    note: str
    withdrawal: AttachmentWithdrawal | None
    reason: str

    @property
    def saved_as(self) -> str:
        """What a browser is told to call it: no word of the sender's, and nobody's name."""
        return file_name(self.row.kind, self.row.media_type, self.row.case.reference, str(self.row.pk))


def of_case(case_id: UUID, actor: Actor) -> list[SeenFile]:
    """Every file of the case that the actor reads, the newest first. Three queries."""
    return _told(Attachment.objects.visible_to(actor).filter(case=case_id), actor)


def one(key: UUID, actor: Actor) -> SeenFile | None:
    """One file, if it is there for the actor."""
    found = _told(Attachment.objects.visible_to(actor).filter(pk=key), actor)
    return found[0] if found else None


def _told(seen: QuerySet[Attachment], actor: Actor) -> list[SeenFile]:
    rows = list(seen.select_related("case", "agency").order_by("-recorded_at", "-id"))
    gone = AttachmentWithdrawal.objects.visible_to(actor).filter(attachment__in=[each.pk for each in rows])
    withdrawn = {each.attachment_id: each for each in gone}
    texts = _texts([each.content_id for each in rows] + [w.reason_id for w in withdrawn.values()], actor)
    return [_seen(each, withdrawn.get(each.pk), texts) for each in rows]


def _seen(row: Attachment, withdrawal: AttachmentWithdrawal | None, texts: Mapping[UUID, Any]) -> SeenFile:
    said = texts.get(row.content_id) or {}
    reason = texts.get(withdrawal.reason_id, "") if withdrawal else ""
    return SeenFile(row, said.get("name", ""), said.get("note", ""), withdrawal, reason)


def _texts(keys: list[UUID], actor: Actor) -> dict[UUID, Any]:
    found = Content.objects.visible_to(actor).filter(pk__in=keys, audience__contains=[actor.audience])
    return dict(found.values_list("pk", "body"))
