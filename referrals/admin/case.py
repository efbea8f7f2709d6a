"""The admin's look at cases, the people in them, and what was decided and said about them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agencies.admin import LookOnlyInline
from referrals.admin.of_cases import OfCasesAdmin, OfKnownKinds
from referrals.domain.disclosure import PERSON_FIELDS_READ_BY, kinds_read_by
from referrals.models import Accountability, Case, Content, Event, Party, Person
from referrals.screens import timeline


class PersonInline(LookOnlyInline):
    """The person, in the fields that the reader's audience may read."""

    model = Person

    def get_fields(self, request: HttpRequest, obj: Case | None = None) -> Sequence[str]:
        """Those of the disclosure table, in the model's order."""
        readable = PERSON_FIELDS_READ_BY[request.actor.audience]
        return [field.name for field in Person._meta.fields if field.name in readable]


class PartyInline(LookOnlyInline):
    """The agencies that have or had a part."""

    model = Party
    fields = ("agency", "since", "until")


class AccountabilityInline(LookOnlyInline):
    """Who was accountable, when, and why."""

    model = Accountability
    fields = ("agency", "team", "during", "cause")


@admin.register(Case)
class CaseAdmin(OfCasesAdmin):
    """Cases to which the reader's agency is a party."""

    list_display = ("reference", "state", "accountable_agency", "accountable_since", "opened_at")
    list_select_related = ("accountable_agency",)
    list_filter = ("state",)
    case_field = "id"
    search_fields = ("reference",)
    ordering = ("-id",)
    exclude = ("event_hash",)
    inlines = (PersonInline, PartyInline, AccountabilityInline)


class TypeFilter(OfKnownKinds):
    """By what happened."""

    title, parameter_name = "what happened", "type"

    def kinds(self, request: HttpRequest) -> Sequence[str]:
        """Whatever can happen in a case."""
        return timeline.kinds()


@admin.register(Event)
class EventAdmin(OfCasesAdmin):
    """What happened, as the chain has it."""

    list_display = ("in_case", "seq", "type", "occurred_at", "recorded_at")
    list_filter = (TypeFilter,)
    fields = ("seq", "type", "occurred_at", "recorded_at", "actor", "data")
    ordering = ("-id",)


class KindFilter(OfKnownKinds):
    """By what a text is about."""

    title, parameter_name = "what it is about", "kind"

    def kinds(self, request: HttpRequest) -> Sequence[str]:
        """Those that the reader's audience may read."""
        return kinds_read_by(request.actor.audience)


@admin.register(Content)
class ContentAdmin(OfCasesAdmin):
    """Texts and details, in the kinds that the reader's audience may read."""

    list_display = ("in_case", "kind", "version", "provided_by", "obtained_at")
    list_select_related = ("provided_by",)
    list_filter = (KindFilter,)
    fields = ("kind", "version", "body", "provider", "obtained_at", "recorded_at", "retention_class")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Visible rows, of readable kinds."""
        return super().get_queryset(request).filter(kind__in=kinds_read_by(request.actor.audience))
