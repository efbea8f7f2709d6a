"""Attempts to reach the person, the caller or the other side."""

from django.db import models

from referrals.models.told import Told


class ContactAttempt(Told):
    """One attempt at contact, whether or not it reached anybody. An attempt is not contact; append-only."""

    class Channel(models.TextChoices):
        """How."""

        PHONE = "phone"
        VIDEO = "video"
        IN_PERSON = "in_person"
        MESSAGE = "message"

    class WithWhom(models.TextChoices):
        """Whom it was meant to reach."""

        PERSON = "person"
        CALLER = "caller"
        RECEIVER = "receiver"
        OTHER = "other"

    class Outcome(models.TextChoices):
        """What came of it. Only ``reached`` is contact."""

        REACHED = "reached"
        NO_ANSWER = "no_answer"
        LEFT_MESSAGE = "left_message"
        REFUSED = "refused"

    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+")
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="contacts")
    channel = models.CharField(max_length=20, choices=Channel.choices)
    with_whom = models.CharField(max_length=20, choices=WithWhom.choices)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    note = models.ForeignKey("referrals.Content", models.PROTECT, null=True, related_name="+", db_index=False)

    def __str__(self) -> str:
        return f"{self.channel} to {self.with_whom}: {self.outcome}"

    @property
    def is_contact(self) -> bool:
        """Whether the person themselves was reached."""
        return self.outcome == self.Outcome.REACHED and self.with_whom == self.WithWhom.PERSON
