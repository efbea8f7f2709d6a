"""Asking: the row of a new referral, and sending it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from agencies.instants import LONDON
from agencies.models import Team
from referrals.domain.case import SceneSafety
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid
from referrals.domain.referral import State
from referrals.models import Clock, Referral
from referrals.models.keys import new_id, next_reference
from referrals.services import agreement, case, clock, closing, handover, missing_watch, routing
from referrals.services.steps import Taken, step
from referrals.services.writing import Act


@dataclass(frozen=True)
class Asked:
    """What one team asks of another: in the ``case`` named, else in a new one, opened for ``person``.

    ``location`` is ``{"text", "uprn", "what3words", "latitude", "longitude"}``, any of them.
    ``phone_confirmation`` is ``{"by", "to", "at"}``. A ``draft`` is kept and not yet sent. ``routed`` says
    why this team, if the asker named none. ``from_agency`` is whose ask it is, where the sending team serves
    several; else its own.
    """

    category: str
    priority: str
    from_team: Team
    to_team: Team
    person: Mapping[str, Any] = field(default_factory=dict)
    case: str = ""
    lead: bool = True
    asking: UUID | None = None
    summary: str = ""
    location: Mapping[str, Any] = field(default_factory=dict)
    scene_safety: str = SceneSafety.UNKNOWN
    flags: tuple[str, ...] = ()
    source_incident_number: str = ""
    phone_confirmation: Mapping[str, Any] | None = None
    threshold_decision: UUID | None = None
    occurred_at: datetime | None = None
    draft: bool = False
    routed: str = ""
    from_agency: int | None = None


def draft(act: Act, asked: Asked, *, parent: Referral | None = None, link: str = "") -> Referral:
    """The row of a new referral, as its sender's draft; for an open team, if the one named is closed."""
    if not asked.draft:
        asked = _open_team(act, asked, _passing_on(act, parent, link))
    if asked.from_team.pk == asked.to_team.pk:
        raise Invalid("a referral goes to another team", {"/to_team": "a team other than the sending one"})
    version = agreement.in_force(
        from_team=asked.from_team,
        to_team=asked.to_team,
        category=asked.category,
        at=act.at,
        from_agency=asked.from_agency,
    )
    referral = Referral(
        pk=new_id(),
        reference=next_reference(),
        case=act.case,
        case_reference=act.case.reference,
        opened_on=act.case.opened_on,
        lead=asked.lead,
        asking=asked.asking or new_id(),
        parent=parent,
        parent_link=link,
        from_agency_id=asked.from_agency or asked.from_team.agency_id,
        from_team=asked.from_team,
        to_agency_id=asked.to_team.agency_id,
        to_team=asked.to_team,
        category=asked.category,
        priority=asked.priority,
        summary=asked.summary,
        location=dict(asked.location),
        scene_safety=asked.scene_safety,
        flags=list(asked.flags),
        source_incident_number=asked.source_incident_number,
        phone_confirmation=asked.phone_confirmation,
        threshold_decision_id=asked.threshold_decision,
        occurred_at=act.occurred_at,
        created_at=act.at,
        breach_at=act.at,
        agreement_version=version,
        routed=asked.routed,
    )
    Referral.objects.bulk_create([referral])
    return referral


def _open_team(act: Act, asked: Asked, passing_on: set[int]) -> Asked:
    """A closed team hands new work to whoever stands in for it; if nobody does, it is asked all the same.

    Raises Invalid where it would come back to those who are passing it on.
    """
    found = routing.hand_on(asked.to_team, act.at)
    if found is not None and found.team in passing_on:
        raise _comes_back(act, asked.to_team, passing_on)
    if found is None or found.team == asked.from_team.pk:
        return asked
    team = Team.objects.select_related("agency").get(pk=found.team)
    why = "; ".join(filter(None, (asked.routed, found.why)))
    return replace(asked, to_team=team, routed=why)


def _passing_on(act: Act, parent: Referral | None, link: str) -> set[int]:
    """The teams that a referral leaves by being passed on: it must not come back to them."""
    if parent is None or link != "redirect":
        return set()
    return {each for each in (parent.to_team_id, parent.answering_team_id, act.by.team_id) if each}


