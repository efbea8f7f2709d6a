"""Records say their codes in the words of every other page, in lists, on their pages and in filters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.http import HttpRequest

from agencies.admin import LookOnlyAdmin
from referrals.screens import detention_words, missing_words, words

WORDS: Mapping[str, Mapping[Any, str]] = {
    "category": words.CATEGORIES,
    "priority": words.PRIORITIES,
    "scene_safety": words.SCENE,
    "Referral.state": words.STATES,
    "Clock.kind": words.CLOCKS,
    "Attachment.kind": words.ATTACHMENTS,
    "SupportEntry.who": words.SUPPORTERS,
    "SupportEntry.how": words.SUPPORTED_BY,
    "ThresholdDecision.outcome": words.DECIDED,
    "ThresholdDecision.computed": words.DECIDED,
    "ThresholdStep.outcome": words.DECIDED,
    "Detention.power": detention_words.POWERS,
    "Detention.state": detention_words.STATES,
    "DetentionMilestone.kind": detention_words.MILESTONES,
    "MissingReport.state": missing_words.STATES,
    "MissingReport.grade": missing_words.GRADES,
    "MissingReport.legal_status": missing_words.LEGAL,
    **dict.fromkeys(("Content.kind", "Event.type", "Demand.code", "ChecklistItem.code"), {}),
}
"""What a field's codes are called: of one model, else of every model that has it."""


def plain(code: str) -> str:
    """A code that no page names: at least as words."""
    return code if "/" in code else code.replace(".", ": ").replace("_", " ").capitalize()


def said(field: Field, code: str | None) -> str:
    """What a field holds, in words."""
    named = WORDS.get(f"{field.model.__name__}.{field.name}") or WORDS.get(field.name) or {}
    return named.get(code) or plain(str(code or "-"))


class WordsFilter(admin.ChoicesFieldListFilter):
    """A filter that offers words."""

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """Each of them; the first is all."""
        for each in super().choices(changelist):
            yield {**each, "display": said(self.field, each["display"])}


class InWordsAdmin(LookOnlyAdmin):
    """Shows the fields that hold codes in words."""

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """The columns."""
        return _shown(self.model, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[Any]:
        """The lines of a record's page, all of which are only looked at."""
        return _shown(self.model, super().get_fields(request, obj))

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        """The filters."""
        asked = super().get_list_filter(request)
        return [(name, WordsFilter) if _coded(self.model, name) else name for name in asked]


def _coded(model: type[Model], name: object) -> Field | None:
    """The field of that name, if it holds codes."""
    try:
        field = model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return None
    is_named = field is not None and f"{model.__name__}.{field.name}" in WORDS
    return field if is_named or getattr(field, "choices", None) else None


def _shown(model: type[Model], names: Sequence[Any]) -> list[Any]:
    """The names, those of fields with codes replaced by what shows them in words."""
    coded = [(name, _coded(model, name)) for name in names]
    return [name if field is None else _column(field) for name, field in coded]


def _column(field: Field) -> Callable[[Model], str]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def show(row: Model) -> str:
        return said(field, getattr(row, field.attname))

    show.__name__ = field.name
    return show
