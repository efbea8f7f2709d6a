"""Finding a referral to act on: its case locked, the referral read again under the lock."""

from uuid import UUID

from agencies.acting import Actor
from referrals.domain.errors import MoveNotAllowed, NotThere, Stale
from referrals.models import Case, Referral
from referrals.services.writing import lock_case

RELATED = ("from_team__agency", "to_team__agency", "agreement_version")


def find(referral_id: UUID, by: Actor, version: int | None = None) -> tuple[Referral, Case]:
    """The referral and its locked case. Raises NotThere, Stale, MoveNotAllowed (a part that has ended)."""
    seen = Referral.objects.visible_to(by)
    key = seen.filter(pk=referral_id).values_list("case_id", flat=True).first()
    if key is None:
        raise NotThere("there is no such referral")
    try:
        case = lock_case(key)
    except NotThere:
        raise MoveNotAllowed("your agency's part in this case has ended") from None
    referral = seen.select_related(*RELATED).get(pk=referral_id)
    referral.case = case
    if version is not None and version != referral.version:
        raise Stale("the referral has moved on since you read it: read it again")
    return referral, case
