"""Attaching a photo or a PDF to a case, and taking it back. Nothing is ever deleted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from referrals import policies
from referrals.domain.attachment import LONGEST_NAME, PICTURES, Kind
from referrals.domain.disclosure import audiences_of
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Stale
from referrals.models import Attachment, AttachmentWithdrawal, Case
from referrals.models.keys import new_id
from referrals.services import inspection, keeping
from referrals.services.inspection import Clean
from referrals.services.writing import Act, lock_case


@dataclass(frozen=True)
class Sent:
    """A file as it came: its bytes, what the sender calls it, what it is about, and a note."""

    content: bytes
    kind: str
    name: str = ""
    note: str = ""
    occurred_at: datetime | None = None


def attach(*, case_id: UUID, sent: Sent, by: Actor, version: int | None = None) -> Attachment:
    """Look at the file, keep it, and say so in the case; any of its parties may.

    The looking takes a second or more, and is done before the case is locked. Raises NotThere, ReasonNeeded,
    Stale, Invalid (what is wrong with the file, at ``/file``), MoveNotAllowed (closed; the file is there).
    """
    if not Case.objects.visible_to(by).filter(pk=case_id).exists():
        raise NotThere("there is no such case")
    policies.check_says_who(by, "attach this")
    if by.audience not in audiences_of(sent.kind):
        raise Invalid("your kind of agency does not read this kind", {"/kind": "choose one that you read"})
    clean = inspection.inspected(sent.content)
    if sent.kind == Kind.PHOTO and clean.media_type not in PICTURES:
        raise Invalid("a PDF is no photo", {"/kind": "a document: or send the photo itself, as JPEG or PNG"})
    key = new_id()
    stored = keeping.keep(clean.content, clean.sha256, key)
    return _write(case_id, by, version, sent, _row(key, sent, clean, stored))


@transaction.atomic
def _write(case_id: UUID, by: Actor, version: int | None, sent: Sent, made: Attachment) -> Attachment:
    act = Act.on(_locked(case_id, by, version), by, sent.occurred_at, of_old=True)
    policies.check_case_open(act.case)
    same = Attachment.objects.filter(case=act.case, kind=made.kind, sha256=made.sha256, withdrawal=None)
    if same.exists():
        raise MoveNotAllowed("this very file is in the case already", ["withdraw"])
    said = {"name": sent.name[:LONGEST_NAME], "note": sent.note, "sha256": made.sha256}
    text = act.content(sent.kind, said)
    made.case, made.agency_id, made.actor = act.case, by.agency_id, by.as_event()
    made.occurred_at, made.recorded_at, made.content_id = act.occurred_at, act.at, UUID(text["id"])
    made.save(force_insert=True)
    what = {"kind": made.kind, "media_type": made.media_type, "size": made.size}
    act.event("attachment.added", {"attachment": made.pk, **what, "content": [text]})
    act.write()
    return made


def _row(key: UUID, sent: Sent, clean: Clean, stored: str) -> Attachment:
    return Attachment(
        pk=key,
        kind=sent.kind,
        media_type=clean.media_type,
        size=len(clean.content),
        sha256=clean.sha256,
        stored=stored,
        width=clean.width,
        height=clean.height,
        pages=clean.pages,
    )


def _locked(case_id: UUID, by: Actor, version: int | None) -> Case:
    """The locked case, in which the actor still has a part. Raises NotThere, Stale."""
    case = lock_case(case_id)
    if not Case.objects.visible_to(by).filter(pk=case_id).exists():
        raise NotThere("there is no such case")
    if version is not None and version != case.version:
        raise Stale("the case has moved on since you read it: read it again")
    return case


@transaction.atomic
def withdraw(
    *, attachment_id: UUID, reason: str, by: Actor, occurred_at: datetime | None = None
) -> AttachmentWithdrawal:
    """Take a file back, whether the case is open or closed: nobody gets it any more, and all read why.

    The agency that attached it does. Raises NotThere, NotYourMove, ReasonNeeded, MoveNotAllowed (it was).
    """
    found = Attachment.objects.visible_to(by).filter(pk=attachment_id).first()
    if found is None:
        raise NotThere("there is no such file")
    policies.check_says_who(by, "withdraw this")
    if found.agency_id != by.agency_id:
        raise NotYourMove("the agency that attached a file withdraws it")
    if not reason:
        raise ReasonNeeded("a file is withdrawn for a reason", {"/reason": "say why"})
    act = Act.on(_locked(found.case_id, by, None), by, occurred_at)
    if AttachmentWithdrawal.objects.filter(attachment=found).exists():
        raise MoveNotAllowed("this file has been withdrawn before")
    text = act.content("withdrawal", reason)
    made = AttachmentWithdrawal(
        pk=new_id(),
        attachment=found,
        case=act.case,
        agency_id=by.agency_id,
        reason_id=UUID(text["id"]),
        actor=by.as_event(),
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )
    AttachmentWithdrawal.objects.bulk_create([made])
    act.event("attachment.withdrawn", {"attachment": found.pk, "kind": found.kind, "content": [text]})
    act.write()
    return made
