"""Whom it wakes to say that a person is not ours: said before it is said."""

from dataclasses import dataclass

from django.utils import timezone

from agencies import duty
from agencies.acting import Actor
from agencies.models import Team
from agencies.roles import Role
from referrals.models import Case
from referrals.services import dispute


@dataclass(frozen=True)
class Told:
    """Somebody who is told at once: who, as what, of which desk, and its phone number."""

    name: str
    role: str
    desk: str
    phone: str


def told_of(actor: Actor, case: Case) -> list[Told]:
    """The duty managers of both desks as they are now, or whoever stands in; nobody, if nothing is asked."""
    about = dispute.about(actor, case)
    if about is None:
        return []
    posts = {(about.from_team_id, Role.MANAGER), (about.to_team_id, Role.MANAGER)}
    answers = duty.answering(posts, timezone.now())
    desks = {about.from_team_id: about.from_team, about.to_team_id: about.to_team}
    return [
        Told(who.name, who.role, desks[team].name, _phone(desks[team]))
        for (team, _), answer in sorted(answers.items())
        for who in answer.recipients
    ]


def _phone(team: Team) -> str:
    return team.phone or team.agency.phone
