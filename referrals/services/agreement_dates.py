"""Dates of agreements, told to the other side's managers whenever one is set or moved.

From the dates that are kept, by the worker, within a minute. Repeating is safe: each is told once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

import notifications.services as notifications
from agencies.instants import on_the_wall
from agencies.models import Agency
from referrals.models import AgreementGoLive
from referrals.services.concordat_steps import makers
from referrals.services.rota_gaps import managers

LATEST = timedelta(days=7)
"""How long after it was set a date is still told, should the worker have been away."""
THEN = (("email", 60),)


@transaction.atomic
def tell(*, now: datetime) -> int:
    """Owe what was set lately; how many messages, those told before included."""
    lately = AgreementGoLive.objects.filter(set_at__gt=now - LATEST)
    found = lately.select_related("version__agreement").order_by("pk")
    return notifications.enqueue([owed for made in found for owed in _owed(made)], at=now)


def _owed(made: AgreementGoLive) -> Iterator[notifications.Owed]:
    """To each manager of the side that did not set it: which version, and from when; not why (text).

    Of one between kinds, to each of every other agency of the two kinds: those who have not signed may.
    """
    of = made.version.agreement
    told = Agency.objects.filter(pk__in=makers(of) if of.scope.is_of_kinds else of.sides)
    for agency in told.exclude(code=made.set_by.get("agency", "")):
        for who in managers(agency.pk):
            yield notifications.Owed(
                key=f"agreement-date:{made.pk}",
                case_id=None,
                opened_on=made.set_at.date(),
                about="agreement",
                kind="agreement.dated",
                recipient=who,
                data={"agreement": str(made.version), "version": made.version_id, "said": [_words(made)]},
                then=THEN,
            )


def _words(made: AgreementGoLive) -> str:
    before = AgreementGoLive.objects.filter(version=made.version_id, pk__lt=made.pk).order_by("pk").last()
    moved = f", and no longer from {on_the_wall(before.live_from)}" if before else ""
    between = ", between those who have signed it" if made.version.agreement.scope.is_of_kinds else ""
    return f"{made.version} holds from {on_the_wall(made.live_from)}{moved}{between}"
