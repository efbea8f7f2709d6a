"""What is done about a missing patient in the tracker: one small form each, and one for all that is known."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from agencies.instants import spelt
from referrals.domain.errors import Refused
from referrals.domain.missing import MOVES
from referrals.domain.missing_fields import BY_NAME, FIELDS, Kind
from referrals.pages.missing import ReportPage
from referrals.reporting.missing_reports import SeenReport
from referrals.screens import missing_words as words
from referrals.screens import undo
from referrals.screens.birth import BirthField
from referrals.screens.forms import MomentField, MoveForm, area, blame, choice
from referrals.screens.moves import status_of
from referrals.screens.nhs_number import NhsNumberField
from referrals.services import missing, missing_moves, sighting

Fields = dict[str, forms.Field]
OF_PERSON = ("date_of_birth", "age", "nhs_number", "phone", "language")
OF_REPORT = ("legal_status", "section_started_at", "section_expires_at", "immediate_risk", "security")


def line(label: str, help_text: str = "", *, required: bool = False) -> forms.CharField:
    """One line of text."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=1_000,
        error_messages={"required": "Say it in a few words"},
    )


def _grade(seen: SeenReport) -> Fields:
    grades = [(code, text) for code, text in words.GRADES.items() if code != seen.row.grade]
    said = "Anybody raises it. A supervisor lowers it, and says why. High proposes that the police lead."
    return {
        "grade": choice("The risk is", grades, help_text=said),
        "reason": area("Why", required=False),
    }


def _return(seen: SeenReport) -> Fields:
    return {
        "found_by": line("Found or brought back by"),
        "power_used": choice("Power used", [("", "None"), *list(words.LEGAL.items())[2:]], required=False),
        "harm": area("Harm to them or others", required=False),
    }


def _close(seen: SeenReport) -> Fields:
    waiting = ", ".join(line_.title.lower() for line_ in seen.checklist if line_.code in seen.open_steps)
    return {"reason": area("Why it closes with steps open", waiting, required=bool(waiting))}


FORMS: dict[str, Callable[[SeenReport], Fields]] = {
    "grade": _grade,
    "review": lambda seen: {"note": area("What was looked at, and what has changed", required=False)},
    "locate": lambda seen: {"place": line("Where", required=True), "found_by": line("Found by")},
    "lost_again": lambda seen: {"reason": area("What has happened")},
    "return": _return,
    "not_back": lambda seen: {"reason": area("What happened", words.SEARCH_GOES_ON)},
    "debrief": lambda seen: {"note": area("Note", required=False)},
    "close": _close,
    "cancel": lambda seen: {"reason": area("Why")},
    "sighting": lambda seen: {
        "place": line("Where", required=True),
        "seen_at": MomentField("When, if not now"),
        "sure": choice("Is it surely them?", words.ANSWERS.items()),
        "told_by": line("Who says so"),
        "note": area("What was seen", required=False),
    },
    "add": lambda seen: _everything(seen),
}
UNDATED = frozenset({"sighting", "add"})


def _everything(seen: SeenReport) -> Fields:
    """Whatever can be known, each with what is known now."""
    found: Fields = {
        "date_of_birth": BirthField("Born, as 31/3/1980"),
        "age": forms.IntegerField(label="Or age, about", required=False, min_value=0, max_value=130),
        "nhs_number": NhsNumberField(),
        "phone": forms.CharField(label="Their telephone", required=False, max_length=40),
        "language": forms.CharField(label="Language", required=False, max_length=60),
        "legal_status": forms.ChoiceField(
            label="Legal status", required=False, choices=list(words.LEGAL.items())
        ),
        "section_started_at": MomentField("Start of the section"),
        "section_expires_at": MomentField("End of the section"),
        "immediate_risk": choice("Is there an immediate risk?", words.ANSWERS.items(), required=False),
        "security": forms.ChoiceField(
            label="How secure the unit is", required=False, choices=list(words.SECURITY.items())
        ),
    }
    for field in FIELDS:
        if field.of_child and seen.age_known and not seen.row.under_18:
            continue
        if field.kind == Kind.ANSWER:
            found[field.name] = choice(field.label, words.ANSWERS.items(), required=False)
        elif field.kind == Kind.INSTANT:
            found[field.name] = MomentField(field.label)
        elif field.kind == Kind.NAMES:
            found[field.name] = line(field.label, "Separate several by commas")
        else:
            found[field.name] = line(field.label, _readers(field.readers))
    return found


