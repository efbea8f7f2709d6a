"""What the OpenAPI document says beyond what the code shows by itself."""

from collections.abc import Iterable
from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS

from referrals.api import shapes
from referrals.api.deprecations import DEPRECATED
from referrals.api.errors import PROBLEM_JSON, PROBLEMS
from referrals.api.filtering import InstantFilter, YesNoFilter
from referrals.api.paging import DEFAULT_LIMIT, MOST

TO_EVERYBODY = (401, 403, 404, 406, 429, 500, 503)
TO_READERS = (400,)
TO_WRITERS = (400, 409, 413, 415, 422)

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 visible ASCII characters, such as a UUID. The same key and body, byte for byte: "
    "the same answer, and one effect; the same key with another body: 422.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of what you read: 412 if somebody has acted since.",
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="Its version, for If-Match."
)
CURSOR = OpenApiParameter("cursor", str, description="From next or previous of an answer.")
LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
    description="How many at most.",
)


def query(filterset: type[filters.FilterSet], orderings: Iterable[str] = ()) -> list[OpenApiParameter]:
    """The query parameters of a list."""
    found = [_parameter(name, each) for name, each in filterset.base_filters.items()]
    if orderings:
        found.append(OpenApiParameter("ordering", str, enum=list(orderings)))
    return [*found, CURSOR, LIMIT]


def _parameter(name: str, each: filters.Filter) -> OpenApiParameter:
    choices = [key for key, _ in each.extra.get("choices", ())]
    kind: Any = str
    if isinstance(each, InstantFilter):
        kind = OpenApiTypes.DATETIME
    if isinstance(each, YesNoFilter):
        kind = bool
    many = isinstance(each, filters.MultipleChoiceFilter)
    label = each._label or ""
    return OpenApiParameter(
        name, kind, enum=choices or None, many=many, explode=many or None, description=label
    )


class Described(AutoSchema):
    """Every operation, with its scopes, its headers and the problems that it may answer."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        """The scopes that a token needs, or a browser's session; nothing where anybody may read."""
        ways = super().get_auth()
        if not self.view.get_permissions() or not ways:
            return []
        if getattr(self.view, "people_only", False):
            return [{"session": []}]
        scopes = self.view.scopes_to_read if self.method in SAFE_METHODS else self.view.scopes_to_write
        return [*({"oauth2": [scope]} for scope in scopes), {"session": []}]

    def get_summary(self) -> str:
        """The first sentence of what is said about it."""
        first = " ".join(self.get_description().split("\n\n")[0].split())
        return first.partition(". ")[0].removesuffix(".")

    def is_deprecated(self) -> bool:
        """Whether it is on its way out."""
        return (self.method, self.path) in DEPRECATED

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """What is sent in headers."""
        if self.method != "POST":
            return []
        acts_on_what_was_read = "{" in self.path
        return [IDEMPOTENCY_KEY, IF_MATCH] if acts_on_what_was_read else [IDEMPOTENCY_KEY]

    def get_operation(self, *args: object, **kwargs: object) -> dict[str, Any] | None:
        """The operation, with its problems."""
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            for status in self._problem_statuses():
                operation["responses"].setdefault(str(status), self._problem(status))
        return operation

    def _problem_statuses(self) -> Iterable[int]:
        writes = self.method not in SAFE_METHODS
        stale = (412,) if writes and "{" in self.path else ()
        return sorted((*TO_EVERYBODY, *(TO_WRITERS if writes else TO_READERS), *stale))

    def _problem(self, status: int) -> dict[str, Any]:
        said = " Or: ".join(kind.title for kind in PROBLEMS.values() if kind.status == status)
        shape = self.resolve_serializer(shapes.Problem, "response").ref
        return {"description": said, "content": {PROBLEM_JSON: {"schema": shape}}}
