"""Recording a detention, and what becomes of it: milestones, officers, places of safety asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor, acting_for
from agencies.instants import day_of, spelt
from agencies.models import Team
from agencies.roles import Role
from referrals import policies
from referrals.domain.age import is_child
from referrals.domain.case import Priority
from referrals.domain.clocks import ClockKind
from referrals.domain.detention import HANDOVER, Milestone, Power
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Stale
from referrals.domain.moments import ON_PAPER, not_before, passed
from referrals.domain.referral import ASKED
from referrals.models import Case, Detention, DetentionMilestone, Person, Referral
from referrals.models.keys import new_id, next_detention
from referrals.services import (
    case,
    clock,
    milestones,
    missing_moves,
    on_duty,
    person,
    sending,
    terms,
    withdrawing,
)
from referrals.services import referral as referrals
from referrals.services.milestones import Said
from referrals.services.threshold import desk_of
from referrals.services.writing import Act, lock_case

WITH_OFFICER = {"channel": "in_person", "with_whom": "person", "outcome": "reached"}


@dataclass(frozen=True)
class Detained:
    """Who was detained, by what power, where and when (UTC; by default now).

    Without a ``case`` one is opened. ``under_18`` is what is thought where no age is known.
    """

    power: str
    person: Mapping[str, Any] = field(default_factory=dict)
    detained_at: datetime | None = None
    location: Mapping[str, Any] = field(default_factory=dict)
    source_incident_number: str = ""
    case: str = ""
    under_18: bool | None = None
    note: str = ""


@transaction.atomic
def record(*, said: Detained, by: Actor) -> Detention:
    """Record a detention in a case of its own, or in one that there is.

    A case that is somebody else's becomes the police's: by a lead from whoever is accountable, which the
    named officer accepts in the same transaction. Somebody who was missing in it has been found with that.

    Raises NotYourMove (police detain), ReasonNeeded (a named officer), NotThere (the case), MoveNotAllowed
    (closed; somebody is detained in it already), Invalid.
    """
    policies.check_detains(by)
    act, desk = _act_on(said, by)
    if Detention.objects.open().filter(case=act.case).exists():
        raise MoveNotAllowed("a detention is open in this case already", ["milestones"])
    at = passed(said.detained_at or act.at, act.at, "/detained_at")
    not_before(at, act.at - ON_PAPER, "/detained_at", "anything that is entered now")
    act.occurred_at = at
    detention = _row(act, said, desk, at)
    Detention.objects.bulk_create([detention])
    if act.opens:
        on = terms.own(act, desk, HANDOVER[Power(said.power)])
        clock.start_for_case(act, on, ClockKind.CASE_REVIEW)
    milestones.note(act, detention, Said(Milestone.DETAINED, at=at, note=said.note))
    missing_moves.found_by_police(act, f"With officers since they were detained ({said.power})")
    act.write()
    return detention


def _act_on(said: Detained, by: Actor) -> tuple[Act, Team]:
    desk = desk_of(by)
    if not said.case:
        who = said.person or person.UNKNOWN
        return case.open_case(person=who, team=desk, by=by, occurred_at=None), desk
    found = Case.objects.visible_to(by).filter(reference=said.case).first()
    if found is None:
        raise NotThere(
            "there is no such case", {"/case": "the reference of a case that your agency is a party to"}
        )
    locked = lock_case(found.pk)
    policies.check_case_open(locked)
    act = Act.on(locked, by)
    if locked.accountable_agency_id != by.agency_id:
        act = _take_over(act, desk, Power(said.power))
    person.add(act, said.person)
    return act, desk


def _take_over(act: Act, desk: Team, power: Power) -> Act:
    """The police answer for whom they detain: a lead from who did, accepted and begun by the officer."""
    sender = Team.objects.select_related("agency").get(pk=act.case.accountable_team_id)
    asked = sending.Asked(
        category="concern_for_welfare",
        priority=Priority.P1,
        from_team=sender,
        to_team=desk,
        summary=f"Detained by police ({power}): the police answer for the person from now on.",
        phone_confirmation={"by": act.by.as_event()["name"], "at": spelt(act.at)},
    )
    with acting_for(sender.agency_id):  # until it is sent it is its sender's row, and nobody else's
        lead = sending.draft(act, asked)
        sending.send(act, lead)
        act = _next(act)
    referrals.take(act, lead, "accept", {})
    act = _next(act)
    referrals.take(act, lead, "start", {"contact": WITH_OFFICER})
    return _next(act)


def _next(act: Act) -> Act:
    """What was gathered is written, and the next step follows it in the same transaction."""
    act.write()
    return Act.on(act.case, act.by)


def _row(act: Act, said: Detained, desk: Team, at: datetime) -> Detention:
    return Detention(
        pk=new_id(),
        reference=next_detention(),
        case=act.case,
        agency_id=act.by.agency_id,
        team=desk,
        power=said.power,
        under_18=_under_18(act, said.person, said.under_18, at),
        location=dict(said.location),
        source_incident_number=said.source_incident_number,
        detained_at=at,
        actor=act.by.as_event(),
        recorded_at=act.at,
    )


def _under_18(act: Act, said: Mapping[str, Any], stated: bool | None, at: datetime) -> bool | None:
    """By the day of birth, else by the age, as stated now or known in the case; else as it was said."""
    known: Any = Person.objects.filter(case=act.case).values("age", "date_of_birth").first() or {}
    age = said.get("age") if said.get("age") is not None else known.get("age")
    born = said.get("date_of_birth") or known.get("date_of_birth")
    if isinstance(born, str):
        born = date.fromisoformat(born)
    return is_child(stated=stated, age=age, born=born, on=day_of(at))


def reckon_age(act: Act) -> None:
    """After the person was corrected: whether they who are or were detained in the case were under 18."""
    for each in Detention.objects.filter(case=act.case).order_by("pk"):
        under_18 = _under_18(act, {}, each.under_18, each.detained_at)
        if under_18 == each.under_18:
            continue
        each.under_18 = under_18
        each.version += 1
        each.save(update_fields=["under_18", "version"])
        if under_18:
            _tell_of_child(act, each)


def find(detention_id: UUID, by: Actor, version: int | None = None) -> tuple[Act, Detention]:
    """An act on the locked case, and the detention as it stands. Raises NotThere, Stale, MoveNotAllowed."""
    key = Detention.objects.visible_to(by).filter(pk=detention_id).values_list("case_id", flat=True).first()
    if key is None:
        raise NotThere("there is no such detention")
    act = Act.on(lock_case(key), by)
    policies.check_case_open(act.case)
    detention = Detention.objects.select_related("team__agency", "place__agency").get(pk=detention_id)
    detention.case = act.case
    if version is not None and version != detention.version:
        raise Stale("the detention has moved on since you read it: read it again")
    return act, detention


@transaction.atomic
def enter(*, detention_id: UUID, said: Said, by: Actor, version: int | None = None) -> DetentionMilestone:
    """Enter a milestone, in whatever order they become known, or correct one by naming it.

    With the end of the detention, places of safety that have not accepted are asked no more, and hear of it.

    That health has accepted is the acceptance of the handover: a named human of the place accepts the
    referral with this.

    Raises NotThere, Stale, NotYourMove, ReasonNeeded, Invalid, MoveNotAllowed.
    """
    act, detention = find(detention_id, by, version)
    if said.kind == Milestone.HEALTH_ACCEPTED and said.corrects is None:
        return _accept(act, detention, said)
    was_open = detention.is_open
    made = milestones.note(act, detention, said)
    if was_open and not detention.is_open:
        withdrawing.detention_ended(act, detention)
    act.write()
    case.settle(act)
    return made


def _accept(act: Act, detention: Detention, said: Said) -> DetentionMilestone:
    """Accept the handover that waits for the actor's agency."""
    if not act.by.is_named:
        raise ReasonNeeded("only a named human accepts", {"/by": "name the person: name, role and contact"})
    asked = Referral.objects.filter(case=act.case, lead=True, state__in=ASKED).select_related("to_team")
    ours = [each for each in asked.order_by("id") if act.by.agency_id in each.agencies_on("receiver")]
    wanted = [each for each in ours if said.place is None or each.to_team_id == said.place.pk]
    if not wanted:
        if asked.exists() and not ours:
            raise NotYourMove("a named human of the place of safety accepts")
        there_are = [each for each in milestones.to_enter(act.by, detention) if each != said.kind]
        raise MoveNotAllowed("no handover waits for this place: ask it first, by a lead referral", there_are)
    referrals.move(referral_id=wanted[0].pk, action="accept", by=act.by, occurred_at=said.at)
    return detention.milestones.filter(kind=Milestone.HEALTH_ACCEPTED).latest("recorded_at")


