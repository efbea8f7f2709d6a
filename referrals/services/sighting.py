"""Sightings of a missing patient: who saw them, where and when. Anybody with a part in the case logs one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from agencies.instants import spelt
from referrals import policies
from referrals.domain.errors import MoveNotAllowed
from referrals.domain.missing import AWAY
from referrals.domain.moments import not_before, passed
from referrals.domain.threshold import Answer
from referrals.models import MissingReport, Sighting
from referrals.models.keys import new_id
from referrals.services.missing import find
from referrals.services.missing_moves import tell_others
from referrals.services.writing import Act


@dataclass(frozen=True)
class Seen:
    """Where, when (UTC) and what. ``sure`` is yes, no or unknown; ``told_by`` whoever saw it."""

    place: str
    seen_at: datetime
    sure: str = Answer.UNKNOWN
    told_by: str = ""
    note: str = ""


@transaction.atomic
def log(*, report_id: UUID, seen: Seen, by: Actor) -> Sighting:
    """Log a sighting; the other side hears of it. The latest stands on the board.

    Raises NotThere, ReasonNeeded, Invalid (not yet), MoveNotAllowed (not missing).
    """
    report, locked = find(report_id, by)
    policies.check_says_who(by, "log a sighting")
    if report.state not in AWAY:
        raise MoveNotAllowed(f"a report that is {report.state} has no sightings")
    act = Act.on(locked, by)
    seen = replace(seen, seen_at=passed(seen.seen_at, act.at, "/seen_at"))
    last = report.last_seen_at or report.absence_confirmed_at or report.created_at
    not_before(seen.seen_at, last - timedelta(days=1), "/seen_at", "the patient was last seen on the unit")
    said = {"place": seen.place, "told_by": seen.told_by, "note": seen.note}
    text = act.content("sighting", {name: value for name, value in said.items() if value})
    made = Sighting(
        pk=new_id(),
        case=act.case,
        report=report,
        seen_at=seen.seen_at,
        sure=seen.sure,
        actor=by.as_event(),
        agency_id=by.agency_id,
        text_id=UUID(text["id"]),
        recorded_at=act.at,
    )
    Sighting.objects.bulk_create([made])
    _stand_on_board(report, seen)
    codes = {"report": report.pk, "sighting": made.pk, "seen_at": spelt(seen.seen_at), "sure": seen.sure}
    act.event("missing.sighted", {**codes, "content": [text]}, report.referral)
    tell_others(act, report, "missing.sighted")
    act.write()
    return made


def _stand_on_board(report: MissingReport, seen: Seen) -> None:
    if report.last_sighting_at is not None and report.last_sighting_at > seen.seen_at:
        return
    report.last_sighting_at, report.last_sighting_place = seen.seen_at, seen.place
    report.save(update_fields=["last_sighting_at", "last_sighting_place"])
