"""The inbox: what the system told this person, their desk or their agency."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.timezone import is_naive

from notifications import services
from notifications.models import Message
from referrals.domain.clocks import ClockKind
from referrals.domain.escalation import DEMANDS, Ask
from referrals.screens import words
from referrals.screens.access import Page
from referrals.screens.timeline import FOLLOWED
from referrals.screens.unseen import mine

SIZE = 50

SAID = {
    "referral.sent": "A referral was sent to you",
    "referral.acknowledged": "Your referral was acknowledged",
    "referral.info_requested": "A question was asked about your referral",
    "referral.info_answered": "Your question was answered",
    "referral.accepted": "Your referral was accepted",
    "referral.declined": "Your referral was declined: say what happens next",
    "referral.failed": "What was accepted could not be done: it is yours again",
    "referral.completed": "Your referral is done: see the outcome",
    "referral.closed": "The sender has seen the outcome and closed it",
    "referral.cancelled": "A referral was cancelled",
    "referral.redirected": "A referral was passed on",
    "referral.redirect": "Your referral is being passed on to another team",
    "referral.redirect_returned": "The team it was passed to did not take it: choose again",
    "referral.request_cancel": "The sender asks to cancel",
    "referral.refuse_cancel": "The request to cancel was refused",
    "referral.reopened": "A referral was reopened",
    "referral.entered_in_error": "A referral was entered in error",
    "referral.acceptance_claimed": "You are said to have accepted by phone: confirm or deny",
    "risk.raised": "The risk was raised",
    "referral.information_added": "There is new information about a referral",
    "case.person_corrected": "Who the person is was corrected: read the case again",
    "case.contact_changed": "How to reach the person has changed",
    "threshold.undetermined": "It is undetermined whether police respond: decide it",
    "threshold.disagreed": "A professional disagrees that police are not needed: review it",
    "threshold.reopened": "New information came in: decide the police response anew",
    "support.nobody": "Nobody is with the person while they wait for help",
    "threshold.reviewed": "A supervisor has reviewed the police decision",
    "risk.lowered": "The risk was lowered",
    "referral.returned_to_queue": "Whoever worked on a referral has gone: it waits for somebody in your team",
    "arrival.promised": "You are told when somebody will be there",
    "arrival.slipped": "They will be there later than promised: can the person wait?",
    "arrival.arrived": "Somebody is there",
    "escalation.taken": "Somebody at the other end has taken what was late",
    "clock.parked": "A deadline cannot be watched: watch it yourselves, and tell the service desk",
    "webhook.failing": "A webhook has failed for an hour: see to the system that receives it",
    "webhook.given_up": "An event could not be delivered to a webhook for five days, and is given up",
    "webhook.disabled": "A webhook was disabled, and sends nothing more: repair it, and enable it again",
    "detention.arrived": "Somebody who is detained has arrived at the place of safety",
    "detention.released": "The last officer was released",
    "detention.extended": "A detention was extended",
    "detention.expiry_moved": "A detention ends at another time than was thought",
    "detention.child_in_station": "Somebody in a police station is under 18: move them to a place of safety",
    "detention.decided": "It is decided what follows a detention",
    "detention.left": "Somebody who was detained has left",
    "missing.graded": "The risk of a missing patient was graded",
    "missing.located": "A missing patient was found",
    "missing.lost_again": "A patient who was found is lost from sight again",
    "missing.returned": "A missing patient is back",
    "missing.not_back": "A patient who was recorded as back is still missing",
    "missing.sighted": "A missing patient was seen",
    "missing.cancelled": "A patient was reported missing by mistake",
    "missing.closed": "The report of a missing patient was closed",
    "message.failed": "A message could not be delivered: reach its recipient by phone",
    "phone.code": "A code was sent to the phone that you gave",
    "code.taken": "You have taken it by the code in a text",
    "code.refused": "A code from a text took nothing",
    "agreement.drafted": "An agreement with you is drafted: read it, and sign or say what should change",
    "agreement.changed": "An agreement that you had signed was changed",
    "agreement.signed": "An agreement with you was signed",
    "agreement.dated": "An agreement with you has a date",
    "agreement.review": "An agreement of yours is to be looked at again",
    "agency.contact_changed": "The duty contact has changed",
    "case.disputed": "It is disputed whose a person is: settle it with the other side's duty manager",
    "case.arbitrate": "Two agencies dispute whose a person is: your agency is the arbiter they named",
    "rota.week": "Gaps in the rota of the next two weeks",
    "rota.gap": "In less than three days nobody is there",
    "handover.coming": "A desk that you stand in for closes soon: this becomes yours to answer",
    "handover.nobody": "The desk that you asked closes, and nobody stands in for it",
    "desk.closes": "A desk of your agency closes soon, and this waits for it",
    "handover.left": "Your desk closes with this accepted, and nobody stands in for it",
    "referral.handed_over": "You answer for this now",
    "case.dispute_settled": "A dispute about whose a person is was settled",
}


class Inbox(Page):
    """The newest messages. Shown here is seen, which neither delivery nor a renewal by itself is."""

    template, part = "tracker/inbox.html", "tracker/inbox_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Two queries, and one more to mark what was not seen before."""
        owed = mine(self.actor).order_by("-created_at", "-id")
        if before := place_of(request.GET.get("before", "")):
            at, key = before
            owed = owed.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=key))
        found = list(owed[:SIZE])
        shown = [line(message, self.door) for message in found]
        if not self.is_live:
            services.mark_seen([message.pk for message in found if message.seen_at is None], by=self.actor)
        return self.show(
            {
                "lines": shown,
                "stamp": "-".join(str(message.pk) for message in found),
                "older": older_than(found[-1]) if len(found) == SIZE else "",
                "first": before is not None,
            }
        )


