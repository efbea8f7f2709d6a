"""Every address that the site has, read from its URL resolver."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

ANCHORS = str.maketrans("", "", "^$\\")


@dataclass(frozen=True)
class Route:
    """One address: its name, how it is written, and what answers it."""

    name: str
    written: str
    view: Callable
    arguments: tuple[str, ...]


def routes() -> dict[str, Route]:
    """All of them by name; one without a name goes by how it is written."""
    return {route.name: route for route in _walk(get_resolver().url_patterns, "", "")}


def _walk(patterns: list, before: str, spaces: str) -> Iterator[Route]:
    for each in patterns:
        written = before + str(each.pattern).translate(ANCHORS)
        if isinstance(each, URLResolver):
            inner = f"{spaces}{each.namespace}:" if each.namespace else spaces
            yield from _walk(each.url_patterns, written, inner)
        elif isinstance(each, URLPattern):
            name = spaces + each.name if each.name else written
            yield Route(name, written, each.callback, tuple(each.pattern.regex.groupindex))
