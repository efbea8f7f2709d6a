"""What an action does beyond its own referral: to accountability, to other referrals, to the other side.

Each effect runs before the step is written, and may return what is to be done after it.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from agencies.models import Agency
from referrals import policies
from referrals.domain.case import Cause
from referrals.domain.errors import Invalid, ReasonNeeded
from referrals.domain.referral import ASKED, HELD, OPEN, State
from referrals.domain.threshold import Outcome, Stand, outcome_now
from referrals.models import ClaimedAcceptance, Referral, ThresholdDecision
from referrals.services import (
    case,
    clock,
    closing,
    contact,
    handover,
    missing_watch,
    sending,
    threshold_review,
)
from referrals.services.finding import RELATED
from referrals.services.steps import ELSEWHERE, Taken, step
from referrals.services.writing import Act

After = Callable[[], None]
Details = Mapping[str, Any]


def accept(act: Act, referral: Referral, details: Details) -> After | None:
    """The first acceptance wins: what held before is redirected, the others of the asking are cancelled."""
    _for_agency(act, referral, details)
    _answer_claims(act, referral, ClaimedAcceptance.State.CONFIRMED)
    others = Referral.objects.filter(case=act.case).exclude(pk=referral.pk).select_related(*RELATED)
    asked = Q(
        asking=referral.asking, lead=referral.lead, from_agency=referral.from_agency_id, state__in=ASKED
    )
    held = Q(lead=True, state__in=HELD) if referral.lead else Q(pk=None)
    passed_on = _passed_on(referral)
    waiting = Q(pk__in=passed_on, state__in=ASKED | HELD)
    following = list(others.filter(asked | held | waiting).order_by("id"))
    keep = {referral.pk, *passed_on, *(other.pk for other in following)}  # each takes one step: its own
    for other in following:
        redirected = other.pk in passed_on or other.state in HELD
        action, to = ("redirect", State.REDIRECTED) if redirected else ("cancel", State.CANCELLED)
        _follow_on(act, other, action, to, ELSEWHERE, keep)
    act.tell(referral.from_team_id, referral.from_agency_id, "referral.accepted", referral)
    missing_watch.taken(act, referral)
    return (lambda: _hold(act, referral)) if referral.lead else None


def _passed_on(referral: Referral) -> set[UUID]:
    """The referral that was passed on by asking this one, and the one that was passed on by asking that."""
    found: set[UUID] = set()
    key, link = referral.parent_id, referral.parent_link
    while key is not None and link == "redirect":
        found.add(key)
        key, link = Referral.objects.values_list("parent_id", "parent_link").get(pk=key)
    return found


def _hold(act: Act, referral: Referral) -> None:
    """The receiver answers for the person from now on; of somebody who is detained, health has accepted."""
    case.hand_over(
        act,
        agency_id=referral.to_agency_id,
        team_id=referral.to_team_id,
        cause=Cause.ACCEPTED,
        referral=referral,
    )
    handover.accepted(act, referral)


def _for_agency(act: Act, referral: Referral, details: Details) -> None:
    """A team that serves several agencies names the one that becomes accountable."""
    code = details.get("for_agency")
    if not code:
        return
    agency = Agency.objects.filter(code=code).first()
    if agency is None or (
        agency.pk != referral.to_agency_id and not referral.to_team.serves.filter(pk=agency.pk).exists()
    ):
        raise Invalid(
            "that team does not serve this agency", {"/for_agency": "the code of an agency that it serves"}
        )
    referral.to_agency = agency
    case.join(act, agency.pk)


def _follow_on(
    act: Act, other: Referral, action: str, to: State, code: str, keep: Collection[UUID] = ()
) -> None:
    """A step that another referral takes because of this act, and the word to both its sides.

    Whatever was asked in passing it on is withdrawn, but for what is to be kept.
    """
    if other.redirect_pending:
        withdraw_child(act, other, action, keep)
    other.redirect_pending = False
    step(act, other, Taken(action, to, reason_code=code), clock.running_of(other))
    act.tell(other.to_team_id, other.to_agency_id, f"referral.{to}", other, reason_code=code)
    if other.from_agency_id != act.by.agency_id:
        act.tell(other.from_team_id, other.from_agency_id, f"referral.{to}", other, reason_code=code)


def decline(act: Act, referral: Referral, details: Details) -> None:
    """The ask comes back to its sender, who is told."""
    _cite_decision(act, referral, details)
    handover.refused(act, referral, details)
    _answer_claims(act, referral, ClaimedAcceptance.State.DENIED)
    _tell_sender(act, referral, "referral.declined", details)


# Unknown is never no, and what is to be decided anew decides nothing.
CANNOT_BE_CITED = {
    Stand.UNDETERMINED: "that decision is undetermined, and the police keep it until it is decided",
    Stand.REOPENED: "that decision is to be made anew: there is new information, or the risk was raised",
    Stand.DISAGREED: "a professional disagrees with that decision: a supervisor reviews it first",
    Stand.SUPERSEDED: "a later decision of the force has taken its place",
}


def _cite_decision(act: Act, referral: Referral, details: Details) -> None:
    """Police decline a missing patient for a threshold decision of theirs in the case, and nothing else."""
    if not missing_watch.needs_decision(referral):
        return
    decision = _own_decision(act, referral, details.get("threshold_decision"))
    standing = threshold_review.standing_decisions(act.case)
    if lacks := CANNOT_BE_CITED.get(threshold_review.stand_of(decision, standing)):
        raise Invalid(lacks, {"/threshold_decision": "one that stands, by which police do not respond"})
    if outcome_now(decision.outcome, threshold_review.steps_of(decision)) == Outcome.POLICE_RESPONSE:
        raise Invalid(
            "that decision says that the police respond",
            {"/threshold_decision": "one by which they do not; or decide anew"},
        )
    referral.threshold_decision = decision


def _own_decision(act: Act, referral: Referral, key: UUID | None) -> ThresholdDecision:
    own = ThresholdDecision.objects.filter(case=act.case, agency_id=referral.to_agency_id)
    decision = own.filter(pk=key).first() if key else None
    if decision is None:
        raise ReasonNeeded(
            "to decline a missing patient needs a threshold decision",
            {"/threshold_decision": "the id of one that your agency made in this case"},
        )
    return decision


def give_back(cause: Cause) -> Callable[[Act, Referral, Details], After | None]:
    """The holding lead ends without its receiver: its sender answers again; nothing older revives."""

    def effect(act: Act, referral: Referral, details: Details) -> After | None:
        _tell_sender(act, referral, f"referral.{cause}", details)
        missing_watch.given_back(act, referral)
        if act.by.agency_id not in referral.agencies_on("receiver") and referral.sent_at is not None:
            act.tell(referral.to_team_id, referral.to_agency_id, f"referral.{cause}", referral)
        handover.given_back(act, referral)
        if act.case.holding_lead_id != referral.pk:
            return None
        return lambda: case.hand_over(
            act,
            agency_id=referral.from_agency_id,
            team_id=referral.from_team_id,
            cause=cause,
            referral=referral,
        )

    return effect


def _tell_sender(act: Act, referral: Referral, kind: str, details: Details) -> None:
    if act.by.agency_id != referral.from_agency_id:
        code = details.get("reason_code", "")
        act.tell(referral.from_team_id, referral.from_agency_id, kind, referral, reason_code=code)


def _answer_claims(act: Act, referral: Referral, state: str) -> None:
    ClaimedAcceptance.objects.filter(referral=referral, state="open").update(state=state, answered_at=act.at)


def tell_other(kind: str) -> Callable[[Act, Referral, Details], None]:
    """The other side is told, and nothing else happens."""

    def effect(act: Act, referral: Referral, details: Details) -> None:
        if act.by.agency_id == referral.from_agency_id:
            act.tell(referral.to_team_id, referral.to_agency_id, kind, referral)
        else:
            act.tell(referral.from_team_id, referral.from_agency_id, kind, referral)

    return effect


def reopen(act: Act, referral: Referral, details: Details) -> None:
    """Whoever left when it ended is a party again, and the other side is told."""
    for agency_id in (referral.from_agency_id, referral.to_agency_id, referral.to_team.agency_id):
        case.join(act, agency_id)
    closing.watch(act, referral)
    tell_other("referral.reopened")(act, referral, details)


def start(act: Act, referral: Referral, details: Details) -> None:
    """Work starts with real contact, which is stated with it or was logged since the acceptance."""
    contact.begin(act, referral, details.get("contact"))


def redirect(act: Act, referral: Referral, details: Details) -> After:
    """Ask another team; this referral stays as it is until that one accepts.

    Before acceptance the original sender is the child's sender, and both share one asking; after it,
    the receiver asks for itself.
    """
    held = referral.state in HELD
    team, agency_id = (
        (referral.to_team, referral.to_agency_id) if held else (referral.from_team, referral.from_agency_id)
    )
    referral.redirect_pending = True

    def ask() -> None:
        asking = None if held else referral.asking
        asked = sending.again(
            referral, from_team=team, from_agency=agency_id, to_team=details["to_team"], asking=asking
        )
        sending.send(act, sending.draft(act, asked, parent=referral, link="redirect"))
        if act.by.agency_id != referral.from_agency_id:
            act.tell(referral.from_team_id, referral.from_agency_id, "referral.redirect", referral)

    return ask


def resend(act: Act, referral: Referral, details: Details) -> After:
    """The same ask to another team, linked to the one that came back."""
    policies.check_case_open(act.case)
    if referral.lead:
        policies.check_sends_lead(act.by, act.case)

    def ask() -> None:
        asked = sending.again(
            referral,
            from_team=referral.from_team,
            from_agency=referral.from_agency_id,
            to_team=details["to_team"],
        )
        sending.send(act, sending.draft(act, asked, parent=referral, link="resend"))

    return ask


def police_reassess(act: Act, referral: Referral, details: Details) -> None:
    """The sender decides anew whether police respond; the decision is one of this case, made since."""
    decision = ThresholdDecision.objects.filter(
        pk=details["threshold_decision"], case=act.case, agency_id=act.by.agency_id
    ).first()
    came_back = referral.moves.order_by("-version").values_list("recorded_at", flat=True).first()
    if decision is None or (came_back and decision.recorded_at < came_back):
        raise ReasonNeeded(
            "reassessing needs a new threshold decision",
            {"/threshold_decision": "the id of one that your agency made in this case since it came back"},
        )
    referral.threshold_decision = decision


def discard(act: Act, referral: Referral, details: Details) -> After:
    """A case that was opened for this draft alone ends with it."""

    def close_empty() -> None:
        others = Referral.objects.filter(case=act.case).exclude(pk=referral.pk).exists()
        decided = ThresholdDecision.objects.filter(case=act.case).exists()
        begun = others or decided or act.case.first_sent_at is not None or case.is_owed_something(act.case)
        if not begun:
            case.close_unsent(act)

    return close_empty


def returned_to_parent(act: Act, child: Referral) -> None:
    """The child of a redirect was declined or withdrawn: the choice comes back to who redirected."""
    parent = Referral.objects.select_related(*RELATED).get(children=child)
    if parent.state not in OPEN or not parent.redirect_pending:
        return
    parent.redirect_pending = False
    parent.save(update_fields=["redirect_pending"])
    act.event("referral.redirect_returned", {"child": child.reference, "reason_code": child.state}, parent)
    act.tell(parent.to_team_id, parent.to_agency_id, "referral.redirect_returned", parent)


def withdraw_child(act: Act, referral: Referral, action: str, keep: Collection[UUID] = ()) -> None:
    """A redirect that is still being asked ends with the parent that its asker can no longer pass on."""
    pending = Referral.objects.filter(parent=referral, parent_link="redirect", state__in=ASKED)
    for child in pending.exclude(pk__in=keep).select_related(*RELATED):
        if action in ("cancel", "enter_in_error") or child.from_agency_id == referral.to_agency_id:
            _follow_on(act, child, "cancel", State.CANCELLED, "parent_ended")


PARENT_ENDS = frozenset({"cancel", "agree_cancel", "enter_in_error", "fail", "complete"})

EFFECTS: dict[str, Callable[[Act, Referral, Details], After | None]] = {
    "acknowledge": tell_other("referral.acknowledged"),
    "request_info": tell_other("referral.info_requested"),
    "answer_info": tell_other("referral.info_answered"),
    "accept": accept,
    "decline": decline,
    "start": start,
    "fail": give_back(Cause.FAILED),
    "complete": tell_other("referral.completed"),
    "close": tell_other("referral.closed"),
    "resend": resend,
    "police_reassess": police_reassess,
    "redirect": redirect,
    "discard": discard,
    "cancel": tell_other("referral.cancelled"),
    "request_cancel": tell_other("referral.request_cancel"),
    "refuse_cancel": tell_other("referral.refuse_cancel"),
    "agree_cancel": give_back(Cause.CANCELLED),
    "enter_in_error": give_back(Cause.ENTERED_IN_ERROR),
    "reopen": reopen,
}
