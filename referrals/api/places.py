"""Agencies and teams as partners name them: by id, or by code."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Q
from rest_framework.exceptions import ValidationError

from agencies.acting import Actor
from agencies.models import Agency, Team

Place = TypeVar("Place", Agency, Team)


def find(kind: type[Place], named: Iterable[str], actor: Actor) -> dict[str, Place]:
    """Those that there are, by the words that named them. One query; codes start with a letter."""
    named = set(named)
    ids = {int(word): word for word in named if word.isdecimal()}
    related = ("agency",) if kind is Team else ()
    asked = kind.objects.visible_to(actor).filter(Q(pk__in=ids) | Q(code__in=named)).select_related(*related)
    found = asked if named else ()
    return {word: place for place in found for word in (ids.get(place.pk), place.code) if word in named}


def one(kind: type[Place], word: str, field: str, actor: Actor) -> Place:
    """The one that is named so. Raises ValidationError for the field."""
    found = find(kind, [word], actor)
    if word not in found:
        raise ValidationError({field: [missing(kind, word)]})
    return found[word]


def missing(kind: type[Place], word: str) -> str:
    """What to say of a name that nobody has."""
    what, where = ("team", "/teams/") if kind is Team else ("agency", "/agencies/")
    return f"no {what} has the id or code {word}: see GET {where}"
