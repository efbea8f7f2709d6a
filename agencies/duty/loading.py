"""What the database says of a rota at an instant, in a constant number of queries."""

from collections.abc import Iterable
from datetime import datetime

from psycopg.types.range import Range

from agencies.duty.gaps import Change, Plan
from agencies.duty.gaps import Shift as PlannedShift
from agencies.duty.hours import open_now, opening
from agencies.duty.rota import Answer, Cover, Desk, Post, Recipient, Rota, upwards
from agencies.models import Agency, Membership, Shift, ShiftOverride, Team
from agencies.roles import TIERS, Role

# The teams asked about and whoever stands in for them, and for those in turn.
WITH_FALLBACKS = """
with recursive reached (id) as (
  select unnest(%s::integer[])
  union
  select t.fallback_id from agencies_team t join reached using (id) where t.fallback_id is not null
) select t.* from agencies_team t join reached using (id)
"""


def answering(pairs: set[Post], at: datetime) -> dict[Post, Answer]:
    """Who answers for each team and tier at that instant, in six queries however many.

    On call then, as changed since, else (while the team is open) its current members of that tier;
    nobody: the next tier up, then the fallback team in the same way, and at last the duty contact of
    the team's agency.
    """
    teams = with_fallbacks({team for team, _ in pairs})
    tiers = {tier for _, asked in pairs if asked for tier in upwards(asked)}
    desks = {
        key: Desk(open_now(team, at), team.fallback_id, _duty_contact(team.agency))
        for key, team in teams.items()
    }
    rota = Rota(desks, _on_call(teams, at), _members(teams, tiers, at), _covers(teams, at))
    return {pair: rota.answer(*pair) for pair in pairs}


def with_fallbacks(asked: set[int]) -> dict[int, Team]:
    """These teams and whoever stands in for them, and for those in turn, with agency and hours."""
    found = Team.objects.raw(WITH_FALLBACKS, [list(asked)]).prefetch_related("agency", "hours")
    return {team.pk: team for team in found}


def _on_call(teams: Iterable[int], at: datetime) -> dict[Post, tuple[Recipient, ...]]:
    shifts = Shift.objects.filter(
        team__in=teams,
        during__contains=at,
        membership__in=Membership.objects.current(at),
        membership__user__is_active=True,
    ).select_related("membership__user")
    return _by_post((shift.team_id, shift.tier, shift.membership) for shift in shifts)


def _members(teams: Iterable[int], tiers: set[Role], at: datetime) -> dict[Post, tuple[Recipient, ...]]:
    held = Membership.objects.active(at).filter(team__in=teams, role__in=tiers)
    return _by_post((m.team_id, m.role, m) for m in held.select_related("user"))


def _covers(teams: Iterable[int], at: datetime) -> dict[Post, tuple[Cover, ...]]:
    """What was changed of the shifts at that instant. Whoever has left since covers nobody."""
    posts: dict[Post, tuple[Cover, ...]] = {}
    changed = ShiftOverride.objects.in_force(at).filter(team__in=teams).select_related("membership__user")
    for each in changed:
        member = each.membership
        there = member is not None and member.holds(at) and member.user.is_active
        post = (each.team_id, Role(each.tier))
        cover = Cover(each.instead_of_id, told(member) if there else None)
        posts[post] = (*posts.get(post, ()), cover)
    return posts


def plan(agency_id: int, since: datetime, until: datetime) -> tuple[Plan, dict[int, Team]]:
    """What the rota of an agency says of a stretch of time, as it is now; and its teams. Six queries."""
    teams = {
        team.pk: team
        for team in Team.objects.filter(agency=agency_id).select_related("agency").prefetch_related("hours")
    }
    found = Plan(
        openings={key: opening(team) for key, team in teams.items()},
        members=_members(teams, {*TIERS, Role.LIAISON}, since),
        shifts=[
            PlannedShift((each.team_id, Role(each.tier)), told(each.membership), *_ends(each.during))
            for each in Shift.objects.filter(
                team__in=teams, during__overlap=(since, until), membership__user__is_active=True
            ).select_related("membership__user")
            if each.membership.until is None
        ],
        changes=[
            Change(
                (each.team_id, Role(each.tier)),
                each.instead_of_id,
                told(each.membership) if each.membership and each.membership.until is None else None,
                *_ends(each.during),
            )
            for each in ShiftOverride.objects.filter(
                team__in=teams, during__overlap=(since, until), withdrawn_at=None
            ).select_related("membership__user")
        ],
        behind={key: (team.fallback_id, _duty_contact(team.agency)) for key, team in teams.items()},
    )
    return found, teams


def _ends(during: Range) -> tuple[datetime, datetime]:
    return during.lower, during.upper


def _by_post(
    found: Iterable[tuple[int, str, Membership]],
) -> dict[Post, tuple[Recipient, ...]]:
    posts: dict[Post, tuple[Recipient, ...]] = {}
    for team, tier, member in found:
        post = (team, Role(tier))
        posts[post] = (*posts.get(post, ()), told(member))
    return posts


def told(member: Membership) -> Recipient:
    """A member, as somebody to tell. Select ``user`` with them."""
    return Recipient(member.agency_id, member.pk, member.user_id, member.user.shown_name, member.role)


def contacts(codes: set[str]) -> dict[str, Answer]:
    """The duty contacts of these agencies, by code; one query, or none."""
    found = Agency.objects.filter(code__in=codes) if codes else []
    return {agency.code: Answer((_duty_contact(agency),), gap=False) for agency in found}


def _duty_contact(agency: Agency) -> Recipient:
    return Recipient(agency.pk, None, None, agency.duty_contact_name, "duty contact")
