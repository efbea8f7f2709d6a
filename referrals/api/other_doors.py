"""What the OpenAPI document says of doors that are none of our views: where a token comes from, and what a
webhook is sent."""

import copy
from typing import Any

from agencies.assertion import LONGEST, SIGNED_WITH
from agencies.roles import SCOPES
from referrals.api.event_types import known
from referrals.api.examples import examples
from referrals.api.vocabulary import listed

Document = dict[str, Any]

TOKEN = "/oauth/token/"  # noqa: S105  # an address
FORM = "application/x-www-form-urlencoded"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
JSON = "application/json"

CLIENT_SCHEME = {
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "At the token's address alone: `client_id` and `client_secret`.",
    }
}
TOKEN_GIVEN = {
    "type": "object",
    "description": "A token: send it as `Authorization: Bearer …` until it expires, then get another.",
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"type": "string", "enum": ["Bearer"]},
        "expires_in": {"type": "integer", "description": "Seconds."},
        "scope": {"type": "string", "description": "What it may be used for, with spaces between."},
    },
    "required": ["access_token", "token_type", "expires_in", "scope"],
}
TOKEN_REFUSED = {
    "type": "object",
    "description": "Why there is no token (RFC 6749, section 5.2). This address has no problem documents.",
    "properties": {
        "error": {
            "type": "string",
            "description": "`invalid_client`: it is not known, was revoked, or the secret or assertion does "
            "not hold. `invalid_request`: something is missing, or there twice. `invalid_scope`: one that it "
            "does not have. `unsupported_grant_type`: send `client_credentials`. `unauthorized_client`: not "
            "a grant for this client.",
        },
        "error_description": {"type": "string"},
    },
    "required": ["error"],
}


def token_request() -> Document:
    """What is sent for one."""
    assertion = (
        f"A JWT that you signed ({', '.join(SIGNED_WITH)}), with a key whose public half a manager gave at "
        "`POST /clients/{id}/keys/`: `kid` in its head; `iss` and `sub` your client_id, `aud` this address "
        f"in full, a `jti` that was never used, an `exp` within {int(LONGEST.total_seconds() // 60)} minutes."
    )
    return {
        "type": "object",
        "description": "Client credentials, and how the client shows who it is: Basic in the header, or "
        "client_id and client_secret here, or client_assertion here (private_key_jwt, RFC 7523).",
        "properties": {
            "grant_type": {"type": "string", "enum": ["client_credentials"]},
            "scope": {"type": "string", "description": f"Left out, all that you have. Of {listed(SCOPES)}."},
            "client_id": {"type": "string"},
            "client_secret": {"type": "string"},
            "client_assertion_type": {"type": "string", "enum": [BEARER]},
            "client_assertion": {"type": "string", "description": assertion},
        },
        "required": ["grant_type"],
    }


def _refused() -> Document:
    return {JSON: {"schema": {"$ref": "#/components/schemas/TokenProblem"}}}


def token() -> Document:
    """The address that gives tokens. It is the OAuth library's, not one of our views."""
    operation = {
        "operationId": "token_create",
        "summary": "Get a token",
        "description": "By client credentials (RFC 6749, section 4.4). A token is good for an hour; get a "
        "new one when it ends, there is no refresh.",
        "tags": ["token"],
        "security": [{"client": []}, {}],
        "requestBody": {
            "required": True,
            "content": {FORM: {"schema": {"$ref": "#/components/schemas/TokenRequest"}}},
        },
        "responses": {
            "200": {
                "description": "The token.",
                "content": {JSON: {"schema": {"$ref": "#/components/schemas/Token"}}},
            },
            "400": {"description": "The request says something that does not hold.", "content": _refused()},
            "401": {
                "description": "The client is not known, or did not show that it is.",
                "content": _refused(),
            },
        },
    }
    examples(operation)
    return operation


def event_type() -> Document:
    """Every type of event that there is."""
    return {
        "type": "string",
        "enum": list(known()),
        "description": "What happened, as /api/v1/docs/events/ tells it in words. Expect more of them.",
    }


def webhook_event(fed: Document) -> Document:
    """The event of the feed, less every name."""
    sent = copy.deepcopy(fed)
    sent["description"] = "An event at its position in your feed, without anybody's name or number."
    sent["properties"]["type"] = {"$ref": "#/components/schemas/EventType"}
    sent["properties"]["actor"] = {
        "type": "object",
        "properties": {"role": {"type": "string"}, "agency": {"type": ["string", "null"]}},
        "required": ["role", "agency"],
    }
    return sent


def _header(name: str, said: str) -> Document:
    return {"in": "header", "name": name, "required": True, "schema": {"type": "string"}, "description": said}


WEBHOOK = {
    "operationId": "webhook_event",
    "summary": "An event of one of your cases",
    "description": "Sent to the address that you registered at `POST /webhooks/`, in the manner of Standard "
    "Webhooks: at least once, in order for each case. Answer 2xx within five seconds and work afterwards; "
    "anything else is tried again, for five days. How to verify it: [webhooks](/api/v1/docs/webhooks/).",
    "tags": ["webhooks"],
    "parameters": [
        _header("webhook-id", "The same each time that this event is sent: remember what you have had."),
        _header("webhook-timestamp", "When it was sent, in seconds of Unix: refuse what is 5 minutes off."),
        _header(
            "webhook-signature",
            "`v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}` with your "
            "secret (what follows `whsec_`, from Base64); two of them, with a space between, while two "
            "secrets hold.",
        ),
    ],
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/WebhookEvent"}}},
    },
    "responses": {
        "2XX": {"description": "Taken."},
        "410": {"description": "You want no more: the webhook is disabled at once, and keeps its place."},
        "default": {"description": "Not taken: sent again, 5 s later, then twice as long each time."},
    },
}


def webhook() -> Document:
    """What an address that was registered is sent."""
    operation = copy.deepcopy(WEBHOOK)
    examples(operation)
    return operation