def _readers(readers: str) -> str:
    return "Read by health alone, not by the police" if readers == "health" else ""


class Act(ReportPage):
    """One action on one report."""

    template = "tracker/missing/act.html"

    def get(self, request: HttpRequest, reference: str, action: str) -> HttpResponse:
        """The form, with what is known already."""
        seen = self.seen(reference)
        form = self.form(seen, action, initial=self.initial(seen, action))
        return self.form_page(seen, action, self.again(form))

    def post(self, request: HttpRequest, reference: str, action: str) -> HttpResponse:
        """Do it, or say what is missing."""
        seen = self.seen(reference)
        form = self.form(seen, action, request.POST)
        if not form.is_valid():
            return self.form_page(seen, action, form, 422)
        try:
            self.do(seen, action, dict(form.cleaned_data))
        except Refused as refusal:
            blame(form, refusal)
            return self.form_page(self.seen(reference), action, form, status_of(refusal))
        said = undo.back(reference) if action == "return" else f"Recorded: {words.ACTIONS[action].lower()}."
        messages.success(request, said)
        return redirect("tracker:missing-report", reference)

    def form(self, seen: SeenReport, action: str, *args: object, **kwargs: object) -> MoveForm:
        """What the action asks for. Raises Http404 for one that does not exist."""
        if action not in FORMS:
            raise Http404
        return MoveForm(FORMS[action](seen), *args, dated=action not in UNDATED, **kwargs)

    def initial(self, seen: SeenReport, action: str) -> dict[str, Any]:
        """What is known now, where it is added to."""
        initial: dict[str, Any] = {"version": seen.row.version}
        if action == "add":
            person = {name: seen.person.get(name) for name in OF_PERSON}
            known = {name: getattr(seen.row, name) for name in OF_REPORT}
            initial |= {**person, **known, **seen.details}
            if until := seen.details.get("photo_release_until"):
                initial["photo_release_until"] = parse_datetime(until)
            initial["names"] = _listed(seen.details.get("names", []))
        return initial

    def do(self, seen: SeenReport, action: str, said: dict[str, Any]) -> None:
        """Hand it to the service whose it is. Raises Refused."""
        version = said.pop("version")
        if action in MOVES:
            missing_moves.move(report_id=seen.row.pk, action=action, by=self.actor, version=version, **said)
        elif action == "sighting":
            said["seen_at"] = said["seen_at"] or timezone.now()
            sighting.log(report_id=seen.row.pk, seen=sighting.Seen(**said), by=self.actor)
        else:
            missing.update(report_id=seen.row.pk, said=_added(seen, said), by=self.actor, version=version)

    def form_page(self, seen: SeenReport, action: str, form: MoveForm, status: int = 200) -> HttpResponse:
        """The report in short, and the form. A form that was refused shows the version that stands now."""
        if form.is_bound:
            form.data = form.data.copy()
            form.data["version"] = seen.row.version
        allowed = action in seen.actions or (action in UNDATED and seen.row.state not in ("closed",))
        told = {"form": form, "action": action, "title": words.ACTIONS[action], "allowed": allowed}
        return self.show({**self.told(seen), **told}, status)


def _added(seen: SeenReport, said: dict[str, Any]) -> missing.Added:
    """What has changed, and nothing else."""
    facts = {
        name: said[name] for name in OF_REPORT if said.get(name) != getattr(seen.row, name) and said.get(name)
    }
    said["names"] = _names(said.get("names") or "", seen.details.get("names", []))
    told = {
        name: spelt(value) if isinstance(value, datetime) else value
        for name, value in said.items()
        if name in BY_NAME
    }
    details = {name: value for name, value in told.items() if (value or "") != (seen.details.get(name) or "")}
    person = {name: said[name] for name in OF_PERSON if said.get(name) not in (None, "")}
    person = {name: value for name, value in person.items() if value != seen.person.get(name)}
    return missing.Added(person=person, facts=facts, details=details)


def _listed(names: list[dict[str, str]]) -> str:
    return ", ".join(each["name"] for each in names)


def _names(typed: str, was: list[dict[str, str]]) -> list[dict[str, str]]:
    """The names that are listed, each of the kind that it was; a new one is what they are known as."""
    if typed == _listed(was):
        return was
    listed = [each.strip() for each in typed.split(",") if each.strip()]
    kept = [each for each in was if each["name"] in listed]
    known = {each["name"] for each in kept}
    return kept + [{"kind": "known_as", "name": name} for name in dict.fromkeys(listed) if name not in known]
