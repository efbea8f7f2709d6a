"""The directory's teams, found by the category of what they would be asked for."""

from django_filters import rest_framework as filters

from agencies.api import directory
from referrals.domain.case import Category


class TeamFilterSet(directory.TeamFilterSet):
    """The directory knows no categories: which there are is the referrals' to say."""

    category = filters.ChoiceFilter(
        choices=[(str(c), c.replace("_", " ")) for c in Category],
        method="filter_category",
        label="Takes this category, or any",
    )


class TeamViewSet(directory.TeamViewSet):
    """Teams with their hours and coverage."""

    filterset_class = TeamFilterSet


routes = [*(dict(directory.routes) | {"teams": TeamViewSet}).items()]
