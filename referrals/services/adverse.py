"""Recording that a person died or came to serious harm: what is counted, and nothing that is read of them.

A statement is an event of the case, as codes; it is never changed, and of several the last holds. It says
nothing about why, and starts no clock: what was wrong is found out elsewhere, by those whose task that is.
"""

from datetime import datetime

from django.db import transaction

from agencies.acting import Actor
from agencies.roles import Role
from referrals import policies
from referrals.domain.adverse import Adverse, Inquest
from referrals.domain.errors import Invalid, NotThere
from referrals.models import Case
from referrals.services.writing import Act, lock_case

RECORDED = "case.adverse_outcome"


@transaction.atomic
def record(*, reference: str, outcome: str, inquest: str, occurred_at: datetime, by: Actor) -> Case:
    """Say what came to the person of a case, open or closed, and when (UTC).

    Raises NotThere, NotYourMove (a supervisor or more senior does), Invalid (a code, the time), NotYet.
    """
    found = Case.objects.visible_to(by).filter(reference=reference.strip().upper()).first()
    if found is None:
        raise NotThere("your agency has no part in such a case")
    policies.check_level(by, Role.SUPERVISOR, "record an adverse outcome")
    _check(outcome, inquest)
    act = Act.on(lock_case(found.pk), by, occurred_at)
    act.event(RECORDED, {"outcome": outcome, "inquest": inquest})
    act.write()
    return act.case


def _check(outcome: str, inquest: str) -> None:
    for name, said, known in (("outcome", outcome, Adverse), ("inquest", inquest, Inquest)):
        if said not in set(known):
            raise Invalid(f"{said!r} is no such code", {f"/{name}": f"one of {', '.join(known)}"})