class Described(TypedDict, total=False):
    """What more is known: of the person, and of where and under which number they were detained."""

    person_said: Mapping[str, Any] | None
    location: Mapping[str, Any]
    source_incident_number: str
    under_18: bool | None


@transaction.atomic
def describe(
    *,
    detention_id: UUID,
    by: Actor,
    version: int | None = None,
    **said: Unpack[Described],
) -> Detention:
    """State more of the person, the place of detention or the incident: any party may.

    That somebody in a police station is a child is taken down, and told to those in charge at once.

    Raises NotThere, Stale, ReasonNeeded, MoveNotAllowed, Invalid.
    """
    act, detention = find(detention_id, by, version)
    if not by.is_named:
        raise ReasonNeeded("a named person states this", {"/by": "name the person: name, role and contact"})
    about = said.get("person_said") or {}
    person.add(act, about)
    changed = [name for name in ("location", "source_incident_number") if name in said]
    for name in changed:
        setattr(detention, name, said[name])
    stated = said.get("under_18", detention.under_18)
    was, detention.under_18 = detention.under_18, _under_18(act, about, stated, detention.detained_at)
    detention.version += 1
    detention.save(update_fields=[*changed, "under_18", "version"])
    text = [act.content("location", detention.location)] if "location" in changed else []
    act.event("detention.described", {"detention": detention.pk, "changed": changed, "content": text})
    if detention.under_18 and not was:
        _tell_of_child(act, detention)
    act.write()
    return detention


