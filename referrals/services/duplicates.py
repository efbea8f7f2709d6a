"""Whether somebody who is referred is known already: the agency's own open cases of perhaps the same person.

A hint, and nothing is merged by it. Cases in which the agency has no part are not among them.
"""

from uuid import UUID

from django.db.models.expressions import RawSQL

from agencies.acting import Actor
from referrals.domain.case import CaseState
from referrals.models import Case, Referral
from referrals.services.searching import reads_numbers

MOST = 20  # references


def possible_duplicates(*, of: UUID, nhs_number: str, incident_number: str, by: Actor) -> list[str]:
    """References of open cases that the actor sees, besides this one, with the same NHS number or the same
    incident number; the newest first. One query.

    Whose audience reads no NHS numbers learns nothing by sending one. The condition is one of keys, so that
    PostgreSQL starts from what is found, not from what is visible.
    """
    asked = Referral.objects.visible_to(by).exclude(source_incident_number="")
    same_incident = asked.filter(source_incident_number=incident_number).values("case_id")
    number = nhs_number if reads_numbers(by) else ""
    same_person = Case.objects.filter(pk__in=RawSQL("select people_numbered(%s)", [number or None])).values(
        "pk"
    )
    found = Case.objects.visible_to(by).filter(
        state=CaseState.OPEN, pk__in=same_incident.union(same_person, all=True)
    )
    return list(found.exclude(pk=of).order_by("-pk").values_list("reference", flat=True)[:MOST])
