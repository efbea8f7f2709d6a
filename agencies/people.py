"""Somebody new: who signs in, and what they are in an agency."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from agencies.actor import Actor
from agencies.models import Agency, Membership, Team, User
from agencies.roles import AUDIENCE_OF, AgencyKind, Audience, Role
from agencies.services import RUNS_THE_AGENCY, Refused, join


@dataclass(frozen=True)
class Person:
    """Who somebody is. Whoever can sign in already is named by ``username`` alone."""

    username: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""


def has_nobody_in_charge(agency: Agency) -> bool:
    """Whether nobody of the agency can let anybody join, so that whoever operates the system has to."""
    return not Membership.objects.active().filter(agency=agency, role__in=RUNS_THE_AGENCY).exists()


@transaction.atomic
def take_on(
    *, person: Person, agency: Agency, team: Team | None, role: Role, by: Actor | None, phone: str = ""
) -> Membership:
    """Make somebody a member, and whoever is new a user without a password. Raises Refused."""
    user = _user(person)
    if not user.is_staff and _works_in_admin(agency, role):
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return join(user=user, agency_id=agency.pk, team_id=team and team.pk, role=role, by=by, phone=phone)


def _user(person: Person) -> User:
    found = User.objects.select_for_update().filter(username=person.username).first()
    if found is None:
        return _new(person)
    if person != Person(person.username):
        raise Refused(
            f"{person.username} is {found.shown_name} already: leave name and e-mail out if that is who joins"
        )
    return found


def _new(person: Person) -> User:
    """With a name, since it is people who are told, and an address, since an inbox may go unread."""
    if not (person.first_name and person.last_name and person.email):
        raise Refused(f"{person.username} is new: give a first and a last name, and an e-mail address")
    user = User(**vars(person))
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError as wrong:
        raise Refused("; ".join(wrong.messages)) from wrong
    user.save()
    return user


def _works_in_admin(agency: Agency, role: Role) -> bool:
    """The worklist of health's people is in the admin, and so is what an auditor reads."""
    return AUDIENCE_OF[AgencyKind(agency.kind)] == Audience.HEALTH or role == Role.AUDITOR
