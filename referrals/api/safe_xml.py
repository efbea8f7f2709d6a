"""XML as strangers send it: without a DTD or entities, and not too deep."""

from collections.abc import Iterator, Mapping
from typing import IO, Any
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import ParseError as NotXML

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

DEEPEST = 30  # levels of elements; a message of ours has a dozen


class Unreadable(ValueError):
    """It is not XML that can be read, or not safely."""


class XMLParser(BaseParser):
    """A body in XML, as what ``understood`` makes of it."""

    @staticmethod
    def understood(sent: bytes) -> object:
        """What the body says. Raises Unreadable for what is no XML, or not safe to read."""
        raise NotImplementedError

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> object:
        """The same. Raises ParseError."""
        try:
            return self.understood((parser_context or {})["request"]._request.body)
        except Unreadable as problem:
            raise ParseError(str(problem)) from None


def read(sent: bytes) -> Element:
    """The outermost element. Raises Unreadable."""
    try:
        root = fromstring(sent, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise Unreadable("a DTD or an entity has no place in a message") from None
    except (NotXML, ValueError, LookupError) as problem:
        raise Unreadable(f"the body is not XML that can be read: {problem}") from None
    if any(level > DEEPEST for level in _levels(root)):
        raise Unreadable(f"it is nested more than {DEEPEST} levels deep")
    return root


def _levels(root: Element) -> Iterator[int]:
    """How deep the elements are, without a recursion that a deep one could break."""
    waiting = [(root, 0)]
    while waiting:
        element, level = waiting.pop()
        yield level
        if level <= DEEPEST:
            waiting.extend((inner, level + 1) for inner in element)
