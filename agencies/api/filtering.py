"""Filters in which a parameter without a value is an error, and not the whole list."""

from django import forms
from django.http import QueryDict
from django_filters import rest_framework as filters


class GivenFilterSet(filters.FilterSet):
    """Filters of which only those given are looked at, and each given one must mean something."""

    def __init__(self, data: QueryDict, *args: object, **kwargs: object) -> None:
        self.base_filters = {name: each for name, each in self.base_filters.items() if name in data}
        super().__init__(data, *args, **kwargs)

    def get_form_class(self) -> type[forms.Form]:
        """A form of the parameters that were given, each of which has a value; who errs is told the words."""
        fields = {name: each.field for name, each in self.filters.items()}
        for field in fields.values():
            field.required = True
            if words := [str(value) for value, _ in getattr(field, "choices", ()) if value]:
                field.error_messages["invalid_choice"] = f"one of {', '.join(words)}"
        return type("Given", (forms.Form,), fields)
