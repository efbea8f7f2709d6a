"""The threshold in the tracker: the prompt, what was decided, and what waits for a supervisor."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from agencies import audit
from agencies.roles import AgencyKind
from referrals import policies
from referrals.domain.case import Category
from referrals.domain.clocks import ClockKind
from referrals.domain.disclosure import readable
from referrals.domain.errors import Refused
from referrals.domain.must import MUST
from referrals.domain.threshold import Outcome, Stand
from referrals.models import Case, Clock, Person, Referral, ThresholdDecision
from referrals.pages.deciding import OUTCOMES, DecideForm
from referrals.pages.new import New
from referrals.reporting.decisions import SeenDecision, read
from referrals.screens import supporting, words
from referrals.screens.access import Page
from referrals.screens.always import OF_A_CLOCK
from referrals.screens.case import detentions
from referrals.screens.forms import MomentField, area, blame, choice, dress
from referrals.screens.moves import status_of
from referrals.screens.rows import About, named, people
from referrals.screens.timeline import BACK_ENTRY
from referrals.services import case, threshold_policy, threshold_review
from referrals.services.threshold import record

SIZE = 50
NEW_POLICY = "Nothing is recorded yet: since you opened this page another policy is in force,"
THEN_POLICY = "Nothing is recorded yet: when this was decided another policy was in force,"
WAITS = (
    ClockKind.UNDETERMINED,
    ClockKind.THRESHOLD_REOPENED,
    ClockKind.THRESHOLD_DISAGREED,
    ClockKind.THRESHOLD_REVIEW,
    ClockKind.REFER_ON,
)
STANDS = {
    Stand.DECIDED: "Decided",
    Stand.AWAITING_REVIEW: "Overridden, awaiting review",
    Stand.UNDETERMINED: "Undetermined",
    Stand.DISAGREED: "A professional disagrees",
    Stand.REOPENED: "Reopened: new information",
    Stand.RATIFIED: "Ratified by a supervisor",
    Stand.OVERTURNED: "Overturned by a supervisor",
    Stand.SUPERSEDED: "A later decision stands",
}


def decided_at(said: QueryDict) -> datetime | None:
    """The time in the form, if it is one that has passed (UTC)."""
    try:
        at = MomentField("").clean(said.get("occurred_at", ""))
    except forms.ValidationError:
        return None
    return at if at is not None and at <= timezone.now() else None


class Decide(Page):
    """The prompt. The outcome shows as the questions are answered; without a script, at a button."""

    template = "tracker/decide.html"
    begins = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """The questions of one category, of a case if one is named."""
        form = self.form(initial={"case": self.about("case")})
        return self.page(self.again(form))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the outcome of the answers so far, or record the decision."""
        form = self.form(request.POST)
        if "HX-Request" in request.headers:
            told = {"found": form.found(), "outcome": OUTCOMES[form.found().outcome]}
            return render(request, "tracker/decide_found.html", told)
        if request.POST.get("do") != "record":
            form = self.shown()
            form.errors.clear()
            return self.page(form)
        if not form.is_valid():
            return self.page(form, 422)
        try:
            made = record(decided=form.decided(self.actor, self.category()), by=self.actor)
        except Refused as refusal:
            if "/policy" in refusal.errors:
                return self.page(self.asked_anew(), status_of(refusal))
            blame(form, refusal)
            return self.page(form, status_of(refusal))
        messages.success(request, f"Recorded: {words.DECIDED[Outcome(made.outcome)].lower()}.")
        return redirect("tracker:decision", made.pk)

    def category(self) -> str:
        """The kind of call; the first phase's unless another is named. Raises Http404."""
        said = (
            self.request.POST.get("category")
            or self.request.GET.get("category")
            or str(self.typed.get("category", ""))
        )
        if (said or Category.CONCERN_FOR_WELFARE) not in set(Category):
            raise Http404
        return said or Category.CONCERN_FOR_WELFARE

    def form(self, *args: object, **kwargs: object) -> DecideForm:
        """The form of the policy in force now, or when it was decided, if that was entered afterwards."""
        at = decided_at(self.request.POST) or timezone.now()
        standing = threshold_policy.in_force(self.actor.agency_id, self.category(), at)
        return DecideForm(self.actor, standing, *args, **kwargs)

    def asked_anew(self) -> DecideForm:
        """Another policy was in force than the one that was answered: its questions, with the answers."""
        form = self.shown()
        why = THEN_POLICY if decided_at(self.request.POST) else NEW_POLICY
        form.add_error(None, f"{why} {form.standing.code}. Look at its questions, then record again")
        return form

    def shown(self) -> DecideForm:
        """What was sent, as the answers to the questions that are shown with it now."""
        said = self.request.POST.copy()
        form = self.form(said)
        said["policy"] = form.standing.code
        return form

    def page(self, form: DecideForm, status: int = 200) -> HttpResponse:
        """The questions, the outcome so far, and the rest."""
        reference = form["case"].value() or ""
        of_case = Case.objects.visible_to(self.actor).filter(reference=reference).first()
        if reference and of_case is None:
            raise Http404
        found = form.found() if form.is_bound or form.answers() else None
        told = {
            "form": form,
            "case": of_case,
            "asked": [form[name] for name in form.questions],
            "who": [form[name] for name in ("given_name", "family_name", "description")],
            "rest": [form[name] for name in ("rationale", "caller_told", "already_tried", "agency_told")],
            "category": self.category(),
            "categories": words.CATEGORIES.items(),
            "found": found,
            "outcome": found and OUTCOMES[found.outcome],
            "decides": self.actor.agency_kind == AgencyKind.POLICE,
        }
        return self.show(told, status)


