"""Gaps of the rota ahead: when nobody is there at a tier that is otherwise staffed, as the rota has it now.

The same rota answers as at the moment of firing (``rota``), asked at every moment at which it may change.
Nothing is read here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agencies.duty.hours import Opening
from agencies.duty.rota import Cover, Desk, Post, Recipient, Rota
from agencies.instants import LONDON
from agencies.roles import TIERS, Role

NOBODY = Recipient(0, None, None, "", "")


@dataclass(frozen=True)
class Shift:
    """Somebody on call at a post for a while (UTC, its end excluded)."""

    post: Post
    who: Recipient
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Change:
    """A change of the shifts at a post: ``by`` (or nobody) instead of one, or of all."""

    post: Post
    instead_of: int | None
    by: Recipient | None
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Plan:
    """What the rota of some teams says of a stretch of time: hours, members, shifts and their changes.

    ``behind`` says who stands in for a team, and its agency's duty contact.
    """

    openings: Mapping[int, Opening]
    members: Mapping[Post, tuple[Recipient, ...]] = field(default_factory=dict)
    shifts: Sequence[Shift] = ()
    changes: Sequence[Change] = ()
    behind: Mapping[int, tuple[int | None, Recipient]] = field(default_factory=dict)

    @property
    def posts(self) -> list[Post]:
        """The posts that are ever staffed: for a tier that a team does not have, the next one answers.

        A liaison is beside the tiers: nobody has to be there at every hour.
        """
        found = {each.post for each in self.shifts}
        found |= {post for post, who in self.members.items() if who and post[1] in TIERS}
        return sorted(found, key=lambda post: (post[0], TIERS.index(Role(post[1]))))

    def rota(self, at: datetime) -> Rota:
        """The rota at that instant."""
        desks = {
            team: Desk(each.covers(at), *self.behind.get(team, (None, NOBODY)))
            for team, each in self.openings.items()
        }
        on_call: dict[Post, tuple[Recipient, ...]] = {}
        for shift in self.shifts:
            if shift.begins <= at < shift.ends:
                on_call[shift.post] = (*on_call.get(shift.post, ()), shift.who)
        covers: dict[Post, tuple[Cover, ...]] = {}
        for change in self.changes:
            if change.begins <= at < change.ends:
                told = Cover(change.instead_of, change.by)
                covers[change.post] = (*covers.get(change.post, ()), told)
        return Rota(desks, on_call, self.members, covers)

    def moments(self, since: datetime, until: datetime) -> list[datetime]:
        """When something may change, the beginning first."""
        found = {each.begins for each in (*self.shifts, *self.changes)}
        found |= {each.ends for each in (*self.shifts, *self.changes)}
        for opening in self.openings.values():
            found |= opening.edges(since, until)
        return [since, *sorted(each for each in found if since < each < until)]


@dataclass(frozen=True)
class Gap:
    """From when to when nobody is there; whether it is ``older`` or ``longer`` than the time looked at."""

    team: int
    tier: Role
    begins: datetime
    ends: datetime
    older: bool = field(default=False, compare=False)
    longer: bool = field(default=False, compare=False)


def gaps(plan: Plan, since: datetime, until: datetime, also: Iterable[Post] = ()) -> list[Gap]:
    """Every gap between two instants, the first to begin first; of ``also`` these posts.

    A post is gone with the last who held it: whoever looks at what was lost names it.
    """
    moments = plan.moments(since, until)
    rotas = [(at, plan.rota(at)) for at in moments]
    found = [gap for post in {*plan.posts, *also} for gap in _of_post(post, rotas, until)]
    return sorted(found, key=lambda gap: (gap.begins, gap.team, TIERS.index(gap.tier)))


def _of_post(post: Post, rotas: Sequence[tuple[datetime, Rota]], until: datetime) -> Iterable[Gap]:
    begins: datetime | None = None
    first = rotas[0][0]
    for at, rota in rotas:
        empty = not rota.there(post)
        if empty and begins is None:
            begins = at
        elif not empty and begins is not None:
            yield Gap(post[0], Role(post[1]), begins, at, older=begins == first)
            begins = None
    if begins is not None:
        yield Gap(post[0], Role(post[1]), begins, until, older=begins == first, longer=True)


def in_words(gap: Gap, team: str) -> str:
    """Such as: Friday 27 November 16:00 to Monday 08:00: nobody at tier 2 (supervisor) of Crisis hub.

    An end that is only the end of what was looked at is none: ``since before``, ``and beyond``.
    """
    begins, ends = gap.begins.astimezone(LONDON), gap.ends.astimezone(LONDON)
    far = (ends.date() - begins.date()).days >= 7
    day = f"{ends:%A} {ends.day} {ends:%B} " if far else f"{ends:%A} " if ends.date() != begins.date() else ""
    last = f"{ends:%A} {ends.day} {ends:%B} and beyond" if gap.longer else f"{day}{ends:%H:%M}"
    since = "Since before " if gap.older else ""
    when = f"{since}{begins:%A} {begins.day} {begins:%B} {begins:%H:%M} to {last}"
    return f"{when}: nobody at tier {TIERS.index(gap.tier) + 1} ({gap.tier.label.lower()}) of {team}"
