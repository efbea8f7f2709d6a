"""Drafts and signatures of agreements, told to the other side's managers: what waits for them, with a link.

From the steps that are kept, by the worker, within a minute. Repeating is safe: each is told once, and of a
step that something has overtaken meanwhile nobody is told.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction

import notifications.services as notifications
from referrals.domain.agreement import Step
from referrals.models import AgreementStep, AgreementVersion
from referrals.services.drafting import is_signed
from referrals.services.rota_gaps import managers

LATEST = timedelta(days=7)
"""How long after a step it is still told, should the worker have been away."""
THEN = (("email", 60),)


@transaction.atomic
def tell(*, now: datetime) -> int:
    """Owe what was drafted, changed or signed lately; how many messages, those told before included."""
    drafts = AgreementVersion.objects.filter(
        live_from=None, steps__at__gt=now - LATEST, agreement__from_agency__isnull=False
    )
    found = drafts.distinct().select_related("agreement").prefetch_related("steps__agency").order_by("pk")
    return notifications.enqueue([owed for version in found for owed in _owed(version, now)], at=now)


def _owed(version: AgreementVersion, now: datetime) -> Iterator[notifications.Owed]:
    """To each manager of the side that did not take the last step that asks for theirs."""
    step = _last(version)
    if step is None or step.at <= now - LATEST:
        return
    kind, said = _what(version, step)
    yield from owed(step, kind, said, to=version.agreement.sides - {step.agency_id})


def owed(step: AgreementStep, kind: str, said: str, *, to: Iterable[int]) -> Iterator[notifications.Owed]:
    """A message of that kind about a step, to each manager of these agencies."""
    for agency in sorted(to):
        for who in managers(agency):
            yield notifications.Owed(
                key=f"agreement-step:{step.pk}",
                case_id=None,
                opened_on=step.at.date(),
                about="agreement",
                kind=kind,
                recipient=who,
                data={"agreement": str(step.version), "version": step.version_id, "said": [said]},
                then=THEN,
            )


def _last(version: AgreementVersion) -> AgreementStep | None:
    """The last step that asks something of the other side: that it was drafted; signed, while that counts; or
    edited, if that took away a signature of the other side's."""
    drafted: AgreementStep | None = None
    told: AgreementStep | None = None
    signed: set[int] = set()
    for step in sorted(version.steps.all(), key=lambda each: each.pk):
        if step.kind == Step.DRAFTED:
            drafted = told = step
        elif step.kind == Step.SIGNED:
            signed.add(step.agency_id)
            told = step
        elif step.kind == Step.EDITED and signed:
            told = step if signed - {step.agency_id} else drafted
            signed = set()
    return told


def _what(version: AgreementVersion, step: AgreementStep) -> tuple[str, str]:
    """The kind of message, and which version in words."""
    if step.kind == Step.DRAFTED:
        return "agreement.drafted", f"{version} is drafted, and waits for your side's signature"
    if step.kind == Step.EDITED:
        return "agreement.changed", f"{version} was changed after your side had signed it: sign it anew"
    if is_signed(version):
        return "agreement.signed", f"{version} is signed by both sides: it can be given a date"
    return "agreement.signed", f"{version} is signed by the other side, and waits for your signature"
