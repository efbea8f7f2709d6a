"""The case's story, from its events: what happened, who did it, when it happened and when it was entered."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from agencies.acting import Actor
from agencies.instants import on_the_wall
from agencies.models import Agency, Team
from agencies.roles import AgencyKind
from referrals.domain.clocks import ClockKind
from referrals.domain.dispute import WITHDRAWN
from referrals.domain.missing_fields import CHECKLIST
from referrals.domain.referral import CONSEQUENCES, REASONS, TRANSITIONS
from referrals.models import Content, DetentionMilestone, Event
from referrals.screens import detention_words, missing_words, words
from referrals.screens.declined import authorised
from referrals.screens.measure_words import ADVERSE

MOST, WHOLE = 200, 5_000
FEW = 3  # alarms in a row that are shown
BACK_ENTRY = timedelta(minutes=1)

DID = {
    "send": "Sent",
    "discard": "Draft discarded",
    "acknowledge": "Acknowledged",
    "request_info": "Asked a question",
    "answer_info": "Answered the question",
    "accept": "Accepted",
    "decline": "Declined",
    "start": "Started: the person was reached",
    "fail": "Could not be done",
    "complete": "Completed",
    "close": "Outcome seen, closed",
    "resend": "Sent on to another team",
    "police_reassess": "Police response decided anew",
    "no_further_action": "Closed without further action",
    "redirect": "Passed on to another team",
    "cancel": "Cancelled",
    "request_cancel": "Asked to cancel",
    "agree_cancel": "Agreed to cancel",
    "refuse_cancel": "Refused to cancel",
    "enter_in_error": "Marked as entered in error",
    "reopen": "Reopened",
}
# Why something happened to a referral that nobody did to it.
FOLLOWED = {
    "accepted_elsewhere": "somebody else accepted",
    "parent_ended": "the referral that was passed on has ended",
    "patient_is_back": "the patient is back",
    "asked_to_lead": "the risk is high, and the police are asked to lead",
    "detention_ended": "the detention has ended",
}
HAPPENED = {
    "case.opened": "Case opened",
    "case.shared": "Shared with {with}",
    "case.accountability_changed": "{to} became accountable, after {from}",
    "case.closed": "Case closed",
    "case.reopened": "Case reopened",
    "case.reviewed": "Case reviewed",
    "arrival.promised": "Promised when somebody will be there",
    "arrival.slipped": "The promised arrival was put off",
    "arrival.arrived": "Somebody is there",
    "escalation.taken": "Somebody took the alarm: its reminders stop, the deadline stands",
    "escalation.released": "The alarm was given back, or its taker is not there any more: it goes on",
    "referral.returned_to_queue": "Back in the team's queue: whoever held it is not there any more",
    "clock.parked": "A deadline could not be worked out: it is looked at every 15 minutes",
    "clock.mended": "A deadline can be worked out again",
    "referral.draft": "Draft saved",
    "referral.redirect_returned": "The team it was passed to did not take it",
    "referral.acceptance_claimed": "Recorded as accepted by phone: to be confirmed",
    "referral.claim_withdrawn": "The acceptance by phone waits no longer: the referral was taken back",
    "referral.claim_overtaken": "The acceptance by phone waits no longer: somebody else accepted",
    "risk.raised": "Risk raised",
    "sandbox.advanced": "Time put forward, in a sandbox",
    "risk.lowered": "Risk lowered",
    "case.person_stated": "The person was described",
    "case.person_corrected": "Who the person is was corrected",
    "case.contact_changed": "How to reach the person has changed",
    "referral.information_added": "New information",
    "threshold.disagreed": "A professional disagreed with the police decision",
    "threshold.reopened": "The police decision was reopened",
    "support.logged": "Interim support logged",
    "support.ended": "Interim support ended",
    "attachment.withdrawn": "A file was withdrawn",
    "call_back.owed": "The caller was promised a call back",
    "call_back.attempted": "The caller was rung back",
    "missing.draft": "A missing report was begun",
    "missing.reported": "Reported missing, and the police asked",
    "missing.updated": "More was learnt of the missing patient",
    "missing.reviewed": "The search and the risk were reviewed",
    "missing.located": "The patient was found",
    "missing.lost_again": "Lost from sight again",
    "missing.returned": "The patient is back",
    "missing.not_back": "The patient is not back: that was recorded by mistake",
    "missing.debriefed": "The patient was debriefed",
    "missing.closed": "The missing report was closed",
    "missing.cancelled": "Reported missing by mistake",
    "missing.discarded": "The draft of a missing report was discarded",
    "missing.sighted": "The patient was seen",
    "missing.linked": "An earlier episode was linked",
    "missing.unlinked": "A link to an earlier episode was taken back",
    "demand.ticked": "What was demanded has been done",
    "duty.gap": "Nobody was on duty as {tier} of {team}: the next one was told",
    "message.failed": "A message could not be delivered",
    # of a detention
    "detention.released": "Last officer released",
    "detention.officers": "Officers who wait were noted",
    "detention.described": "More was noted about the detention",
    "detention.expiry_moved": "The power to detain ends at another time than was thought",
    "detention.clock_moved": "A deadline of the detention was moved to what was stated",
    # agreements
    "referral.handed_over": "{by} answers from now on",
    "referral.unanswered": "The desk closes, and nobody stands in for it: the sender was told whom to phone",
    "referral.repinned": "Its deadlines were put on the agreement that holds now",
    "case.disputed": "It is disputed whose this person is; whoever is accountable holds meanwhile",
    "case.linked": "Linked with case {with}, for your agency alone",
    "case.unlinked": "The link with case {with} was undone",
}
HAPPENED |= {f"detention.{code}": text for code, text in detention_words.MILESTONES.items()}
# Their words depend on what they hold.
WORDED_BY_DATA = {"threshold.decided", "threshold.reviewed"}
SHOWN = {"reason", "outcome", "caller_told", "risk", "contact_note", "summary", "rationale", "clinical_note"}
SHOWN |= {"checklist_note", "sighting", "return"}
SHOWN |= {"withdrawal", "support_note", "already_tried", "disagreement", "new_information", "dispute"}

SAYS_WHO = {"case.person_corrected", "case.person_stated", "case.contact_changed"}
"""What happened to what is known of the person: details as they were said then."""


@dataclass(frozen=True)
class Line:
    """One line of the story."""

    what: str
    who: str
    texts: list[str]
    occurred_at: datetime
    recorded_at: datetime
    chased: bool

    @property
    def entered_later(self) -> bool:
        """Whether it was entered a good while after it happened."""
        return self.recorded_at - self.occurred_at > BACK_ENTRY


class Stretch(NamedTuple):
    """A line, and the alarms right before it that are folded away: an unanswered night has a hundred."""

    line: Line
    folded: list[Line]


class Story(NamedTuple):
    """What has happened, the newest first, and whether there is more of it than is shown."""

    stretches: list[Stretch]
    has_more: bool


def story(case_id: UUID, actor: Actor, *, whole: bool) -> Story:
    """The newest ``MOST`` events of a case, or as many as ``WHOLE``, with runs of alarms folded."""
    most = WHOLE if whole else MOST
    lines = timeline(case_id, actor, most + 1)
    return Story(folded(lines[:most]), len(lines) > most)


def folded(lines: Iterable[Line]) -> list[Stretch]:
    """Each run of more than ``FEW`` alarms as its newest, with the others behind it."""
    found = []
    for chased, run in groupby(lines, key=lambda line: line.chased):
        each = list(run)
        if chased and len(each) > FEW:
            found.append(Stretch(each[0], each[1:]))
        else:
            found += [Stretch(line, []) for line in each]
    return found


def kinds() -> list[str]:
    """Every type of event: the steps of a referral, and whatever else has words here."""
    steps = {f"referral.{step.to or name}" for name, step in TRANSITIONS.items()}
    ends = {f"referral.{step.to}" for step in CONSEQUENCES.values()}
    return sorted(steps | ends | WORDED_BY_DATA | {*TOLD, *HAPPENED})


def timeline(case_id: UUID, actor: Actor, most: int = MOST) -> list[Line]:
    """The newest first, in three queries; one more where nobody was on duty, one where a place refused."""
    events = list(Event.objects.visible_to(actor).filter(case_id=case_id).order_by("-seq")[:most])
    texts = _texts(events, actor)
    names = _agencies(events, actor) | _teams(events, actor)
    behind = _behind(events, actor)
    return [_line(event, texts, names, behind) for event in events]


def _behind(events: Iterable[Event], actor: Actor) -> dict[str, str]:
    """Who authorised what was refused, by the entry of a detention that says so."""
    entries = [each.data["entry"] for each in events if each.type == "detention.capacity_answered"]
    if not entries:
        return {}
    found = DetentionMilestone.objects.visible_to(actor).filter(pk__in=entries, authorised_by__isnull=False)
    return {str(key): authorised(by) for key, by in found.values_list("pk", "authorised_by")}


def _texts(events: Iterable[Event], actor: Actor) -> dict[str, str]:
    """What was written, by content, less what the actor's audience does not read."""
    wanted = [each["id"] for event in events for each in event.data.get("content", []) if _shown(event, each)]
    found = Content.objects.visible_to(actor).filter(pk__in=wanted, audience__contains=[actor.audience])
    return {
        str(key): _said(kind, body) for key, kind, body in found.values_list("pk", "kind", "body") if body
    }


