"""Putting a referral's running promises on the agreement that holds now: explicit, audited, and an event.

An edit never touches a running clock. This does, for one referral, because somebody says so and why.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from agencies import audit
from agencies.acting import Actor
from agencies.instants import spelt
from agencies.roles import Role
from referrals import policies
from referrals.domain.clocks import ClockKind, target
from referrals.domain.errors import MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.models import AgreementVersion, Clock, Referral
from referrals.services import agreement, clock
from referrals.services.finding import find
from referrals.services.writing import Act

BY_AGREEMENT = ("targets", "defaults", "categories", "receivers")
"""What a clause begins with where an agreement set the target; what somebody promised stays promised."""


@transaction.atomic
def repin(*, referral_id: UUID, by: Actor, reason: str, version: int | None = None) -> Referral:
    """Run this referral's clocks on the version in force now, from when each was started.

    The engine looks at once at what is then late. A manager of either side may.
    Raises NotThere, Stale, NotYourMove, ReasonNeeded, MoveNotAllowed (it runs on that version already).
    """
    referral, locked = find(referral_id, by, version)
    if not policies.sides_of(by, referral):
        raise NotYourMove("the two sides of the referral put it on another agreement")
    policies.check_level(by, Role.MANAGER, "put a running referral on another agreement")
    if not reason:
        raise ReasonNeeded("this needs a reason", {"/reason": "say why its deadlines change while they run"})
    act = Act.on(locked, by)
    now = agreement.in_force(
        from_team=referral.from_team,
        to_team=referral.to_team,
        category=referral.category,
        at=act.at,
        from_agency=referral.from_agency_id,
    )
    if now.pk == referral.agreement_version_id:
        raise MoveNotAllowed("it runs on the agreement in force already")
    before, referral.agreement_version = referral.agreement_version, now
    changed = [_repin(each, referral, now, act) for each in clock.running_of(referral)]
    clock.recount(act, referral)
    referral.version += 1
    referral.save(update_fields=["agreement_version", "breach_at", "escalation_level", "version"])
    said = {"from": str(before.pk), "to": str(now.pk), "clocks": changed}
    text = act.content("reason", reason, referral)
    act.event("referral.repinned", {**said, "version": referral.version, "content": [text]}, referral)
    audit.record(action="referral.repinned", by=by, target_label="referral", target_id=referral.pk, data=said)
    act.write()
    return referral


def _repin(each: Clock, referral: Referral, now: AgreementVersion, act: Act) -> dict[str, str]:
    """One clock, and what is told of it. A ladder that was climbed goes on where it was."""
    old = each.target_at
    if each.clause.partition(".")[0] in BY_AGREEMENT:
        minutes, each.clause = target(
            now.terms,
            ClockKind(each.kind),
            priority=referral.priority,
            category=referral.category,
            receiver=referral.to_team.agency.kind,
        )
        each.target_at = each.started_at + timedelta(minutes=minutes)
    each.agreement_version, each.next_look_at = now, act.at
    each.save(update_fields=["target_at", "clause", "agreement_version", "next_look_at"])
    return {"kind": each.kind, "before": spelt(old), "after": spelt(each.target_at)}
