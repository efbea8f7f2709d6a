"""Filters in which a mistake is an error: one that was quietly ignored would show too much."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property

from django import forms
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.utils import translate_validation
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from agencies.acting import Actor
from agencies.api.authentication import acting
from agencies.api.filtering import GivenFilterSet
from referrals.api.fields import nhs_number_of
from referrals.api.instants import NotAnInstant, instant_in_address
from referrals.api.paging import Part
from referrals.api.places import Place, one

PAGING = frozenset({"cursor", "limit", "ordering"})


def refuse_unknown(request: Request, known: Sequence[str] | frozenset[str]) -> None:
    """Raises ValidationError naming every query parameter that is not among those known here."""
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        there_are = f"there is no such query parameter here; there are {', '.join(sorted(known)) or 'none'}"
        raise ValidationError({name: [there_are] for name in unknown})


class StrictFilterBackend(filters.DjangoFilterBackend):
    """django-filter's, which refuses query parameters that do not exist."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: APIView) -> QuerySet:
        """The rows that are asked for."""
        if view.action == "list":
            refuse_unknown(request, PAGING.union(self.get_filterset_class(view).base_filters))
        return super().filter_queryset(request, queryset, view)


class StrictFilterSet(GivenFilterSet):
    """Filters of referrals and of what is about them, which know who asks."""

    @cached_property
    def actor(self) -> Actor:
        """Who asks."""
        return acting(self.request)

    @cached_property
    def _found(self) -> dict[str, int]:
        return {}

    def place(self, kind: type[Place], name: str, word: str) -> int:
        """The id of the agency or team that a parameter names: looked up once for all the parts."""
        if name not in self._found:
            self._found[name] = one(kind, word, name, self.actor).pk
        return self._found[name]


def narrowed(kind: type[StrictFilterSet], request: Request, parts: Sequence[Part]) -> list[Part]:
    """The parts of a list, each narrowed by the request's parameters."""
    refuse_unknown(request, PAGING.union(kind.base_filters))
    if PAGING.issuperset(request.query_params):
        return list(parts)
    asked = kind(request.query_params, queryset=parts[0][0], request=request)
    _refuse_repeated(request, asked)
    if not asked.is_valid():
        raise translate_validation(asked.errors)
    return [(asked.filter_queryset(part), prefix) for part, prefix in parts]


def _refuse_repeated(request: Request, asked: StrictFilterSet) -> None:
    for name, values in request.query_params.lists():
        if len(values) > 1 and not isinstance(asked.filters.get(name), filters.MultipleChoiceFilter):
            raise ValidationError({name: ["give this parameter once"]})


class CheckedField(forms.CharField):
    """A text that must be readable as what it stands for."""

    def __init__(self, read: Callable[[str], object], **options: object) -> None:
        super().__init__(**{"max_length": 200, **options})
        self.read = read

    def clean(self, value: str | None) -> object:
        """What the text means."""
        try:
            return self.read(super().clean(value))
        except NotAnInstant as problem:
            raise forms.ValidationError(str(problem)) from None
        except ValidationError as problem:
            raise forms.ValidationError([str(each) for each in problem.detail]) from None


class InstantFilter(filters.Filter):
    """An instant with its offset."""

    field_class = CheckedField

    def __init__(self, **options: object) -> None:
        super().__init__(read=instant_in_address, **options)


class NhsNumberFilter(filters.CharFilter):
    """An NHS number, with spaces or without."""

    field_class = CheckedField

    def __init__(self, **options: object) -> None:
        super().__init__(read=nhs_number_of, **options)


class YesNoFilter(filters.Filter):
    """Truth, as JSON writes it."""

    field_class = CheckedField

    def __init__(self, **options: object) -> None:
        super().__init__(read=_truth, **options)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValidationError("write true or false")
    return text == "true"


def any_of(queryset: QuerySet, name: str, values: list[str]) -> QuerySet:
    """Rows whose field is one of the values: in words that an index understands."""
    return queryset.filter(**{f"{name}__in": values})


def since(queryset: QuerySet, field: str, instant: datetime) -> QuerySet:
    """Rows of that instant or later."""
    return queryset.filter(**{f"{field}__gte": instant})


def before(queryset: QuerySet, field: str, instant: datetime) -> QuerySet:
    """Rows earlier than that instant."""
    return queryset.filter(**{f"{field}__lt": instant})
