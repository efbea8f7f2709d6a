"""The case page: who is accountable, what happens next, what I can do, and what has happened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from agencies import audit
from agencies.acting import Actor
from agencies.models import Agency
from referrals import policies
from referrals.domain.clocks import HOLDER, ClockKind, Holder
from referrals.domain.missing import CATEGORIES
from referrals.domain.threshold import Outcome
from referrals.models import (
    ClaimedAcceptance,
    Clock,
    Detention,
    Dispute,
    MissingReport,
    Referral,
    ThresholdDecision,
)
from referrals.reporting.attachment import SeenFile, of_case
from referrals.screens import words
from referrals.screens.access import Page
from referrals.screens.alarms import alarms, demanded
from referrals.screens.case_forms import linked
from referrals.screens.declined import refusal_of
from referrals.screens.next_step import Promise, promises
from referrals.screens.rows import is_child_now
from referrals.screens.seen import Seen, case_moves_of, find, moves_of
from referrals.screens.supporting import with_person
from referrals.screens.timeline import story
from referrals.services import routing
from referrals.services.routing import Closed


class CasePage(Page):
    """A case by its reference, on the referral that is due first."""

    template, part = "screens/case.html", "screens/case_live.html"

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The page."""
        found = Referral.objects.visible_to(self.actor).filter(case_reference=reference)
        try:
            return self.page(find(self.actor, found))
        except Http404:  # nobody was asked in it yet: it is shown by its detention, draft report or decision
            held = Detention.objects.visible_to(self.actor).filter(case__reference=reference)
            if detained := held.order_by("-id").values_list("pk", flat=True).first():
                return redirect("tracker:detention", detained)
            reports = MissingReport.objects.visible_to(self.actor).filter(case__reference=reference)
            if (draft := reports.values_list("reference", flat=True).first()) is not None:
                return redirect("tracker:missing-report", draft)
            decided = ThresholdDecision.objects.visible_to(self.actor).filter(case__reference=reference)
            if (key := decided.order_by("-recorded_at", "-id").values_list("pk", flat=True).first()) is None:
                raise
            return redirect("tracker:decision", key)

    def page(self, seen: Seen) -> HttpResponse:
        """What one screen shows. Reading it is audited; a refresh by itself is not reading."""
        actor, now = self.actor, timezone.now()
        clocks = list(
            Clock.objects.visible_to(actor)
            .filter(Q(referral_id=seen.referral.pk) | Q(referral_id=None), case_id=seen.referral.case_id)
            .select_related("agreement_version__agreement", "team__agency", "other_team__agency")
        )
        claims = ClaimedAcceptance.objects.visible_to(actor).filter(referral=seen.referral, state="open")
        claimed = list(claims)
        promised = promises(clocks, seen.referral, seen.case, actor.agency_id, now)
        if not self.is_live:
            audit.record(action="case.read", by=actor, target_label="case", target_id=seen.referral.case_id)
        return self.show(
            {
                "seen": seen,
                "case": seen.case,
                "referral": seen.referral,
                "person": seen.person,
                "moves": answering(moves_of(actor, seen)) if claimed else moves_of(actor, seen),
                "case_moves": case_moves_of(actor, seen, clocks),
                "promises": promised,
                "closed": closed(seen.referral, promised, now),
                "alarms": alarms(clocks, seen, actor, now),
                "demanded": demanded(seen, actor),
                "stopped": sorted((c for c in clocks if c.stopped_at), key=lambda c: c.stopped_at),
                "claims": claimed,
                "refusal": refusal_of(actor, seen.referral),
                "is_search": seen.referral.category in CATEGORIES,
                "is_child": is_child_now(seen.person),
                "decisions": decisions(actor, seen),
                "missing": MissingReport.objects.visible_to(actor).filter(case=seen.referral.case_id).first(),
                "support": with_person(actor, seen.referral.case_id),
                "dispute": dispute(actor, seen),
                "linked": linked(actor, seen.case) if seen.case else [],
                "detentions": (held := detentions(actor, seen.referral.case_id)),
                "may_detain": policies.may_detain(actor, seen.case) and not any(d.is_open for d in held),
                "files": files(actor, seen),
                "story": story(seen.referral.case_id, actor, whole=self.wants_all),
            }
        )


def answering(moves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The moves while an acceptance by phone is claimed: accepting confirms it, declining denies it."""
    named = words.OF_A_CLAIM
    return [
        {**each, "text": named[each["action"]], "loud": True, "primary": each["action"] == "accept"}
        if each["action"] in named
        else {**each, "primary": False}
        for each in moves
    ]


def closed(referral: Referral, promised: Sequence[Promise], now: datetime) -> Closed | None:
    """That the team that must act next is not at its desk, and who answers for it: of its own agency."""
    if not promised or HOLDER[ClockKind(promised[0].clock.kind)] != Holder.RECEIVER:
        return None
    shut = routing.closed(referral.to_team, now)
    if shut is None or (team := referral.answering_team) is None:
        return replace(shut, answers=None) if shut else None
    return replace(shut, answers=team, phone=team.phone or team.agency.phone or shut.phone)


def decisions(actor: Actor, seen: Seen) -> list[tuple[ThresholdDecision, str]]:
    """What was decided about a police response, the newest first, and what each came to."""
    found = ThresholdDecision.objects.visible_to(actor).filter(case=seen.referral.case_id)
    return [
        (each, words.DECIDED[Outcome(each.outcome)])
        for each in found.select_related("agency").order_by("-recorded_at", "-id")[:5]
    ]


def files(actor: Actor, seen: Seen) -> list[tuple[SeenFile, str]]:
    """Photos and documents of the case, the newest first."""
    found = of_case(seen.case.pk, actor) if seen.case else []
    return [(each, words.ATTACHMENTS[each.row.kind]) for each in found]


def dispute(actor: Actor, seen: Seen) -> Dispute | None:
    """What is disputed now, if anything."""
    found = Dispute.objects.visible_to(actor).open().filter(case=seen.referral.case_id)
    made = found.select_related("from_team__agency", "to_team__agency").first()
    if made is not None and made.arbiter:  # as it is shown: by name, where the row has the code
        named = Agency.objects.visible_to(actor).filter(code=made.arbiter)
        made.arbiter = named.values_list("name", flat=True).first() or made.arbiter
    return made


def detentions(actor: Actor, case_id: UUID) -> list[Detention]:
    """Who was or is with officers in this case, the newest first."""
    found = Detention.objects.visible_to(actor).filter(case=case_id)
    return list(found.order_by("-id")[:5])


class ReferralPage(CasePage):
    """The same page, on one referral."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The page."""
        seen = Referral.objects.visible_to(self.actor)
        case = seen.filter(reference=reference).values_list("case_id", flat=True).first()
        return self.page(find(self.actor, seen.filter(case_id=case), reference))
