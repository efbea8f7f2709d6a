"""Records that hang off cases: the admin lists those of the newest cases, or of the cases that are searched.

The stock list counts and orders all that may be seen, which at a million referrals outlasts every
patience; nobody reads page 4,000 of the clocks. So does a filter that offers every value there is: filters
here are of fields whose choices are known.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from agencies.acting import Actor
from referrals.admin.in_words import InWordsAdmin, plain
from referrals.models import Case, Party, Referral
from referrals.services.searching import meant

NEWEST = 200


class OfFewCases(ChangeList):
    """The list begins with the rows of the newest cases; a search looks everywhere by itself."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str] | None = None
    ) -> QuerySet[Any]:
        """Before filters and numbers are made of it."""
        if not self.query:
            self.root_queryset = self.root_queryset.filter(self.model_admin.in_cases(newest(request.actor)))
        return super().get_queryset(request, exclude_parameters)


class OfCasesAdmin(InWordsAdmin):
    """Rows of cases. ``case_field`` names the case's key."""

    case_field = "case_id"
    search_fields = ("case__reference",)  # what a search looks at is said by get_search_results
    change_list_template = "admin/of_cases.html"
    help_to_search = (
        "A reference, an incident number, an NHS number or half a name. "
        f"Without one: the {NEWEST} newest cases of your agency."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each row knows the reference of its case, whose key says nothing to anybody."""
        cases = Case.objects.visible_to(request.actor).filter(pk=OuterRef(self.case_field))
        return super().get_queryset(request).annotate(of_case=Subquery(cases.values("reference")[:1]))

    @admin.display(description="case")
    def in_case(self, row: Model) -> str:
        """The reference."""
        return row.of_case

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        """Of few cases at a time."""
        return OfFewCases

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows of every case that the term finds, by the same search as the tracker's."""
        if not search_term:
            return queryset, False
        found = Referral.objects.visible_to(request.actor).filter(meant(search_term, request.actor))
        return queryset.filter(self.in_cases(found.order_by("-case_id").values_list("case_id"))), False

    def in_cases(self, cases: QuerySet[Model]) -> Q:
        """The rows of these cases, few enough to be named."""
        return Q(**{f"{self.case_field}__in": [key for (key,) in cases[:NEWEST]]})


def newest(actor: Actor) -> QuerySet[Party]:
    """The cases to which the actor's agency is a party now, the newest first, from their index."""
    now = Party.objects.visible_to(actor).filter(agency_id=actor.agency_id, until=None)
    return now.order_by("-case_id").values_list("case_id")


class OfKnownKinds(SimpleListFilter):
    """Offers the kinds that the code knows, without asking the rows which of them there are."""

    def kinds(self, request: HttpRequest) -> Sequence[str]:
        """Those that this reader may choose from."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """Each in words."""
        return [(kind, plain(kind)) for kind in self.kinds(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen kind."""
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset
