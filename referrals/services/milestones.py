"""One milestone of a detention: judged, kept, and what follows from it for the clock, the case, the desks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from agencies.acting import Actor
from agencies.instants import day_of, spelt
from agencies.models import Team
from agencies.roles import TeamKind
from referrals import policies
from referrals.domain.detention import (
    BASES,
    EXTENSION_REASONS,
    LONGEST_EXTENSION,
    NO_AMBULANCE,
    ONLY_FOR_THE_CONDITION,
    PLACE_KINDS,
    RULES,
    SCENE,
    Milestone,
    Outcome,
    standing,
)
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.moments import ON_PAPER, not_before, passed
from referrals.models import Detention, DetentionMilestone, Referral
from referrals.models.keys import new_id
from referrals.services import case, detention_watch
from referrals.services.places_of_safety import kind_of_place
from referrals.services.writing import Act

REMEDY = {
    "place": "name the place of safety: a team's id or code",
    "outcome": f"one of {', '.join(Outcome)}",
    "reason_code": "give one of the coded reasons",
    "extension_minutes": f"a number of minutes, at most {LONGEST_EXTENSION}",
    "doctor": "name the registered medical practitioner: name, role and contact",
}
OF_TEAM = {
    TeamKind.PLACE_OF_SAFETY: "health_based",
    TeamKind.EMERGENCY_DEPARTMENT: "emergency_department",
    TeamKind.WARD: "health_based",
    TeamKind.LIAISON: "emergency_department",
}
CLINICAL = frozenset({Milestone.ASSESSMENT_STARTED, Milestone.DECIDED, Milestone.EXTENDED})
"""What is written with these is about the person's health: police do not read it."""


@dataclass(frozen=True)
class Said:
    """One milestone as somebody states it. Times are UTC; ``at`` is now if it is left out.

    ``corrects`` is the key of the entry that this one replaces; with ``withdrawn`` it only takes that one
    back. An arrival may be ``disputed_at`` another time, each with its basis. ``authorised_by`` is who
    stood behind a refusal.
    """

    kind: str
    at: datetime | None = None
    place: Team | None = None
    place_kind: str = ""
    basis: str = ""
    disputed_at: datetime | None = None
    disputed_basis: str = ""
    outcome: str = ""
    reason_code: str = ""
    extension_minutes: int | None = None
    doctor: Mapping[str, str] | None = None
    authorised_by: Mapping[str, str] | None = None
    note: str = ""
    corrects: UUID | None = None
    withdrawn: bool = False


def note(
    act: Act, detention: Detention, said: Said, referral: Referral | None = None, *, follows: bool = False
) -> DetentionMilestone:
    """Keep a milestone in the act at hand; the detention, its clocks and whoever waits follow from it.

    One that ``follows`` from a referral's move was judged there.

    Raises Invalid, ReasonNeeded, NotYourMove, MoveNotAllowed (entered before, and not said to correct it).
    """
    said = _passed(act, said)
    entries = list(detention.milestones.all())
    if not follows:
        check(act, detention, said, entries)
    made = _row(act, detention, said, referral)
    texts = [_text(act, said)] if said.note else []
    made.note_id = UUID(texts[0]["id"]) if texts else None
    DetentionMilestone.objects.bulk_create([made])
    act.event(_called(said), {**_codes(detention, made), "content": texts}, referral)
    if said.place is not None and said.kind == Milestone.ARRIVED:
        case.join(act, said.place.agency_id)
    detention_watch.settle(act, detention, [*entries, made], cause=_called(said))
    return made


def to_enter(by: Actor, detention: Detention) -> list[str]:
    """The milestones that the actor may enter now beside those that stand."""
    return policies.milestones_for(by, {each.kind for each in standing(detention.milestones.all())})


def _text(act: Act, said: Said) -> dict[str, str]:
    if said.kind in CLINICAL:
        return act.content("assessment_note", said.note)
    return act.content("detention_note", said.note)


def check(act: Act, detention: Detention, said: Said, entries: list[DetentionMilestone]) -> None:
    """Whether this may be entered, by whoever acts."""
    kind = Milestone(said.kind)
    rule = RULES[kind]
    if act.by.audience not in rule.by:
        raise NotYourMove(f"{kind.replace('_', ' ')} is entered by {' or '.join(sorted(rule.by))}")
    if not act.by.is_named:
        raise ReasonNeeded("a named person enters this", {"/by": "name the person: name, role and contact"})
    _check_correction(said, entries)
    if said.withdrawn:
        return
    _check_begun(detention, said, entries)
    if not rule.many and said.corrects is None and any(e.kind == kind for e in standing(entries)):
        raise MoveNotAllowed(
            f"{kind.replace('_', ' ')} has been entered: name the entry that this one corrects",
            to_enter(act.by, detention),
        )
    missing = {f"/{need}": REMEDY[need] for need in rule.needs if not getattr(said, need)}
    if missing:
        raise ReasonNeeded(f"{kind.replace('_', ' ')} needs more", missing)
    _check_codes(said)
    _check_place(act, detention, said)


def _check_begun(detention: Detention, said: Said, entries: list[DetentionMilestone]) -> None:
    """Nothing of a detention was long before it, and it itself not long before it was entered."""
    others = [each.at for each in standing(entries) if each.pk != said.corrects]
    earliest, what = min([detention.detained_at, *others]) - SCENE, "the detention"
    if said.kind == Milestone.DETAINED:
        earliest, what = detention.recorded_at - ON_PAPER, "it was entered"
    for where, at in (("/at", said.at), ("/disputed_at", said.disputed_at)):
        if at is not None:
            not_before(at, earliest, where, what)


