"""Changing a draft, as often as its writer types: it is its sender's alone until it is sent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from referrals import policies
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove
from referrals.domain.referral import State
from referrals.models import Case, Person, Referral
from referrals.services import agreement
from referrals.services import referral as referrals
from referrals.services.finding import find
from referrals.services.sending import Asked
from referrals.services.writing import Act, lock_case

FIELDS = (
    "category",
    "priority",
    "summary",
    "location",
    "scene_safety",
    "flags",
    "source_incident_number",
    "phone_confirmation",
)


@transaction.atomic
def update(*, referral_id: UUID, asked: Asked, by: Actor, version: int | None = None) -> Referral:
    """Write what was typed into a draft, and into its person if the case was opened for it.

    Its clock runs on: changing a draft is not sending it. A referral keeps its team from the first,
    so a draft to another team is a new one in the same case, and the old one is discarded.
    Raises NotThere, Stale, MoveNotAllowed (it was sent meanwhile), NotYourMove, Invalid.
    """
    referral, case = find(referral_id, by, version)
    if referral.state != State.DRAFT:
        allowed = policies.allowed_actions(by, referral, case)
        raise MoveNotAllowed(f"a referral that is {referral.state} can no longer be changed", allowed)
    if referral.from_agency_id != by.agency_id:
        raise NotYourMove("only its sender changes a draft")
    if asked.to_team.pk == referral.from_team_id:
        raise Invalid("a referral goes to another team", {"/to_team": "a team other than the sending one"})
    if asked.to_team.pk != referral.to_team_id:
        referral = _to_another_team(referral, case, asked, by)
    act = Act.on(lock_case(case.pk), by)
    _write(act, referral, asked)
    if asked.person and act.case.first_sent_at is None and not asked.case:
        _write_person(act, referral, asked.person)
    act.write()
    return referral


def _to_another_team(old: Referral, case: Case, asked: Asked, by: Actor) -> Referral:
    again = replace(asked, case=case.reference, person={}, from_team=old.from_team, lead=old.lead, draft=True)
    made = referrals.create(asked=again, by=by)
    referrals.move(referral_id=old.pk, action="discard", by=by)
    return made


def _write(act: Act, referral: Referral, asked: Asked) -> None:
    for name in FIELDS:
        setattr(referral, name, getattr(asked, name))
    referral.location, referral.flags = dict(asked.location), list(asked.flags)
    referral.agreement_version = agreement.in_force(
        from_team=referral.from_team, to_team=asked.to_team, category=asked.category, at=act.at
    )
    referral.version += 1
    referral.save(update_fields=[*FIELDS, "agreement_version", "version"])


def _write_person(act: Act, referral: Referral, said: Mapping[str, Any]) -> None:
    """The person as now described; each version is kept, with who said so and when."""
    person = Person.objects.get(case=act.case)
    changed = [name for name, value in said.items() if str(getattr(person, name)) != str(value)]
    if not changed:
        return
    for name in changed:
        setattr(person, name, said[name])
    person.save(update_fields=changed)
    provided = {name: value for name, value in said.items() if value not in ("", None)}
    content = act.content("person", provided, referral)
    act.event("referral.draft", {"version": referral.version, "content": [content]}, referral)
