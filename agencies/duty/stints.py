"""Who is really on call over a stretch of time: the shifts with their changes merged in, row by row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from agencies.models import Membership, Shift, ShiftOverride, Team
from agencies.roles import TIERS, Role


@dataclass(frozen=True)
class Stint:
    """Somebody on call for a team at a tier, from when to when (UTC, the end excluded).

    Of a ``change``, ``who`` stands in (None: nobody does); else it is what is left of the ``shift``.
    """

    team: Team
    tier: Role
    who: Membership | None
    begins: datetime
    ends: datetime
    shift: int | None = None
    change: ShiftOverride | None = None

    @property
    def below(self) -> bool:
        """Whether whoever is on call holds a role below this tier, or beside the ladder."""
        return self.who is not None and is_below(self.who, self.tier)


def is_below(member: Membership, tier: Role) -> bool:
    """Whether a member's role is below a tier of the ladder, or beside it (liaison, auditor)."""
    role = Role(member.role)
    return role not in TIERS or TIERS.index(role) < TIERS.index(tier)


def stints(agency_id: int, since: datetime, until: datetime) -> list[Stint]:
    """Those of the agency's that overlap a time, the first to begin first. Two queries.

    Whoever has left the agency since is on call no longer, and stands in for nobody, as when people are told.
    """
    during = {"team__agency": agency_id, "during__overlap": (since, until)}
    people = ("team", "membership__user")
    shifts = Shift.objects.filter(**during).select_related(*people)
    changed = ShiftOverride.objects.filter(**during, withdrawn_at=None)
    changes = [_of_change(each) for each in changed.select_related(*people, "instead_of__user")]
    kept = [_of_shift(each) for each in shifts if _there(each.membership)]
    found = [*changes, *(piece for each in kept for piece in _left(each, changes))]
    found = [each for each in found if each.begins < until and each.ends > since]
    return sorted(found, key=lambda each: (each.begins, each.team.name, TIERS.index(each.tier)))


def _there(member: Membership) -> bool:
    return member.until is None and member.user.is_active


def _of_shift(shift: Shift) -> Stint:
    begins, ends = shift.during.lower, shift.during.upper
    return Stint(shift.team, Role(shift.tier), shift.membership, begins, ends, shift=shift.pk)


def _of_change(made: ShiftOverride) -> Stint:
    begins, ends, member = made.during.lower, made.during.upper, made.membership
    who = member if member is not None and _there(member) else None
    return Stint(made.team, Role(made.tier), who, begins, ends, change=made)


def _left(stint: Stint, changes: Iterable[Stint]) -> list[Stint]:
    """What is left of a shift, once those changes are cut out that replace whoever has it, or everybody."""
    pieces = [stint]
    for each in changes:
        replaced = each.change.instead_of_id if each.change else None
        member = stint.who.pk if stint.who else None
        if (each.team.pk, each.tier) == (stint.team.pk, stint.tier) and replaced in (None, member):
            pieces = [left for piece in pieces for left in _without(piece, each.begins, each.ends)]
    return pieces


def _without(piece: Stint, begins: datetime, ends: datetime) -> list[Stint]:
    cut = [(piece.begins, min(piece.ends, begins)), (max(piece.begins, ends), piece.ends)]
    return [replace(piece, begins=first, ends=last) for first, last in cut if first < last]
