"""XML as strangers send it: without a DTD or entities, and not too deep."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

DEEPEST = 30  # levels of elements; a message of ours has a dozen


class Unreadable(ValueError):
    """It is not XML that can be read, or not safely."""


def read(sent: bytes) -> Element:
    """The outermost element. Raises Unreadable."""
    try:
        root = fromstring(sent, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise Unreadable("a DTD or an entity has no place in a message") from None
    except (ParseError, ValueError, LookupError) as problem:
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
