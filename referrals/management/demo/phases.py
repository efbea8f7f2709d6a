"""Which forces stand where: one outside the scheme, one whose next phase was moved."""

from collections.abc import Iterable
from datetime import timedelta

from agencies.acting import Actor, acting_for, member
from agencies.models import Membership
from agencies.roles import Role
from referrals.domain.case import Category
from referrals.management.demo.places import POLICE, RAILWAY
from referrals.models.keys import instant
from referrals.services.threshold_policy import Declared, move_go_live
from referrals.services.threshold_policy import declare as declare_policy

SOON = timedelta(minutes=1)
"""A policy goes live at a time to come: this one before anybody signs in."""
PLANNED, MOVED = timedelta(days=30), timedelta(days=61)


def declare(members: Iterable[Membership]) -> None:
    """Both forces' directors say so."""
    directors = {each.agency.code: member(each) for each in members if each.role == Role.DIRECTOR}
    _stand_outside(directors[RAILWAY.code])
    _move_a_phase(directors[POLICE.code])


def _stand_outside(director: Actor) -> None:
    """In every category: police attend as before."""
    with acting_for(director.agency_id):
        for category in Category:
            reason = "The force has not adopted Right Care, Right Person."
            said = Declared(category, instant() + SOON, reason, adopted=False, code=f"btp-outside-{category}")
            declare_policy(declared=said, by=director)


def _move_a_phase(director: Actor) -> None:
    """Conveyance was to follow in a month; partners asked for another."""
    with acting_for(director.agency_id):
        first = Declared(Category.CONVEYANCE, instant() + PLANNED, "Phase 3, as agreed with all partners.")
        version = declare_policy(declared=first, by=director)
        later = {
            "live_from": instant() + MOVED,
            "reason": "Ambulance and both trusts asked for a month more.",
        }
        move_go_live(version_id=version.pk, by=director, **later)
