"""A draft that is kept in part: what was understood is kept, and the rest is asked for again."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse


def kept_in_part(
    request: HttpRequest, form: forms.Form, reference: str, page: Callable[[], HttpResponse]
) -> HttpResponse:
    """The page again, which says what is kept; what is sent of the form from here on belongs to the draft."""
    form.data = form.data.copy()
    form.data["draft"] = reference
    said = f"Draft {reference} is kept, except what is marked below: that was not understood."
    messages.warning(request, said)
    answer = page()
    answer.keep_writes = True
    return answer
