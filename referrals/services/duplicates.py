"""Whether somebody who is referred is known already: the agency's own open cases of perhaps the same person.

A hint, and nothing is merged by it. Cases in which the agency has no part are not among them.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from agencies.acting import Actor
from referrals.domain.case import CaseState
from referrals.models import Case, Referral
from referrals.services.searching import reads_numbers

MOST = 20  # references


def possible_duplicates(*, of: UUID, nhs_number: str, incident_number: str, by: Actor) -> list[str]:
    """References of open cases that the actor sees, besides this one, with the same NHS number or the same
    incident number; the newest first. One query; none where there is no number to go by.

    Whose audience reads no NHS numbers learns nothing by sending one. The condition is one of keys, so that
    PostgreSQL starts from what is found, not from what is visible; an empty number would find everybody's
    referrals before it finds nobody's.
    """
    known = _of_person(nhs_number if reads_numbers(by) else "").union(
        _of_incident(incident_number, by), all=True
    )
    found = Case.objects.visible_to(by).filter(state=CaseState.OPEN, pk__in=known)
    return list(found.exclude(pk=of).order_by("-pk").values_list("reference", flat=True)[:MOST])


def _of_incident(number: str, by: Actor) -> QuerySet[Any, Any]:
    """The keys of cases in which somebody was referred under this incident number."""
    if not number:
        return Case.objects.none().values("pk")
    asked = Referral.objects.visible_to(by).exclude(source_incident_number="")
    return asked.filter(source_incident_number=number).values("case_id")


def _of_person(number: str) -> QuerySet[Any, Any]:
    """The keys of cases of somebody with this NHS number."""
    if not number:
        return Case.objects.none().values("pk")
    return Case.objects.filter(pk__in=RawSQL("select people_numbered(%s)", [number])).values("pk")
