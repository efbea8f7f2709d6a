"""Trying it without waiting: in a sandbox time can be put forward, by moving every open deadline back."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from agencies.acting import Actor
from agencies.models import Agency
from referrals.domain.case import CaseState
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import MoveNotAllowed, NotThere, NotYourMove
from referrals.domain.referral import OPEN
from referrals.models import Case, Clock, Party, Referral
from referrals.services.writing import Act

MOST = 100  # cases that are put forward at a time


@transaction.atomic
def advance(*, minutes: int, by: Actor, reference: str | None = None) -> int:
    """As if so many minutes had passed in this case, or in every open one of the agency's; how many cases.

    What falls due thereby is told at the next tick. Raises NotYourMove for an agency that is no sandbox,
    MoveNotAllowed for a case in which another that is none has a part, NotThere.
    """
    if not Agency.objects.filter(pk=by.agency_id, sandbox=True).exists():
        raise NotYourMove("only an agency that is marked as a sandbox puts its time forward")
    cases = list(_locked(by, reference))
    if reference and not cases:
        raise NotThere("there is no such open case, or your agency has no part in it")
    real = Party.objects.filter(case__in=cases, agency__sandbox=False)
    if reference and real.exists():
        raise MoveNotAllowed("an agency that is no sandbox has a part in this case: its deadlines stand", [])
    mixed = set(real.values_list("case_id", flat=True))
    tried = [case for case in cases if case.pk not in mixed]
    _move(tried, timedelta(minutes=minutes))
    for case in tried:
        act = Act.on(case, by)
        act.event("sandbox.advanced", {"minutes": minutes})
        act.write()
    return len(tried)


def _locked(by: Actor, reference: str | None) -> QuerySet[Case]:
    """Open cases, locked in the order in which everybody locks several."""
    seen = Case.objects.visible_to(by).filter(state=CaseState.OPEN)
    wanted = seen.filter(reference=reference) if reference else seen
    keys = wanted.order_by("-opened_at").values_list("pk", flat=True)[:MOST]
    locked = Case.objects.visible_to(by).filter(pk__in=list(keys)).order_by("pk")
    return locked.select_for_update(of=["self"], no_key=True)


def _move(cases: Iterable[Case], by: timedelta) -> None:
    """Every running clock and every open referral's breach, by the same length: their distances stay.

    How long somebody may be detained runs from the arrival that was stated: no sandbox moves a legal limit.
    """
    running = Clock.objects.filter(case__in=cases, stopped_at=None).exclude(kind=ClockKind.DETENTION_LIMIT)
    moved = ("started_at", "target_at", "next_look_at", "quiet_until")
    running.update(**{name: F(name) - by for name in moved})
    Referral.objects.filter(case__in=cases, state__in=sorted(OPEN)).update(breach_at=F("breach_at") - by)