def older_than(message: Message) -> str:
    """The address of the page that follows this message."""
    return urlencode({"before": f"{message.created_at.isoformat()}_{message.pk}"})


def place_of(text: str) -> tuple[datetime, UUID] | None:
    """Where a page ended, from an address: many messages are owed at one instant. None for anything else."""
    at, _, key = text.partition("_")
    try:
        found, last = datetime.fromisoformat(at), UUID(key)
    except ValueError:
        return None
    return None if is_naive(found) else (found, last)


def line(message: Message, door: str) -> dict[str, Any]:
    """One message in words: what happened, to which reference, and where to read on."""
    data = message.data
    reference = data.get("reference", "")
    name = f"{door}:referral" if reference.startswith("R-") else f"{door}:case"
    return {
        "text": ": ".join(filter(None, [_said(message), "; ".join(data.get("said", []))])),
        "reference": reference,
        "address": reverse(name, args=[reference]) if reference else _agreement(data),
        "priority": data.get("priority", ""),
        "target_at": parse_datetime(data.get("target_at", "") or ""),
        "demand": "; ".join(_demanded(code) for code in data.get("unticked", [])),
        "created_at": message.created_at,
        "is_new": message.seen_at is None,
        "to": "You" if message.membership_id else "Your team" if message.team_id else "Your agency",
    }


def _agreement(data: dict[str, Any]) -> str:
    """The page of the version that a message is about, if it is about one."""
    return reverse("tracker:agreement", args=[data["version"]]) if "version" in data else ""


def _said(message: Message) -> str:
    """What happened, in words; a clock's are its own."""
    text = SAID.get(message.kind) or _chased(message.data) or "Something happened"
    if why := FOLLOWED.get(message.data.get("reason_code", "")):
        text = f"{text}: {why}"
    return f"{text} ({message.data['webhook']})" if "webhook" in message.data else text


def _demanded(code: str) -> str:
    """What a ladder demands, in words; a local ladder's own demand is its own words."""
    return DEMANDS[Ask(code)][1] if code in set(Ask) else code.replace("_", " ")


def _chased(data: dict[str, Any]) -> str:
    if "percent" not in data or data.get("clock") not in set(ClockKind):
        return ""
    waits = words.CLOCKS[ClockKind(data["clock"])]
    return f"Deadline passed: {waits}" if data["percent"] >= 100 else f"Reminder: {waits}"
