"""Earlier episodes of the same patient, and other open reports: linked and warned of, never merged."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from agencies.acting import Actor
from referrals.domain.clocks import ClockKind
from referrals.domain.missing import AGAIN_WITHIN, AWAY, CLUSTER_OF, CLUSTER_WITHIN
from referrals.models import Clock, EpisodeLink, MissingReport, Person
from referrals.models.keys import new_id
from referrals.services.writing import Act


def same_person(person: Person, by: Actor, *, perhaps: bool = False) -> QuerySet[MissingReport]:
    """Other sent reports about somebody with this NHS number, or this name and date of birth.

    ``perhaps``: or with this name, while either's date of birth is not known. Enough for a warning.
    """
    alike = Q(pk=None)
    if person.nhs_number:
        alike |= Q(nhs_number=person.nhs_number)
    if person.family_name and person.given_name and (person.date_of_birth or perhaps):
        named = Q(family_name__iexact=person.family_name, given_name__iexact=person.given_name)
        alike |= named & _born(person.date_of_birth, perhaps=perhaps)
    people = Person.objects.visible_to(by).filter(alike).exclude(pk=person.pk)
    return MissingReport.objects.visible_to(by).filter(
        case__in=people.values("case_id"), sent_at__isnull=False
    )


def _born(day: date | None, *, perhaps: bool) -> Q:
    if day is None:
        return Q()
    return Q(date_of_birth=day) | Q(date_of_birth=None) if perhaps else Q(date_of_birth=day)


def link_earlier(act: Act, report: MissingReport) -> None:
    """Link the latest earlier episode of the same patient with this agency."""
    person = Person.objects.get(case=act.case)
    found = same_person(person, act.by).filter(unit_agency=report.unit_agency_id)
    earlier = found.exclude(pk=report.pk).order_by("-sent_at", "-id").first()
    if earlier is None or EpisodeLink.objects.filter(report=report, earlier=earlier).exists():
        return
    number = Person.objects.values_list("nhs_number", flat=True).get(case=earlier.case_id)
    by_number = bool(person.nhs_number) and number == person.nhs_number
    basis = EpisodeLink.Basis.NHS_NUMBER if by_number else EpisodeLink.Basis.NAME_AND_BIRTH
    join(act, report, earlier, basis)


def join(act: Act, report: MissingReport, earlier: MissingReport, basis: str) -> None:
    """Link the two, with what says that they are one patient's."""
    made = EpisodeLink(
        pk=new_id(),
        case=act.case,
        report=report,
        earlier=earlier,
        basis=basis,
        actor=act.by.as_event(),
        linked_at=act.at,
    )
    EpisodeLink.objects.bulk_create([made])
    act.event("missing.linked", {"report": report.pk, "link": made.pk, "basis": basis})


def is_again(report: MissingReport) -> bool:
    """Whether the linked episode before ended less than 72 hours before this one began."""
    before = EpisodeLink.objects.filter(report=report, unlinked_at=None).select_related("earlier")
    ends = [
        max(filter(None, (e.returned_at, e.located_at)), default=None) for e in (b.earlier for b in before)
    ]
    return any(end is not None and report.missing_since - end < AGAIN_WITHIN for end in ends)


def is_new_cluster(report: MissingReport, at: datetime) -> bool:
    """Whether the unit has had too many reports in a week, and nobody has been told so in that week."""
    lately = MissingReport.objects.filter(unit=report.unit_id, sent_at__gte=at - CLUSTER_WITHIN)
    cases = list(lately.values_list("case_id", flat=True))
    told = Clock.objects.filter(
        case__in=cases, kind=ClockKind.MISSING_CLUSTER, started_at__gte=at - CLUSTER_WITHIN
    )
    return len(cases) >= CLUSTER_OF and not told.exists()


def duplicates(stated: Mapping[str, Any], by: Actor) -> QuerySet[MissingReport]:
    """Open reports that may be about the same patient as one that is being made."""
    about = Person(**{name: stated.get(name) or None for name in ("date_of_birth",)})
    for name in ("family_name", "given_name", "nhs_number"):
        setattr(about, name, stated.get(name) or "")
    return same_person(about, by, perhaps=True).filter(state__in=AWAY)