class Decisions(Page):
    """What waits for a decision or a review, by time to breach; then what was decided last."""

    template = "tracker/decisions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Eleven queries, however many decisions."""
        waiting = list(
            Clock.objects.visible_to(self.actor)
            .running()
            .filter(team__agency=self.actor.agency_id, kind__in=WAITS)
            .select_related("case")
            .order_by("target_at", "id")[:SIZE]
        )
        latest = ThresholdDecision.objects.visible_to(self.actor).own(self.actor).order_by("-id")
        recent = latest.values_list("pk", flat=True)[:SIZE]
        by_case = self.of_cases({clock.case_id for clock in waiting})
        told = read([*by_case.values(), *recent], self.actor)
        about = people({each.row.case_id for each in told if each.row.case_id}, self.actor)
        rows = {each.row.pk: self.row(each, about) for each in told}
        shown = [
            {**rows[by_case[clock.case_id]], "clock": clock, "must": MUST[clock.kind]}
            for clock in waiting
            if by_case.get(clock.case_id) in rows
        ]
        return self.show({"waiting": shown, "recent": [rows[key] for key in recent if key in rows]})

    def of_cases(self, cases: set[UUID]) -> dict[UUID, UUID]:
        """The agency's latest decision in each of these cases."""
        own = ThresholdDecision.objects.visible_to(self.actor).own(self.actor).filter(case__in=cases)
        return dict(own.order_by("recorded_at", "id").values_list("case_id", "pk"))

    def row(self, seen: SeenDecision, about: dict[UUID, About]) -> dict[str, Any]:
        """One decision in a list, with whom it is about."""
        return {
            "seen": seen,
            "person": about.get(seen.row.case_id, About()).name,
            "stand": STANDS[seen.stand],
            "outcome": words.DECIDED[seen.outcome],
            "category": words.CATEGORIES[Category(seen.row.category)],
        }