def _shown(event: Event, content: Mapping[str, str]) -> bool:
    kind = content["kind"]
    return kind in SHOWN or (kind == "person" and event.type in SAYS_WHO)


def _said(kind: str, body: object) -> str:
    """A text; of a set of texts, each with its name; of details of the person, as people say them."""
    if kind == "person" and isinstance(body, Mapping):
        return words.stated(body)
    if isinstance(body, Mapping):
        return "\n".join(f"{name.replace('_', ' ').capitalize()}: {text}" for name, text in body.items())
    return str(body)


def _agencies(events: Iterable[Event], actor: Actor) -> dict[str, str]:
    codes = {code for event in events for code in (event.actor.get("agency"), *_codes(event.data)) if code}
    return dict(Agency.objects.visible_to(actor).filter(code__in=codes).values_list("code", "name"))


def _teams(events: Iterable[Event], actor: Actor) -> dict[str, str]:
    """The teams at which nobody was on duty, by the text of their key."""
    keys = {event.data["team_id"] for event in events if event.type == "duty.gap"}
    found = Team.objects.visible_to(actor).filter(pk__in=keys) if keys else ()
    return {_team_key(team.pk): team.name for team in found}


def _team_key(key: int) -> str:
    return f"team {key}"


def _codes(data: Mapping[str, Any]) -> list[Any]:
    named = ("with", "to", "from", "told", "belongs_to")
    return [data.get(name) for name in named if isinstance(data.get(name), str)]


