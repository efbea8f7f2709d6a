"""Every move of a case by its name: its owner's, those of a dispute, and an agency's own links."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from agencies.acting import Actor
from agencies.roles import Role
from referrals import policies
from referrals.domain.case import CASE_MOVES, CaseState
from referrals.domain.dispute import DISPUTABLE
from referrals.domain.errors import MoveNotAllowed
from referrals.models import Case, CaseLink, Dispute, Referral
from referrals.services import case, dispute, link
from referrals.services.writing import Act


class Details(TypedDict, total=False):
    """What may be said with a move: ``agreed_with`` is ``{name, role, contact}``."""

    reason: str
    outcome: str
    agreed_with: Mapping[str, str] | None
    other_case: str


EFFECTS: dict[str, Callable[[Act, Mapping[str, Any]], None]] = {
    "dispute": dispute.begin,
    "settle_dispute": dispute.settle,
    "withdraw_dispute": dispute.withdraw,
    "link": link.link,
    "unlink": link.unlink,
}


def move(
    *,
    reference: str,
    action: str,
    by: Actor,
    version: int | None = None,
    occurred_at: datetime | None = None,
    **details: Unpack[Details],
) -> Case:
    """Make one move of a case. Raises NotThere, Invalid, Stale, MoveNotAllowed, NotYourMove, ReasonNeeded."""
    common: dict[str, Any] = {"reference": reference, "by": by, "version": version}
    try:
        if action in EFFECTS:
            return _make(**common, action=action, occurred_at=occurred_at, details=details)
        reason = details.get("reason", "")
        return case.move(**common, action=action, occurred_at=occurred_at, reason=reason)
    except MoveNotAllowed as refusal:
        seen = Case.objects.visible_to(by).get(reference=reference)
        raise MoveNotAllowed(refusal.message, allowed(by, [seen])[seen.pk]) from None


@transaction.atomic
def _make(
    *,
    reference: str,
    by: Actor,
    version: int | None,
    action: str,
    occurred_at: datetime | None,
    details: Mapping[str, Any],
) -> Case:
    found = case.find(reference, by, version)
    case.check_case_move(by, found, action, details)
    act = Act.on(found, by, occurred_at)
    EFFECTS[action](act, details)
    act.write()
    case.settle(act)
    return found


def allowed(by: Actor, cases: Collection[Case]) -> dict[UUID, list[str]]:
    """The moves that exist for this actor now, by case; none for who only reads. Four queries at most."""
    if by.only_reads:
        return {each.pk: [] for each in cases}
    beside = _beside(by, [each.pk for each in cases])
    waiting = case.in_the_way([each.pk for each in cases if "close" in case.case_actions(by, each)])
    return {each.pk: _in_order(each, by, beside, each.pk in waiting) for each in cases}


def _in_order(of: Case, by: Actor, beside: Mapping[str, set[UUID]], waits: bool) -> list[str]:
    may = {*case.case_actions(by, of), "link"} - ({"close"} if waits else set())
    may |= {action for action, those in beside.items() if of.pk in those}
    return [name for name, one in CASE_MOVES.items() if name in may and CaseState(of.state) in one.sources]


def _beside(by: Actor, ids: list[UUID]) -> dict[str, set[UUID]]:
    """Of these cases, those in which each move that hangs on other rows exists."""
    disputed = list(Dispute.objects.visible_to(by).open().filter(case__in=ids))
    sides = {each.case_id: dispute.sides_of(by, each) for each in disputed}
    own = Q(from_agency=by.agency_id) | Q(to_agency=by.agency_id) | Q(to_team__agency=by.agency_id)
    leads = Referral.objects.visible_to(by).filter(own, case__in=ids, lead=True, state__in=DISPUTABLE)
    links = CaseLink.objects.visible_to(by).standing().filter(Q(one__in=ids) | Q(other__in=ids))
    return {
        "dispute": set(leads.values_list("case_id", flat=True)) - set(sides),
        "settle_dispute": {key for key, those in sides.items() if those and _settles(by)},
        "withdraw_dispute": {each.case_id for each in disputed if dispute.is_openers(by, each)},
        "unlink": {key for pair in links.values_list("one_id", "other_id") for key in pair},
    }


def _settles(by: Actor) -> bool:
    return policies.is_senior(by, Role.MANAGER)
