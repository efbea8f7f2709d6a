"""How a person is reached beyond the inbox: their phone, and the channels they chose."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agencies.models.user import User

BEYOND_THE_INBOX = ("sms", "email")
# A mobile number of the United Kingdom as E.164 has it (ITU-T E.164; Ofcom's range 07).
MOBILE = r"^\+447[0-9]{9}$"


class Reach(models.Model):
    """One person's phone, once a code that was sent there came back; and their channels, the first first.

    ``channels`` is null while they have chosen none: then the ladder's hold. The inbox is in every
    choice and is not listed. ``asked_phone`` waits until ``asked_until`` (UTC) for ``asked_code``.
    """

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="reach")
    phone = models.CharField(max_length=16, blank=True)
    verified_at = models.DateTimeField(null=True)
    channels = ArrayField(models.CharField(max_length=20), null=True)
    asked_phone = models.CharField(max_length=16, blank=True)
    asked_code = models.CharField(max_length=6, blank=True)
    asked_until = models.DateTimeField(null=True)
    asked_tries = models.SmallIntegerField(default=0)
    changed_at = models.DateTimeField(db_default=Now())

    objects = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_phone_is_a_mobile_that_answered",
                condition=Q(phone="", verified_at=None) | Q(phone__regex=MOBILE, verified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="texts_are_chosen_with_a_phone_that_answered",
                condition=~Q(channels__contains=["sms"]) | Q(channels=None) | Q(verified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="channels_are_known",
                condition=Q(channels=None) | Q(channels__contained_by=list(BEYOND_THE_INBOX)),
            ),
            models.CheckConstraint(
                name="a_code_is_awaited_from_a_mobile",
                condition=Q(asked_phone="", asked_code="", asked_until=None)
                | Q(asked_phone__regex=MOBILE, asked_code__regex=r"^\d{6}$", asked_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"how person {self.user_id} is reached"
