"""Referrals as partners read them: the same shape in a list, alone and after every act.

A page is read in two queries however long it is. The database makes the documents: turning so many
columns into objects, and those into JSON again, would cost more than everything else together. The
conditions say again what ``visible_to`` says, for what hangs off the referrals that it gave.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from agencies.acting import Actor
from agencies.instants import spelt
from agencies.roles import Audience
from referrals.domain.disclosure import kinds_read_by, readable
from referrals.domain.referral import OPEN, Side
from referrals.policies import allowed_actions
from referrals.services import statements

OPEN_STATES = sorted(OPEN)
PERSON_FIELDS = (
    "family_name", "given_name", "date_of_birth", "age", "sex", "nhs_number",
    "description", "phone", "language",
)  # fmt: skip

# What policies ask of a referral, and the document less what depends on who reads it.
REFERRALS = """
select r.id, r.case_id, r.state, r.lead, r.accepted_at, r.cancel_requested_at, r.redirect_pending,
       r.from_agency_id, r.to_agency_id, tt.agency_id as home_agency_id,
       c.state as case_state, c.holding_lead_id, c.accountable_agency_id,
       json_build_object(
         'id', r.id, 'reference', r.reference,
         'case', json_build_object('reference', r.case_reference, 'accountable_agency', owner.told),
         'state', r.state, 'category', r.category, 'priority', r.priority, 'lead', r.lead,
         'from_agency', json_build_object('id', fa.id, 'code', fa.code, 'name', fa.name, 'kind', fa.kind),
         'from_team', json_build_object('id', ft.id, 'code', ft.code, 'name', ft.name, 'phone', ft.phone),
         'to_agency', json_build_object('id', ta.id, 'code', ta.code, 'name', ta.name, 'kind', ta.kind),
         'to_team', json_build_object('id', tt.id, 'code', tt.code, 'name', tt.name, 'phone', tt.phone),
         'answering_team', case when nt.id is not null then
           json_build_object('id', nt.id, 'code', nt.code, 'name', nt.name, 'phone', nt.phone) end,
         'accountable_agency', owner.told,
         'held_by', case when r.held_by_name <> '' then
           json_build_object('name', r.held_by_name, 'role', r.held_by_role) end,
         'breach_at', r.breach_at,
         'overdue', r.state = any(%(open)s) and r.breach_at < clock_timestamp(),
         'escalation_level', r.escalation_level, 'version', r.version,
         'person', case when p.id is not null then json_build_object(
           'family_name', nullif(p.family_name, ''), 'given_name', nullif(p.given_name, ''),
           'date_of_birth', p.date_of_birth, 'age', p.age, 'sex', nullif(p.sex, ''),
           'nhs_number', nullif(p.nhs_number, ''), 'description', nullif(p.description, ''),
           'phone', nullif(p.phone, ''), 'language', nullif(p.language, '')) end,
         'summary', r.summary, 'location', r.location, 'scene_safety', r.scene_safety, 'flags', r.flags,
         'source_incident_number', r.source_incident_number,
         'threshold_decision', r.threshold_decision_id, 'phone_confirmation', r.phone_confirmation,
         'asking', r.asking, 'parent', r.parent_id, 'parent_link', nullif(r.parent_link, ''),
         'children', coalesce(child.told, '[]'::json),
         'redirect_pending', r.redirect_pending, 'cancel_requested_at', r.cancel_requested_at,
         'routed', nullif(r.routed, ''),
         'risk_raised_at', r.risk_raised_at, 'occurred_at', r.occurred_at, 'created_at', r.created_at,
         'sent_at', r.sent_at, 'accepted_at', r.accepted_at
       )::text as document
  from referrals_referral r
  join agencies_team ft on ft.id = r.from_team_id
  join agencies_team tt on tt.id = r.to_team_id
  left join agencies_team nt on nt.id = r.answering_team_id
  join agencies_agency fa on fa.id = r.from_agency_id
  join agencies_agency ta on ta.id = r.to_agency_id
  left join lateral (select true as yes from referrals_party q
    where q.case_id = r.case_id and q.agency_id = %(agency)s and q.until is null limit 1) party on true
  left join referrals_case c on c.id = r.case_id and party.yes
  left join lateral (
    select json_build_object('id', a.id, 'code', a.code, 'name', a.name, 'kind', a.kind) as told
      from agencies_agency a where a.id = c.accountable_agency_id) owner on true
  left join referrals_person p on p.case_id = c.id
  left join lateral (
    select json_agg(json_build_object(
             'id', k.id, 'reference', k.reference, 'link', k.parent_link, 'state', k.state
           ) order by k.id) as told
      from referrals_referral k
     where k.parent_id = r.id and (k.from_agency_id = %(agency)s or (k.sent_at is not null and (
       party.yes or %(agency)s in (k.to_agency_id, r.from_agency_id)
       or (r.to_agency_id = %(agency)s and r.sent_at is not null))))) child on true
 where r.id = any(%(ids)s)
"""

# Its own clocks, and the case's; to a party that has left, its own up to its end.
CLOCKS = """
select coalesce(k.referral_id, k.case_id), json_agg(json_build_object(
         'kind', k.kind, 'started_at', k.started_at, 'target_at', k.target_at, 'met_at', k.met_at,
         'stopped_at', k.stopped_at, 'breached', coalesce(k.stopped_at, clock_timestamp()) > k.target_at,
         'why', a.name || ' v' || v.number || ', ' || k.clause
       ) order by k.started_at, k.id)::text
  from (
    select * from referrals_clock where referral_id = any(%(here)s)
    union all select * from referrals_clock where case_id = any(%(cases)s) and referral_id is null
    union all select w.* from referrals_clock w where w.referral_id = any(%(left)s) and w.started_at <= (
      select max(q.until) from referrals_party q where q.case_id = w.case_id and q.agency_id = %(agency)s)
  ) k
  join referrals_agreementversion v on v.id = k.agreement_version_id
  join referrals_agreement a on a.id = v.agreement_id
 where k.only_agency_id is null or k.only_agency_id = %(agency)s
 group by 1
