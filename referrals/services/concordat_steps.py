"""Drafts and signatures of agreements between kinds of agency, told to the managers whom they concern.

A draft to every agency of the two kinds; a signature to those who had signed before, since between them it
holds, or will; a change to those whose signature it took away. From the steps that are kept, by the worker,
within a minute. Repeating is safe: each is told once.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

import notifications.services as notifications
from agencies.models import Agency
from referrals.domain.agreement import Step
from referrals.models import Agreement, AgreementStep, AgreementVersion
from referrals.services.agreement_steps import LATEST, owed


@transaction.atomic
def tell(*, now: datetime) -> int:
    """Owe what was done lately; how many messages, those told before included."""
    found = AgreementVersion.objects.filter(
        steps__at__gt=now - LATEST,
        agreement__from_agency=None,
        agreement__to_agency=None,
    )
    some = found.distinct().select_related("agreement").prefetch_related("steps__agency").order_by("pk")
    return notifications.enqueue([each for version in some for each in _owed(version, now)], at=now)


def makers(agreement: Agreement) -> set[int]:
    """Every agency of the two kinds that there is still."""
    kinds = [agreement.from_kind, agreement.to_kind]
    found = Agency.objects.filter(kind__in=kinds, succeeded_by=None, sandbox=False)
    return set(found.values_list("pk", flat=True))


def _owed(version: AgreementVersion, now: datetime) -> Iterator[notifications.Owed]:
    """Of every step that is young enough, if it stands still: what it means to whom."""
    signed: list[int] = []
    steps = sorted(version.steps.all(), key=lambda each: each.pk)
    last_change = max((each.pk for each in steps if each.kind in (Step.DRAFTED, Step.EDITED)), default=0)
    for step in steps:
        young = step.at > now - LATEST
        if young and step.kind == Step.DRAFTED:
            yield from owed(step, "agreement.drafted", _drafted(version), to=_others(version, step))
        elif young and step.kind == Step.SIGNED and step.pk > last_change:
            to = {*signed, steps[0].agency_id} - {step.agency_id}
            yield from owed(step, "agreement.signed", f"{step.agency.name} has signed {version}", to=to)
        elif young and step.kind == Step.EDITED and step.pk == last_change:
            said = f"{version} was changed after your agency had signed it: sign it anew"
            yield from owed(step, "agreement.changed", said, to=set(signed) - {step.agency_id})
        signed = _after(step, signed)


def _after(step: AgreementStep, signed: list[int]) -> list[int]:
    """Who has signed, after this step."""
    if step.kind == Step.EDITED:
        return []
    return [*signed, step.agency_id] if step.kind == Step.SIGNED else signed


def _others(version: AgreementVersion, step: AgreementStep) -> set[int]:
    return makers(version.agreement) - {step.agency_id}


def _drafted(version: AgreementVersion) -> str:
    return f"{version} is drafted: it will hold for your agency only if you sign it"