def _check_correction(said: Said, entries: list[DetentionMilestone]) -> None:
    if said.corrects is None:
        if said.withdrawn:
            raise ReasonNeeded("say which entry is taken back", {"/corrects": "the id of the entry"})
        return
    if not any(e.pk == said.corrects and e.kind == said.kind for e in standing(entries)):
        raise Invalid(
            "that entry does not stand", {"/corrects": "the id of a standing entry of the same milestone"}
        )
    if said.withdrawn and not said.note:
        raise ReasonNeeded("taking an entry back needs a reason", {"/note": "say why"})
    if said.withdrawn and said.kind in (Milestone.DETAINED, Milestone.HEALTH_ACCEPTED):
        raise MoveNotAllowed(
            "this is corrected, not taken back: an acceptance ends by its referral", [said.kind]
        )


def _passed(act: Act, said: Said) -> Said:
    """With its times as they are taken. Raises Invalid: NotYet, or another time of what is not disputed."""
    if said.disputed_at is not None and said.kind != Milestone.ARRIVED:
        raise Invalid("only an arrival is disputed", {"/disputed_at": "leave it out"})
    at = said.at and passed(said.at, act.at, "/at")
    disputed = said.disputed_at and passed(said.disputed_at, act.at, "/disputed_at")
    return replace(said, at=at, disputed_at=disputed)


def _check_codes(said: Said) -> None:
    known = {
        Milestone.EXTENDED: EXTENSION_REASONS,
        Milestone.AMBULANCE_NOT_USED: NO_AMBULANCE,
        Milestone.CAPACITY_ANSWERED: {"": "", "offered": "there is room"},  # a refusal is the referral's
    }.get(Milestone(said.kind))
    if known and said.reason_code not in known:
        raise Invalid("there is no such reason", {"/reason_code": f"one of {', '.join(filter(None, known))}"})
    if said.outcome and said.outcome not in set(Outcome):
        raise Invalid("there is no such outcome", {"/outcome": REMEDY["outcome"]})
    for name in ("basis", "disputed_basis"):
        if getattr(said, name) and getattr(said, name) not in BASES:
            raise Invalid("there is no such basis", {f"/{name}": f"one of {', '.join(BASES)}"})
    if said.kind == Milestone.EXTENDED:
        _check_extension(said)


def _check_extension(said: Said) -> None:
    """Refused with the reason shown, where it is not for the person's condition."""
    if said.reason_code != "condition":
        why = ONLY_FOR_THE_CONDITION.format(why=EXTENSION_REASONS[said.reason_code])
        raise ReasonNeeded(why, {"/reason_code": why})
    if not 1 <= (said.extension_minutes or 0) <= LONGEST_EXTENSION:
        raise Invalid("an extension is at most 12 hours", {"/extension_minutes": REMEDY["extension_minutes"]})


def _check_place(act: Act, detention: Detention, said: Said) -> None:
    """The kind of place is one that the law has, for this person on that day."""
    kind = kind_of_place(place_kind(said))
    if kind is None:
        if said.kind == Milestone.ARRIVED or said.place_kind:
            raise ReasonNeeded(
                "say what kind of place it is", {"/place_kind": f"one of {', '.join(PLACE_KINDS)}"}
            )
        return
    refused = kind.refuses(under_18=detention.under_18, on=day_of(said.at or act.at))
    if refused:
        raise Invalid(refused, {"/place_kind": f"another place of safety: {refused}"})


def place_kind(said: Said) -> str:
    """The kind of place as stated, else as the team is one."""
    if said.place_kind or said.place is None:
        return said.place_kind
    return OF_TEAM.get(TeamKind(said.place.kind), "")


def _row(act: Act, detention: Detention, said: Said, referral: Referral | None) -> DetentionMilestone:
    arrived = said.kind == Milestone.ARRIVED and not said.withdrawn
    return DetentionMilestone(
        pk=new_id(),
        detention=detention,
        case=act.case,
        agency_id=act.by.agency_id,
        kind=said.kind,
        at=said.at or act.occurred_at,
        place=said.place,
        place_kind=place_kind(said),
        basis=said.basis or ("through_the_door" if arrived else ""),
        disputed_at=said.disputed_at if arrived else None,
        disputed_basis=_disputed_basis(said) if arrived else "",
        outcome=said.outcome,
        reason_code=said.reason_code,
        extension_minutes=said.extension_minutes if said.kind == Milestone.EXTENDED else None,
        doctor=said.doctor,
        authorised_by=said.authorised_by,
        referral=referral,
        supersedes_id=said.corrects,
        withdrawn=said.withdrawn,
        actor=act.by.as_event(),
        recorded_at=act.at,
    )


def _disputed_basis(said: Said) -> str:
    """By what the other time is told; of no other time there is none."""
    return (said.disputed_basis or "vehicle_outside") if said.disputed_at else ""


def _called(said: Said) -> str:
    """The event's type."""
    if said.withdrawn or said.corrects:
        return "detention.withdrawn" if said.withdrawn else "detention.corrected"
    return TYPES.get(Milestone(said.kind), f"detention.{said.kind}")


TYPES = {Milestone.LAST_OFFICER_RELEASED: "detention.released"}


def _codes(detention: Detention, made: DetentionMilestone) -> dict[str, Any]:
    """What the event holds: ids, codes and times."""
    told = {
        "detention": detention.pk,
        "reference": detention.reference,
        "milestone": made.kind,
        "entry": made.pk,
        "at": spelt(made.at),
        "place": made.place.code if made.place else None,
        "place_kind": made.place_kind,
        "basis": made.basis,
        "disputed_at": made.disputed_at and spelt(made.disputed_at),
        "disputed_basis": made.disputed_basis,
        "reason_code": made.reason_code,
        "outcome": made.outcome,
        "extension_minutes": made.extension_minutes,
        "corrects": made.supersedes_id,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}
