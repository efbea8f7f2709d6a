"""On what terms a case's own promises run: its latest referral's, else those of the desk that opened it."""

from dataclasses import dataclass

from agencies.models import Team
from referrals.domain.case import Priority
from referrals.models import AgreementVersion, Referral, ThresholdDecision
from referrals.services import agreement
from referrals.services.clock import Terms
from referrals.services.writing import Act


@dataclass(frozen=True)
class OwnTerms:
    """What a desk promises before anybody is asked; the most urgent, until somebody says otherwise."""

    agreement_version: AgreementVersion
    category: str
    to_team: Team
    priority: str = Priority.P1


def own(act: Act, team: Team, category: str, priority: str = "") -> OwnTerms:
    """The terms of this desk by itself."""
    version = agreement.in_force(from_team=team, to_team=team, category=category, at=act.at)
    return OwnTerms(version, category, team, priority or Priority.P1)


def of_case(act: Act) -> Terms:
    """The latest referral's; of a case in which nobody was ever asked, the decision's that opened it."""
    last = (
        Referral.objects.filter(case=act.case)
        .select_related("to_team__agency", "agreement_version")
        .order_by("-id")
        .first()
    )
    if last is not None:
        return last
    decided = (
        ThresholdDecision.objects.filter(case=act.case).order_by("-id").values_list("category", flat=True)
    )
    team = Team.objects.select_related("agency").get(pk=act.case.opened_by_team_id)
    return own(act, team, decided.first() or "concern_for_welfare")
