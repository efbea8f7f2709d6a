"""Agencies as people call them, where a record holds their codes."""

from collections.abc import Iterable

from agencies.acting import Actor
from agencies.models import Agency


def called(actor: Actor, codes: Iterable[str]) -> dict[str, str]:
    """The name of each of these codes that there is; one query."""
    found = Agency.objects.visible_to(actor).filter(code__in=set(codes))
    return dict(found.values_list("code", "name"))
