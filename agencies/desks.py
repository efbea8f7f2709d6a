"""A team's desk: when it is open, who stands in for it, its number, what it covers. Changed by who runs the
rota, and what it covers by who runs the agency; audited."""

from collections.abc import Sequence
from datetime import time
from typing import NamedTuple

from django.db import connection, transaction

from agencies import audit
from agencies.actor import Actor
from agencies.areas import POSTCODE, as_kept, covering
from agencies.locks import Lock
from agencies.models import ServiceHours, Team
from agencies.roles import Role
from agencies.services import RUNS_THE_AGENCY, RUNS_THE_ROTA, Refused

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY, WEEK = 24 * 60, 7 * 24 * 60  # minutes
MOST_AREAS, LONGEST_AREA = 400, 60  # areas; characters


class Span(NamedTuple):
    """Open on this day of the week (0 is Monday) from a time of London's wall to another; one at or before
    the first is on the next morning."""

    weekday: int
    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{DAYS[self.weekday]} {self.opens:%H:%M} to {self.closes:%H:%M}"


def hours_of(team: Team) -> list[Span]:
    """Its hours, in the week's order. Prefetch ``hours`` for many teams."""
    return sorted(Span(each.weekday, each.opens, each.closes) for each in team.hours.all())


@transaction.atomic
def set_hours(
    *, team_id: int, hours: Sequence[Span], always: bool, closed_on_bank_holidays: bool, by: Actor
) -> bool:
    """From now on the team is at its desk at these hours of each week, or ``always``; whether that is new.

    Raises Refused: somebody junior or of another agency; no hours at all; hours that overlap.
    """
    team = _held(team_id, by)
    wanted = [] if always else sorted(hours)
    closed = closed_on_bank_holidays and not always
    _check(wanted, always=always)
    before, after = _spelt(team), _words(wanted, always=always, closed=closed)
    if before == after:
        return False
    team.always_open, team.closed_on_bank_holidays = always, closed
    team.save(update_fields=["always_open", "closed_on_bank_holidays"])
    team.hours.all().delete()
    ServiceHours.objects.bulk_create(ServiceHours(team=team, **span._asdict()) for span in wanted)
    _record("team.hours_changed", team, by, before=before, after=after)
    return True


@transaction.atomic
def set_fallback(*, team_id: int, fallback_id: int | None, by: Actor) -> bool:
    """From now on another team, or nobody, answers while this one is closed; whether that is new.

    Raises Refused: somebody junior or of another agency; no team of the agency's; itself; a ring.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [Lock.STANDING_IN])
    team = _held(team_id, by)
    if fallback_id == team.fallback_id:
        return False
    if fallback_id is not None:
        check_fallback(team, fallback_id)
    codes = dict(Team.objects.filter(pk__in=[team.fallback_id, fallback_id]).values_list("pk", "code"))
    before, team.fallback_id = team.fallback_id, fallback_id
    team.save(update_fields=["fallback"])
    said = {"before": codes.get(before), "after": codes.get(fallback_id)}
    _record("team.fallback_changed", team, by, **said)
    return True


@transaction.atomic
def set_phone(*, team_id: int, phone: str, by: Actor) -> bool:
    """The number by which the team is reached from now on; whether that is new. Raises Refused."""
    team = _held(team_id, by)
    if phone == team.phone:
        return False
    before, team.phone = team.phone, phone
    team.save(update_fields=["phone"])
    _record("team.phone_changed", team, by, before=before, after=phone)
    return True


@transaction.atomic
def set_areas(*, team_id: int, areas: Sequence[str], by: Actor) -> bool:
    """From now on new work from these areas is routed to the team; whether that is new. None: by name only.

    Raises Refused: neither a manager nor a director of the agency; a whole postcode; too many, or too long.
    """
    team = _held(team_id, by, RUNS_THE_AGENCY)
    wanted = kept_areas(areas)
    if wanted == team.areas:
        return False
    before, team.areas = team.areas, wanted
    team.save(update_fields=["areas"])
    _record("team.areas_changed", team, by, before=before, after=wanted)
    return True


def left_uncovered(team: Team, areas: Sequence[str]) -> list[str]:
    """The areas that no team at all would cover any more, if this one covered these."""
    kept = {as_kept(each).casefold() for each in areas}
    others = Team.objects.exclude(pk=team.pk).filter(agency__succeeded_by=None)
    gone = [each for each in team.areas if each.casefold() not in kept]
    return [each for each in gone if not covering(others, each).exists()]


def kept_areas(areas: Sequence[str]) -> list[str]:
    """Each once, as a team's list has them. Raises Refused: too many, one too long, a whole postcode."""
    kept = list({each.casefold(): each for each in map(as_kept, areas) if each}.values())
    if len(kept) > MOST_AREAS:
        raise Refused(f"at most {MOST_AREAS} areas: name boroughs rather than districts")
    for each in kept:
        if len(each) > LONGEST_AREA:
            raise Refused(f"{each[:20]}… is longer than {LONGEST_AREA} characters: one area a line")
        if whole := POSTCODE.fullmatch(each.upper()):
            raise Refused(f"{each} is a whole postcode: give its district, {whole[1]}")
    return kept


