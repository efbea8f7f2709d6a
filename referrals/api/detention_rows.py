"""Detentions as partners read them: the same shape in a list, alone and after every act."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from agencies.acting import Actor
from referrals.api.briefs import brief, team
from referrals.api.rows import PERSON_FIELDS, at, clocks, offered, person
from referrals.domain.clocks import STATED
from referrals.domain.disclosure import kinds_read_by, reads_of_detention
from referrals.models import OfficerWait, Person
from referrals.reporting.detentions import SeenDetention, SeenMilestone, read

SHOWN_OF_ACTOR = ("name", "role", "contact", "agency")


def told(ids: Sequence[UUID], actor: Actor) -> list[dict[str, Any]]:
    """These detentions, which the actor sees, in this order. Six queries, however many."""
    seen = read(ids, actor)
    cases = [each.row.case_id for each in seen]
    people = Person.objects.visible_to(actor).filter(case__in=cases).values("case_id", *PERSON_FIELDS)
    names = {each["case_id"]: person(each, actor.audience) for each in people}
    running = clocks(cases, actor)
    return [_as_json(each, actor, names.get(each.row.case_id), running) for each in seen]


def _as_json(
    seen: SeenDetention,
    actor: Actor,
    who: dict[str, Any] | None,
    running: Mapping[UUID, list[dict[str, Any]]],
) -> dict[str, Any]:
    row = seen.row
    return {
        "id": str(row.pk),
        "reference": row.reference,
        "case": row.case.reference,
        "power": row.power,
        "state": row.state,
        "version": row.version,
        "agency": brief(row.agency),
        "team": team(row.team),
        "place": team(row.place),
        "person": who,
        "under_18": row.under_18,
        "location": row.location if "location" in kinds_read_by(actor.audience) else {},
        "source_incident_number": row.source_incident_number,
        **_times(seen),
        "outcome": (row.outcome or None) if reads_of_detention("outcome", actor.audience) else None,
        "waiting_minutes": seen.waiting_minutes,
        "officers_waiting": seen.waiting,
        "officer_minutes": seen.officer_minutes,
        "officers": [_officer(each, actor) for each in seen.officers],
        "milestones": [_milestone(each, actor) for each in seen.milestones],
        "clocks": [each for each in running.get(row.case_id, []) if each["kind"] in STATED],
        "advice": [{"text": each.text, "basis": each.basis} for each in seen.advice],
        "allowed_milestones": offered(seen.actions, actor, "detentions:write"),
    }


def _times(seen: SeenDetention) -> dict[str, Any]:
    row = seen.row
    return {
        "detained_at": at(row.detained_at),
        "starts_at": at(row.starts_at),
        "latest_start_at": at(seen.facts.latest_start),
        "extension_minutes": row.extension_minutes,
        "expires_at": at(row.expires_at),
        "accepted_at": at(row.accepted_at),
        "released_at": at(row.released_at),
        "assessed_at": at(row.assessed_at),
        "ended_at": at(row.ended_at),
        "waiting_since": at(seen.waiting_since),
        "recorded_at": at(row.recorded_at),
    }


def _officer(wait: OfficerWait, actor: Actor) -> dict[str, Any]:
    named = reads_of_detention("officer_identifier", actor.audience)
    return {
        "id": str(wait.pk),
        "identifier": (wait.identifier or None) if named else None,
        "number": wait.number,
        "relieves": (wait.relieves or None) if named else None,
        "from": at(wait.since),
        "to": at(wait.until),
    }


def _milestone(seen: SeenMilestone, actor: Actor) -> dict[str, Any]:
    row = seen.row
    doctor = row.doctor if reads_of_detention("doctor", actor.audience) else None
    outcome = row.outcome if reads_of_detention("outcome", actor.audience) else ""
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "at": at(row.at),
        "recorded_at": at(row.recorded_at),
        "stands": seen.stands,
        "corrects": row.supersedes_id and str(row.supersedes_id),
        "withdrawn": row.withdrawn,
        "place": team(row.place),
        "place_kind": row.place_kind or None,
        "basis": row.basis or None,
        "disputed_at": at(row.disputed_at),
        "disputed_basis": row.disputed_basis or None,
        "outcome": outcome or None,
        "reason_code": row.reason_code or None,
        "extension_minutes": row.extension_minutes,
        "doctor": _named(doctor),
        "authorised_by": _named(row.authorised_by),
        "referral": row.referral_id and str(row.referral_id),
        "note": seen.text,
        "agency": brief(row.agency),
        "by": {name: row.actor.get(name) for name in SHOWN_OF_ACTOR},
    }


def _named(who: Mapping[str, str] | None) -> dict[str, str] | None:
    """A named human being, as stated."""
    return who and {name: who.get(name, "") for name in ("name", "role", "contact")}
