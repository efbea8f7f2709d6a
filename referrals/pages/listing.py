"""The list of referrals: filtered by its address, searched, and read on by key."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from referrals.models import Referral
from referrals.pages.access import Page
from referrals.pages.filters import Filters, address, narrowed
from referrals.pages.rows import Row, rows, stamp

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


def key_of(row: Row) -> str:
    """Where the next page goes on."""
    return f"{row.referral['breach_at'].isoformat()}_{row.id}"


def beyond(found: QuerySet[Referral], after: str) -> QuerySet[Referral]:
    """The rows after a key, in order of deadline; a key that is none starts at the beginning."""
    ordered = found.order_by("breach_at", "id")
    moment, _, key = after.partition("_")
    try:
        at, last = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        return ordered
    if timezone.is_naive(at):
        return ordered
    return ordered.filter(Q(breach_at__gte=at) & (Q(breach_at__gt=at) | Q(id__gt=last)))