"""

BESIDE = " union all ".join(
    "(select ':what', t.* from (:asked) t)".replace(":what", what).replace(":asked", asked)
    for what, asked in {"clocks": CLOCKS, "said": statements.BESIDE}.items()
)

Standing = tuple[Any, ...]


class CaseOf(NamedTuple):
    """What policies ask of a referral's case."""

    state: str
    holding_lead_id: UUID | None
    accountable_agency_id: int


class Row(NamedTuple):
    """One line of REFERRALS, in its order. For policies it stands in for the referral itself."""

    pk: UUID
    case_id: UUID
    state: str
    lead: bool
    accepted_at: datetime | None
    cancel_requested_at: datetime | None
    redirect_pending: bool
    from_agency_id: int
    to_agency_id: int
    home_agency_id: int
    case_state: str | None
    holding_lead_id: UUID | None
    accountable_agency_id: int | None
    document: str

    @property
    def case(self) -> CaseOf | None:
        """None for a party that has left the case."""
        return CaseOf(*self[10:13]) if self.case_state else None

    @property
    def standing(self) -> Standing:
        """All that what is allowed depends on: rows of a page that stand alike are judged once."""
        return (
            self.state,
            self.lead,
            self.accepted_at is None,
            self.cancel_requested_at is None,
            self.redirect_pending,
            self.from_agency_id,
            self.to_agency_id,
            self.home_agency_id,
            self.case_state,
            self.accountable_agency_id,
            self.holding_lead_id == self.pk,
        )

    def agencies_on(self, side: str) -> set[int]:
        """As ``Referral.agencies_on``."""
        return {self.from_agency_id} if side == Side.SENDER else {self.to_agency_id, self.home_agency_id}


def read(ids: list[UUID], actor: Actor) -> list[dict[str, Any]]:
    """These referrals, which the actor sees, in this order, as partners read them. Two queries."""
    asked = _ask(REFERRALS, ids=ids, open=OPEN_STATES, agency=actor.agency_id)
    found = {row.pk: row for row in map(Row._make, asked)}
    rows = [found[key] for key in ids]
    here = [row for row in rows if row.case_state]
    running, said = _beside(
        [row.case_id for row in here],
        actor,
        here=[row.pk for row in here],
        left=[row.pk for row in rows if not row.case_state],
    )
    allowed: dict[Standing, list[str]] = {}
    return [as_json(row, running, actor, allowed, said) for row in rows]


def clocks(cases: list[UUID], actor: Actor) -> dict[UUID, list[dict[str, Any]]]:
    """Clocks of cases, by the case."""
    asked = _ask(CLOCKS, here=[], cases=cases, left=[], agency=actor.agency_id)
    return {owner: json.loads(told) for owner, told in asked}


def _beside(
    cases: list[UUID], actor: Actor, **of: Sequence[UUID]
) -> tuple[dict[UUID, list[dict[str, Any]]], dict[UUID, list[dict[str, Any]]]]:
    """Clocks by their referral, and those of cases by the case; what was said otherwise, by case. One query.

    Of referrals that were ``left``, the clocks up to that moment.
    """
    running: dict[UUID, list[dict[str, Any]]] = {}
    said: dict[UUID, list[dict[str, Any]]] = {}
    for what, owner, told in _ask(BESIDE, **statements.words(cases, actor), **of):
        if what == "clocks":
            running[owner] = json.loads(told)
        else:
            said[owner] = _also(statements.read(told))
    return running, said


def _ask(sql: str, **words: object) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, words)
        yield from cursor.fetchall()


def as_json(
    row: Row,
    running: Mapping[UUID, list[dict[str, Any]]],
    actor: Actor,
    allowed: dict[Standing, list[str]],
    said: Mapping[UUID, list[dict[str, Any]]],
) -> dict[str, Any]:
    """One referral, as far as the actor's audience reads it, and what the actor may do with it."""
    told = json.loads(row.document)
    if told["person"]:
        told["person"] = {**readable(told["person"], actor.audience), "also": said.get(row.case_id, [])}
    for text in {"summary", "location"} - kinds(actor.audience):
        del told[text]
    told["clocks"] = [*running.get(row.pk, ()), *running.get(row.case_id, ())]
    standing = row.standing
    if standing not in allowed:
        allowed[standing] = allowed_actions(actor, row, row.case)
    told["allowed_actions"] = offered(allowed[standing], actor, "referrals:write")
    return told


def offered(actions: Sequence[str], actor: Actor, *scopes: str) -> list[str]:
    """What the actor may do: nothing, for a token without one of the scopes that doing it takes."""
    return [] if actor.scopes.isdisjoint(scopes) else list(actions)


def at(instant: datetime | None) -> str | None:
    """As the database writes it in a document; null stays null."""
    return instant and spelt(instant)


def also(cases: list[UUID], actor: Actor) -> dict[UUID, list[dict[str, Any]]]:
    """By case, of some to which the actor's agency is a party: what was said otherwise. One query."""
    return {case: _also(those) for case, those in statements.beside(cases, actor).items()}


def _also(those: list[statements.Statement]) -> list[dict[str, Any]]:
    return [
        {
            "said": {name: _typed(name, text) for name, text in each.said.items()},
            "by": {name: each.by.get(name) for name in ("name", "role", "contact", "agency")},
            "at": at(each.at),
        }
        for each in those
    ]


def _typed(name: str, text: str) -> int | str:
    return int(text) if name == "age" and text.isdecimal() else text


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