class Decision(Page):
    """One decision: what it came to and why, what became of it, and what can be done now."""

    template = "tracker/decision.html"

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The page. Reading it is audited."""
        return self.page(self.found(pk))

    def found(self, pk: UUID) -> SeenDecision:
        """The decision as the actor sees it. Raises Http404."""
        seen = read([pk], self.actor)
        if not seen:
            raise Http404
        return seen[0]

    def page(self, seen: SeenDecision, status: int = 200, **more: object) -> HttpResponse:
        """With the form of an action, if one is at hand."""
        row = seen.row
        audit.record(action="case.read", by=self.actor, target_label="case", target_id=row.case_id or row.pk)
        about = Person.objects.visible_to(self.actor).filter(case=row.case_id).values().first()
        referrals = Referral.objects.visible_to(self.actor).filter(case=row.case_id).select_related("to_team")
        asked = {q["code"]: q["text"] for q in (row.policy.questions if row.policy else [])}
        clocks = Clock.objects.visible_to(self.actor).running().filter(case=row.case_id, team__isnull=False)
        own = row.case is not None and row.case.accountable_agency_id == self.actor.agency_id
        is_open = row.case is not None and row.case.state == "open"
        stays = is_open and not self.actor.only_reads
        alone = not referrals
        owed = supporting.calls_owed(self.actor).filter(case=row.case_id)
        held = detentions(self.actor, row.case_id) if row.case_id else []
        told = {
            "seen": seen,
            "row": row,
            "name": named(readable(about or {}, self.actor.audience)),
            "referrals": referrals,
            "afterwards": row.recorded_at - row.occurred_at > BACK_ENTRY,
            "answers": [(asked.get(code, code), answer) for code, answer in row.answers.items()],
            "stand": STANDS[seen.stand],
            "outcome": words.DECIDED[seen.outcome],
            "computed": words.DECIDED[Outcome(row.computed)],
            "category": words.CATEGORIES[Category(row.category)],
            "clocks": [(MUST[c.kind], c) for c in clocks.order_by("target_at")],
            "may_refer": own and is_open and seen.outcome != Outcome.POLICE_RESPONSE,
            "may_close": own and is_open and alone,
            "may_support": stays and alone,  # where somebody was asked, their page has it
            "owes_call": stays and alone and owed.exists(),
            "support": supporting.with_person(self.actor, row.case_id),
            "again": own and is_open and self.actor.agency_kind == AgencyKind.POLICE,
            "detentions": held,
            "detained": any(each.is_open for each in held),
            "may_detain": policies.may_detain(self.actor, row.case),
            **more,
        }
        return self.show(told, status)


class ActionForm(forms.Form):
    """The few fields of one action."""

    def __init__(self, fields: dict[str, forms.Field], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {**fields}
        dress(self)


TITLES = {
    "review": "Review this decision",
    "disagree": "Say that you disagree",
    "reopen": "New information",
    "close": "Close the case",
    **{action: words.ALWAYS[action] for action in supporting.IN_CASE},
}


class DecisionAction(Decision):
    """One small form for what can be done about a decision."""

    template = "tracker/decision_action.html"

    def get(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """The form, with what was typed and not sent."""
        seen = self.found(pk)
        form = self.again(ActionForm(self.fields(seen, action)))
        return self.form_page(seen, action, form)

    def post(self, request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
        """Do it, or say what is missing."""
        seen = self.found(pk)
        form = ActionForm(self.fields(seen, action), request.POST)
        if not form.is_valid():
            return self.form_page(seen, action, form, 422)
        try:
            self.do(seen, action, form.cleaned_data)
        except Refused as refusal:
            blame(form, refusal)
            return self.form_page(seen, action, form, status_of(refusal))
        messages.success(request, f"Recorded: {TITLES[action].lower()}.")
        return redirect("tracker:decision", pk)

    def fields(self, seen: SeenDecision, action: str) -> dict[str, forms.Field]:
        """What it asks for. Raises Http404 for an action that does not exist."""
        if action not in TITLES:
            raise Http404
        if action in supporting.IN_CASE:
            fields = supporting.FIELDS[action]()
            if action not in OF_A_CLOCK:
                fields["occurred_at"] = MomentField("When it happened, if not now")
            return fields
        if action != "review":
            return {"reason": area("What is known now" if action == "reopen" else "Why")}
        options = {
            Outcome.POLICE_RESPONSE: "Police attend",
            Outcome.NO_POLICE_RESPONSE: "No police response",
        }
        return {"outcome": choice("You decide", options.items()), "rationale": area("Why you decide so")}

    def do(self, seen: SeenDecision, action: str, said: dict[str, Any]) -> None:
        """Hand it to the service. Raises Refused, Http404 where the decision opened no case."""
        if action == "close" or action in supporting.IN_CASE:
            if seen.row.case is None:
                raise Http404
            reference = seen.row.case.reference
            if action == "close":
                case.move(reference=reference, action="close", by=self.actor, reason=said["reason"])
            else:
                supporting.IN_CASE[action](reference=reference, by=self.actor, **said)
        elif action == "review":
            verdict = "ratified" if said["outcome"] == seen.outcome else "overturned"
            word = threshold_review.Review(verdict, said["rationale"], said["outcome"])
            threshold_review.review(decision_id=seen.row.pk, said=word, by=self.actor)
        else:
            say = threshold_review.disagree if action == "disagree" else threshold_review.reopen
            say(decision_id=seen.row.pk, by=self.actor, reason=said["reason"])

    def form_page(self, seen: SeenDecision, action: str, form: ActionForm, status: int = 200) -> HttpResponse:
        """The decision in short, and the form."""
        return self.page(seen, status, form=form, action=action, title=TITLES[action])


class Refer(New):
    """One step from a decision to a referral in its case, with everything carried over by the server."""

    http_method_names = ("get", "head", "options")  # the form goes where every new referral goes

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The form of a new referral, filled in from the decision; nothing of it stands in the address."""
        seen = next(iter(read([pk], self.actor)), None)
        if seen is None or seen.row.case is None:
            raise Http404
        of_case = Case.objects.visible_to(self.actor).select_related("person").get(pk=seen.row.case_id)
        initial = {
            "case": of_case.reference,
            "decision": str(seen.row.pk) if seen.row.agency_id == self.actor.agency_id else "",
            "category": seen.row.category,
            "summary": "\n".join(filter(None, _carried(seen))),
        }
        return self.page(self.form(of_case, initial=initial), of_case)


def _carried(seen: SeenDecision) -> list[str]:
    """What the next agency needs to know of the decision."""
    tried, told = seen.texts["already_tried"], seen.texts["caller_told"]
    return [
        seen.texts["rationale"] or "",
        f"Already tried: {tried}" if tried else "",
        f"The caller was told: {told}" if told else "",
    ]
