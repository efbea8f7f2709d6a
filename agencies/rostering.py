"""Rotas are made, a shift or many from a table or a calendar, all or nothing; and shared by an address."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from agencies import audit, calendars, duty
from agencies.actor import Actor
from agencies.calendars import Entry
from agencies.instants import LONDON
from agencies.models import Membership, RotaFeed, Shift, ShiftOverride, Team
from agencies.roles import TIERS, Role
from agencies.services import RUNS_THE_ROTA, Refused

COLUMNS = ("team", "tier", "username", "from", "to")
MOST = 2_000
"""Shifts in one import."""


@dataclass(frozen=True)
class Row:
    """A line of an import, and what is wrong with it; nothing, if it can be taken over."""

    entry: Entry
    errors: tuple[str, ...]


class Undone(Exception):
    """A preview keeps nothing."""


def read(text: str) -> list[Entry]:
    """The lines of a table (with a head: team, tier, username, from, to) or of a calendar. Raises Refused."""
    if calendars.is_calendar(text):
        return _calendar(text)
    table = csv.DictReader(io.StringIO(text.strip()))
    try:
        return _table(table)
    except csv.Error as problem:
        raise Refused(
            f"line {table.reader.line_num}: {problem}: is a quotation mark open, or is this no table?"
        ) from problem


def _calendar(text: str) -> list[Entry]:
    try:
        return calendars.read(text)
    except calendars.Unreadable as problem:
        raise Refused(str(problem)) from problem


def _table(table: "csv.DictReader[str]") -> list[Entry]:
    lacking = [name for name in COLUMNS if name not in (table.fieldnames or [])]
    if lacking:
        raise Refused(
            f"the first line names the columns {', '.join(COLUMNS)}: {', '.join(lacking)} is missing"
        )
    return [
        Entry(number, *((line[name] or "").strip() for name in COLUMNS))
        for number, line in enumerate(table, start=2)
    ]


def preview(*, entries: Sequence[Entry], by: Actor) -> list[Row]:
    """What taking these over would say of each; nothing is kept. Raises Refused."""
    rows: list[Row] = []
    try:
        with transaction.atomic():
            rows = _write(entries, by)
            raise Undone
    except Undone:
        return rows


@transaction.atomic
def take_over(*, entries: Sequence[Entry], by: Actor) -> int:
    """Write all of these shifts, or none; how many. Raises Refused."""
    rows = _write(entries, by)
    wrong = [row for row in rows if row.errors]
    if wrong:
        first = wrong[0]
        raise Refused(f"nothing was written: line {first.entry.number}: {'; '.join(first.errors)}")
    audit.record(action="rota.imported", by=by, target_label="agency", target_id=by.agency_id,
                 data={"shifts": len(rows)})  # fmt: skip
    return len(rows)


def _write(entries: Sequence[Entry], by: Actor) -> list[Row]:
    if by.level not in RUNS_THE_ROTA:
        raise Refused("a supervisor, manager or director of the agency makes its rota")
    _check_number(entries)
    known = _known(by.agency_id)
    return [Row(entry, _write_one(entry, known)) for entry in entries]


def planned(*, entries: Sequence[Entry], agency_id: int) -> list[duty.Shift]:
    """The shifts that these would be, in an agency's rota; nothing is kept. Raises Refused, naming a line."""
    _check_number(entries)
    known = _known(agency_id)
    for entry in entries:
        if wrong := _wrong(entry, known):
            raise Refused(f"line {entry.number}: {'; '.join(wrong)}")
    return [
        duty.Shift(
            (known.teams[each.team].pk, Role(each.tier)),
            duty.told(known.members[each.username]),
            *(cast(datetime, _time(moment)) for moment in (each.begins, each.ends)),
        )
        for each in entries
    ]


def _check_number(entries: Sequence[Entry]) -> None:
    if not 0 < len(entries) <= MOST:
        raise Refused(f"from 1 to {MOST} shifts at a time")


@dataclass(frozen=True)
class Known:
    """What the lines of a table may name: an agency's teams by code, its people by user name."""

    teams: dict[str, Team]
    members: dict[str, Membership]


def _known(agency_id: int) -> Known:
    held = Membership.objects.active().filter(agency=agency_id)
    return Known(
        {team.code: team for team in Team.objects.filter(agency=agency_id)},
        {each.user.username: each for each in held.select_related("user").order_by("-id")},
    )


