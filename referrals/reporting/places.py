"""The board of places of safety: who is where, who waits longest, and until when each may be kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Min

from agencies.acting import Actor
from agencies.models import Team
from agencies.roles import TeamKind
from referrals.models import Detention
from referrals.models.keys import instant
from referrals.reporting.detentions import SeenDetention, read

PLACES = (TeamKind.PLACE_OF_SAFETY, TeamKind.EMERGENCY_DEPARTMENT)
MOST = 200


class Waiting(NamedTuple):
    """How many people police wait with at a place of safety now, and since when with the first of them."""

    people: int
    since: datetime | None


@dataclass(frozen=True)
class Place:
    """One place of safety, with those who are there now: the longest wait first."""

    team: Team
    there: Sequence[SeenDetention]

    @property
    def waiting(self) -> int:
        """With how many of them police wait."""
        return sum(each.waiting_since is not None for each in self.there)

    @property
    def is_over_capacity(self) -> bool:
        """Whether more are there than there are rooms, where those are known."""
        return self.team.rooms is not None and len(self.there) > self.team.rooms


@dataclass(frozen=True)
class Board:
    """Every place of safety, the fullest of waiting first; who is elsewhere, and on the way."""

    places: Sequence[Place]
    elsewhere: Sequence[SeenDetention]
    on_the_way: Sequence[SeenDetention]
    waiting: Waiting


def waiting(actor: Actor, case_id: UUID | None = None) -> Waiting:
    """Police waiting, in what the actor sees. One query."""
    rows = Detention.objects.visible_to(actor).open().filter(starts_at__isnull=False, released_at=None)
    if case_id is not None:
        rows = rows.filter(case=case_id)
    found = rows.aggregate(people=Count("id"), since=Min("starts_at"))
    return Waiting(found["people"], found["since"])


def board(actor: Actor, now: datetime | None = None) -> Board:
    """Six queries, however many are detained."""
    at = now or instant()
    open_now = Detention.objects.visible_to(actor).open().order_by("detained_at", "id")
    seen = sorted(read(list(open_now.values_list("pk", flat=True)[:MOST]), actor, at), key=_longest_first)
    ours = Team.objects.visible_to(actor).beside(actor.agency_id)  # nobody is brought to a sandbox
    teams = list(ours.filter(kind__in=PLACES).select_related("agency"))
    known = {team.pk for team in teams}
    others = {each.row.place_id: each.row.place for each in seen if each.row.place_id not in {*known, None}}
    places = [_place(team, seen) for team in [*teams, *others.values()] if team is not None]
    return Board(
        places=sorted(places, key=_fullest_first),
        elsewhere=[each for each in seen if each.row.starts_at and each.row.place_id is None],
        on_the_way=[each for each in seen if each.row.starts_at is None],
        waiting=_counted(seen),
    )


def _place(team: Team, seen: Iterable[SeenDetention]) -> Place:
    return Place(team, [each for each in seen if each.row.place_id == team.pk])


def _longest_first(each: SeenDetention) -> tuple[bool, datetime]:
    """Whom police wait with, by since when; then the others, by when they came."""
    return each.waiting_since is None, each.row.starts_at or each.row.detained_at


def _fullest_first(place: Place) -> tuple[int, int, str]:
    return -place.waiting, -len(place.there), place.team.name


def _counted(seen: Sequence[SeenDetention]) -> Waiting:
    since = [each.waiting_since for each in seen if each.waiting_since is not None]
    return Waiting(len(since), min(since, default=None))
