"""The list of referrals: filtered by its address, searched, and read on by key."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from referrals.models import Referral
from referrals.pages.filters import Filters, address, narrowed
from referrals.screens.access import Page
from referrals.screens.paging import first_of, key_of
from referrals.screens.rows import as_rows
from referrals.services.searching import detention_meant

SIZE = 25


class Listing(Page):
    """Own referrals, the next to be late first. Searching also finds those of shared cases."""

    template, part = "tracker/list.html", "tracker/list_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them. ``after`` is the last row of the page before."""
        form = Filters(request.GET)
        asked, now = form.asked(), timezone.now()
        too_long = "q" in form.errors
        own, seen = Referral.objects.visible_own_parts(self.actor), Referral.objects.visible_to(self.actor)
        parts = [narrowed(part, asked, self.actor, now) for part in ([seen] if asked.get("q") else own)]
        parts = [] if too_long else parts
        page = as_rows(first_of(parts, request.GET.get("after", ""), SIZE + 1), self.actor)
        shown = page[:SIZE]
        return self.show(
            {
                "form": form,
                "q": asked.get("q", ""),
                "too_long": too_long,
                "detention": detention_meant(asked["q"], self.actor) if asked.get("q") else None,
                "asked": asked,
                "rows": shown,
                "first": address(request.GET, after="") if request.GET.get("after") else "",
                "next": address(request.GET, after=key_of(shown[-1])) if len(page) > SIZE else "",
            }
        )
