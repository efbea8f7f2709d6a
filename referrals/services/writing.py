"""One act on one case: what it will write, gathered, and then written together or not at all."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import structlog
from django.db import connection

import notifications.services as notifications
from agencies.acting import Actor
from referrals import policies
from referrals.domain.disclosure import audiences_of
from referrals.domain.errors import Invalid, NotThere
from referrals.domain.moments import passed
from referrals.models import Case, Clock, ContactAttempt, Content, Event, Move, Referral
from referrals.models.keys import instant, new_id

BEFORE_THE_CASE = timedelta(hours=24)  # ours: what was done on the phone before anybody wrote it down

ENGINE = {"name": "clock engine", "role": "system", "contact": "", "agency": None}

APPEND = """
insert into referrals_event (case_id, opened_on, referral_id, type, occurred_at, actor, data, only_agency_id)
select c, d, r, t, o, a::jsonb, x::jsonb, p
  from unnest(%s::uuid[], %s::date[], %s::uuid[], %s::text[], %s::timestamptz[],
              %s::text[], %s::text[], %s::smallint[])
       with ordinality as e(c, d, r, t, o, a, x, p, n)
 order by n
"""


@dataclass(frozen=True)
class NewEvent:
    """An event to be appended. ``data`` holds ids, codes and times, never text about the person."""

    case_id: UUID
    opened_on: Any
    referral_id: UUID | None
    type: str
    occurred_at: datetime
    actor: Mapping[str, Any]
    data: Mapping[str, Any]
    only_agency_id: int | None = None


def append(events: list[NewEvent]) -> None:
    """Append events in this order. The database numbers, dates and chains them under the case lock."""
    if not events:
        return
    columns = [
        [e.case_id for e in events],
        [e.opened_on for e in events],
        [e.referral_id for e in events],
        [e.type for e in events],
        [e.occurred_at for e in events],
        [json.dumps(e.actor) for e in events],
        [json.dumps(e.data, default=str) for e in events],
        [e.only_agency_id for e in events],
    ]
    with connection.cursor() as cursor:
        cursor.execute(APPEND, columns)


def lock_case(case_id: UUID) -> Case:
    """The case, locked: the one lock there is. Waits for whoever has it. Raises NotThere."""
    try:
        return Case.objects.select_for_update(no_key=True).get(pk=case_id)
    except Case.DoesNotExist:
        raise NotThere("there is no such case") from None


@dataclass
class Act:
    """What one actor does to one locked case at one instant. ``write`` stores all that was gathered."""

    case: Case
    by: Actor
    at: datetime
    occurred_at: datetime
    opens: bool = False  # the case is new, and nobody else can know of it yet
    events: list[NewEvent] = field(default_factory=list)
    contents: list[Content] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    started: list[Clock] = field(default_factory=list)
    contacts: list[tuple[ContactAttempt, dict[str, str] | None]] = field(default_factory=list)
    owed: list[notifications.Owed] = field(default_factory=list)

    @classmethod
    def on(cls, case: Case, by: Actor, occurred_at: datetime | None = None, *, of_old: bool = False) -> Self:
        """An act on a case that is already locked; ``of_old``, it may have happened long before the case.

        Raises NotYet if it is said to have happened in the future, Invalid more than a day before the case.
        """
        act = cls.since(instant(), case, by, occurred_at)
        if not of_old:
            _check_begun(act)
        return act

    @classmethod
    def since(
        cls, at: datetime, case: Case, by: Actor, occurred_at: datetime | None, *, opens: bool = False
    ) -> Self:
        """The same, at an instant that the database has just given."""
        happened = at if occurred_at is None else passed(occurred_at, at, "/occurred_at")
        return cls(case, by, at, happened, opens)

    def __post_init__(self) -> None:
        policies.check_acts(self.by)
        structlog.contextvars.bind_contextvars(case=self.case.reference)

    def event(self, type_: str, data: Mapping[str, object], referral: Referral | None = None) -> int:
        """Note an event; its number in the case. A draft's events are its sender's alone."""
        self.events.append(
            NewEvent(
                self.case.pk,
                self.case.opened_on,
                referral.pk if referral else None,
                type_,
                self.occurred_at,
                self.by.as_event(),
                data,
                only(referral),
            )
        )
        return self.case.event_seq + len(self.events)

    def content(self, kind: str, body: object, referral: Referral | None = None) -> dict[str, str]:
        """Keep a text or a set of details; what an event may hold of it: its id and salted digest."""
        salt = secrets.token_bytes(16)
        said = json.dumps(body, sort_keys=True, default=str)
        digest = hashlib.sha256(salt + said.encode()).hexdigest()
        kept = Content(
            pk=new_id(),
            case=self.case,
            referral=referral,
            kind=kind,
            body=json.loads(said),
            audience=sorted(audiences_of(kind)),
            provided_by_id=self.by.agency_id,
            provider=self.by.as_event(),
            obtained_at=self.occurred_at,
            recorded_at=self.at,
            salt=salt,
            digest=digest,
            only_agency_id=only(referral),
        )
        self.contents.append(kept)
        return {"kind": kind, "id": str(kept.pk), "digest": digest}

    def tell(
        self, team_id: int, agency_id: int, kind: str, referral: Referral | None = None, **data: object
    ) -> None:
        """Owe a team, or while it is closed who answers for it, a message: codes and times only."""
        if referral is not None and team_id == referral.to_team_id and referral.answering_team_id:
            team_id = referral.answering_team_id
        about = f"referral:{referral.pk}" if referral else f"case:{self.case.pk}"
        reference = referral.reference if referral else self.case.reference
        self.owed.append(
            notifications.Owed(
                key=f"event:{self.case.event_seq + len(self.events)}:{kind}:{about}:{team_id}",
                case_id=self.case.pk,
                opened_on=self.case.opened_on,
                about=about,
                kind=kind,
                recipient=notifications.Recipient(agency_id, team_id=team_id),
                data={"reference": reference, "case": self.case.reference, **data},
            )
        )

    def write(self) -> None:
        """Store everything that was gathered. The case's own row is saved by whoever changed it."""
        Content.objects.bulk_create(self.contents)
        for attempt, said in self.contacts:
            attempt.note_id = UUID(said["id"]) if said else None
        ContactAttempt.objects.bulk_create(attempt for attempt, _ in self.contacts)
        append(self.events)
        Move.objects.bulk_create(self.moves)
        Clock.objects.bulk_create(self.started)
        notifications.enqueue(self.owed, at=self.at)
        self.case.event_seq += len(self.events)


def _check_begun(act: Act) -> None:
    """Nothing was done in a case long before what it is about. Two queries where it was before the case."""
    earliest = act.occurred_at + BEFORE_THE_CASE
    if earliest >= act.case.opened_at:
        return
    opened = Event.objects.filter(case=act.case, type="case.opened").values_list("occurred_at", flat=True)
    asked = Referral.objects.filter(case=act.case).order_by("occurred_at")
    begun = [*opened, *asked.values_list("occurred_at", flat=True)[:1]]
    if all(earliest < at for at in begun):
        raise Invalid(
            "this is long before the case began",
            {"/occurred_at": "a time at most 24 hours before the case began: look at its day and its offset"},
        )


def only(referral: Referral | None) -> int | None:
    """The agency to which rows about this referral are confined: a draft's are its sender's alone."""
    return referral.from_agency_id if referral is not None and referral.sent_at is None else None
