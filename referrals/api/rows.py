"""Referrals as partners read them: the same shape in a list, alone and after every act.

A page is read in two queries however long it is, and turned into plain dictionaries: serializers
built from models would cost more than everything else together. The conditions say again what
``visible_to`` says, for what hangs off the referrals that it gave.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from agencies.acting import Actor
from agencies.roles import Audience
from referrals.domain.disclosure import kinds_read_by, readable
from referrals.domain.referral import OPEN, Side
from referrals.policies import allowed_actions

OPEN_STATES = sorted(OPEN)
PERSON_FIELDS = (
    "family_name", "given_name", "date_of_birth", "age", "sex", "nhs_number",
    "description", "phone", "language",
)  # fmt: skip

REFERRALS = """
select r.id, r.reference, r.case_id, r.case_reference, r.state, r.category, r.priority, r.lead, r.asking,
       r.parent_id, r.parent_link, r.version, r.summary, r.location, r.scene_safety, r.flags,
       r.source_incident_number, r.occurred_at, r.created_at, r.sent_at, r.accepted_at, r.breach_at,
       r.state = any(%(open)s) and r.breach_at < clock_timestamp() as overdue, r.escalation_level,
       r.held_by_name, r.held_by_role, r.cancel_requested_at, r.redirect_pending, r.risk_raised_at,
       r.phone_confirmation, r.threshold_decision_id, r.from_agency_id, r.to_agency_id,
       ft.id as from_team_id, ft.code as from_team_code, ft.name as from_team_name,
       ft.phone as from_team_phone,
       tt.id as to_team_id, tt.code as to_team_code, tt.name as to_team_name, tt.phone as to_team_phone,
       tt.agency_id as home_agency_id, fa.code as from_code, fa.name as from_name, fa.kind as from_kind,
       ta.code as to_code, ta.name as to_name, ta.kind as to_kind,
       c.id as case_pk, c.state as case_state, c.holding_lead_id,
       aa.id as owner_id, aa.code as owner_code, aa.name as owner_name, aa.kind as owner_kind,
       p.id as person_id, p.family_name, p.given_name, p.date_of_birth, p.age, p.sex, p.nhs_number,
       p.description, p.phone, p.language
  from referrals_referral r
  join agencies_team ft on ft.id = r.from_team_id
  join agencies_team tt on tt.id = r.to_team_id
  join agencies_agency fa on fa.id = r.from_agency_id
  join agencies_agency ta on ta.id = r.to_agency_id
  left join lateral (select true as yes from referrals_party q
    where q.case_id = r.case_id and q.agency_id = %(agency)s and q.until is null limit 1) party on true
  left join referrals_case c on c.id = r.case_id and party.yes
  left join agencies_agency aa on aa.id = c.accountable_agency_id
  left join referrals_person p on p.case_id = c.id
 where r.id = any(%(ids)s)
"""

# Its own clocks, and the case's; to a party that has left, its own up to its end.
CLOCKS = """
select k.referral_id, k.case_id, k.kind, k.started_at, k.target_at, k.met_at, k.stopped_at,
       coalesce(k.stopped_at, clock_timestamp()) > k.target_at as breached,
       a.name || ' v' || v.number || ', ' || k.clause as why
  from (
    select * from referrals_clock where referral_id = any(%(here)s)
    union all select * from referrals_clock where case_id = any(%(cases)s) and referral_id is null
    union all select w.* from referrals_clock w where w.referral_id = any(%(left)s) and w.started_at <= (
      select max(q.until) from referrals_party q where q.case_id = w.case_id and q.agency_id = %(agency)s)
  ) k
  join referrals_agreementversion v on v.id = k.agreement_version_id
  join referrals_agreement a on a.id = v.agreement_id
 where k.only_agency_id is null or k.only_agency_id = %(agency)s
 order by k.started_at, k.id
"""


class CaseOf(NamedTuple):
    """What policies ask of a referral's case."""

    state: str
    holding_lead_id: UUID | None
    accountable_agency_id: int


class Row:
    """One referral as read. For policies it stands in for the referral itself."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.__dict__.update(columns)

    @property
    def pk(self) -> UUID:
        """As a model's."""
        return self.id

    @property
    def case(self) -> CaseOf | None:
        """None for a party that has left the case."""
        return CaseOf(self.case_state, self.holding_lead_id, self.owner_id) if self.case_pk else None

    def agencies_on(self, side: str) -> set[int]:
        """As ``Referral.agencies_on``."""
        return {self.from_agency_id} if side == Side.SENDER else {self.to_agency_id, self.home_agency_id}


