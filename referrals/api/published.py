"""What the OpenAPI document says around its operations: in what order to read them, how to get a token, what
a webhook is sent, which moves there are; and an example of what is done most."""

from collections.abc import Iterator, Mapping
from typing import Any

from referrals.api import other_doors
from referrals.api.examples import examples
from referrals.api.other_doors import Document
from referrals.api.titles import TITLES
from referrals.api.vocabulary import ACTIONS

TAGS = {
    "token": "Begin here: a program shows who it is, and gets a token for an hour.",
    "agencies": "Who takes part: each agency with its kind and its official codes.",
    "teams": "Whom you can ask: each team with its stable code, its hours, and whether it is open now.",
    "referrals": "Ask a team for help, follow what becomes of it, and answer what you are asked.",
    "cases": "One person in one situation: who answers for them now, who did before, and what happened.",
    "threshold-decisions": "Whether a police response is required: what was answered, decided and reviewed.",
    "threshold-policies": "What is asked before a police response is decided, by force, category and date.",
    "missing-reports": "A patient who is missing from a unit, from the first report to the return.",
    "detentions": "Somebody detained under section 136 or 135: how far the handover is, and until when.",
    "call-backs": "Calls that are owed to a caller, until they were reached and told.",
    "attachments": "Photos and PDFs of a case.",
    "events": "Everything that happens in your cases, in one order, nothing skipped.",
    "webhooks": "The same events, sent to an address of yours and signed.",
    "reports": "Measures over what your agency sees, each with its definition.",
    "clients": "Your agency's programs: new secrets, keys and revocation, by people who are signed in.",
    "sandbox": "Put time forward, to see escalations without waiting.",
    "problems": "What each kind of refusal means, and what to do.",
}
"""By tag, in the order in which an integrator needs them, what is there. One sentence each."""


def complete(result: Document, **_: object) -> Document:
    """drf-spectacular's last hook: the document with all that."""
    components = result["components"]
    components["schemas"] |= {
        "TokenRequest": other_doors.token_request(),
        "Token": other_doors.TOKEN_GIVEN,
        "TokenProblem": other_doors.TOKEN_REFUSED,
        "EventType": other_doors.event_type(),
        "WebhookEvent": other_doors.webhook_event(components["schemas"]["FeedEvent"]),
    }
    components["schemas"] = dict(sorted(components["schemas"].items()))
    components["headers"] = HEADERS
    components["securitySchemes"] |= other_doors.CLIENT_SCHEME
    result["tags"] = [{"name": name, "description": said} for name, said in TAGS.items()]
    for method, operation in _operations(result["paths"]):
        _complete(method, operation)
    result["paths"] = {other_doors.TOKEN: {"post": other_doors.token()}, **result["paths"]}
    result["webhooks"] = {"event": {"post": other_doors.webhook()}}
    return result


def _operations(paths: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    yield from ((method, operation) for those in paths.values() for method, operation in those.items())


def _complete(method: str, operation: Document) -> None:
    """The operation, with what it does, the headers of its answers, its table of moves, and its examples."""
    operation["summary"] = TITLES.get(operation["operationId"], operation.get("summary", ""))
    if drawn := ACTIONS.get(operation["operationId"]):
        operation["description"] = "\n\n".join([operation["description"], "\n".join(drawn())])
    for status, answer in operation["responses"].items():
        answer["description"] = answer["description"] or SUCCEEDED.get(status, "")
        if named := _headers(method, int(status)):
            answer |= {"headers": {**answer.get("headers", {}), **named}}
    examples(operation)


SUCCEEDED = {"200": "What was asked for, as it is now.", "201": "It is made.", "202": "It is taken on."}


def _headers(method: str, status: int) -> Document:
    """The headers of such an answer that are worth a program's while."""
    named: list[str] = []
    if status < 300:
        named = ["X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
        named += ["Idempotent-Replayed"] if method == "post" else []
    if status in (429, 503):
        named = ["Retry-After"]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in named}


HEADERS = {
    "X-Request-ID": {
        "schema": {"type": "string"},
        "description": "What this request is called in our log: your own `X-Request-ID`, or one we gave.",
    },
    "RateLimit-Limit": {"schema": {"type": "integer"}, "description": "Requests that you may make a minute."},
    "RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "How many of them are left."},
    "RateLimit-Reset": {"schema": {"type": "integer"}, "description": "Seconds until the next minute."},
    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait before you ask again."},
    "Idempotent-Replayed": {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "There if this is the answer that an earlier request with the same key got.",
    },
}
