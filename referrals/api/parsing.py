"""Reading what a partner sends. REST framework's settings name this, so it imports none of its views."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

DEEPEST = 12  # levels of lists and objects; the contract's own bodies have three


class StrictJSONParser(BaseParser):
    """JSON as RFC 8259 has it: no NaN, no member twice, no endless nesting."""

    media_type = "application/json"
    deepest = DEEPEST

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> object:
        """The value sent. Raises ParseError, saying where it breaks off."""
        request = (parser_context or {}).get("request")
        if request is not None and request.headers.get("Content-Encoding", "identity") != "identity":
            raise UnsupportedMediaType("", "send the body as it is: no Content-Encoding is read")
        sent = request._request.body if request is not None else stream.read()
        try:
            found = json.loads(
                sent.decode(), parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated
            )
            _check(found, self.deepest)
        except RecursionError:
            raise ParseError(
                f"the body is not JSON that can be read: nested over {self.deepest} deep"
            ) from None
        except UnicodeDecodeError:
            raise ParseError("the body is not JSON that can be read: it is not UTF-8") from None
        except ValueError as problem:
            raise ParseError(f"the body is not JSON that can be read: {problem}") from None
        return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)} is there twice")
    return found


def _check(value: object, deepest: int, level: int = 0) -> None:
    """Raises ValueError for what is nested too deep, or text that no database and no answer can hold."""
    if level > deepest:
        raise ValueError(f"it is nested more than {deepest} levels deep")
    if isinstance(value, str):
        value.encode()
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for inner in value:
            _check(inner, deepest, level + 1)
