"""Disputes, and an agency's own links, as a case over HTTP tells them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from agencies.acting import Actor
from referrals.api.briefs import team
from referrals.api.rows import at
from referrals.models import Case, CaseLink, Dispute

SHOWN = ("name", "role", "contact", "agency")


def disputes(ids: list[UUID], actor: Actor) -> dict[UUID, list[dict[str, Any]]]:
    """By case, the oldest first. One query."""
    seen = Dispute.objects.visible_to(actor).filter(case__in=ids).select_related("from_team", "to_team")
    found: dict[UUID, list[dict[str, Any]]] = {}
    for each in seen.order_by("recorded_at", "id"):
        found.setdefault(each.case_id, []).append(_dispute(each))
    return found


def _dispute(each: Dispute) -> dict[str, Any]:
    return {
        "referral": str(each.referral_id),
        "cause": each.cause,
        "from_team": team(each.from_team),
        "to_team": team(each.to_team),
        "arbiter": each.arbiter or None,
        "opened_at": at(each.recorded_at),
        "opened_by": _named(each.actor),
        "outcome": each.outcome or None,
        "agreed_with": _named(each.agreed_with),
        "settled_at": at(each.settled_at),
        "settled_by": _named(each.settled_by),
    }


def _named(who: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return who and {name: who.get(name) for name in SHOWN}


def links(ids: list[UUID], actor: Actor) -> dict[UUID, list[str]]:
    """By case, the references of those that the agency holds to be of the same person. Two queries."""
    standing = CaseLink.objects.visible_to(actor).standing().filter(Q(one__in=ids) | Q(other__in=ids))
    pairs = list(standing.values_list("one_id", "other_id"))
    every = {key for pair in pairs for key in pair}
    names = dict(Case.objects.visible_to(actor).filter(pk__in=every).values_list("pk", "reference"))
    found: dict[UUID, list[str]] = {}
    for one, other in [*pairs, *((other, one) for one, other in pairs)]:
        if other in names:
            found.setdefault(one, []).append(names[other])
    return {key: sorted(those) for key, those in found.items()}
