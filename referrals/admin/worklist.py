"""The worklist of NHS staff: what waits for us, the next to be late first, and one click to take it on."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from agencies.acting import Actor
from referrals.admin.waiting import Place, lines, next_to_decide, places_of
from referrals.models import Clock, Referral
from referrals.reporting.places import waiting
from referrals.screens.access import Page
from referrals.screens.moves import Move
from referrals.screens.own_missing import own_missing
from referrals.screens.paging import key_of

SIZE = 25
SOON = timedelta(minutes=15)
DUE = {"soon": "Escalates within 15 minutes", "late": "Past its deadline"}
NOTHING_LEFT = "Nothing else waits for a decision of your agency."


@dataclass(frozen=True)
class Chosen:
    """Which part of the worklist is looked at, as it stands in the address."""

    place: str
    due: str = ""
    after: str = ""

    @classmethod
    def of(cls, asked: QueryDict, actor: Actor) -> Self:
        """What is asked for; what is not understood chooses nothing."""
        own = list(places_of(actor))
        place, due = asked.get("place", ""), asked.get("due", "")
        return cls(place if place in own else own[0], due if due in DUE else "", asked.get("after", ""))

    def address(self, **changes: str) -> str:
        """The same with some of it changed."""
        told = {name: value for name, value in asdict(replace(self, **changes)).items() if value}
        return f"{reverse('worklist:home')}?{urlencode(told)}"


@dataclass(frozen=True)
class Number:
    """One number above the list, and the list that it leads to."""

    key: str
    title: str
    count: int
    address: str
    here: bool


def due_of(actor: Actor, now: datetime) -> dict[str, Q]:
    """Not late, and soon somebody more is told of it; or late."""
    looks = Clock.objects.visible_to(actor).running().filter(next_look_at__lte=now + SOON)
    return {
        "": Q(),
        "soon": Q(Exists(looks.filter(referral_id=OuterRef("pk"))), breach_at__gt=now),
        "late": Q(breach_at__lte=now),
    }


def numbers(actor: Actor, places: dict[str, Place], chosen: Chosen, now: datetime) -> list[Number]:
    """How much waits in each place, and of the one chosen how much is near or past its deadline."""
    here, dues = places[chosen.place].all, due_of(actor, now)
    wanted = {key: place.all for key, place in places.items()} | {key: here & dues[key] for key in DUE}
    counted = (
        Referral.objects.visible_to(actor)
        .filter(places["agency"].all)
        .aggregate(**{key: Count("id", filter=condition) for key, condition in wanted.items()})
    )
    of_places = [
        Number(key, place.title, counted[key], Chosen(key).address(), key == chosen.place and not chosen.due)
        for key, place in places.items()
    ]
    near = [
        Number(key, title, counted[key], chosen.address(due=key, after=""), key == chosen.due)
        for key, title in DUE.items()
    ]
    return of_places + near


class Worklist(Page):
    """What somebody here must do. Numbers lead to the lists that they count."""

    template, part = "worklist/home.html", "worklist/home_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The numbers, who waits and who is missing in three queries, the rows in six more, however many."""
        now, chosen, places = timezone.now(), Chosen.of(request.GET, self.actor), places_of(self.actor)
        place = places[chosen.place]
        found = lines(self.actor, place, due_of(self.actor, now)[chosen.due], chosen.after, SIZE + 1)
        shown = found[:SIZE]
        return self.show(
            {
                "numbers": numbers(self.actor, places, chosen, now),
                "place": place,
                "due": DUE.get(chosen.due, ""),
                "all": chosen.address(due="", after=""),
                "lines": shown,
                "waiting": waiting(self.actor),
                "own_missing": own_missing(self.actor),
                "back": request.META["QUERY_STRING"],
                "first": chosen.address(after="") if chosen.after else "",
                "next": chosen.address(after=key_of(shown[-1].row)) if len(found) > SIZE else "",
            }
        )


class StaffMove(Move):
    """A move made from the worklist leads back to it; one made to go on leads to the next referral."""

    def onwards(self, reference: str) -> str:
        """Where the button that was pressed leads."""
        then = self.request.POST.get("then", "")
        if then == "list":
            return Chosen.of(QueryDict(self.request.POST.get("back", "")), self.actor).address()
        return self._next() if then == "next" else super().onwards(reference)

    def _next(self) -> str:
        found = next_to_decide(self.actor)
        if found is None:
            messages.info(self.request, NOTHING_LEFT)
            return reverse("worklist:home")
        return reverse("worklist:referral", args=[found.reference])