def _wrong(entry: Entry, known: Known) -> tuple[str, ...]:
    begins, ends = _time(entry.begins), _time(entry.ends)
    wrong = {
        f"team: your agency has no team {entry.team!r}": entry.team not in known.teams,
        f"tier: one of {', '.join(TIERS)}": entry.tier not in TIERS,
        f"username: nobody of your agency is {entry.username!r}": entry.username not in known.members,
        "from: a time such as 2026-11-27 16:00": begins is None,
        "to: a time such as 2026-11-30 08:00": ends is None,
        "to: later than from": begins is not None and ends is not None and ends <= begins,
    }
    return tuple(said for said, is_so in wrong.items() if is_so)


def _write_one(entry: Entry, known: Known) -> tuple[str, ...]:
    if wrong := _wrong(entry, known):
        return wrong
    try:
        with transaction.atomic():
            Shift.objects.create(
                team=known.teams[entry.team],
                tier=entry.tier,
                membership=known.members[entry.username],
                during=(_time(entry.begins), _time(entry.ends)),
            )
    except IntegrityError:
        return ("this person is on call at this post then already",)
    return ()


def _time(text: str) -> datetime | None:
    """A reading of London's wall."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)
    except ValueError:
        return None


def members(agency_id: int) -> QuerySet[Membership]:
    """Who may be put on the agency's rota, with their users."""
    held = Membership.objects.active().filter(agency=agency_id)
    return held.select_related("user").order_by("id")


def people(agency_id: int) -> dict[str, str]:
    """Who may be put on the agency's rota: names by user name."""
    return {each.user.username: each.user.shown_name for each in members(agency_id)}


def shift(agency_id: int, key: int) -> Shift | None:
    """One shift of the agency's rota, if it is there."""
    return Shift.objects.filter(team__agency=agency_id, pk=key).select_related("team").first()


def changes(agency_id: int, since: datetime) -> QuerySet[ShiftOverride]:
    """The changes of the agency's rota that end after an instant, the first to begin first."""
    found = ShiftOverride.objects.filter(
        team__agency=agency_id, withdrawn_at=None, during__endswith__gt=since
    )
    return found.select_related("team", "membership__user", "instead_of__user").order_by("during", "id")


def swappable(shift: Shift, since: datetime, until: datetime) -> QuerySet[Shift]:
    """The shifts of a time at the same tier that others of the same agency have, the first to begin first."""
    held = Membership.objects.active()
    others = Shift.objects.filter(
        team__agency=shift.team.agency_id,
        tier=shift.tier,
        during__overlap=(since, until),
        membership__in=held,
    ).exclude(membership=shift.membership_id)
    return others.select_related("team", "membership__user").order_by("during", "id")


@dataclass(frozen=True)
class NewFeed:
    """A feed and its token, which is shown this once and stored only as a digest."""

    feed: RotaFeed
    token: str


@transaction.atomic
def share(*, by: Actor) -> NewFeed:
    """Make an address at which the agency's rota can be subscribed to. Raises Refused."""
    if by.level not in RUNS_THE_ROTA:
        raise Refused("a supervisor, manager or director of the agency shares its rota")
    token = token_urlsafe(32)
    made = RotaFeed.objects.create(agency_id=by.agency_id, digest=_digest(token), made_by=by.as_event())
    audit.record(action="rota.shared", by=by, target_label="rotafeed", target_id=made.pk)
    return NewFeed(made, token)


@transaction.atomic
def revoke(*, feed_id: int, by: Actor) -> RotaFeed:
    """Nobody reads the rota at that address any more. Raises Refused."""
    found = RotaFeed.objects.visible_to(by).filter(pk=feed_id, revoked_at=None).first()
    if found is None or by.level not in RUNS_THE_ROTA:
        raise Refused("there is no such calendar of your agency that you may revoke")
    RotaFeed.objects.filter(pk=feed_id).update(revoked_at=Now())
    audit.record(action="rota.revoked", by=by, target_label="rotafeed", target_id=feed_id)
    found.refresh_from_db(fields=["revoked_at"])
    return found


def shared_with(token: str) -> RotaFeed | None:
    """The feed of a token that was not revoked."""
    return RotaFeed.objects.filter(digest=_digest(token), revoked_at=None).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
