"""The list of referrals: filtered by its address, searched, and read on by key."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from referrals.models import Referral
from referrals.pages.filters import Filters, address, narrowed
from referrals.screens.access import Page
from referrals.screens.paging import beyond, key_of
from referrals.screens.rows import rows, stamp

SIZE = 25


class Listing(Page):
    """Own referrals, the next to be late first. Searching also finds those of shared cases."""

    template, part = "tracker/list.html", "tracker/list_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them. ``after`` is the last row of the page before."""
        form = Filters(request.GET)
        asked, now = form.asked(), timezone.now()
        seen = Referral.objects.visible_to(self.actor)
        found = narrowed(seen if asked.get("q") else seen.of(self.actor), asked, self.actor, now)
        page = rows(beyond(found, request.GET.get("after", ""))[: SIZE + 1], self.actor)
        shown = page[:SIZE]
        return self.show(
            {
                "form": form,
                "q": asked.get("q", ""),
                "asked": asked,
                "rows": shown,
                "stamp": stamp([shown]),
                "first": address(request.GET, after="") if request.GET.get("after") else "",
                "next": address(request.GET, after=key_of(shown[-1])) if len(page) > SIZE else "",
            }
        )