def _comes_back(act: Act, team: Team, passing_on: set[int]) -> Invalid:
    """That the team is closed, until when, and who could be asked instead."""
    shut = routing.closed(team, act.at)
    until = f" until {_wall(shut.until)}" if shut and shut.until else ""
    others = routing.open_beside(team, act.by, act.at, passing_on)
    named = ", ".join(f"{each.name} ({each.phone or each.agency.phone or 'no telephone'})" for each in others)
    said = f"{team.name} is closed{until}, and your own team answers for it meanwhile"
    return Invalid(said, {"/to_team": f"{said}. {f'Open now: {named}' if named else 'Ask another team'}"})


def _wall(moment: datetime) -> str:
    """An instant as a clock in London shows it, with its day."""
    local = moment.astimezone(LONDON)
    return f"{local:%H:%M} on {local:%A} {local.day} {local:%B}"


def to_open_team(act: Act, referral: Referral) -> None:
    """A draft is sent as if it had been none: to whoever stands in, if the team is closed by now, and on the
    agreement that holds now.
    """
    asked = again(referral, from_team=referral.from_team, to_team=referral.to_team)
    asked = _open_team(act, replace(asked, routed=referral.routed), set())
    version = agreement.in_force(
        from_team=referral.from_team,
        to_team=asked.to_team,
        category=referral.category,
        at=act.at,
        from_agency=referral.from_agency_id,
    )
    if (asked.to_team.pk, version.pk) == (referral.to_team_id, referral.agreement_version_id):
        return
    referral.to_team, referral.to_agency_id, referral.routed = (
        asked.to_team,
        asked.to_team.agency_id,
        asked.routed,
    )
    referral.agreement_version = version
    referral.save(update_fields=["to_team", "to_agency", "routed", "agreement_version"])


def _still_there(team: Team) -> None:
    """New work is asked of the agency that succeeded the one named. Raises Invalid, which names it."""
    if team.agency.succeeded_by is not None:
        now = team.agency.succeeded_by
        phone = f", or phone {now.phone}" if now.phone else ""
        raise Invalid(
            f"{team.agency.name} is part of {now.name} now", {"/to_team": f"a team of {now.code}{phone}"}
        )


def _same_side(sender: Team, receiver: Team) -> None:
    """A trial run asks no real desk, and nothing real goes to a desk of trials. Raises Invalid."""
    if sender.agency.sandbox == receiver.agency.sandbox:
        return
    trial, real = ("yours", "theirs") if sender.agency.sandbox else ("theirs", "yours")
    remedy = f"a team of {'a sandbox' if sender.agency.sandbox else 'an agency that is no sandbox'}"
    raise Invalid(f"{trial} is a desk for trial runs, and {real} is a real one", {"/to_team": remedy})


def send(act: Act, referral: Referral, running: list[Clock] | None = None) -> None:
    """Send a draft: the receiver becomes a party, and its clocks start."""
    _still_there(referral.to_team)
    _same_side(referral.from_team, referral.to_team)
    referral.sent_at = act.at
    texts = {"summary": referral.summary, "location": referral.location}
    said = [act.content(kind, body, referral) for kind, body in texts.items() if body]
    case.join(act, referral.to_agency_id)
    codes = {"routed": referral.routed} if referral.routed else {}
    step(act, referral, Taken("send", State.SENT, contents=said, codes=codes), running or [])
    closing.watch(act, referral)
    if act.case.first_sent_at is None:
        act.case.first_sent_at = act.at
        act.case.save(update_fields=["first_sent_at"])
        clock.start_for_case(act, referral, ClockKind.FIRST_CONTACT)
        clock.start_for_case(act, referral, ClockKind.FACE_TO_FACE)
    if not act.opens:
        clock.stop_case_clocks(act, ClockKind.CASE_REVIEW, ClockKind.REFER_ON, met=True)
    act.tell(
        referral.to_team_id, referral.to_agency_id, "referral.sent", referral, priority=referral.priority
    )
    handover.asked(act, referral)
    missing_watch.asked(act, referral)


def again(
    referral: Referral,
    *,
    from_team: Team,
    to_team: Team,
    asking: UUID | None = None,
    from_agency: int | None = None,
) -> Asked:
    """The same ask once more, from and to these teams."""
    return Asked(
        category=referral.category,
        priority=referral.priority,
        from_team=from_team,
        to_team=to_team,
        lead=referral.lead,
        asking=asking,
        summary=referral.summary,
        location=referral.location,
        scene_safety=referral.scene_safety,
        flags=tuple(referral.flags),
        source_incident_number=referral.source_incident_number,
        from_agency=from_agency,
    )