def _tell_of_child(act: Act, detention: Detention) -> None:
    """A police station is never a place of safety for a child (s.136A): somebody senior hears of it now."""
    at_station = detention.milestones.filter(place_kind="police_station", corrected_by=None, withdrawn=False)
    if detention.is_open and at_station.exists():
        for tier in (Role.SUPERVISOR, Role.DIRECTOR):
            on_duty.tell(act, detention.team_id, "detention.child_in_station", tier)


@dataclass(frozen=True)
class Asking:
    """Which places of safety are asked at once, how soon, and what they need to know."""

    places: Sequence[Team]
    summary: str = ""
    priority: str = Priority.P2


@transaction.atomic
def ask(*, detention_id: UUID, asking: Asking, by: Actor) -> list[Referral]:
    """Ask several places of safety at once to take over: the first to accept has the person.

    Raises NotThere, NotYourMove (the accountable agency asks), ReasonNeeded, MoveNotAllowed, Invalid.
    """
    act, detention = find(detention_id, by)
    policies.check_sends_lead(by, act.case)
    if not by.is_named:
        raise ReasonNeeded("a named person asks", {"/by": "name the person: name, role and contact"})
    if not asking.places:
        raise Invalid("nobody is asked", {"/places": "one place of safety or more"})
    if not detention.is_open:
        raise MoveNotAllowed("this detention has ended")
    together, made = new_id(), []
    for place in asking.places:
        one = sending.Asked(
            category=HANDOVER[Power(detention.power)],
            priority=asking.priority,
            from_team=desk_of(by),
            to_team=place,
            asking=together,
            summary=asking.summary,
            location=detention.location,
            flags=("under_18",) if detention.under_18 else (),
            source_incident_number=detention.source_incident_number,
        )
        made.append(sending.draft(act, one))
        sending.send(act, made[-1])
    act.write()
    return made
