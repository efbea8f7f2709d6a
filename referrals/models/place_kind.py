"""Kinds of place of safety, and what the law of each is: rows, for Parliament changes them."""

from django.db import models
from django.db.models import F, Q

from referrals.domain.detention import PLACE_KINDS
from referrals.models.threshold_policy import PublicQuerySet


class PlaceKindRule(models.Model):
    """What holds of one kind of place; of a kind's rows the last holds, the others are its history.

    Nobody is taken there before ``since`` or from ``until`` on (days in London), where one is known.
    ``source`` is the law that says so. Rows are added by ``manage.py place_kind`` and never changed.
    """

    code = models.CharField(max_length=30, choices=[(p, p) for p in PLACE_KINDS])
    adults_only = models.BooleanField(default=False)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    source = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    objects = PublicQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="place_kind_begins_before_it_ends",
                condition=Q(since=None) | Q(until=None) | Q(until__gt=F("since")),
            ),
            models.CheckConstraint(name="place_kind_names_its_law", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return self.code
