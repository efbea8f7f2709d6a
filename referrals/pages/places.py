"""The board of places of safety: for the wall of a control room, and for a phone in a corridor."""

from django.http import HttpRequest, HttpResponse

from referrals.reporting.places import board
from referrals.screens.access import Page


class Places(Page):
    """Who is where, longest first. No names: a wall is read by everybody in the room."""

    template, part = "tracker/places.html", "tracker/places_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Six queries, however many are detained."""
        return self.show({"board": board(self.actor)})
