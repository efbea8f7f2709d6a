"""Who sees which rows: one scope, from which every view, filter, page and service starts.

PostgreSQL's row-level security says the same again, as the second wall. The form (equalities and
a scalar sub-select by key) keeps the planner on the worklist indexes; ``in`` and ``exists`` over
all of an agency's cases do not.
"""

from collections.abc import Iterable
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from agencies.acting import Actor


def is_party(actor: Actor, case_field: str) -> Coalesce:
    """True where the actor's agency is a party now to the row's case."""
    here = apps.get_model("referrals", "Party").objects.filter(
        case_id=OuterRef(case_field), agency_id=actor.agency_id, until=None
    )
    return Coalesce(
        Subquery(here.annotate(yes=models.Value(True)).values("yes")[:1]),
        models.Value(False),
        output_field=models.BooleanField(),
    )


class VisibleQuerySet(models.QuerySet):
    """Rows that hang off a case. The case's parties decide who sees them."""

    case_field = "case_id"

    def visible_to(self, actor: Actor) -> Self:
        """Rows of the cases to which the actor's agency is a party now."""
        return self.alias(_party=is_party(actor, self.case_field)).filter(_party=True)


class PrivateUntilSentQuerySet(VisibleQuerySet):
    """Rows that may belong to a draft, which its sender alone sees; and the end of a left party's part."""

    def visible_to(self, actor: Actor) -> Self:
        """Rows of the actor's cases, no others' drafts; a party that left keeps its own referral's."""
        ours = Q(only_agency_id=None) | Q(only_agency_id=actor.agency_id)
        return (
            self.filter(ours)
            .alias(_party=is_party(actor, "case_id"))
            .filter(Q(_party=True) | _kept_after_leaving(actor, self.recorded_field))
        )

    recorded_field = "recorded_at"


def _kept_after_leaving(actor: Actor, recorded_field: str) -> Q:
    """A part of the case that the agency has left: up to its end, and no more than its own referral."""
    row = models.F("case_id"), models.F("referral_id"), models.F(recorded_field)
    return Q(_asked("keeps", actor, *row))


def _own_or_child(actor: Actor) -> Q:
    """Referrals that the actor's agency sent or got, and the children of those."""
    mine = Q(from_agency_id=actor.agency_id) | Q(to_agency_id=actor.agency_id, sent_at__isnull=False)
    child = Q(parent__isnull=False) & Q(_asked("took_part", actor, models.F("parent_id")))
    return mine | (Q(sent_at__isnull=False) & child)


def _asked(function: str, actor: Actor, *of: models.F) -> models.Func:
    """A question that few rows come to. Written out, it would be planned anew in every statement.

    The planner took 5 ms over a case's texts with it, and 0.2 ms without.
    """
    asked = models.Value(actor.agency_id), *of
    return models.Func(*asked, function=function, output_field=models.BooleanField())


class ReferralQuerySet(VisibleQuerySet):
    """Referrals: their two ends always see them; the case's other parties while they are parties."""

    def visible_to(self, actor: Actor) -> Self:
        """Own referrals and their children, and those of the agency's cases; no others' drafts."""
        sent = Q(sent_at__isnull=False)
        return self.alias(_party=is_party(actor, "case_id")).filter(
            _own_or_child(actor) | (sent & Q(_party=True))
        )

    def visible_in_parts(self, actor: Actor, states: Iterable[str] = ()) -> list[tuple[Self, str]]:
        """``visible_to`` as three parts that share no row: what we got, what we sent, what we look on at.

        Each has an index by time to breach and one by time of sending, on the fields with the prefix
        given. A list that must stay quick among a million rows takes the first so many of each part,
        and of those the first so many. ``states``: what we look on at has these only, for a caller who
        filters by them anyway; else the many that ended are looked at before the few that did not.
        """
        looked_on = {"onlookers__agency_id": actor.agency_id}
        if states := list(states):
            looked_on["onlookers__state__in"] = states
        return [(part, "") for part in self.visible_own_parts(actor)] + [
            (self.filter(**looked_on), "onlookers__")
        ]

    def visible_own_parts(self, actor: Actor) -> list[Self]:
        """Own referrals, as two parts that share no row: what we got and what we sent."""
        return [self.received_by(actor.agency_id), self.sent_by(actor.agency_id)]

    def received_by(self, agency_id: int) -> Self:
        """Sent to this agency."""
        return self.filter(to_agency_id=agency_id, sent_at__isnull=False)

    def sent_by(self, agency_id: int) -> Self:
        """From this agency, drafts included, less those that it has sent to itself."""
        return self.filter(from_agency_id=agency_id).exclude(to_agency_id=agency_id, sent_at__isnull=False)


class CaseQuerySet(models.QuerySet):
    """Cases: seen by the agency that is accountable and by the parties."""

    def visible_to(self, actor: Actor) -> Self:
        """Cases to which the actor's agency is a party now."""
        return self.alias(_party=is_party(actor, "id")).filter(
            Q(accountable_agency_id=actor.agency_id) | Q(_party=True)
        )
