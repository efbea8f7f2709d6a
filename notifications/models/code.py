"""Short codes in text messages, and what was typed back."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agencies.acting import Actor
from notifications.models.message import new_id


class CodeQuerySet(models.QuerySet):
    """Codes, and codes that were typed, of the reader's agency."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's agency."""
        return self.filter(agency_id=actor.agency_id)


class TextCode(models.Model):
    """The code that one text message carries: who types it takes what the message tells of.

    It is bound to a message and its escalation, to a person and to the phone that it was sent to, and good
    until an instant (UTC), once.
    """

    message_id = models.UUIDField(unique=True)
    escalation_id = models.BigIntegerField()
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    membership = models.ForeignKey("agencies.Membership", models.PROTECT, related_name="+")
    phone = models.CharField(max_length=16)
    code = models.CharField(max_length=8)
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["phone", "code"], name="a_phone_gets_a_code_once"),
        ]

    def __str__(self) -> str:
        return f"code of message {self.message_id}"


class TypedCode(models.Model):
    """A code that came back: by a text from a ``number``, or by a ``membership`` at the page.

    Of a text only what looks like a code is kept: people write about patients. ``provider_id`` is Notify's
    id of the text; the same one again changes nothing. ``outcome`` is empty until it is judged, once.
    """

    class Outcome(models.TextChoices):
        """What came of it."""

        TAKEN = "taken"
        UNKNOWN = "unknown"  # no such code for this phone or person
        EXPIRED = "expired"
        USED = "used"
        LEFT = "left"  # the person is no longer what they were when it was sent
        REFUSED = "refused"  # the promise was kept meanwhile, or is not theirs any more
        LIMITED = "limited"  # too many wrong ones: not looked at

    id = models.UUIDField(default=new_id, editable=False, primary_key=True)
    provider_id = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001  # null: typed at the page
    number = models.CharField(max_length=20, blank=True)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, null=True, related_name="+")
    membership = models.ForeignKey("agencies.Membership", models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=8, blank=True)
    received_at = models.DateTimeField(db_default=Now())
    judged_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=Q(judged_at=None), name="typed_code_to_judge"),
            models.Index(fields=["number", "-received_at"], name="typed_code_by_number"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_code_comes_from_a_phone_or_a_person",
                condition=Q(membership=None, agency=None, provider_id__isnull=False)
                | Q(membership__isnull=False, agency__isnull=False, provider_id=None, number=""),
            ),
            models.CheckConstraint(
                name="a_judged_code_has_an_outcome",
                condition=Q(judged_at=None, outcome="") | (Q(judged_at__isnull=False) & ~Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return f"typed at {self.received_at}: {self.outcome or 'to judge'}"
