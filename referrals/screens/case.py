"""The case page: who is accountable, what happens next, what I can do, and what has happened."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agencies import audit
from referrals.models import ClaimedAcceptance, Clock, Referral
from referrals.screens.access import Page
from referrals.screens.alarms import alarms, demanded
from referrals.screens.next_step import promises
from referrals.screens.seen import Seen, case_moves_of, find, moves_of
from referrals.screens.timeline import timeline


class CasePage(Page):
    """A case by its reference, on the referral that is due first."""

    template, part = "screens/case.html", "screens/case_live.html"

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The page."""
        found = Referral.objects.visible_to(self.actor).filter(case_reference=reference)
        return self.page(find(self.actor, found))

    def page(self, seen: Seen) -> HttpResponse:
        """What one screen shows. Reading it is audited; a refresh by itself is not reading."""
        actor, now = self.actor, timezone.now()
        clocks = list(
            Clock.objects.visible_to(actor)
            .filter(Q(referral_id=seen.referral.pk) | Q(referral_id=None), case_id=seen.referral.case_id)
            .select_related("agreement_version")
        )
        if not self.is_live:
            audit.record(action="case.read", by=actor, target_label="case", target_id=seen.referral.case_id)
        return self.show(
            {
                "seen": seen,
                "case": seen.case,
                "referral": seen.referral,
                "person": seen.person,
                "moves": moves_of(actor, seen),
                "case_moves": case_moves_of(actor, seen, clocks),
                "promises": promises(clocks, seen.referral, seen.case, actor.agency_id, now),
                "alarms": alarms(clocks, seen, actor, now),
                "demanded": demanded(seen, actor),
                "stopped": sorted((c for c in clocks if c.stopped_at), key=lambda c: c.stopped_at),
                "claims": list(
                    ClaimedAcceptance.objects.visible_to(actor).filter(referral=seen.referral, state="open")
                ),
                "timeline": timeline(seen.referral.case_id, actor),
                "stamp": f"{seen.referral.reference}.{seen.referral.version}."
                f"{seen.case.event_seq if seen.case else 0}",
            }
        )


class ReferralPage(CasePage):
    """The same page, on one referral."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The page."""
        seen = Referral.objects.visible_to(self.actor)
        own = seen.filter(reference=reference).values("case_reference")[:1]
        return self.page(find(self.actor, seen.filter(case_reference__in=own), reference))
