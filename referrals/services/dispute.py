"""Whose is this person? A dispute begins and is settled; the present owner holds meanwhile."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Max

from agencies.acting import Actor
from agencies.roles import Role
from referrals import policies
from referrals.domain.clocks import ClockKind
from referrals.domain.dispute import CONCEDES, DECLINES, DISPUTABLE, WITHDRAWN, Opened, Settled
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import Side
from referrals.models import Case, Dispute, Move, Referral
from referrals.models.keys import new_id
from referrals.services import case, clock, on_duty
from referrals.services.finding import RELATED
from referrals.services.writing import Act

Details = Mapping[str, Any]
WHO = "name who agreed for the other side, or the arbiter who decided: name, role and contact"


def begin(act: Act, details: Details) -> None:
    """Either side says that it is not theirs. Raises MoveNotAllowed (nobody to dispute it with; disputed)."""
    if Dispute.objects.open().filter(case=act.case).exists():
        raise MoveNotAllowed("this case is disputed already: settle it", ["settle_dispute"])
    asked = about(act.by, act.case)
    if asked is None:
        raise MoveNotAllowed("no lead between you and another team is asked or declined in this case")
    _begin(act, asked, Opened.ASKED, details.get("reason", ""))


def about(by: Actor, of: Case) -> Referral | None:
    """The newest lead about which the actor's agency may say that the person is not theirs."""
    leads = Referral.objects.filter(case=of, lead=True, state__in=DISPUTABLE).order_by("-id")
    return next((each for each in leads.select_related(*RELATED) if policies.sides_of(by, each)), None)


def declined(act: Act, referral: Referral) -> None:
    """After a decline: the second since somebody last answered for the person anew opens a dispute."""
    disputes = Dispute.objects.filter(case=act.case)
    if disputes.open().exists():
        return
    settled_at = disputes.exclude(outcome=WITHDRAWN).aggregate(last=Max("settled_at"))["last"]
    since = max(filter(None, (act.case.accountable_since, settled_at)))
    before = Move.objects.filter(case=act.case, action="decline", referral__lead=True, recorded_at__gt=since)
    if before.count() + 1 >= DECLINES:
        _begin(act, referral, Opened.DECLINED_TWICE, "")


def _begin(act: Act, referral: Referral, cause: Opened, reason: str) -> None:
    """The row, the clock of whoever holds the person, and word to both managers and the arbiter."""
    text = act.content("dispute", reason, referral) if reason else None
    made = Dispute(
        pk=new_id(),
        case=act.case,
        referral=referral,
        from_agency_id=referral.from_agency_id,
        from_team_id=referral.from_team_id,
        to_agency_id=referral.to_agency_id,
        to_team_id=referral.to_team_id,
        arbiter=referral.agreement_version.terms.get("arbiter") or "",
        cause=cause,
        actor=act.by.as_event(),
        text_id=UUID(text["id"]) if text else None,
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )
    Dispute.objects.bulk_create([made])
    owner = act.case.accountable_team_id
    other = referral.to_team_id if referral.to_team_id != owner else referral.from_team_id
    clock.start_for_team(act, referral, ClockKind.DISPUTE, owner, other)
    case.save(act.case)
    codes = {"dispute": made.pk, "cause": cause, "arbiter": made.arbiter}
    act.event("case.disputed", {**codes, "content": [text] if text else []}, referral)
    for team_id in (made.from_team_id, made.to_team_id):
        on_duty.tell(act, team_id, "case.disputed", Role.MANAGER)
    on_duty.tell_contact(act, made.arbiter, "case.arbitrate")


