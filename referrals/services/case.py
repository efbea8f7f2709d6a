"""Opening and closing cases; who is accountable; who is a party."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Value
from psycopg.types.range import Range

from agencies.acting import Actor
from agencies.models import Agency, Team
from referrals.domain.case import CASE_MOVES, CaseState, Cause, MadeBy
from referrals.domain.clocks import KEEPS_OPEN, ClockKind
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Stale
from referrals.domain.missing import OPEN as REPORT_OPEN
from referrals.domain.referral import OPEN
from referrals.models import Accountability, Case, Clock, Detention, MissingReport, Party, Person, Referral
from referrals.models.keys import new_id, next_case
from referrals.services import clock, terms
from referrals.services.writing import Act, lock_case

END_PERIOD = """
update referrals_accountability set during = tstzrange(lower(during), %s)
 where case_id = %s and upper_inf(during)
"""


def open_case(*, person: Mapping[str, Any], team: Team, by: Actor, occurred_at: datetime | None) -> Act:
    """A new case, accountable to the agency that opens it; the act goes on with what it was opened for."""
    reference, at = next_case()
    case = Case(
        pk=new_id(),
        reference=reference,
        opened_at=at,
        opened_on=at.astimezone(UTC).date(),
        opened_by_agency_id=by.agency_id,
        opened_by_team=team,
        accountable_agency_id=by.agency_id,
        accountable_team=team,
        accountable_since=at,
    )
    Case.objects.bulk_create([case])
    Party.objects.bulk_create([Party(case=case, agency_id=by.agency_id, since=at)])
    act = Act.since(at, case, by, occurred_at, opens=True)
    _begin_period(act, by.agency_id, team.pk, Cause.OPENED, None, at)
    Person.objects.bulk_create([Person(case=case, **person)])
    provided = {name: value for name, value in person.items() if value not in ("", None)}
    act.event("case.opened", {"content": [act.content("person", provided)]})
    return act


def hand_over(act: Act, *, agency_id: int, team_id: int, cause: Cause, referral: Referral) -> None:
    """Make an agency accountable from now on, and say so to everybody. The only way accountability moves."""
    case = act.case
    codes = dict(
        Agency.objects.filter(pk__in=[case.accountable_agency_id, agency_id]).values_list("pk", "code")
    )
    said = {"cause": cause, "from": codes[case.accountable_agency_id], "to": codes[agency_id]}
    with connection.cursor() as cursor:
        cursor.execute(END_PERIOD, [act.at, case.pk])
    _begin_period(act, agency_id, team_id, cause, referral, act.at)
    case.accountable_agency_id, case.accountable_team_id = agency_id, team_id
    case.accountable_since = act.at
    case.holding_lead = referral if cause == Cause.ACCEPTED else None
    save(case, "accountable_agency", "accountable_team", "accountable_since", "holding_lead")
    act.event("case.accountability_changed", said, referral)


def _begin_period(
    act: Act, agency_id: int, team_id: int, cause: Cause, referral: Referral | None, since: datetime
) -> None:
    Accountability.objects.bulk_create(
        [
            Accountability(
                case=act.case,
                agency_id=agency_id,
                team_id=team_id,
                during=Range(since, None),
                cause=cause,
                referral=referral,
            )
        ]
    )


def save(case: Case, *fields: str) -> None:
    """Write these fields of the case, as its next version."""
    case.version += 1
    case.save(update_fields=[*fields, "version"])


def join(act: Act, agency_id: int) -> None:
    """Make an agency a party. One that joins late is told that the case is shared with it."""
    if agency_id == act.by.agency_id:
        return
    if not act.opens and Party.objects.filter(case=act.case, agency_id=agency_id, until=None).exists():
        return
    Party.objects.bulk_create([Party(case=act.case, agency_id=agency_id, since=act.at)])
    if not act.opens:
        code = Agency.objects.values_list("code", flat=True).get(pk=agency_id)
        act.event("case.shared", {"with": code})


def settle(act: Act) -> None:
    """After an act is written: parties with nothing left to do leave, and an idle open case is put under
    review.

    The agency that opened the case stays a party, and so does the one that is accountable.
    """
    with connection.cursor() as cursor:
        cursor.execute("select parties_leave(%s)", [act.case.pk])


def watch_if_idle(act: Act, terms_of: clock.Terms) -> None:
    """Start the case's review clock if nothing in it is open; stop it if something is."""
    if act.case.state == CaseState.CLOSED:
        return
    if Referral.objects.filter(case=act.case, state__in=OPEN).exists():
        clock.stop_case_clocks(act, ClockKind.CASE_REVIEW, met=True)
    elif not act.case.clocks.running().filter(kind=ClockKind.CASE_REVIEW).exists():
        clock.start_for_case(act, terms_of, ClockKind.CASE_REVIEW)


@transaction.atomic
def move(
    *,
    reference: str,
    action: str,
    by: Actor,
    version: int | None = None,
    occurred_at: datetime | None = None,
    reason: str = "",
) -> Case:
    """Close, reopen or review a case: a named person of the accountable agency does.

    Raises NotThere, Invalid, Stale, MoveNotAllowed, NotYourMove, ReasonNeeded.
    """
    if action not in MOVES:
        raise Invalid(f"there is no action {action!r}", {"/action": f"one of {', '.join(CASE_MOVES)}"})
    case = find(reference, by, version)
    check_case_move(by, case, action, {"reason": reason})
    act = Act.on(case, by, occurred_at)
    MOVES[action](act)
    said = {"content": [act.content("reason", reason)]} if reason else {}
    act.event(TOLD_AS[action], said)
    act.write()
    return case


