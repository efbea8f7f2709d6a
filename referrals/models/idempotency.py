"""Answers kept so that a repeated request has one effect."""

from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """A key that a caller sent, what it asked, and the answer it got.

    ``request_digest`` is SHA-256 over method, path and body. ``answer_status`` is null while the first
    request is still at work, under this row's lock.
    """

    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    answer_status = models.SmallIntegerField(null=True)
    answer_headers = models.JSONField(default=dict)
    answer_body = models.BinaryField(default=b"")

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["agency", "caller", "key"], name="one_answer_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.caller}: {self.key}"
