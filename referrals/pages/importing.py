"""Back-entry in the tracker: what was kept on paper while the system was away, as one table.

The page hands the table to the API's own address, in the same transaction: the rules of a row stand in one
place. Looked at first, then written, all of it or nothing; what is wrong is told by row, and what was typed
stays.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import resolve, reverse

from agencies.models import Team
from referrals.screens import words
from referrals.screens.access import Page
from referrals.screens.forms import dress

LONGEST = 1_000_000  # characters: 200 rows with long texts
COLUMNS = {
    "occurred_at": "When it happened, with its offset: 2026-11-21T21:40:00Z",
    "category": "What it is, by its code",
    "priority": "P1 to P4",
    "to_team": "The code of the team that is asked; or leave it empty and give the area",
    "area": "A postcode or a borough, to be routed",
    "person_family_name": "A name or a description is needed",
    "person_given_name": "",
    "person_date_of_birth": "As in 1985-04-12",
    "person_nhs_number": "Ten digits",
    "person_description": "",
    "person_phone": "",
    "location": "Where the person is",
    "summary": "What is asked",
    "scene_safety": "safe, unsafe or unknown",
    "flags": "under_18; repeat_caller; domestic_abuse",
    "source_incident_number": "",
}
ROWS_TO_PRINT = 8


class TableForm(forms.Form):
    """The table: a file, or typed and pasted; and the key under which it is written once."""

    file = forms.FileField(
        label="A CSV file",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    table = forms.CharField(
        label="Or the table itself",
        required=False,
        strip=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def clean(self) -> dict[str, Any]:
        """The table as text, whichever way it came. A file that is chosen counts."""
        said = super().clean()
        if file := said.get("file"):
            try:
                said["table"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "Not a table in UTF-8: save it as “CSV UTF-8”, and choose it again")
        if not said.get("table", "").strip() and not self.errors:
            self.add_error("file", "Choose a file, or type the table below")
        return said


class Import(Page):
    """One page: the template, the form, and what came of looking at a table."""

    template = "tracker/import.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form, with what was typed before a session ended."""
        return self.page(self.again(TableForm(initial={"key": uuid4()})))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Look at the table, or write it. Whatever is wrong, the table stays in the form, to be corrected."""
        do, form = request.POST.get("do"), TableForm(request.POST, request.FILES)
        if do not in ("look", "write"):
            raise Http404
        if not form.is_valid():
            return self.page(form, 422)
        table, key = form.cleaned_data["table"], form.cleaned_data["key"]
        status, told = self.hand_over(table, key, look=do == "look")
        if status >= 400:
            again = TableForm(initial={"table": table, "key": uuid4()})
            return self.page(again, status, wrong=wrong(told))
        if do == "look":
            return self.page(TableForm(initial={"table": table, "key": key}), rows=dated(told))
        messages.success(request, f"{len(told['results'])} entered. Each is chased from now on.")
        return self.page(TableForm(initial={"key": uuid4()}), made=dated(told))

    def hand_over(self, table: str, key: UUID, *, look: bool) -> tuple[int, dict[str, Any]]:
        """What the API's own address says of the table. Under one key it is written once."""
        address, sent = reverse("referral-import"), HttpRequest()
        sent.method, sent.path, sent.path_info, sent._body = "POST", address, address, table.encode()
        query = f"preview={str(look).lower()}"
        sent.META = {
            **self.request.META,
            "QUERY_STRING": query,
            "CONTENT_TYPE": "text/csv",
            "CONTENT_LENGTH": str(len(sent.body)),
            **({} if look else {"HTTP_IDEMPOTENCY_KEY": str(key)}),
        }
        sent.GET, sent.content_type = QueryDict(query), "text/csv"
        sent._read_started = False
        sent.user, sent.actor, sent.bearer_error = self.request.user, self.actor, None
        sent._dont_enforce_csrf_checks = True  # the page's own form has been checked
        answer = resolve(address).func(sent)
        if hasattr(answer, "render"):
            answer.render()
        return answer.status_code, json.loads(answer.content)

    def page(self, form: TableForm, status: int = 200, **more: object) -> HttpResponse:
        """The form, what its columns mean, and the codes that they take."""
        teams = Team.objects.visible_to(self.actor).beside(self.actor.agency_id)
        teams = teams.select_related("agency").order_by("agency__name", "name")
        told = {
            "rows": [],
            "made": [],
            "form": form,
            "columns": COLUMNS,
            "categories": words.CATEGORIES,
            "teams": teams,
            **more,
        }
        return self.show(told, status)


def dated(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows, with when each happened and when it was entered as instants."""
    times = ("occurred_at", "recorded_at")
    return [each | {at: datetime.fromisoformat(each[at]) for at in times} for each in told["results"]]


def wrong(problem: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What is wrong, in the order of the rows: which row, which column, and what to do."""
    found = []
    for pointer, said in (problem.get("errors") or {"": problem["detail"]}).items():
        _, *path = pointer.split("/")
        row = path[1] if path[:1] == ["rows"] and len(path) > 1 else ""
        column = path[2] if row and len(path) > 2 else path[1] if path[:1] == ["heading"] else ""
        found.append((row, "" if column == "row" else column, said))
    return sorted(found, key=lambda each: int(each[0] or 0))


class Template(Page):
    """An empty table, to be filled in while the system is away."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Its heading."""
        heading = ",".join(COLUMNS) + "\r\n"
        named = {"Content-Disposition": 'attachment; filename="back-entry.csv"'}
        return HttpResponse(heading, content_type="text/csv; charset=utf-8", headers=named)


class Paper(Page):
    """The same on paper: one page to print before the system is away."""

    template = "tracker/paper.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Empty lines."""
        return self.show({"lines": range(ROWS_TO_PRINT), "categories": words.CATEGORIES})
