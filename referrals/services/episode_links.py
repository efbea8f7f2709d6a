"""Saying by hand that two reports are about one patient, and taking that back: linked, never merged."""

from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from referrals import policies
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove
from referrals.models import EpisodeLink, MissingReport
from referrals.services.episodes import join
from referrals.services.missing_watch import watch_again
from referrals.services.writing import Act, lock_case


@transaction.atomic
def link(*, report_id: UUID, earlier_id: UUID, by: Actor) -> EpisodeLink:
    """A named person of the unit's agency says that an earlier report is about the same patient.

    Raises NotThere, NotYourMove, ReasonNeeded, Invalid, MoveNotAllowed (linked already).
    """
    seen = MissingReport.objects.visible_to(by).select_related("unit__agency")
    report, earlier = (seen.filter(pk=key).first() for key in (report_id, earlier_id))
    if report is None or earlier is None:
        raise NotThere("there is no such report")
    policies.check_says_who(by, "link episodes")
    if report.unit_agency_id != by.agency_id:
        raise NotYourMove("the unit's agency links its patient's episodes")
    if report.pk == earlier.pk:
        raise Invalid("an episode is not its own past", {"/earlier": "another report"})
    act = Act.on(lock_case(report.case_id), by)
    held = EpisodeLink.objects.filter(report=report, earlier=earlier, unlinked_at=None)
    if held.exists():
        raise MoveNotAllowed("the two are linked already", ["unlink"])
    join(act, report, earlier, EpisodeLink.Basis.SAID)
    watch_again(act, report)
    act.write()
    return held.get()


@transaction.atomic
def unlink(*, link_id: UUID, by: Actor) -> EpisodeLink:
    """Take a link back: the two are different people. Raises as ``link`` does."""
    found = EpisodeLink.objects.visible_to(by).select_related("report").filter(pk=link_id).first()
    if found is None:
        raise NotThere("there is no such link")
    policies.check_says_who(by, "unlink episodes")
    if found.report.unit_agency_id != by.agency_id:
        raise NotYourMove("the unit's agency links its patient's episodes")
    act = Act.on(lock_case(found.case_id), by)
    found.refresh_from_db(fields=["unlinked_at"])
    if found.unlinked_at is not None:
        raise MoveNotAllowed("this link has been taken back already")
    found.unlinked_at, found.unlinked_by = act.at, by.as_event()
    found.save(update_fields=["unlinked_at", "unlinked_by"])
    act.event("missing.unlinked", {"report": found.report_id, "link": found.pk})
    act.write()
    return found
