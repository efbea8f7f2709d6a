"""What one agency sees of a case and may do in it: the same for every door."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from agencies.acting import Actor
from agencies.models import Agency
from agencies.roles import Role
from referrals import policies
from referrals.domain.clocks import ClockKind
from referrals.domain.disclosure import readable
from referrals.domain.referral import ASKED, HELD, OPEN, Side
from referrals.models import Case, Clock, MissingReport, Person, Referral
from referrals.screens import words
from referrals.screens.always import OF_A_CLOCK
from referrals.screens.rows import named
from referrals.services import agreement, case_moves, statements
from referrals.services.statements import Statement

RELATED = (
    "from_team__agency",
    "to_team__agency",
    "from_agency",
    "to_agency",
    "answering_team__agency",
    "agreement_version",
)
OWNERS = ("accountable_agency", "accountable_team__agency", "opened_by_team__agency")
AT_ONCE = frozenset({"send", "acknowledge", "accept", "agree_cancel"})
LOUD = frozenset(
    {
        "send",
        "acknowledge",
        "accept",
        "decline",
        "answer_info",
        "start",
        "complete",
        "close",
        "resend",
        "police_reassess",
    }
)


@dataclass(frozen=True)
class Seen:
    """A case as one actor sees it. ``case`` is None for an agency whose part in it has ended."""

    case: Case | None
    referral: Referral
    referrals: list[Referral]
    person: dict[str, Any]
    also: list[tuple[str, Statement]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The person, as lists call them."""
        return named(self.person)


@dataclass(frozen=True)
class SeenCase:
    """A case by itself: nobody need have been asked anything in it."""

    case: Case
    referral: Referral | None
    person: dict[str, Any]
    also: list[tuple[str, Statement]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The person, as lists call them."""
        return named(self.person)


def find_case(actor: Actor, reference: str) -> SeenCase:
    """The case, with the referral that is due first if there is one. Raises Http404."""
    withheld = MissingReport.objects.visible_to(actor).withheld_from(actor).values("case")
    seen = Case.objects.visible_to(actor).exclude(pk__in=withheld).select_related(*OWNERS)
    case = seen.filter(reference=reference).first()
    if case is None:
        raise Http404
    rows = list(Referral.objects.visible_to(actor).filter(case=case).select_related(*RELATED).order_by("id"))
    about = Person.objects.visible_to(actor).filter(case=case).values().first()
    person = readable(about or {}, actor.audience)
    return SeenCase(case, first_to_act(rows) if rows else None, person, said_of(case, actor))


def find(actor: Actor, referrals: QuerySet[Referral], focus: str = "") -> Seen:
    """The case of these referrals, with one in focus. Raises Http404."""
    rows = list(referrals.select_related(*RELATED).order_by("id"))
    if not rows:
        raise Http404
    chosen = next((r for r in rows if r.reference == focus), None) or first_to_act(rows)
    case = Case.objects.visible_to(actor).select_related(*OWNERS).filter(pk=chosen.case_id).first()
    about = Person.objects.visible_to(actor).filter(case_id=chosen.case_id).values().first()
    return Seen(case, chosen, rows, readable(about or {}, actor.audience), said_of(case, actor))


def said_of(case: Case | None, actor: Actor) -> list[tuple[str, Statement]]:
    """What was said otherwise of the case's person, in words and with who said it, and of which agency.

    One query; one more where something was.
    """
    those = statements.beside([case.pk], actor).get(case.pk, ()) if case else ()
    if not those:
        return []
    agencies = Agency.objects.visible_to(actor).filter(code__in={each.by.get("agency") for each in those})
    names = dict(agencies.values_list("code", "name"))
    return [(words.of_person(each.said), _of_agency(each, names)) for each in those]


def _of_agency(said: Statement, names: Mapping[str, str]) -> Statement:
    code = said.by.get("agency") or ""
    return replace(said, by={**said.by, "agency_name": names.get(code, code)})


def first_to_act(rows: list[Referral]) -> Referral:
    """The open referral that is due first, else the newest."""
    waiting = [each for each in rows if each.state in OPEN]
    return min(waiting, key=lambda r: r.breach_at) if waiting else rows[-1]


def moves_of(actor: Actor, seen: Seen) -> list[dict[str, Any]]:
    """The actor's moves: those of the lifecycle, then what can be said at any time; an auditor has none."""
    return [] if actor.only_reads else _moves_of(actor, seen)


def _moves_of(actor: Actor, seen: Seen) -> list[dict[str, Any]]:
    referral, allowed = seen.referral, policies.allowed_actions(actor, seen.referral, seen.case)
    found = [
        {"action": each, "text": words.ACTIONS[each], "at_once": each in AT_ONCE, "loud": each in LOUD}
        for each in allowed
    ]
    _mark_primary(found)
    sides = policies.sides_of(actor, referral) if seen.case else set()
    if sides and referral.sent_at and referral.state in OPEN:
        found.append({"action": "contact", "text": words.ALWAYS["contact"]})
    if seen.case and seen.case.state == "open" and referral.sent_at:
        of_ask = ["inform", "risk"] if referral.state in OPEN else []
        stays = ["support", "call_back"]  # whoever said no, the person still waits
        found += [{"action": each, "text": words.ALWAYS[each]} for each in of_ask + stays]
    if Side.SENDER in sides and referral.state in ASKED:
        found.append({"action": "claim", "text": words.ALWAYS["claim"]})
    if Side.RECEIVER in sides and referral.state in ASKED | HELD:
        found.append({"action": "arrival", "text": words.ALWAYS["arrival"]})
    if may_repin(actor, seen, sides):
        found.append({"action": "repin", "text": words.ALWAYS["repin"]})
    return found


def _mark_primary(found: list[dict[str, Any]]) -> None:
    """One button is loudest: the first of those that bring the referral on."""
    loud = [each for each in found if each["loud"]]
    for each in loud[:1]:
        each["primary"] = True


def may_repin(actor: Actor, seen: Seen, sides: set[Side]) -> bool:
    """Whether a manager of either side may put an open referral on another agreement: one query for them."""
    referral = seen.referral
    if not sides or referral.state not in OPEN or not policies.is_senior(actor, Role.MANAGER):
        return False
    asked = agreement.between(referral.from_team.agency, referral.to_team.agency, referral.category)
    return agreement.resolved(asked, timezone.now()).version != referral.agreement_version_id


def may(actor: Actor, seen: Seen, action: str) -> bool:
    """Whether a form is of any use. What hangs on a clock, its service alone can tell."""
    if action in OF_A_CLOCK or action in ("arrived", "rang_back"):
        return seen.case is not None
    return action in {each["action"] for each in moves_of(actor, seen)}


def case_moves_of(actor: Actor, seen: Seen, clocks: Iterable[Clock]) -> list[tuple[str, str]]:
    """The actor's moves of the case that a referral is seen in."""
    return own_moves(actor, seen.case, clocks) if seen.case else []


def own_moves(actor: Actor, case: Case, clocks: Iterable[Clock]) -> list[tuple[str, str]]:
    """The actor's moves of the case itself; reviewing when that is due."""
    if actor.only_reads:
        return []
    reviewed = any(c.kind == ClockKind.CASE_REVIEW and c.stopped_at is None for c in clocks)
    useless = set() if reviewed else {"review"}
    allowed = case_moves.allowed(actor, [case])[case.pk]
    return [(each, words.CASE_ACTIONS[each]) for each in allowed if each not in useless]
