"""Photos and PDFs of a case in the tracker: what is there, attaching one, and taking one back."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from agencies import audit
from agencies.acting import Actor
from agencies.roles import Audience
from referrals.domain.attachment import MOST_BYTES, Kind, MediaType
from referrals.domain.case import CaseState
from referrals.domain.disclosure import kinds_read_by
from referrals.domain.errors import Refused
from referrals.models import Case
from referrals.reporting.attachment import SeenFile, of_case, one
from referrals.screens import words
from referrals.screens.access import Page
from referrals.screens.forms import MoveForm, area, blame, choice
from referrals.screens.moves import status_of
from referrals.services import attachment

TOO_LARGE = f"This file is larger than {MOST_BYTES // 2**20} MB. Choose a smaller one"
READERS = {
    "photo": "every agency in this case but voluntary ones",
    "document": "every agency in this case but voluntary ones",
    "clinical_document": "health agencies in this case only",
    "police_document": "police in this case only",
}


def upload_fields(audience: Audience) -> dict[str, forms.Field]:
    """What is asked of a file. The kinds are those that the sender's own agency reads."""
    reads = kinds_read_by(audience)
    kinds = [(k, f"{text}: read by {READERS[k]}") for k, text in words.ATTACHMENTS.items() if k in reads]
    chooser = forms.FileInput(attrs={"accept": ",".join(MediaType)})
    return {
        "file": forms.FileField(
            label="File",
            help_text="A photo (JPEG or PNG) or a PDF, at most 10 MB. What a camera adds to a photo, such as "
            "where it was taken, is not kept.",
            widget=chooser,
            allow_empty_file=True,
            error_messages={"required": "Choose a file. If you chose one before, choose it again"},
        ),
        "kind": choice("What it is", kinds),
        "note": area("Note", required=False),
    }


class Files(Page):
    """The files of a case, and a form for one more."""

    template = "tracker/files.html"

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """The page. Reading it is audited."""
        case = self.case(reference)
        audit.record(action="case.read", by=self.actor, target_label="case", target_id=case.pk)
        return self.page(case, self.again(self.form(case)))

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Attach it; else the form again, with what was typed. A browser forgets the file itself."""
        case = self.case(reference)
        form = self.form(case, request.POST, request.FILES)
        if form.is_valid() and form.cleaned_data["file"].size > MOST_BYTES:
            form.add_error("file", TOO_LARGE)
        if not form.is_valid():
            return self.page(case, form, 422)
        try:
            self.attach(case, dict(form.cleaned_data))
        except Refused as refusal:
            blame(form, refusal)
            return self.page(case, form, status_of(refusal))
        messages.success(request, "Attached.")
        return redirect("tracker:files", reference)

    def attach(self, case: Case, said: dict[str, Any]) -> None:
        """Hand it to the service. Raises Refused."""
        file, version = said.pop("file"), said.pop("version")
        sent = attachment.Sent(content=file.read(), name=file.name, **said)
        attachment.attach(case_id=case.pk, sent=sent, by=self.actor, version=version)

    def case(self, reference: str) -> Case:
        """Raises Http404."""
        found = Case.objects.visible_to(self.actor).filter(reference=reference).first()
        if found is None:
            raise Http404
        return found

    def form(self, case: Case, *args: object, **kwargs: object) -> MoveForm:
        """What to attach, and when it was taken or written if not now."""
        return MoveForm(upload_fields(self.actor.audience), *args, **kwargs)

    def page(self, case: Case, form: MoveForm, status: int = 200) -> HttpResponse:
        """What is there, and the form where something may be added."""
        told = {
            "case": case,
            "files": files_of(case.pk, self.actor),
            "form": form,
            "is_open": case.state == CaseState.OPEN,
            "reads": set(Kind) & set(kinds_read_by(self.actor.audience)),
        }
        return self.show(told, status)


def files_of(case_id: UUID, actor: Actor) -> list[tuple[SeenFile, str]]:
    """Every file that the actor reads, and what it is called."""
    return [(each, words.ATTACHMENTS[each.row.kind]) for each in of_case(case_id, actor)]


class Withdraw(Page):
    """Taking a file back, for a reason."""

    template = "tracker/file_withdraw.html"

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The form."""
        return self.page(self.seen(pk), self.again(MoveForm(reason(), dated=False)))

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take it back, or the form again."""
        seen, form = self.seen(pk), MoveForm(reason(), request.POST, dated=False)
        if not form.is_valid():
            return self.page(seen, form, 422)
        try:
            attachment.withdraw(attachment_id=pk, reason=form.cleaned_data["reason"], by=self.actor)
        except Refused as refusal:
            blame(form, refusal)
            return self.page(seen, form, status_of(refusal))
        messages.success(request, "Withdrawn: nobody gets this file any more.")
        return redirect("tracker:files", seen.row.case.reference)

    def seen(self, pk: UUID) -> SeenFile:
        """Raises Http404."""
        found = one(pk, self.actor)
        if found is None:
            raise Http404
        return found

    def page(self, seen: SeenFile, form: MoveForm, status: int = 200) -> HttpResponse:
        """The form, and what it is about."""
        return self.show({"seen": seen, "kind": words.ATTACHMENTS[seen.row.kind], "form": form}, status)


def reason() -> dict[str, forms.Field]:
    """Why."""
    hint = "It stays in the records that the file was there, who attached it, and why it was withdrawn."
    return {"reason": area("Why it is withdrawn", hint)}
