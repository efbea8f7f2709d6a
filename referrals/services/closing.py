"""Closing time: an item is never left with a desk that nobody sits at.

Each open item of a desk with hours has a clock of its own to the next moment at which somebody else answers.
Half an hour before, the desk is told, and whoever stands in for it; at that moment they answer. Another
agency answers only for what it has accepted: where nobody of the desk's own agency stands in, whoever is on
duty at the sender's is told, with a number to phone, before the doors close; of what the desk has accepted,
whoever is on duty at its managers' tier, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

import notifications.services as notifications
from agencies import duty
from agencies.instants import spelt
from agencies.models import Team
from agencies.roles import Role
from referrals.domain.clocks import ClockKind
from referrals.domain.escalation import first_look, ladder_of
from referrals.domain.referral import HELD
from referrals.models import Clock, Referral
from referrals.services import clock, on_duty
from referrals.services.due import Look
from referrals.services.writing import ENGINE, Act, NewEvent, append

ANSWERS = """
update referrals_referral r set answering_team_id = x.t
  from unnest(%s::uuid[], %s::integer[]) x(i, t) where r.id = x.i
"""


def watch(act: Act, referral: Referral) -> None:
    """Start the clock to the next change of who answers for an item that is sent or reopened."""
    if referral.to_team.always_open:
        return
    chain = chain_of(referral.to_team_id, duty.with_fallbacks({referral.to_team_id}))
    present = _stand(act, referral, chain)
    if present is None:
        _say_nobody(act, referral, chain)


def watch_anew(act: Act, referral: Referral, chain: Sequence[Team], *, answered: int | None) -> None:
    """The same once hours or stand-ins have changed, for an item that is watched or was never to be.

    ``answered`` is the team that answered until now, or nobody. Whoever answers now is told, if that is
    another; if nobody does any more, the sender.
    """
    clock.stop(clock.handover_of(referral), act.at, met=False)
    present = _stand(act, referral, chain)
    if present == answered:
        return
    if present is None:
        _say_nobody(act, referral, chain)
        return
    now = next(team for team in chain if team.pk == present)
    act.event(
        "referral.handed_over", {"closes_at": spelt(act.at), "by": now.name, "team": now.code}, referral
    )
    act.tell(present, now.agency_id, "referral.handed_over", referral, priority=referral.priority)


def _stand(act: Act, referral: Referral, chain: Sequence[Team]) -> int | None:
    """Note who answers now, start the clock to the next turn; the team that answers, if any."""
    openings = [duty.opening(team) for team in chain]
    present = duty.whose_turn(openings, act.at)
    referral.answering_team = chain[present] if present else None
    referral.save(update_fields=["answering_team"])
    turn = duty.next_turn(openings, act.at)
    if turn is not None:
        started = clock.start_until(act, referral, ClockKind.HANDOVER, turn.at, "hours")
        if present is None:
            _only_at_the_turn(started)
    return None if present is None else chain[present].pk


def _say_nobody(act: Act, referral: Referral, chain: Sequence[Team]) -> None:
    told = {"phone": _phone(chain), "closes_at": spelt(act.at)}
    act.event("referral.unanswered", told, referral)
    said = {**told, "said": [f"phone {told['phone']}"]}
    act.tell(referral.from_team_id, referral.from_agency_id, "handover.nobody", referral, **said)
    for kind, (team, tier) in _on_duty(referral):
        named = {"reference": referral.reference, "priority": referral.priority}
        on_duty.tell(act, team, kind, tier, **named, **said)


def _on_duty(referral: Referral) -> list[tuple[str, tuple[int, Role]]]:
    """Who is told besides the sender's desk that nobody answers: an inbox of a desk is nobody's to open.

    Whoever is on duty where it was sent from; of what was accepted, whoever manages the desk that has it.
    """
    posts = [("handover.nobody", (referral.from_team_id, Role.WORKER))]
    if referral.state in HELD:
        posts.append(("handover.left", (referral.to_team_id, Role.MANAGER)))
    return posts


def chain_of(team_id: int, teams: Mapping[int, Team]) -> list[Team]:
    """The desk and those of its own agency that stand in for it, in order."""
    found: dict[int, Team] = {}
    at: int | None = team_id
    while at is not None and at in teams and at not in found:
        if teams[at].agency_id != teams[team_id].agency_id:
            break
        found[at] = teams[at]
        at = teams[at].fallback_id
    return list(found.values())


def _phone(chain: Sequence[Team]) -> str:
    """Whom the sender rings: what the desk would have rung itself, else its agency."""
    beyond = chain[-1].fallback
    phones = (beyond.phone or beyond.agency.phone) if beyond is not None else ""
    return phones or chain[0].agency.phone or chain[0].phone or "999"


def _only_at_the_turn(started: Clock) -> None:
    """Nobody is told half an hour before a desk opens."""
    started.step, started.next_look_at = 1, started.target_at


@dataclass(frozen=True)
class Item:
    """An item whose turn comes, or has come; the look at its clock, and the desks that may answer."""

    look: Look
    referral: Referral
    chain: list[Team]
    at: datetime

    @property
    def present(self) -> int:
        """The team that answers for it so far."""
        return self.referral.answering_team_id or self.referral.to_team_id

    @property
    def next(self) -> Team | None:
        """Who answers from then on."""
        place = duty.whose_turn([duty.opening(team) for team in self.chain], self.at)
        return None if place is None else self.chain[place]

    @property
    def has_come(self) -> bool:
        """Whether it is time, and not only soon."""
        return self.look.plan.fired[-1].step > 0

    @property
    def head(self) -> tuple[UUID, Any, UUID]:
        """What its events are about."""
        return self.referral.case_id, self.referral.opened_on, self.referral.pk


def change_hands(looks: Iterable[Look], now: datetime) -> None:
    """What the looks at closing-time clocks do besides telling the desk: in the tick's own transaction."""
    due = [look for look in looks if look.due.kind == ClockKind.HANDOVER and look.plan.fired]
    if not due:
        return
    items = _items(due, now)
    append([event for item in items for event in _events(item, now)])
    notifications.enqueue([owed for item in items for owed in _messages(item)] + _alone(items, now), at=now)
    come = [item for item in items if item.has_come]
    _answer([item for item in come if item.next is not None])
    clock.stop([Clock(pk=item.look.due.id) for item in come], now, met=True)
    Clock.objects.bulk_create(each for item in come if (each := _next_clock(item, now)) is not None)


