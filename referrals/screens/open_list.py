"""The open list on paper: for a briefing, and for when nothing else works. Printing it is an export."""

from django.http import HttpRequest, HttpResponse

from agencies import audit
from agencies.models import Agency
from referrals.screens import detention_words, missing_words, words
from referrals.screens.access import Page
from referrals.screens.open_items import open_items

MOST = 500
"""Of each kind: more than any desk can work through on paper."""
STATES = {
    "referral": words.STATES,
    "report": missing_words.STATES,
    "grade": missing_words.GRADES,
    "detention": detention_words.STATES,
}


class OpenListPage(Page):
    """All that is open of the actor's agency, on sheets of A4, in black and white."""

    template = "screens/open_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, with every moment's day: paper is read on another."""
        entries, shown = open_items(self.actor, MOST)
        counts = {each.what: each.shown for each in shown}
        audit.record(action="export", by=self.actor, target_label="open list", data=counts)
        agency = Agency.objects.visible_to(self.actor).get(pk=self.actor.agency_id)
        told = {"agency": agency, "states": STATES, "entries": entries, "shown": shown, "for_paper": True}
        return self.show({**told, "left_out": [each for each in shown if each.left_out]})
