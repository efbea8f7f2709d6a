"""The unit's checklist of a missing report: each item done once, timed and named."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from referrals import policies
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove
from referrals.domain.missing import State
from referrals.domain.missing_fields import CHECKLIST, Phase, asked_of
from referrals.models import ChecklistItem, MissingReport
from referrals.models.keys import new_id
from referrals.services.missing import find, of_child
from referrals.services.writing import Act

UNENDED = (State.DRAFT, State.REPORTED, State.LOCATED, State.RETURNED)


@transaction.atomic
def tick(
    *, report_id: UUID, item: str, by: Actor, note: str = "", occurred_at: datetime | None = None
) -> ChecklistItem:
    """Say that something was done, when and by whom.

    The unit's agency does; the police say what is theirs. Raises NotThere, NotYourMove, ReasonNeeded,
    Invalid (no such item here), MoveNotAllowed (done; not back yet; it has ended).
    """
    report, locked = find(report_id, by)
    policies.check_says_who(by, "tick this")
    _check(report, item, by)
    act = Act.on(locked, by, occurred_at, of_old=True)
    made = tick_once(act, report, item, note)
    if made is None:
        raise MoveNotAllowed("somebody has ticked this before")
    act.write()
    return made


def _check(report: MissingReport, item: str, by: Actor) -> None:
    asked = asked_of(under_18=of_child(report), security=report.security)
    if item not in asked:
        raise Invalid("there is no such item in this checklist", {"/item": f"one of {', '.join(asked)}"})
    if report.unit_agency_id != by.agency_id and not CHECKLIST[item].polices:
        raise NotYourMove("the unit's agency ticks its checklist")
    if report.state not in UNENDED:
        raise MoveNotAllowed(f"a report that is {report.state} has ended")
    if CHECKLIST[item].phase == Phase.RETURN and report.state != State.RETURNED:
        raise MoveNotAllowed("the patient is not back yet", ["return"])


def tick_once(act: Act, report: MissingReport, item: str, note: str = "") -> ChecklistItem | None:
    """In the act at hand; None if it was ticked before."""
    if ChecklistItem.objects.filter(report=report, code=item).exists():
        return None
    kind = "clinical_note" if CHECKLIST[item].is_care else "checklist_note"
    text = act.content(kind, note) if note else None
    made = ChecklistItem(
        pk=new_id(),
        case=act.case,
        report=report,
        code=item,
        actor=act.by.as_event(),
        agency_id=act.by.agency_id,
        note_id=UUID(text["id"]) if text else None,
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )
    ChecklistItem.objects.bulk_create([made])
    told = {"report": report.pk, "item": item, "content": [text] if text else []}
    act.event("missing.checked", told, report.referral)
    return made
