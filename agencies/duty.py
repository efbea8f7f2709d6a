"""Who answers for a team at a moment, and whether the team is at its desk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from govuk_bank_holidays.bank_holidays import BankHolidays

from agencies.models import Agency, Membership, ServiceHours, Shift, Team
from agencies.roles import TIERS, Role

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)

# The teams asked about and whoever stands in for them, and for those in turn.
WITH_FALLBACKS = """
with recursive reached (id) as (
  select unnest(%s::integer[])
  union
  select t.fallback_id from agencies_team t join reached using (id) where t.fallback_id is not null
) select t.* from agencies_team t join reached using (id)
"""


@dataclass(frozen=True)
class Recipient:
    """Somebody to tell: a member, or an agency's duty contact (who has no membership)."""

    agency_id: int
    membership_id: int | None
    user_id: int | None
    name: str
    role: str


@dataclass(frozen=True)
class Answer:
    """Whom to tell, never nobody; ``gap`` when nobody was there at the tier asked for."""

    recipients: tuple[Recipient, ...]
    gap: bool


Post = tuple[int, Role | None]  # a team and a tier; without one, the duty contact of its agency


def answering(pairs: set[Post], at: datetime) -> dict[Post, Answer]:
    """Who answers for each team and tier at that instant, in five queries however many.

    On call then, else (while the team is open) its current members of that tier;
    nobody: the next tier up, then the fallback team in the same way, and at last
    the duty contact of the team's agency.
    """
    teams = _teams({team for team, _ in pairs})
    tiers = {tier for _, asked in pairs if asked for tier in _upwards(asked)}
    rota = _Rota(teams, _on_call(teams, at), _members(teams, tiers, at), at)
    return {pair: rota.answer(*pair) for pair in pairs}


@dataclass(frozen=True)
class _Rota:
    """What the database said about these teams at this instant."""

    teams: dict[int, Team]
    on_call: dict[Post, tuple[Recipient, ...]]
    members: dict[Post, tuple[Recipient, ...]]
    at: datetime

    def answer(self, team_id: int, tier: Role | None) -> Answer:
        """The first post, going up and then aside, at which there is somebody."""
        if tier is None:
            return Answer((_duty_contact(self.teams[team_id].agency),), gap=False)
        for post in self._posts(team_id, tier):
            found = self._at(post)
            if found:
                return Answer(found, gap=post != (team_id, tier))
        return Answer((_duty_contact(self.teams[team_id].agency),), gap=True)

    def _posts(self, team_id: int, tier: Role) -> Iterator[Post]:
        seen: set[int] = set()
        team: Team | None = self.teams[team_id]
        while team is not None and team.pk not in seen:
            yield from ((team.pk, higher) for higher in _upwards(tier))
            seen.add(team.pk)
            team = self.teams.get(team.fallback_id)

    def _at(self, post: Post) -> tuple[Recipient, ...]:
        on_call = self.on_call.get(post, ())
        if on_call or not open_now(self.teams[post[0]], self.at):
            return on_call
        return self.members.get(post, ())


def _upwards(tier: Role) -> tuple[Role, ...]:
    """The tier and those above it. Beside the ladder, supervisors come next."""
    if tier in TIERS:
        return TIERS[TIERS.index(tier) :]
    return (tier, *TIERS[1:])


def _teams(asked: set[int]) -> dict[int, Team]:
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
    held = Membership.objects.current(at).filter(team__in=teams, role__in=tiers, user__is_active=True)
    return _by_post((m.team_id, m.role, m) for m in held.select_related("user"))


def _by_post(
    found: Iterable[tuple[int, str, Membership]],
) -> dict[Post, tuple[Recipient, ...]]:
    posts: dict[Post, tuple[Recipient, ...]] = {}
    for team, tier, member in found:
        post = (team, Role(tier))
        told = Recipient(member.agency_id, member.pk, member.user_id, member.user.shown_name, member.role)
        posts[post] = (*posts.get(post, ()), told)
    return posts


def contacts(codes: set[str]) -> dict[str, Answer]:
    """The duty contacts of these agencies, by code; one query, or none."""
    found = Agency.objects.filter(code__in=codes) if codes else []
    return {agency.code: Answer((_duty_contact(agency),), gap=False) for agency in found}


def _duty_contact(agency: Agency) -> Recipient:
    return Recipient(agency.pk, None, None, agency.duty_contact_name, "duty contact")


def open_now(team: Team, at: datetime) -> bool:
    """Whether the team is at its desk at that instant, by the clock on the wall in London.

    Hours that began the evening before still count. Prefetch ``hours`` for many teams.
    """
    if team.always_open:
        return True
    today = at.astimezone(LONDON).date()
    return any(
        _begins(hours, day) <= at < _ends(hours, day)
        for hours in team.hours.all()
        for day in (today - DAY, today)
        if hours.weekday == day.weekday() and not (team.closed_on_bank_holidays and day in bank_holidays())
    )


def _begins(hours: ServiceHours, day: date) -> datetime:
    return _readings(day, hours.opens)[0]


def _ends(hours: ServiceHours, day: date) -> datetime:
    next_morning = hours.closes <= hours.opens
    return _readings(day + DAY if next_morning else day, hours.closes)[1]


def _readings(day: date, at: time) -> tuple[datetime, datetime]:
    """The first and the last instant (UTC) at which the wall shows this time.

    They differ in the hour that comes twice. In the hour that is left out, both are
    the jump: London's clocks jump on the hour.
    """
    wall = datetime.combine(day, at, tzinfo=LONDON)
    first, last = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first > last:
        first = last = wall.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return first, last


@cache
def bank_holidays() -> frozenset[date]:
    """England's, as the government published them with the library: no network is asked."""
    published = BankHolidays(use_cached_holidays=True)
    days = published.get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return frozenset(day["date"] for day in days)
