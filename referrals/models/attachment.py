"""Files that people attach to a case, and their being withdrawn. The bytes are in a storage, not in here."""

from typing import Self

from django.db import models
from django.db.models import Q

from agencies.acting import Actor
from referrals.domain.attachment import PICTURES, Kind, MediaType
from referrals.domain.disclosure import kinds_read_by
from referrals.models.told import Told
from referrals.models.visible import VisibleQuerySet


class AttachmentQuerySet(VisibleQuerySet):
    """Attachments of the actor's cases, of the kinds that the actor's audience reads."""

    def visible_to(self, actor: Actor) -> Self:
        """What the disclosure table says of contents holds of files, too."""
        return super().visible_to(actor).filter(kind__in=kinds_read_by(actor.audience))


class Attachment(Told):
    """One file of a case. Append-only: it is withdrawn by an ``AttachmentWithdrawal``.

    ``size`` in bytes and ``sha256`` are of what is kept, which is found in the storage as ``stored``. What
    the sender called it, and their note, are the content ``content_id``. ``copy`` is set by the database: how
    often the same file had been withdrawn from the case before; so it stands there once at a time, under each
    kind: who does not read a kind learns nothing from being refused.
    """

    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="attachments", db_index=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(k, k) for k in Kind])
    media_type = models.CharField(max_length=20, choices=[(t, t) for t in MediaType])
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    copy = models.SmallIntegerField(default=0, editable=False)
    stored = models.CharField(max_length=120, unique=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    pages = models.IntegerField(null=True)
    content_id = models.UUIDField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "sha256", "copy"], name="a_file_is_in_a_case_once"
            ),
            models.CheckConstraint(
                name="attachment_is_of_a_kind_there_is",
                condition=Q(kind__in=[k.value for k in Kind]),
            ),
            models.CheckConstraint(
                name="attachment_is_a_picture_or_a_pdf",
                condition=Q(media_type__in=sorted(PICTURES), width__gt=0, height__gt=0, pages=None)
                | Q(media_type=MediaType.PDF, width=None, height=None, pages__gt=0),
            ),
            models.CheckConstraint(
                name="attachment_photo_is_a_picture",
                condition=~Q(kind=Kind.PHOTO) | Q(media_type__in=sorted(PICTURES)),
            ),
            models.CheckConstraint(
                name="attachment_has_its_size_and_hash",
                condition=Q(size__gt=0, sha256__regex="^[0-9a-f]{64}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AttachmentWithdrawal(Told):
    """Somebody of the agency that attached a file took it back: nobody gets it any more, nothing is deleted.

    The database fills in the case, and refuses another agency. Append-only.
    """

    attachment = models.OneToOneField(Attachment, models.PROTECT, related_name="withdrawal")
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    reason_id = models.UUIDField()

    objects = VisibleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"withdrawal of {self.attachment_id}"