def find(reference: str, by: Actor, version: int | None) -> Case:
    """The case, locked. Raises NotThere, Stale."""
    found = Case.objects.visible_to(by).filter(reference=reference).first()
    if found is None:
        raise NotThere("there is no such case")
    case = lock_case(found.pk)
    if version is not None and version != case.version:
        raise Stale("the case has moved on since you read it: read it again")
    return case


REMEDY = {
    "reason": "say why",
    "outcome": "say what is to happen now",
    "other_case": "the reference of the other case",
}


def check_case_move(by: Actor, case: Case, action: str, said: Mapping[str, Any]) -> None:
    """Whether this actor may make this move of the case now, as far as the table says."""
    wanted = CASE_MOVES[action]
    if case.state not in wanted.sources:
        raise MoveNotAllowed(f"a case that is {case.state} cannot take {action}", case_actions(by, case))
    if wanted.by == MadeBy.ACCOUNTABLE and case.accountable_agency_id != by.agency_id:
        raise NotYourMove(f"only the accountable agency can {action} the case")
    if not by.is_named:
        raise ReasonNeeded(
            f"a named person must {action} the case", {"/by": "name the person: name, role and contact"}
        )
    if missing := {f"/{need}": REMEDY[need] for need in wanted.needs if not said.get(need)}:
        raise ReasonNeeded(f"{action} needs more", missing)
    if action == "close" and (waiting := in_the_way([case.pk])):
        others = [each for each in case_actions(by, case) if each != action]
        raise MoveNotAllowed("; ".join(waiting[case.pk]), others)


def in_the_way(keys: Collection[UUID]) -> dict[UUID, list[str]]:
    """What keeps each of these cases from being closed, in words: what is open in it, and what is owed.

    A case without an entry can be closed. One query, however many.
    """
    asked = Referral.objects.filter(case__in=keys, state__in=OPEN)
    reported = MissingReport.objects.filter(case__in=keys, state__in=REPORT_OPEN)
    held = Detention.objects.open().filter(case__in=keys)
    owed = Clock.objects.running().filter(case__in=keys, kind__in=KEEPS_OPEN)
    waiting = asked.values_list("case", Value("open"), "reference").union(
        reported.values_list("case", Value("open"), "reference"),
        held.values_list("case", Value("held"), "reference"),
        owed.values_list("case", Value("owed"), "kind"),
    )
    found: dict[UUID, dict[str, list[str]]] = {}
    for key, what, which in waiting if keys else ():
        found.setdefault(key, {}).setdefault(what, []).append(which)
    return {key: [IN_WORDS[what](sorted(those[what])) for what in IN_WORDS if what in those]
            for key, those in found.items()}  # fmt: skip


IN_WORDS: dict[str, Callable[[list[str]], str]] = {
    "open": lambda those: f"still open in this case: {', '.join(those)}. Finish or close them first",
    "held": lambda those: f"detention {', '.join(those)} has not ended: enter how it ended",
    "owed": lambda those: "; ".join(KEEPS_OPEN[ClockKind(kind)] for kind in those),
}


def is_owed_something(case: Case) -> bool:
    """Whether more is in it than referrals: a missing patient, a detention, a word that was given."""
    return (
        MissingReport.objects.filter(case=case).exists()
        or Detention.objects.filter(case=case).exists()
        or case.clocks.running().filter(kind__in=KEEPS_OPEN).exists()
    )


def case_actions(by: Actor, case: Case) -> list[str]:
    """The moves of its owner from the state it is in; ``case_moves.allowed`` says which exist now."""
    if case.accountable_agency_id != by.agency_id:
        return []
    return [action for action in MOVES if case.state in CASE_MOVES[action].sources]


def close_unsent(act: Act) -> None:
    """Close a case that was opened for a draft which was then discarded: nobody else ever knew of it."""
    _close(act)
    act.event("case.closed", {"reason_code": "draft_discarded"})


def _close(act: Act) -> None:
    act.case.state, act.case.closed_at = CaseState.CLOSED, act.at
    save(act.case, "state", "closed_at")
    clock.stop_case_clocks(act, ClockKind.CASE_REVIEW, met=True)
    clock.stop_case_clocks(act, met=False)


def _reopen(act: Act) -> None:
    act.case.state, act.case.closed_at = CaseState.OPEN, None
    save(act.case, "state", "closed_at")
    _review_from_now(act)


def _review(act: Act) -> None:
    clock.stop_case_clocks(act, ClockKind.CASE_REVIEW, met=True)
    save(act.case)
    _review_from_now(act)


def _review_from_now(act: Act) -> None:
    watch_if_idle(act, terms.of_case(act))


TOLD_AS = {"close": "case.closed", "reopen": "case.reopened", "review": "case.reviewed"}
MOVES = {"close": _close, "reopen": _reopen, "review": _review}
