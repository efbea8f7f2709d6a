"""Which promise applies: the version of the agreement in force between two agencies."""

from datetime import datetime

from django.db.models import Q
from django.db.models.expressions import Case as Rank
from django.db.models.expressions import Value, When

from agencies.models import Team
from referrals.domain.errors import Invalid
from referrals.models import AgreementVersion


def in_force(*, from_team: Team, to_team: Team, category: str, at: datetime) -> AgreementVersion:
    """The live version for this pair and category: the pair's own, else their kinds', else the default."""
    sender, receiver = from_team.agency, to_team.agency
    pair = Q(agreement__from_agency=sender, agreement__to_agency=receiver)
    kinds = Q(agreement__from_agency=None, agreement__from_kind=sender.kind, agreement__to_kind=receiver.kind)
    default = Q(
        agreement__from_agency=None, agreement__to_agency=None, agreement__from_kind="", agreement__to_kind=""
    )
    rank = Rank(When(pair, then=Value(0)), When(kinds, then=Value(1)), default=Value(2))
    live = AgreementVersion.objects.filter(pair | kinds | default, live_from__lte=at)
    found = (
        live.filter(agreement__category__in=[category, ""])
        .order_by(rank, "-agreement__category", "-live_from")
        .first()
    )
    if found is None:
        raise Invalid(
            "no agreement is in force, not even the default", {"/to_team": "tell the administrators"}
        )
    return found
