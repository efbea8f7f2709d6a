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
        """What came of it. Only ``reached`` can be contact."""

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
        """Whether the person themselves was spoken to or seen. Who was sent a message may never read it."""
        return self.counts(self.channel, self.with_whom, self.outcome)

    @classmethod
    def counts(cls, channel: str, with_whom: str, outcome: str) -> bool:
        """Whether an attempt of these codes is contact."""
        reached = (with_whom, outcome) == (cls.WithWhom.PERSON, cls.Outcome.REACHED)
        return reached and channel in (cls.Channel.PHONE, cls.Channel.VIDEO, cls.Channel.IN_PERSON)
