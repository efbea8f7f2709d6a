"""The promises that a threshold decision makes, and who waits for them. Nothing undecided is unwatched."""

from referrals.domain.clocks import ClockKind
from referrals.domain.referral import OPEN, RETURNED
from referrals.domain.threshold import Outcome
from referrals.models import Referral, ThresholdDecision
from referrals.services import clock
from referrals.services.clock import Terms
from referrals.services.writing import Act

ASKED_OF_SOMEBODY = OPEN - RETURNED
DECIDED_ANEW = (ClockKind.THRESHOLD_REOPENED, ClockKind.THRESHOLD_DISAGREED)


def watch(
    act: Act, decision: ThresholdDecision, outcome: Outcome, on: Terms, *, reviewed: bool = False
) -> None:
    """Keep the promises that this outcome keeps, and start those that it makes.

    Undetermined: the supervisor's, and the police keep it. An override: a supervisor's look at it. Not
    met, and nobody else asked: the person is referred on, or the case is closed by name.
    """
    keeps = [*DECIDED_ANEW, ClockKind.THRESHOLD_REVIEW]
    if outcome != Outcome.UNDETERMINED:
        keeps.append(ClockKind.UNDETERMINED)
    clock.stop_teams_clocks(act, decision.agency_id, *keeps, met=True)
    if outcome == Outcome.UNDETERMINED:
        start(act, decision, ClockKind.UNDETERMINED, on)
    elif decision.overridden and not reviewed:
        start(act, decision, ClockKind.THRESHOLD_REVIEW, on)
    if outcome == Outcome.NO_POLICE_RESPONSE:
        _refer_on(act, decision, on)
    else:
        clock.stop_teams_clocks(act, decision.agency_id, ClockKind.REFER_ON, met=False)


def start(act: Act, decision: ThresholdDecision, kind: ClockKind, on: Terms) -> None:
    """A promise of the desk that decided; whoever holds the case, or is at the other end, waits for it."""
    holder = desk_id(decision, act)
    waits = act.case.accountable_team_id
    clock.start_for_team(act, on, kind, holder, waits if waits != holder else act.case.opened_by_team_id)


def desk_id(decision: ThresholdDecision, act: Act) -> int:
    """The desk that decided; the case's own for a decision made before desks were kept."""
    return decision.team_id or act.case.accountable_team_id


def _refer_on(act: Act, decision: ThresholdDecision, on: Terms) -> None:
    """The person is still the police's until somebody accepts: a decision by itself passes nobody on."""
    asked = Referral.objects.filter(case=act.case, state__in=ASKED_OF_SOMEBODY)
    if act.case.accountable_agency_id == decision.agency_id and not asked.exists():
        start(act, decision, ClockKind.REFER_ON, on)