def _line(
    event: Event, texts: Mapping[str, str], names: Mapping[str, str], behind: Mapping[str, str]
) -> Line:
    said = [texts[each["id"]] for each in event.data.get("content", []) if each["id"] in texts]
    return Line(
        what=_what(event, names) + _authorised_by(behind.get(str(event.data.get("entry")), "")),
        who=_who(event.actor, names),
        texts=said,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        chased=event.type in ("escalation.fired", "duty.gap"),
    )


def _authorised_by(who: str) -> str:
    return f". Authorised by {who}" if who else ""


def _who(actor: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if not actor.get("agency"):
        return "automatically"
    parts = [actor.get("name", ""), actor.get("role", ""), names.get(actor["agency"], actor["agency"])]
    return ", ".join(part for part in parts if part)


def _what(event: Event, names: Mapping[str, str]) -> str:
    data = event.data
    if event.type in TOLD:
        return TOLD[event.type](data)
    if event.type in ("threshold.decided", "threshold.reviewed"):
        return _decided(event.type, data) + _agency_told(data, names)
    action = data.get("action", "")
    if action in DID:
        code = _reason(action, data.get("reason_code") or "")
        said = f"{DID[action]}: {code}" if code else DID[action]
        return said + (_whose(data.get("belongs_to", ""), names) if action == "decline" else "")
    said = HAPPENED.get(event.type, event.type.replace(".", " ").replace("_", " ").capitalize())
    named = {key: names.get(value, value) for key, value in data.items() if isinstance(value, str)}
    if event.type == "duty.gap":
        named["team"] = names.get(_team_key(data["team_id"]), "a team")
    return said.format_map(_Known(named))


def _whose(code: str, names: Mapping[str, str]) -> str:
    """Whose a declined referral is said to be."""
    if not code:
        return ""
    if code == "unknown":
        return ". They do not know whose it is"
    kind = AgencyKind(code).label if code in set(AgencyKind) else code
    return f". They say that it belongs to {names.get(code, kind)}"


def _reason(action: str, code: str) -> str:
    """A coded reason in words; one of a local agreement is its own words."""
    if action in ("cancel", "redirect"):
        return FOLLOWED.get(code, "")
    return REASONS.get(action, {}).get(code, code.replace("_", " ") if action == "decline" else "")


class _Known(dict):
    """What an event may leave out reads as unknown."""

    def __missing__(self, key: str) -> str:
        return "an agency"


OF_MISSING: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing.graded": lambda data: (
        f"Risk graded: {missing_words.GRADES.get(data.get('grade', ''), '').lower()}"
    ),
    "missing.checked": lambda data: f"Done: {CHECKLIST[data['item']].title.lower()}",
    "missing.flagged": lambda data: f"Flag raised: {missing_words.FLAGS[data['flag']].lower()}",
}


