"""Referrals that an agency sees as a third party: sent between others, in a case to which it is a party."""

from django.db import models
from django.db.models import Q

from referrals.domain.referral import OPEN


class Onlooker(models.Model):
    """One agency that sees one sent referral without being at either end of it.

    The database writes these rows, as parties come and go and referrals are sent and move; nobody
    else does. They carry what worklists go by, so that a third party's list has an index of its own.
    """

    pk = models.CompositePrimaryKey("agency_id", "referral_id")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="onlookers")
    case_id = models.UUIDField()
    breach_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    state = models.CharField(max_length=20)

    class Meta:
        indexes = [
            models.Index(fields=["agency", "breach_at", "referral"], name="onlooked_by_breach"),
            models.Index(
                fields=["agency", "breach_at", "referral"],
                condition=Q(state__in=sorted(OPEN)),
                name="onlooked_while_open",
            ),
            models.Index(fields=["agency", "-sent_at", "referral"], name="onlooked_by_sent"),
            models.Index(fields=["agency", "case_id"], name="onlooked_by_case"),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} looks on at {self.referral_id}"
