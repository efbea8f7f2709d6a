"""What of the API is on its way out: since when, until when at least, and what to call instead.

A line here shows in the answers' headers and in the OpenAPI document. Nothing is taken away within
a year of its line, and not without a new version in the address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Deprecation:
    """One operation that will end."""

    since: datetime
    until: datetime
    instead: str


DEPRECATED: Mapping[tuple[str, str], Deprecation] = {}
"""By method and address, as in ``("GET", "/api/v1/cases/{reference}/")``."""
