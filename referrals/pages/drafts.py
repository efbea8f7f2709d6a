"""A draft that is kept in part: what was understood is kept, and the rest is asked for again."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from referrals.screens import when


def as_kept(reference: str, address: str, form: forms.Form) -> JsonResponse:
    """What the page's script is told: where the draft is, since when, and what of it is not understood."""
    now = timezone.now()
    typed = [name for name in form.errors if name in form.fields and form[name].value()]
    return JsonResponse(
        {
            "saved": reference,
            "address": address,
            "at": when.clock_time(now, now),
            "left_out": [str(form[name].label) for name in typed],
        }
    )


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