def _chase(data: Mapping[str, Any]) -> str:
    kind = data.get("clock", {}).get("kind", "")
    waits = words.CLOCKS[ClockKind(kind)] if kind in set(ClockKind) else kind
    told = ", ".join(f"{who['name']} ({who['role']})" for who in data.get("told", []))
    late = "Late" if data.get("breached") else "Reminder"
    return f"{late}: {waits}. Told: {told or 'nobody'}"


def _decided(kind: str, data: Mapping[str, Any]) -> str:
    outcome = words.DECIDED.get(data.get("outcome", ""), "").lower()
    if kind == "threshold.decided":
        return f"Police response decided: {outcome}" + (" (overridden)" if data.get("overridden") else "")
    return f"Police decision {data.get('verdict', 'reviewed')} by a supervisor: {outcome}"


def _agency_told(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Whom a decision says was told, and when."""
    code = data.get("told")
    if not code:
        return ""
    return f". {names.get(code, code)} was told at {on_the_wall(datetime.fromisoformat(data['told_at']))}"


def _contact(data: Mapping[str, Any]) -> str:
    how = words.CHANNELS.get(data.get("channel", ""), "")
    whom = words.WITH_WHOM.get(data.get("with_whom", ""), "").lower()
    came = words.CONTACT_OUTCOMES.get(data.get("outcome", ""), "").lower()
    return f"Contact with {whom} ({how.lower()}): {came}"


def _settled(data: Mapping[str, Any]) -> str:
    if data.get("outcome") == WITHDRAWN:
        return "The dispute was opened by mistake, and is withdrawn"
    outcome = words.SETTLED.get(data.get("outcome", ""), "")
    return f"The dispute was settled: {outcome[:1].lower()}{outcome[1:]}"


def _came(data: Mapping[str, Any]) -> str:
    """What came to the person afterwards, and whether there is an inquest."""
    inquest = ", with an inquest" if data.get("inquest") == "yes" else ""
    return f"Recorded afterwards: {ADVERSE[data['outcome']].lower()}{inquest}"


def _attached(data: Mapping[str, Any]) -> str:
    kind = words.ATTACHMENTS.get(data.get("kind", ""), "A file")
    return f"{kind} was attached"


TOLD = {
    "attachment.added": _attached,
    "escalation.fired": _chase,
    "contact.logged": _contact,
    "case.dispute_settled": _settled,
    "case.adverse_outcome": _came,
    **OF_MISSING,
}