def settle(act: Act, details: Details) -> None:
    """A manager of either side says what is to happen, why, and who agreed. It moves no accountability.

    Raises MoveNotAllowed (nothing is disputed), NotYourMove, ReasonNeeded, Invalid.
    """
    found = Dispute.objects.open().filter(case=act.case).first()
    if found is None:
        raise MoveNotAllowed("nothing is disputed in this case")
    sides = sides_of(act.by, found)
    if not sides:
        raise NotYourMove("one of the two sides settles it")
    policies.check_level(act.by, Role.MANAGER, "settle a dispute")
    outcome = details["outcome"]
    if outcome not in set(Settled):
        raise Invalid("a dispute does not end so", {"/outcome": f"one of {', '.join(Settled)}"})
    if outcome not in {CONCEDES[side] for side in sides} and not details.get("agreed_with"):
        raise ReasonNeeded("the other side, or the arbiter, agrees to that", {"/agreed_with": WHO})
    text = act.content("dispute", details["reason"])
    _end(act, found, Settled(outcome), text, details.get("agreed_with"))
    for team_id, agency_id in _others(act, found):
        act.tell(team_id, agency_id, "case.dispute_settled")


def withdraw(act: Act, details: Details) -> None:
    """Whoever opened it by mistake takes it back, and says why; whoever was told of it hears that too.

    Raises MoveNotAllowed (nothing is disputed), NotYourMove (another opened it, or two declines did).
    """
    found = Dispute.objects.open().filter(case=act.case).first()
    if found is None:
        raise MoveNotAllowed("nothing is disputed in this case")
    if not is_openers(act.by, found):
        raise NotYourMove("whoever opened a dispute withdraws it: this one is settled")
    _end(act, found, WITHDRAWN, act.content("dispute", details["reason"]), None)
    for team_id, agency_id in _others(act, found):
        act.tell(team_id, agency_id, "case.dispute_settled")
    for team_id in (found.from_team_id, found.to_team_id):
        on_duty.tell(act, team_id, "case.dispute_settled", Role.MANAGER)
    on_duty.tell_contact(act, found.arbiter, "case.dispute_settled")


def is_openers(by: Actor, dispute: Dispute) -> bool:
    """Whether the actor's agency said that it is not theirs; two declines are nobody's slip."""
    return dispute.cause == Opened.ASKED and dispute.actor.get("agency") == by.agency_code


def sides_of(by: Actor, dispute: Dispute) -> set[Side]:
    """On which sides the actor's agency is."""
    ends = {Side.SENDER: dispute.from_agency_id, Side.RECEIVER: dispute.to_agency_id}
    return {side for side, agency_id in ends.items() if agency_id == by.agency_id}


def accepted(act: Act, referral: Referral) -> None:
    """After a lead is accepted: somebody answers for the person, and nothing is disputed any more."""
    found = Dispute.objects.open().filter(case=act.case).first()
    if found is not None:
        takes = referral.to_agency_id == found.to_agency_id
        _end(act, found, Settled.RECEIVER_TAKES if takes else Settled.ANOTHER_TAKES, None, None)


def _end(act: Act, found: Dispute, outcome: str, text: dict[str, str] | None, agreed_with: object) -> None:
    found.outcome, found.agreed_with = outcome, agreed_with or None
    found.settled_by, found.settled_at = act.by.as_event(), act.at
    found.settled_text_id = UUID(text["id"]) if text else None
    found.save(update_fields=["outcome", "agreed_with", "settled_by", "settled_text_id", "settled_at"])
    clock.stop_case_clocks(act, ClockKind.DISPUTE, met=outcome != WITHDRAWN)
    case.save(act.case)
    codes = {"dispute": found.pk, "outcome": outcome}
    act.event("case.dispute_settled", {**codes, "content": [text] if text else []})


def _others(act: Act, dispute: Dispute) -> set[tuple[int, int]]:
    """The desks that did not settle it themselves: the other side's, and the owner's."""
    ends = {
        (dispute.from_team_id, dispute.from_agency_id),
        (dispute.to_team_id, dispute.to_agency_id),
        (act.case.accountable_team_id, act.case.accountable_agency_id),
    }
    return {(team_id, agency_id) for team_id, agency_id in ends if agency_id != act.by.agency_id}