def _items(due: Sequence[Look], now: datetime) -> list[Item]:
    keys = [look.due.referral_id for look in due]
    found = Referral.objects.select_related("agreement_version").in_bulk(keys)
    teams = duty.with_fallbacks({each.to_team_id for each in found.values()})
    return [
        Item(look, found[key], chain_of(found[key].to_team_id, teams), max(now, look.due.target_at))
        for look in due
        if (key := look.due.referral_id) in found
    ]


def _events(item: Item, now: datetime) -> Iterable[NewEvent]:
    told = {"closes_at": spelt(item.look.due.target_at)}
    if _says_nobody(item):
        said = {**told, "phone": _phone(item.chain)}
        yield NewEvent(*item.head, "referral.unanswered", now, ENGINE, said)
    if item.has_come and item.next is not None and item.next.pk != item.present:
        said = {**told, "by": item.next.name, "team": item.next.code}
        yield NewEvent(*item.head, "referral.handed_over", now, ENGINE, said)


def _says_nobody(item: Item) -> bool:
    """The sender is told once, when the desk is told that it closes."""
    return item.next is None and any(fired.step == 0 for fired in item.look.plan.fired)


def _messages(item: Item) -> Iterable[notifications.Owed]:
    referral, target = item.referral, item.look.due.target_at
    told = {"target_at": spelt(target), "priority": referral.priority}
    if _says_nobody(item):
        sender = notifications.Recipient(referral.from_agency_id, team_id=referral.from_team_id)
        yield _owed(item, "handover.nobody", sender, _number(item))
    elif item.next is not None and item.next.pk != item.present:
        desk = notifications.Recipient(item.next.agency_id, team_id=item.next.pk)
        yield _owed(item, "referral.handed_over" if item.has_come else "handover.coming", desk, told)


def _number(item: Item) -> dict[str, object]:
    """Until when somebody is there, and whom to ring afterwards."""
    phone = _phone(item.chain)
    target = spelt(item.look.due.target_at)
    return {
        "target_at": target,
        "priority": item.referral.priority,
        "phone": phone,
        "said": [f"phone {phone}"],
    }


def _alone(items: Sequence[Item], now: datetime) -> list[notifications.Owed]:
    """What is told of items that nobody will answer for to whoever is on duty, by e-mail if unseen."""
    left = [
        (item, kind, post) for item in items if _says_nobody(item) for kind, post in _on_duty(item.referral)
    ]
    answers = duty.answering({post for _, _, post in left}, now) if left else {}
    return [
        _owed(item, kind, notifications.Recipient(who.agency_id, who.membership_id, role=who.role),
              _number(item), on_duty.THEN)
        for item, kind, post in left
        for who in answers[post].recipients
    ]  # fmt: skip


def _owed(
    item: Item,
    kind: str,
    recipient: notifications.Recipient,
    data: Mapping[str, object],
    then: tuple[tuple[str, int], ...] = (),
) -> notifications.Owed:
    referral = item.referral
    return notifications.Owed(
        key=f"handover:{item.look.due.id}:{kind}",
        case_id=referral.case_id,
        opened_on=referral.opened_on,
        about=f"referral:{referral.pk}",
        kind=kind,
        recipient=recipient,
        data={"reference": referral.reference, "case": referral.case_reference, **data},
        then=then,
    )


def _answer(items: Sequence[Item]) -> None:
    keys = [item.referral.pk for item in items]
    at_home = [item.next is None or item.next.pk == item.referral.to_team_id for item in items]
    teams = [
        None if home or not item.next else item.next.pk for item, home in zip(items, at_home, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, [keys, teams])


def _next_clock(item: Item, now: datetime) -> Clock | None:
    """The clock to the turn after this one."""
    turn = duty.next_turn([duty.opening(team) for team in item.chain], item.at)
    if turn is None:
        return None
    terms = item.referral.agreement_version.terms
    started = Clock(
        case_id=item.referral.case_id,
        referral_id=item.referral.pk,
        kind=ClockKind.HANDOVER,
        priority=item.referral.priority,
        started_at=now,
        target_at=turn.at,
        next_look_at=first_look(now, turn.at, ladder_of(terms, ClockKind.HANDOVER)),
        agreement_version=item.referral.agreement_version,
        clause="hours",
    )
    if item.next is None:
        _only_at_the_turn(started)
    return started
