"""The one table of the site's addresses: who may ask at each, and what a stranger is told.

An address that is missing here fails the suite, and so does a line whose address is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from agencies.admin import OVERSEERS
from agencies.roles import Role
from referrals.fhir.names import CATEGORY, EVENTS, MESSAGE_REASONS, REQUEST, TEAM

ALL = frozenset(Role)
NONE: frozenset[Role] = frozenset()
RUNS_THE_ROTA = frozenset({Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR})


class Door(StrEnum):
    """Which sign an address asks for before it looks at anything."""

    OPEN = "none: anybody may ask"
    API = "a token with the scope, or a session"
    PAGE = "a session"
    PEOPLE = "a session, and no token"
    STAFF = "a session of a member of staff"


class Told(StrEnum):
    """What an answer amounts to."""

    SERVED = "what was asked for, or what is wrong with what was sent"
    SIGN_IN = "401, or the way to the sign-in"
    REFUSED = "403"
    ABSENT = "404, or in the admin the way back to its index"
    NO_METHOD = "405"
    FAILED = "5xx"


@dataclass(frozen=True)
class Rule:
    """One line. ``of`` says whose key the address holds, and so to whom it belongs:

    - ``referral`` by id, ``reference`` of a referral, ``case`` by reference;
    - ``part`` a case by reference, of which whoever has left still sees what it was asked;
    - ``row:Case`` a row of a case, in the admin; ``own:User`` a row of an agency's own, ``all:Team``
      one of the directory, which is everybody's;
    - nothing: a list, or the address holds no key that belongs to anybody.

    ``also`` fills the address's other arguments, ``query`` follows it, ``body`` and ``headers`` are what a
    writer sends.
    ``ends_session`` says that somebody's session, or a program's token, ends there: it is asked last.
    ``may_lack`` says that the address names a part which even what one sees may not have.
    """

    door: Door
    methods: str = "GET"
    roles: frozenset[Role] = ALL
    of: str = ""
    stranger: frozenset[Told] = frozenset({Told.ABSENT})
    also: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    ends_session: bool = False
    may_lack: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


DETENTION = "row:Detention"
BY = {"by": {"name": "Pat Example", "role": "duty supervisor", "contact": "020 7946 0101"}}
ASK = {"category": "concern_for_welfare", "priority": "P2", "to_team": "trust-desk",
       "person": {"description": "a man in a red coat"}, **BY}  # fmt: skip
DECISION = {"category": "concern_for_welfare", "answers": {"crime": "no"}, "rationale": "none",
            "caller_told": "no", "decided_by": BY["by"]}  # fmt: skip
DECIDED = "row:ThresholdDecision"
VERDICT = {"verdict": "ratified", "rationale": "as the log has it", **BY}
NEWS = {"reason": "he has rung again", **BY}
GO_LIVE = {"live_from": "2099-01-01T00:00:00Z", "reason": "agreed with the trusts", **BY}
POLICY = {"category": "conveyance", **GO_LIVE}
CONTACT = {"channel": "phone", "with_whom": "person", "outcome": "reached", **BY}
SUPPORT = {"who": "officer", "how": "in_person", **BY}
CALLER = {"name": "Kim Example", "phone": "020 7946 0120", **BY}
TRIED = {"outcome": "no_answer", **BY}
CLAIM = {"accepted_by": BY["by"], **BY}
MORE = {"text": "he rang again", "phone": "07700 900777", **BY}
RISK = {"direction": "raise", "reason": "has a knife", **BY}
ARRIVES = {"arrives_at": (datetime.now(UTC) + timedelta(hours=12)).isoformat(), **BY}
HOOK = {"url": "https://hooks.example/rcrp"}
DETAINED = {"power": "s136", "person": {"description": "a man in a red coat"}, **BY}
HAPPENED = {"kind": "amhp_notified", **BY}
WAITS = {"number": 2, **BY}
MISSING = {"person": {"description": "a man in pyjamas"}, "to_team": "police-desk", "reporter": BY["by"]}
MISSED = "row:MissingReport"
RINGS = {"do": "phone", "phone": "020 7946 0101"}
LOOKED = {"action": "review", **BY}
KNOWN = {"hair": "red", **BY}
TICKED = {"item": "ward", **BY}
SIGHTED = {"place": "Example Park", "seen_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(), **BY}
BEFORE = {"earlier": "00000000-0000-7000-8000-000000000001", **BY}
LINKED = {"link": "00000000-0000-7000-8000-000000000001"}
MOVE = {"action": "request_info", "reason": "which floor?", **BY}
REVIEW = {"action": "review", **BY}
DECIDE = {"kind": "decide"}
ASKS = {"action": "request_info"}
COMPLETES = "app_label=agencies&model_name=membership&field_name=user&term="
TYPED_TABLE = {"table": "priority", "do": "look", "key": "00000000-0000-7000-8000-000000000001"}
TYPED = {"reason": "which floor?", "version": "", "occurred_at": ""}

# As FHIR has it: of an id that is in no address, so that every asker may send it.
TRACED = {"X-Request-ID": "0190f7a0-0000-4000-8000-000000000001",
          "X-Correlation-ID": "0190f7a0-0000-4000-8000-000000000002"}  # fmt: skip
MESSAGE = {"resourceType": "Bundle", "type": "message", "id": "asked-by-the-matrix", "entry": [
    {"resource": {
        "resourceType": "MessageHeader", "focus": [{"reference": "urn:uuid:1"}],
        "eventCoding": {"system": EVENTS, "code": REQUEST}, "source": {"endpoint": "https://a.example"},
        "reason": {"coding": [{"system": MESSAGE_REASONS, "code": "new"}]}}},
    {"fullUrl": "urn:uuid:1", "resource": {
        "resourceType": "ServiceRequest", "status": "active", "intent": "plan", "priority": "asap",
        "category": [{"coding": [{"system": CATEGORY, "code": "concern_for_welfare"}]}],
        "subject": {"reference": "urn:uuid:2"},
        "performer": [{"identifier": {"system": TEAM, "value": "trust-desk"}}]}},
    {"fullUrl": "urn:uuid:2", "resource": {
        "resourceType": "Patient", "name": [{"family": "Nobody"}]}}]}  # fmt: skip

ANY_METHOD = "GET POST PUT PATCH DELETE"  # the admin's own views look only whether it is POST
API, PAGE, OPEN, STAFF, PEOPLE = Door.API, Door.PAGE, Door.OPEN, Door.STAFF, Door.PEOPLE
RUNNERS = frozenset({Role.MANAGER, Role.DIRECTOR})
HOOKS = "own:WebhookEndpoint"
REDIRECTED = frozenset({Told.SERVED})

TABLE = {
    # name                        door, methods, and more
    "home":                  Rule(PAGE),
    "login":                 Rule(OPEN, "GET POST PUT"),
    "logout":                Rule(OPEN, "POST", ends_session=True),
    "acting":                Rule(PAGE, "GET POST"),
    "session":               Rule(PAGE, "GET POST"),
    "typed":                 Rule(PAGE, "POST", query="at=/tracker/"),
    "token":                 Rule(OPEN, "POST"),
    # for Notify's own token alone: whoever else asks gets 401
    "notify-receipts":       Rule(OPEN, "POST"),
    "notify-texts":          Rule(OPEN, "POST"),
    "live":                  Rule(OPEN),
    "ready":                 Rule(OPEN),
    "metrics":               Rule(OPEN),
    # the API
    "agencies-list":         Rule(API),
    "agencies-detail":       Rule(API, also={"pk": "trust"}),
    "teams-list":            Rule(API),
    "teams-detail":          Rule(API, also={"pk": "trust-desk"}),
    "threshold-decisions":   Rule(API, "GET POST", body=DECISION),
    "threshold-decision":    Rule(API, of=DECIDED),
    "threshold-review":      Rule(API, "POST", of=DECIDED, body=VERDICT),
    "threshold-disagree":    Rule(API, "POST", of=DECIDED, body=NEWS),
    "threshold-reopen":      Rule(API, "POST", of=DECIDED, body=NEWS),
    "threshold-policies":    Rule(API, "GET POST", body=POLICY),
    "threshold-go-live":     Rule(API, "POST", also={"pk": "1"}, body=GO_LIVE, may_lack=True),
    "reports":               Rule(API),
    "report":                Rule(API, also={"measure": "override-rate"}),
    "referrals":             Rule(API, "GET POST", body=ASK),
    "referral":              Rule(API, of="referral"),
    "referral-timeline":     Rule(API, of="referral"),
    "referral-moves":        Rule(API, "POST", of="referral", body=MOVE),
    "referral-risk":         Rule(API, "POST", of="referral", body=RISK),
    "referral-information":  Rule(API, "POST", of="referral", body=MORE),
    "referral-contacts":     Rule(API, "POST", of="referral", body=CONTACT),
    "support":               Rule(API, "GET POST", of="referral", body=SUPPORT),
    "case-attachments":      Rule(API, "GET POST", of="case"),
    "missing-attachments":   Rule(API, "GET POST", of=MISSED),
    "attachment":            Rule(API, of="row:Attachment"),
    "attachment-content":    Rule(API, of="row:Attachment"),
    "attachment-withdrawal": Rule(API, "POST", of="row:Attachment", body={"reason": "the wrong one", **BY}),
    "case-support":          Rule(API, "GET POST", of="case", body=SUPPORT),
    "call-backs":            Rule(API, "GET POST", of="case", body=CALLER),
    "call-back-attempts":    Rule(API, "POST", of="row:CallBack", body=TRIED),
    "referral-claim":        Rule(API, "POST", of="referral", body=CLAIM),
    "clock-take":            Rule(API, "POST", of="referral", also=DECIDE, body=BY, may_lack=True),
    "clock-release":         Rule(API, "POST", of="referral", also=DECIDE, body=BY, may_lack=True),
    "demands":               Rule(API, of="referral"),
    "demand-tick":           Rule(API, "POST", of="referral", also={"demand": "1"}, body=BY,
                                  may_lack=True),
    "arrival":               Rule(API, "POST", of="referral", body=ARRIVES),
    "arrived":               Rule(API, "POST", of="referral", body=BY),
    "cases":                 Rule(API),
    "case":                  Rule(API, of="case"),
    "case-timeline":         Rule(API, of="case"),
    "accountability":        Rule(API, of="case"),
    "case-person":           Rule(API, "POST", of="case", body={"description": "typed", **BY}),
    "case-moves":            Rule(API, "POST", of="case", body=REVIEW),
    "events":                Rule(API),
    "webhooks":              Rule(API, "GET POST", RUNNERS, body=HOOK),
    "webhook":               Rule(API, "GET PATCH DELETE", RUNNERS, HOOKS, body={"description": "ours"}),
    "webhook-secret":        Rule(API, "POST", RUNNERS, HOOKS),
    "webhook-test":          Rule(API, "POST", RUNNERS, HOOKS, may_lack=True),
    "webhook-deliveries":    Rule(API, "GET", RUNNERS, HOOKS),
    "webhook-replay":        Rule(API, "POST", RUNNERS, HOOKS, also={"delivery": "1"}, may_lack=True),
    "detentions":            Rule(API, "GET POST", body=DETAINED),
    "detention":             Rule(API, "GET PATCH", of=DETENTION, body={"source_incident_number": "7", **BY}),
    "detention-milestones":  Rule(API, "POST", of=DETENTION, body=HAPPENED),
    "detention-officers":    Rule(API, "POST", of=DETENTION, body=WAITS),
    # missing patients
    "missing-reports":       Rule(API, "GET POST", body=MISSING),
    "missing-report":        Rule(API, "GET PATCH", of=MISSED, body=KNOWN),
    "missing-moves":         Rule(API, "POST", of=MISSED, body=LOOKED),
    "missing-checklist":     Rule(API, "GET POST", of=MISSED, body=TICKED),
    "missing-sightings":     Rule(API, "GET POST", of=MISSED, body=SIGHTED),
    "missing-episodes":      Rule(API, "POST", of=MISSED, body=BEFORE, may_lack=True),
    "missing-unlink":        Rule(API, "POST", of=MISSED, also=LINKED, body=BY, may_lack=True),
    "clients":               Rule(PEOPLE, "GET", RUNNERS),
    "client-secret":         Rule(PEOPLE, "POST", RUNNERS, "own:ApiClient"),
    "client-keys":           Rule(PEOPLE, "POST", RUNNERS, "own:ApiClient"),
    "client-revoke":         Rule(PEOPLE, "POST", RUNNERS, "own:ApiClient", ends_session=True),
    "referral-export":       Rule(API),
    "sandbox-advance":       Rule(API, "POST", body={"minutes": 5}),
    "referral-import":       Rule(API, "POST"),
    # FHIR
    "fhir-metadata":         Rule(OPEN),
    "fhir-message":          Rule(API, "POST", body=MESSAGE, headers=TRACED),
    "fhir-requests":         Rule(API, query="identifier=PD-7"),
    "fhir-request":          Rule(API, of="referral"),
    "fhir-tasks":            Rule(API, query="identifier=PD-7"),
    "fhir-task":             Rule(API, of="referral"),
    # MAIT
    "mait-messages":         Rule(API, "POST"),
    "mait-incident":         Rule(API, of="referral"),
    "problems":              Rule(OPEN),
    "problem":               Rule(OPEN, also={"slug": "stale"}),
    "schema":                Rule(OPEN),
    "docs":                  Rule(OPEN),
    "guide":                 Rule(OPEN, also={"name": "webhooks"}),
    # the tracker
    "tracker:home":          Rule(PAGE),
    "tracker:open-list":     Rule(PAGE),
    "tracker:list":          Rule(PAGE),
    "tracker:new":           Rule(PAGE, "GET POST", body={"summary": "typed"}),
    "tracker:hints":         Rule(PAGE, "POST", body={"summary": "typed"}),
    "tracker:save-draft":    Rule(PAGE, "POST", body={"summary": "typed"}),
    "tracker:draft":         Rule(PAGE, "GET POST", of="reference", stranger=REDIRECTED),
    "tracker:referral":      Rule(PAGE, of="reference"),
    "tracker:move":          Rule(PAGE, "GET POST", of="reference", also=ASKS, body=TYPED),
    "tracker:case":          Rule(PAGE, of="part"),
    "tracker:identity":      Rule(PAGE, "GET POST", of="case", body={"description": "typed"}),
    "tracker:case-move":     Rule(PAGE, "GET POST", of="case", also={"action": "review"}, body=TYPED),
    "tracker:case-alarm":    Rule(PAGE, "GET POST", of="case", also={"action": "take"}, body=TYPED),
    "tracker:files":         Rule(PAGE, "GET POST", of="case", body={"note": "typed"}),
    "tracker:file-withdraw": Rule(PAGE, "GET POST", of="row:Attachment", body={"reason": "the wrong one"}),
    "tracker:import":        Rule(PAGE, "GET POST", body=TYPED_TABLE),
    "tracker:import-template": Rule(PAGE),
    "tracker:import-paper":  Rule(PAGE),
    "tracker:inbox":         Rule(PAGE),
    "tracker:reach":         Rule(PAGE, "GET POST", body={"do": "choose", "channels": "none"}),
    "tracker:code":          Rule(PAGE, "GET POST", body={"code": "CFHJK"}),
    "tracker:rota":          Rule(PAGE, "GET POST", body={"do": "share"}),
    "tracker:rota-change":   Rule(PAGE, "GET POST", RUNS_THE_ROTA, query="shift=1"),
    "tracker:teams":         Rule(PAGE),
    "tracker:team":          Rule(PAGE, "GET POST", of="own:Team", body=RINGS),
    "tracker:duty-contact":  Rule(PAGE, "GET POST", body={"name": "On call", "email": "duty@trust.example"}),
    "tracker:rota-feed":     Rule(OPEN, also={"token": "nobodys"}),
    # policies of every force are public; "1" is one of those shipped
    "tracker:policies":      Rule(PAGE, query="force=police"),
    "tracker:policy":        Rule(PAGE, also={"pk": "1"}),
    "tracker:policy-date":   Rule(PAGE, "GET POST", also={"pk": "1"},
                                  body={"live_from": "2099-01-01T00:00", "reason": "agreed with the trusts"}),
    "tracker:policy-declare": Rule(PAGE, "GET POST", also={"category": "conveyance"},
                                   body={"live_from": "2099-01-01T00:00", "adopted": "yes", "reason": "us"}),
    "tracker:agreements":    Rule(PAGE, query="other=trust&direction=we&category="),
    "tracker:new-agreement": Rule(PAGE, "GET POST", body={"other": "trust", "direction": "we"}),
    "tracker:new-concordat": Rule(PAGE, "GET POST", body={"kind": "acute_trust", "direction": "we"}),
    "tracker:agreement":     Rule(PAGE, of="own:AgreementVersion"),
    "tracker:edit-agreement": Rule(PAGE, "GET POST", of="own:AgreementVersion"),
    "tracker:simulate":      Rule(PAGE, "GET POST", of="own:AgreementVersion",
                                    query="since=2026-01-01&until=2026-01-02",
                                    body={"since": "2026-01-01", "until": "2026-01-02"}),
    "tracker:agreement-action": Rule(PAGE, "GET POST", of="own:AgreementVersion", also={"action": "remark"}),
    "tracker:detain":        Rule(PAGE, "GET POST", body={"power": "s136", "description": "a man"}),
    "tracker:detention":     Rule(PAGE, of=DETENTION),
    "tracker:detention-sheet": Rule(PAGE, of=DETENTION),
    "tracker:detention-pdf": Rule(PAGE, of=DETENTION),
    "tracker:detention-enter": Rule(PAGE, "GET POST", of=DETENTION, also={"action": "amhp_notified"},
                                    body={"note": "told at once"}),
    "tracker:adverse":       Rule(PAGE, "GET POST", body={"case": "C-0000-0000", "outcome": "death",
                                  "inquest": "no", "occurred_at": "2026-01-01T00:00"}),
    "tracker:places":        Rule(PAGE),
    "tracker:measures":      Rule(PAGE),
    "tracker:decide":        Rule(PAGE, "GET POST", body={"q_crime": "no"}),
    "tracker:decisions":     Rule(PAGE),
    "tracker:decision":      Rule(PAGE, of=DECIDED),
    "tracker:refer":         Rule(PAGE, of=DECIDED),
    "tracker:decision-action": Rule(PAGE, "GET POST", of=DECIDED, also={"action": "disagree"}),
    # missing patients
    "tracker:missing":       Rule(PAGE),
    "tracker:missing-new":   Rule(PAGE, "GET POST", body={"description": "typed", "do": "keep"}),
    "tracker:missing-save":  Rule(PAGE, "POST", body={"description": "typed"}),
    "tracker:missing-draft": Rule(PAGE, "GET POST", of="row:UnsentReport", body={"do": "keep"},
                                  may_lack=True),
    "tracker:missing-report": Rule(PAGE, of="row:Report"),
    "tracker:missing-print": Rule(PAGE, of="row:Report"),
    "tracker:missing-tick":  Rule(PAGE, "POST", of="row:Report", also={"item": "grounds"}),
    "tracker:missing-act":   Rule(PAGE, "GET POST", of="row:Report", also={"action": "review"},
                                  body={"note": "none", "version": ""}),
    # the worklist, which stands in front of the admin's own index
    "worklist:home":         Rule(STAFF),
    "worklist:open-list":    Rule(STAFF),
    "worklist:records":      Rule(STAFF, ANY_METHOD),
    "worklist:referral":     Rule(STAFF, of="reference"),
    "worklist:move":         Rule(STAFF, "GET POST", of="reference", also=ASKS, body=TYPED),
    "worklist:case":         Rule(STAFF, of="part"),
    "worklist:identity":     Rule(STAFF, "GET POST", of="case", body={"description": "typed"}),
    "worklist:case-move":    Rule(STAFF, "GET POST", of="case", also={"action": "review"}, body=TYPED),
    # the admin
    "admin/login/":          Rule(OPEN, ANY_METHOD),
    "admin:index":           Rule(STAFF),
    "admin:login":           Rule(OPEN, ANY_METHOD),
    "admin:logout":          Rule(OPEN, "POST", ends_session=True),
    "admin:autocomplete":    Rule(STAFF, query=COMPLETES),
    "admin:password_change": Rule(STAFF, "GET POST PUT"),
    "admin:password_change_done": Rule(STAFF),
    "admin:jsi18n":          Rule(STAFF),
    "admin:view_on_site":    Rule(STAFF, "", of="row:Case"),  # nothing has a page there
    "admin:app_list":        Rule(STAFF, ANY_METHOD, also={"app_label": "referrals"}),
    "admin/(?P<url>.*)":     Rule(STAFF, "", also={"url": "nothing/of/the/kind/"}),
}  # fmt: skip

# What the admin shows: the model, whose its rows are, and who may read it. Each has the same five pages.
SHOWN = {
    "agencies.Agency":              ("all:Agency", ALL),
    "agencies.Team":                ("all:Team", ALL),
    "agencies.Membership":          ("own:Membership", ALL),
    "agencies.ShiftOverride":       ("own:ShiftOverride", ALL),
    "agencies.User":                ("own:User", ALL),
    "agencies.ApiClient":           ("own:ApiClient", OVERSEERS),
    "agencies.AuditEvent":          ("own:AuditEvent", OVERSEERS),
    "referrals.Case":               ("row:Case", ALL),
    "referrals.Event":              ("row:Event", ALL),
    "referrals.Content":            ("row:Content", ALL),
    "referrals.ThresholdDecision":  ("row:ThresholdDecision", ALL),
    "referrals.ThresholdStep":      ("row:ThresholdStep", ALL),
    "referrals.SupportEntry":       ("row:SupportEntry", ALL),
    "referrals.Attachment":         ("row:Attachment", ALL),
    "referrals.CallBack":           ("row:CallBack", ALL),
    "referrals.Dispute":            ("row:Dispute", ALL),
    "referrals.ThresholdPolicy":    ("", ALL),
    "referrals.Detention":          (DETENTION, ALL),
    "referrals.DetentionMilestone": ("row:DetentionMilestone", ALL),
    "referrals.OfficerWait":        ("row:OfficerWait", ALL),
    "referrals.MissingReport":      ("row:MissingReport", ALL),
    "referrals.ChecklistItem":      ("row:ChecklistItem", ALL),
    "referrals.Sighting":           ("row:Sighting", ALL),
    "referrals.Clock":              ("row:Clock", ALL),
    "referrals.Demand":             ("row:Demand", ALL),
    "referrals.Agreement":          ("", ALL),
    "referrals.Escalation":         ("row:Escalation", ALL),
    "referrals.Referral":           ("row:Referral", ALL),
    "referrals.Proof":              ("", OVERSEERS),
    "notifications.Message":        ("row:Message", ALL),
    "notifications.WebhookEndpoint": (HOOKS, OVERSEERS),
    "notifications.WebhookDelivery": ("own:WebhookDelivery", OVERSEERS),
}  # fmt: skip


def _pages(label: str, of: str, readers: frozenset[Role]) -> dict[str, Rule]:
    """A model's pages: a list, its rows, their history; nothing can be added, changed or deleted."""
    app, model = label.lower().split(".")
    row = {} if of else {"object_id": "1"}
    return {
        f"admin:{app}_{model}_changelist": Rule(STAFF, ANY_METHOD, readers),
        f"admin:{app}_{model}_add": Rule(STAFF, ANY_METHOD, NONE),
        f"admin:{app}_{model}_change": Rule(STAFF, "GET PUT PATCH DELETE", readers, of, also=row),
        f"admin:{app}_{model}_history": Rule(STAFF, ANY_METHOD, readers, of, also=row),
        f"admin:{app}_{model}_delete": Rule(STAFF, ANY_METHOD, NONE, of, also=row),
        f"admin/{app}/{model}/<path:object_id>/": Rule(
            OPEN, also={"object_id": "1"}
        ),  # leads on, and looks at nothing
    }


@cache
def table() -> dict[str, Rule]:
    """Every line, the admin's pages written out."""
    return TABLE | {
        name: rule
        for label, (of, readers) in SHOWN.items()
        for name, rule in _pages(label, of, readers).items()
    }
