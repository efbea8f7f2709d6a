"""The day by which an agreement is looked at again: told to both sides before it, and once it passed.

From the versions that hold, by the worker, within a minute. Repeating is safe: each is told once.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.fields.json import KT

import notifications.services as notifications
from agencies.instants import day_of
from referrals.models import AgreementVersion
from referrals.services.drafting import signers
from referrals.services.rota_gaps import managers

AHEAD = timedelta(days=14)
LATEST = timedelta(days=7)
"""How long after the day it is still told, should the worker have been away."""
THEN = (("email", 60),)


@transaction.atomic
def tell(*, now: datetime) -> int:
    """Owe what is to be looked at again soon, or was to be; how many messages, those told before included."""
    today = day_of(now)
    live = AgreementVersion.objects.filter(live_from__lte=now)
    later = live.filter(agreement=OuterRef("agreement"), live_from__gt=OuterRef("live_from"))
    named = live.annotate(review_on=KT("terms__review_on")).filter(
        ~Exists(later),
        review_on__gt=(today - LATEST).isoformat(),
        review_on__lte=(today + AHEAD).isoformat(),
    )
    found = named.select_related("agreement").prefetch_related("steps__agency").order_by("pk")
    return notifications.enqueue([owed for version in found for owed in _owed(version, today)], at=now)


def _owed(version: AgreementVersion, today: date) -> Iterator[notifications.Owed]:
    """To each manager of those who signed it."""
    day = date.fromisoformat(version.terms["review_on"])
    when, said = ("ahead", "is") if today <= day else ("late", "was")
    for agency in sorted(signers(version)):
        for who in managers(agency):
            yield notifications.Owed(
                key=f"agreement-review:{version.pk}:{when}",
                case_id=None,
                opened_on=day,
                about="agreement",
                kind="agreement.review",
                recipient=who,
                data={
                    "agreement": str(version),
                    "version": version.pk,
                    "said": [f"{version} {said} to be looked at again by {day.day} {day:%B %Y}"],
                },
                then=THEN,
            )
