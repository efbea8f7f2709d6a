"""Officers who wait with somebody who is detained: come, relieved, gone. Nothing is counted twice."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from agencies.roles import AgencyKind
from referrals.domain import officers
from referrals.domain.detention import SCENE, standing
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.moments import passed
from referrals.models import Detention, OfficerWait
from referrals.models.keys import new_id
from referrals.services.detention import find
from referrals.services.writing import Act

MOST = 100
CAN_BE = {
    "/identifier": "an officer's identifier, or a number of officers; not both",
    "/number": f"from 1 to {MOST} officers; 0 says that those of the number before have gone",
    "/from": "a time at most 12 hours before the earliest that is entered of the detention",
    "/to": "a time between their coming and now",
    "/relieves": "the identifier of another officer, whom this one, named too, relieves",
}


@dataclass(frozen=True)
class Waits:
    """One officer by an identifier, or so many by ``number``; from when, until when (UTC).

    An officer who is there already is ended or corrected by the same identifier, an older entry by its key
    in ``corrects``; ``relieves`` ends the wait of the officer whose place this one took. Another number
    from a later time on follows the number before; without a time, from now on.
    """

    since: datetime | None = None
    until: datetime | None = None
    identifier: str = ""
    number: int | None = None
    relieves: str = ""
    corrects: UUID | None = None


@transaction.atomic
def wait(*, detention_id: UUID, said: Waits, by: Actor, version: int | None = None) -> OfficerWait:
    """Say who waits, or has gone. The police do.

    Raises NotThere, Stale, NotYourMove, ReasonNeeded, Invalid, MoveNotAllowed.
    """
    act, detention = find(detention_id, by, version)
    if by.agency_kind != AgencyKind.POLICE:
        raise NotYourMove("the police say which of their officers wait")
    if not by.is_named:
        raise ReasonNeeded("a named person says so", {"/by": "name the person: name, role and contact"})
    held = officers.standing(detention.officers.all())
    before = _same(held, said)
    said = replace(said, since=said.since or _begun(act, said, before))
    said = _passed(act, said)
    _check(detention, said, before)
    made = _rows(act, detention, said, before)
    if said.relieves:
        made.insert(0, _relieved(act, detention, said, held))
    OfficerWait.objects.bulk_create(made)
    detention.version += 1
    detention.save(update_fields=["version"])
    now = officers.standing(detention.officers.all())
    waiting = officers.there(now, act.at, act.at + timedelta(seconds=1))
    act.event("detention.officers", {"detention": detention.pk, "entry": made[-1].pk, "waiting": waiting})
    act.write()
    return made[-1]


def _same(held: list[Any], said: Waits) -> OfficerWait | None:
    """The wait that this entry ends or corrects. Raises Invalid for one that does not stand."""
    if said.corrects is None:
        same = (each for each in held if each.until is None and each.identifier == said.identifier)
        return next(same, None)
    found = next((each for each in held if each.pk == said.corrects), None)
    if found is None or found.identifier != said.identifier:
        raise Invalid(
            "that entry does not stand", {"/corrects": "the id of a standing entry of the same officer"}
        )
    return found


def _begun(act: Act, said: Waits, before: OfficerWait | None) -> datetime:
    """Since when, if nobody says: who was there already stays there; a new number counts from now."""
    goes_on = said.identifier or said.until or said.corrects
    return before.since if before is not None and goes_on else act.at


def _rows(act: Act, detention: Detention, said: Waits, before: OfficerWait | None) -> list[OfficerWait]:
    """The entry; a number that follows another from later on ends that one first."""
    follows = before is not None and said.number is not None and said.since and said.since > before.since
    if before is None or not follows or said.corrects:
        return [_row(act, detention, said, before)]
    ended = Waits(since=before.since, until=said.since, number=before.number)
    return [_row(act, detention, ended, before), _row(act, detention, said, None)]


def _passed(act: Act, said: Waits) -> Waits:
    """With its times as they are taken. Raises NotYet."""
    since = passed(said.since or act.at, act.at, "/from")
    until = None if said.until is None else passed(said.until, act.at, "/to")
    return replace(said, since=since, until=until)


def _check(detention: Detention, said: Waits, before: OfficerWait | None) -> None:
    wrong = {
        "/identifier": bool(said.identifier) == (said.number is not None),
        "/number": said.number is not None and not (0 if before else 1) <= said.number <= MOST,
        "/from": said.since is not None and said.since < _earliest(detention),
        "/to": bool(said.since and said.until and said.until < said.since),
        "/relieves": bool(said.relieves) and said.identifier in ("", said.relieves),
    }
    if errors := {field: CAN_BE[field] for field, is_wrong in wrong.items() if is_wrong}:
        raise Invalid("this cannot be so", errors)


def _earliest(detention: Detention) -> datetime:
    """When the first officers can have come: half a day before anything that is entered."""
    entered = [each.at for each in standing(detention.milestones.all())]
    return min([detention.detained_at, *entered]) - SCENE


def _relieved(act: Act, detention: Detention, said: Waits, held: list[Any]) -> OfficerWait:
    """The wait of the officer who may go, ended when the other came."""
    there = (each for each in held if each.until is None)
    gone = next((each for each in there if each.identifier == said.relieves), None)
    if gone is None:
        raise MoveNotAllowed(f"nobody with the identifier {said.relieves} waits")
    if said.since is not None and said.since < gone.since:
        raise Invalid("relieved before they came", {"/from": "a later time"})
    ended = Waits(since=gone.since, until=said.since, identifier=gone.identifier)
    return _row(act, detention, ended, gone)


def _row(act: Act, detention: Detention, said: Waits, before: OfficerWait | None) -> OfficerWait:
    return OfficerWait(
        pk=new_id(),
        detention=detention,
        case=act.case,
        agency_id=act.by.agency_id,
        identifier=said.identifier,
        number=said.number,
        since=said.since or act.at,
        until=said.until,
        relieves=said.relieves,
        supersedes=before,
        actor=act.by.as_event(),
        recorded_at=act.at,
    )
