"""JSON and XML: which was sent, which is wanted (``_format``, else ``Accept``), and how each is written."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from referrals.api.parsing import StrictJSONParser
from referrals.api.safe_xml import XMLParser
from referrals.fhir import markup

NAMES = {
    "json": ("application/fhir+json", "application/json", "text/json", "json"),
    "xml": ("application/fhir+xml", "application/xml", "text/xml", "xml"),
}
ANY = ("*/*", "application/*", "")
VERSION = "4.0"
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # neither R4's texts nor XML hold them


def wanted(request: HttpRequest) -> str | None:
    """``json`` or ``xml``, as the request asks; None if it asks for neither."""
    asked = request.GET.get("_format")
    if asked is not None:
        return format_of(asked.replace(" ", "+"))
    offers = request.headers.get("Accept", "*/*").split(",")
    for _, offer in sorted(enumerate(offers), key=lambda each: (-quality(each[1]), each[0])):
        if quality(offer) > 0 and (found := format_of(offer)):
            return found
    return None


def quality(offer: str) -> float:
    """What the offer is worth to who makes it (RFC 9110, section 12.4.2), from 0 to 1."""
    said = re.search(r";\s*q=(0(?:\.\d{1,3})?|1(?:\.0{1,3})?)\s*(?:;|$)", offer)
    return float(said[1]) if said else 1.0


def format_of(media: str) -> str | None:
    """The format of a media type, of R4 if it names a version of FHIR."""
    kind, _, said = media.partition(";")
    version = re.search(r"fhirVersion=\"?([^;\"]*)", said)
    if version and version[1].strip() != VERSION:
        return None
    kind = kind.strip().lower()
    if kind in ANY:
        return "json"
    return next((name for name, kinds in NAMES.items() if kind in kinds), None)


class FhirJSONParser(StrictJSONParser):
    """A resource in JSON."""

    media_type = NAMES["json"][0]
    deepest = 24  # a code in an extension of an element of a contained resource of an entry


class FhirXMLParser(XMLParser):
    """A resource in XML, read as its JSON."""

    media_type = NAMES["xml"][0]
    understood = staticmethod(markup.read)


class FhirJSONRenderer(BaseRenderer):
    """A resource as JSON."""

    media_type, format, charset = NAMES["json"][0], "json", "utf-8"

    def render(self, data: object, *_: object) -> bytes:
        """The bytes; nothing for nothing."""
        return b"" if data is None else json.dumps(writable(data), ensure_ascii=False).encode()


class FhirXMLRenderer(BaseRenderer):
    """A resource as XML."""

    media_type, format, charset = NAMES["xml"][0], "xml", "utf-8"

    def render(self, data: dict[str, Any], *_: object) -> bytes:
        """The bytes; nothing for nothing."""
        return b"" if data is None else markup.write(writable(data))


RENDERERS = {"json": FhirJSONRenderer, "xml": FhirXMLRenderer}


def writable(value: object) -> object:
    """The same, with a mark for each character that neither format can hold."""
    if isinstance(value, dict):
        return {name: writable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [writable(inner) for inner in value]
    return UNWRITABLE.sub("\ufffd", value) if isinstance(value, str) else value


class FhirNegotiation(BaseContentNegotiation):
    """By ``Content-Type``, and by ``_format`` or ``Accept``."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser | None:
        """The parser of what was sent; None for another format, or another version of FHIR."""
        sent = request.content_type or ""
        found = format_of(sent) if sent.partition(";")[0].strip() not in ANY else None
        return next((each for each in parsers if each.media_type == NAMES[found][0]), None) if found else None

    def select_renderer(
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer of what is wanted. Raises NotAcceptable."""
        found = wanted(request._request)
        for each in renderers:
            if each.format == found:
                return each, f"{each.media_type}; charset={each.charset}"
        raise NotAcceptable(f"ask for {NAMES['json'][0]} or {NAMES['xml'][0]}, of FHIR {VERSION}")