def read(ids: list[UUID], actor: Actor) -> list[dict[str, Any]]:
    """These referrals, which the actor sees, in this order, as partners read them. Two queries."""
    found = {
        row.id: row for row in map(Row, _ask(REFERRALS, ids=ids, open=OPEN_STATES, agency=actor.agency_id))
    }
    rows = [found[key] for key in ids]
    here = [row for row in rows if row.case_pk]
    running = clocks(
        [row.case_id for row in here],
        actor,
        here=[row.id for row in here],
        left=[row.id for row in rows if not row.case_pk],
    )
    return [as_json(row, running, actor) for row in rows]


def _ask(sql: str, **words: object) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, words)
        names = [column.name for column in cursor.description]
        for line in cursor.fetchall():
            yield dict(zip(names, line, strict=True))


def clocks(
    cases: list[UUID], actor: Actor, *, here: Sequence[UUID] = (), left: Sequence[UUID] = ()
) -> dict[UUID, list[dict[str, Any]]]:
    """Clocks by their referral, and those of cases by the case; of referrals ``left``, up to that moment."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for clock in _ask(CLOCKS, here=list(here), cases=cases, left=list(left), agency=actor.agency_id):
        owner = clock.pop("referral_id") or clock["case_id"]
        del clock["case_id"]
        for name in ("started_at", "target_at", "met_at", "stopped_at"):
            clock[name] = at(clock[name])
        found.setdefault(owner, []).append(clock)
    return found


def at(instant: datetime | None) -> str | None:
    """ISO 8601 with its offset."""
    return instant and instant.isoformat()


def as_json(row: Row, clocks: Mapping[UUID, list[dict[str, Any]]], actor: Actor) -> dict[str, Any]:
    """One referral: what it is, who has it, by when, and what the actor may do with it."""
    owner = agency(row, "owner") if row.owner_id else None
    return {
        "id": str(row.id),
        "reference": row.reference,
        "case": {"reference": row.case_reference, "accountable_agency": owner},
        "state": row.state,
        "category": row.category,
        "priority": row.priority,
        "lead": row.lead,
        "from_agency": agency(row, "from"),
        "from_team": team(row, "from_team"),
        "to_agency": agency(row, "to"),
        "to_team": team(row, "to_team"),
        "accountable_agency": owner,
        "held_by": {"name": row.held_by_name, "role": row.held_by_role} if row.held_by_name else None,
        "clocks": [*clocks.get(row.id, ()), *clocks.get(row.case_id, ())],
        "breach_at": at(row.breach_at),
        "overdue": row.overdue,
        "escalation_level": row.escalation_level,
        "allowed_actions": allowed_actions(actor, row, row.case),
        "version": row.version,
        **_asked(row, actor.audience),
        **_stands(row),
    }


def _asked(row: Row, audience: Audience) -> dict[str, Any]:
    """What was asked, as far as this audience reads it."""
    texts = {"summary": row.summary, "location": json.loads(row.location)}
    return {
        "person": person(row.__dict__, audience) if row.person_id else None,
        **{name: text for name, text in texts.items() if name in kinds(audience)},
        "scene_safety": row.scene_safety,
        "flags": row.flags,
        "source_incident_number": row.source_incident_number,
        "threshold_decision": _text(row.threshold_decision_id),
        "phone_confirmation": row.phone_confirmation and json.loads(row.phone_confirmation),
    }


def _stands(row: Row) -> dict[str, Any]:
    """Where it came from, and what hangs over it."""
    return {
        "asking": str(row.asking),
        "parent": _text(row.parent_id),
        "parent_link": row.parent_link or None,
        "redirect_pending": row.redirect_pending,
        "cancel_requested_at": at(row.cancel_requested_at),
        "risk_raised_at": at(row.risk_raised_at),
        "occurred_at": at(row.occurred_at),
        "created_at": at(row.created_at),
        "sent_at": at(row.sent_at),
        "accepted_at": at(row.accepted_at),
    }


def agency(row: Row, prefix: str) -> dict[str, Any]:
    """An agency as other things mention it."""
    found = row.__dict__
    key = found[f"{prefix}_id" if prefix == "owner" else f"{prefix}_agency_id"]
    return {
        "id": key,
        "code": found[f"{prefix}_code"],
        "name": found[f"{prefix}_name"],
        "kind": found[f"{prefix}_kind"],
    }


def team(row: Row, prefix: str) -> dict[str, Any]:
    """A team as other things mention it, with its telephone."""
    return {name: row.__dict__[f"{prefix}_{name}"] for name in ("id", "code", "name", "phone")}


def person(columns: Mapping[str, Any], audience: Audience) -> dict[str, Any]:
    """The person, as far as this audience reads; what is not known is null."""
    told = {name: columns[name] or None for name in PERSON_FIELDS}
    if told["date_of_birth"]:
        told["date_of_birth"] = told["date_of_birth"].isoformat()
    return readable(told, audience)


@cache
def kinds(audience: Audience) -> frozenset[str]:
    """The kinds of text that this audience reads."""
    return frozenset(kinds_read_by(audience))


def _text(key: UUID | None) -> str | None:
    return key and str(key)
