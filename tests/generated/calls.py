"""Generated calls: from the API's description or against it, with keys that exist or not, and what was wrong
with an answer.

Half of the keys in addresses and the codes in bodies are real ones, so that calls get further than the
first look.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import requests
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.schemas import APIOperation

from tests.access.story import Story

SCHEMA = "/api/v1/schema/"
PROBLEM = "application/problem+json"
PROMISED = {"type", "title", "status", "detail"}
FORM = "multipart/form-data"
NAMED = {"name": "Pat Example", "role": "duty supervisor", "contact": "020 7946 0101"}
SHORT = {"wait": "0"}  # who waits for events learns nothing more from a generated call


class WrongAnswerError(AssertionError):
    """An answer that the API's description does not promise."""


@dataclass
class Calls:
    """So many calls of every operation by one caller; each answer is judged."""

    story: Story
    caller: Client
    made: int = 0
    served: int = 0

    def operations(self) -> Iterator[APIOperation]:
        """All that the description names."""
        described = self.caller.get(SCHEMA, headers={"accept": "application/json"}).json()
        schema = schemathesis.openapi.from_dict(of_the_api(described))
        yield from (found.ok() for found in schema.get_all_operations())

    def run(self, operation: APIOperation, calls: int, begin: int = 0) -> None:
        """Make them. Raises WrongAnswerError with the smallest call that was answered wrongly."""
        modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

        @seed(begin)
        @settings(
            max_examples=calls, deadline=None, database=None, phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck), print_blob=False,
        )  # fmt: skip
        @given(st.one_of(modes), st.data())
        def ask(case: Case, data: st.DataObject) -> None:
            self._ask(case, data.draw)

        ask()

    def _ask(self, case: Case, draw: Callable[[st.SearchStrategy], Any]) -> None:
        if draw(st.booleans()):
            case.path_parameters = {
                name: draw(st.sampled_from(self.known(name, case.path)))
                for name in case.path_parameters or {}
            }
            case.body = self._with_real_codes(case.body, draw)
        if "wait" in (case.query or {}):
            case.query = {**case.query, **SHORT}
        answer = self._send(case)
        self.made += 1
        self.served += answer.status_code < 300
        judge(case, answer)

    def known(self, name: str, path: str) -> list[str]:
        """Keys that exist, of what this part of an address names."""
        targets = self.story.targets.values()
        if name == "id" and "/referrals/" in path:
            return [target.referral for target in targets]
        found = {"reference": [target.case for target in targets], "kind": ["decide", "acknowledge"]}
        return found.get(name, ["1", "2"])

    def _with_real_codes(self, body: Any, draw: Callable[[st.SearchStrategy], Any]) -> Any:
        """The body with teams, cases and people that there are, where it is a form that has such."""
        if not isinstance(body, dict):
            return body
        real = {
            "to_team": ["trust-desk", "ambulance-desk"],
            "from_team": ["police-desk"],
            "case": [target.case for target in self.story.targets.values()],
            **dict.fromkeys(("by", "decided_by", "accepted_by"), [NAMED]),
        }
        return {key: draw(st.sampled_from(real[key])) if key in real else said for key, said in body.items()}

    def _send(self, case: Case) -> Response:
        address = str(httpx.URL(case.formatted_path, params=case.query or None))
        body = b"" if case.body is NOT_SET else _as_bytes(case.body, case.media_type)
        kind = {FORM: MULTIPART_CONTENT}.get(case.media_type, case.media_type or "application/json")
        answer = self.caller.generic(case.method, address, body, kind)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        headers = {name: [value] for name, value in answer.headers.items()}
        asked = requests.Request(case.method, f"http://testserver{address}", data=body).prepare()
        return Response(answer.status_code, headers, content, request=asked, elapsed=0, verify=True)


def _as_bytes(body: Any, kind: str | None) -> bytes:
    if kind == FORM and isinstance(body, dict):
        return encode_multipart(BOUNDARY, {name: _part(name, said) for name, said in body.items()})
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _part(name: str, said: Any) -> Any:
    """One part of a form: a file, if it is called so and its bytes are given."""
    if isinstance(said, bytes) or name == "file":
        content = said if isinstance(said, bytes) else str(said).encode(errors="replace")
        return SimpleUploadedFile("sent", content)
    return said if isinstance(said, str) else json.dumps(said)


def of_the_api(described: dict[str, Any]) -> dict[str, Any]:
    """The description without the token's address: that is the OAuth library's, and has its own refusals."""
    paths = {path: those for path, those in described["paths"].items() if path.startswith("/api/")}
    return {**described, "paths": paths}


def is_wrong(case: Case) -> bool:
    """Whether what is sent of it was made against the description, and was not mended since. No header is."""
    sent = (ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.BODY)
    return case.meta is not None and any(case.meta.is_negative_at(each) for each in sent)


def judge(case: Case, answer: Response) -> None:
    """Refuse a server error, a refusal that is no problem document, any shape not described, and an effect of
    what was made against the description."""
    said = f"{case.method} {case.formatted_path} {case.query} {case.body!r:.600}: {answer.status_code}"
    if answer.status_code >= 500:
        raise WrongAnswerError(f"{said} {answer.text[:300]}")
    if answer.status_code >= 400:
        problem = answer.headers["content-type"][0].startswith(PROBLEM)
        if not problem or not set(answer.json()) >= PROMISED:
            raise WrongAnswerError(f"{said} is no problem document: {answer.text[:300]}")
    if answer.status_code < 300 and is_wrong(case):
        raise WrongAnswerError(f"{said}: what was made against the description was taken")
    if str(answer.status_code) not in case.operation.definition.raw["responses"]:
        raise WrongAnswerError(f"{said} is not described")
    case.operation.validate_response(answer)
