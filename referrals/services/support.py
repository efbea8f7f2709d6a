"""Staying with the person until help arrives: entries with a next contact on a clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from agencies.instants import spelt
from referrals import policies
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, MoveNotAllowed, ReasonNeeded
from referrals.domain.support import Ends, How, Who
from referrals.models import Case, Referral, SupportEntry
from referrals.models.keys import new_id
from referrals.services import clock, terms
from referrals.services.case import find as find_case
from referrals.services.finding import find
from referrals.services.threshold import desk_of
from referrals.services.writing import Act

LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Said:
    """Who is with the person, and how. ``next_contact_at`` (UTC) is at the default's time if left out.

    With ``ends`` the support ends: help arrived, or it is not needed any more, and why.
    """

    who: str
    how: str
    note: str = ""
    next_contact_at: datetime | None = None
    ends: str = ""
    occurred_at: datetime | None = None


@transaction.atomic
def log(*, referral_id: UUID, said: Said, by: Actor, version: int | None = None) -> SupportEntry:
    """Log who is with the person; the next contact is due by a clock of the desk that logs.

    Any party may. The clock of the entry before is kept by this one: who stays with the person may
    change. Raises NotThere, Stale, ReasonNeeded, Invalid, MoveNotAllowed (closed; nothing to end).
    """
    referral, locked = find(referral_id, by, version)
    return _log(locked, referral, said, by)


@transaction.atomic
def log_in_case(*, reference: str, said: Said, by: Actor, version: int | None = None) -> SupportEntry:
    """The same of a case, whether or not anybody has been asked in it yet: the person waits from the call on.

    Raises NotThere, Stale, ReasonNeeded, Invalid, MoveNotAllowed (closed; nothing to end).
    """
    return _log(find_case(reference, by, version), None, said, by)


def _log(locked: Case, referral: Referral | None, said: Said, by: Actor) -> SupportEntry:
    policies.check_case_open(locked)
    if not by.is_named:
        raise ReasonNeeded("a named person logs this", {"/by": "name the person: name, role and contact"})
    act = Act.on(locked, by, said.occurred_at)
    _check(said, act, locked)
    clock.stop_case_clocks(act, ClockKind.NEXT_CONTACT, met=True)
    entry = _entry(act, referral, said)
    if not said.ends:
        desk = desk_of(by)
        asked = referral.to_team_id if referral else None
        other = locked.accountable_team_id if locked.accountable_team_id != desk.pk else asked
        on = terms.of_case(act)
        started = clock.start_for_team(act, on, ClockKind.NEXT_CONTACT, desk.pk, other, said.next_contact_at)
        entry.next_contact_at = started.target_at
    text = act.content("support_note", said.note, referral) if said.note else None
    entry.note_id = UUID(text["id"]) if text else None
    _write(act, referral, entry, [text] if text else [])
    act.write()
    return entry


def _check(said: Said, act: Act, case: Case) -> None:
    errors = {}
    if (said.who == Who.NOBODY) != (said.how == How.NOT_AT_ALL):
        errors["/how"] = "not_at_all where nobody is with the person, and only there"
    if said.next_contact_at and not act.at < said.next_contact_at <= act.at + LONGEST:
        errors["/next_contact_at"] = "a time to come, at most 24 hours ahead"
    if said.ends and said.next_contact_at:
        errors["/next_contact_at"] = "support that ends has no next contact"
    if errors:
        raise Invalid("this cannot be logged so", errors)
    if said.ends:
        _check_end(said, case)


def _check_end(said: Said, case: Case) -> None:
    if not case.clocks.running().filter(kind=ClockKind.NEXT_CONTACT).exists():
        raise MoveNotAllowed("no interim support is running in this case")
    if said.ends == Ends.NOT_NEEDED and not said.note:
        raise ReasonNeeded("support ends before help arrived", {"/note": "say why it is not needed any more"})


def _entry(act: Act, referral: Referral | None, said: Said) -> SupportEntry:
    return SupportEntry(
        pk=new_id(),
        case=act.case,
        referral=referral,
        agency_id=act.by.agency_id,
        who=said.who,
        how=said.how,
        ends=said.ends,
        actor=act.by.as_event(),
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )


def _write(act: Act, referral: Referral | None, entry: SupportEntry, said: Sequence[dict[str, str]]) -> None:
    """The row, the event and, if the person is alone, word to whoever answers for them."""
    SupportEntry.objects.bulk_create([entry])
    due = entry.next_contact_at and spelt(entry.next_contact_at)
    codes = {"who": entry.who, "how": entry.how, "next_contact_at": due, "ends": entry.ends}
    kind = "support.ended" if entry.ends else "support.logged"
    act.event(kind, {"entry": entry.pk, **codes, "content": list(said)}, referral)
    if entry.who == Who.NOBODY and not entry.ends:
        act.tell(act.case.accountable_team_id, act.case.accountable_agency_id, "support.nobody", referral)


def arrived(act: Act, referral: Referral) -> None:
    """Help is there: interim support, if any runs in the case, ends with it."""
    running = act.case.clocks.running().filter(kind=ClockKind.NEXT_CONTACT)
    if not running.exists():
        return
    clock.stop_case_clocks(act, ClockKind.NEXT_CONTACT, met=True)
    last = SupportEntry.objects.filter(case=act.case).order_by("-recorded_at", "-id").first()
    who, how = (last.who, last.how) if last else (Who.PROFESSIONAL, How.IN_PERSON)
    _write(act, referral, _entry(act, referral, Said(who, how, ends=Ends.ARRIVED)), [])