def ring(team: Team, fallback_id: int) -> list[str]:
    """The names of the teams that would stand in for each other in a ring, from the team back to it.

    Empty if there would be none.
    """
    names, at = [team.name], fallback_id
    seen: set[int] = set()
    while at not in seen:
        seen.add(at)
        found = Team.objects.only("name", "fallback_id").get(pk=at)
        names.append(found.name)
        if found.pk == team.pk:
            return names
        if found.fallback_id is None:
            break
        at = found.fallback_id
    return []


def check_fallback(team: Team, fallback_id: int) -> None:
    """Raises Refused: itself, a team of another agency, a ring."""
    if fallback_id == team.pk:
        raise Refused(f"{team.name} cannot stand in for itself: choose another team, or nobody")
    if not Team.objects.filter(pk=fallback_id, agency=team.agency_id).exists():
        raise Refused("choose a team of your own agency: another answers only for what it accepted")
    if names := ring(team, fallback_id):
        raise Refused(
            f"that would be a ring, in which nobody is the last to answer: {' → '.join(names)}. "
            "Choose a team that does not hand on to this one"
        )


def _held(team_id: int, by: Actor, levels: tuple[Role, ...] = RUNS_THE_ROTA) -> Team:
    """The team, locked. Raises Refused."""
    held = Team.objects.select_for_update(no_key=True).filter(pk=team_id, agency=by.agency_id).first()
    if held is None or by.level not in levels:
        *others, last = levels
        raise Refused(f"only a {', '.join(others)} or {last} of the agency changes its teams")
    return held


def _check(hours: Sequence[Span], *, always: bool) -> None:
    if not hours and not always:
        raise Refused("give the hours of one day at least: a desk that never opens answers nobody")
    for first, second in zip(hours, [*hours[1:], *hours[:1]], strict=True):
        until_next = (_begins(second) - _begins(first)) % WEEK or WEEK
        if _length(first) > until_next or (second is not first and _begins(first) == _begins(second)):
            raise Refused(f"{first} and {second} overlap: make them one, or end the first sooner")


def _begins(span: Span) -> int:
    """Minutes from Monday's midnight."""
    return span.weekday * DAY + span.opens.hour * 60 + span.opens.minute


def _length(span: Span) -> int:
    """Minutes."""
    opens, closes = (each.hour * 60 + each.minute for each in (span.opens, span.closes))
    return (closes - opens) % DAY or DAY


def _spelt(team: Team) -> list[str]:
    return _words(hours_of(team), always=team.always_open, closed=team.closed_on_bank_holidays)


def _words(hours: Sequence[Span], *, always: bool, closed: bool) -> list[str]:
    """Hours as the audit keeps them."""
    if always:
        return ["always"]
    return [*map(str, hours), *(["closed on bank holidays"] if closed else [])]


def _record(action: str, team: Team, by: Actor, **data: object) -> None:
    audit.record(
        action=action, by=by, target_label="team", target_id=team.pk, data=data, agency_id=team.agency_id
    )
