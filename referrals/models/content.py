"""Text and personal details that events point at: versioned, with audience and provenance."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from referrals.models.keys import new_id
from referrals.models.visible import PrivateUntilSentQuerySet


class Content(models.Model):
    """One version of one piece of text or personal data; never changed, only followed by another version.

    Events hold its id and salted digest, not the text: so it can be rectified, redacted or retired
    without breaking the chain. ``audience`` lists who reads it. ``obtained_at`` is when the provider
    learned it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="contents")
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="contents", db_index=False
    )
    kind = models.CharField(max_length=30)
    version = models.IntegerField(default=1)
    body = models.JSONField()
    audience = ArrayField(models.CharField(max_length=20))
    provided_by = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    provider = models.JSONField()
    obtained_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    retention_class = models.CharField(max_length=40, default="case")
    salt = models.BinaryField()
    digest = models.CharField(max_length=64)
    only_agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = PrivateUntilSentQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} v{self.version} of {self.case_id}"
