"""What is sent of a missing patient, and the shapes of what is answered."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from agencies.acting import Actor
from agencies.models import Team
from referrals.api import fields, places, shapes, words
from referrals.api.asking import PersonSerializer
from referrals.api.briefs import brief, team
from referrals.api.fields import OPTIONAL
from referrals.api.rows import at, offered, person
from referrals.api.threshold import SHOWN_OF_ACTOR
from referrals.domain.missing_fields import FIELDS, Field, Kind
from referrals.reporting.missing_reports import Line, SeenReport, SeenSighting
from referrals.services.missing import COLUMNS

Char, Instant, Whole = serializers.CharField, serializers.DateTimeField, serializers.IntegerField


class MissingNameSerializer(fields.StrictSerializer):
    """Another name of the patient."""

    kind = fields.Choice(words.NAME_KINDS)
    name = fields.Text(max_length=200)


class MissingLastSeenSerializer(fields.StrictSerializer):
    """When and where the patient was last seen, doing what."""

    at = fields.Instant(**OPTIONAL)
    place = fields.Text(max_length=1_000, **OPTIONAL, allow_blank=True)
    activity = fields.Text(max_length=1_000, **OPTIONAL, allow_blank=True)


def _field(field: Field) -> serializers.Field:
    """How a field of the report is sent."""
    said = {**OPTIONAL, "help_text": f"{field.label}."}
    if field.kind == Kind.ANSWER:
        return fields.Choice(words.ANSWERS, **said)
    if field.kind == Kind.INSTANT:
        return fields.Instant(**said)
    if field.kind == Kind.NAMES:
        return serializers.ListField(child=MissingNameSerializer(), max_length=20, **said)
    return fields.Text(max_length=2_000, allow_blank=True, **said)


class MissingFactsSerializer(fields.StrictSerializer):
    """What is known of a missing patient. Nothing of it is required."""

    person = PersonSerializer(**OPTIONAL)
    reporter = fields.NamedSerializer(**OPTIONAL, help_text="Who reports, and the number to call back on.")
    last_seen = MissingLastSeenSerializer(**OPTIONAL)
    absence_confirmed_at = fields.Instant(**OPTIONAL)
    legal_status = fields.Choice(words.LEGAL_STATUSES, **OPTIONAL)
    section_started_at = fields.Instant(**OPTIONAL)
    section_expires_at = fields.Instant(**OPTIONAL)
    immediate_risk = fields.Choice(words.ANSWERS, **OPTIONAL)
    security = fields.Choice(
        words.SECURITY,
        **OPTIONAL,
        help_text="How secure the unit is: the regulator is told from secure ones.",
    )
    to_team = fields.IdOrCode(
        **OPTIONAL, help_text="A team of a police force; by default the one that covers the unit's area."
    )
    lead = fields.Truth(
        **OPTIONAL, help_text="Whether the police are asked to lead; by default as the grade proposes."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """And whatever else is asked, all of it optional."""
        more = {f.name: _field(f) for f in FIELDS if f.name not in ("last_seen_place", "last_seen_activity")}
        return {**super().get_fields(), **more}


class MissingReportSerializer(MissingFactsSerializer):
    """A first report: a person and a unit are enough; whatever else is known goes with it."""

    unit = fields.IdOrCode(**OPTIONAL, help_text="By default the client's own team.")
    draft = fields.Truth(default=False, allow_null=True, help_text="Keep it, and send it later by a move.")
    occurred_at = fields.Instant(**OPTIONAL)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Somebody is missing."""
        if "person" not in attrs and not attrs.get("draft"):
            raise serializers.ValidationError({"person": ["say who is missing, by a name or a description"]})
        return attrs


class MissingChangeSerializer(MissingFactsSerializer):
    """What is known now; only what is named changes."""

    by = fields.NamedSerializer(**OPTIONAL)


def said(data: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """What the services take. Raises ValidationError for a team that there is not."""
    seen = data.get("last_seen", {})
    facts = {name: data[name] for name in COLUMNS if name in data}
    if "at" in seen:
        facts["last_seen_at"] = seen["at"]
    details = {field.name: data[field.name] for field in FIELDS if field.name in data}
    details |= {f"last_seen_{part}": seen[part] for part in ("place", "activity") if part in seen}
    return {
        "person": data.get("person", {}),
        "facts": facts,
        "details": {name: _plain(value) for name, value in details.items()},
        "reporter": dict(data.get("reporter") or {}),
        "police": places.one(Team, data["to_team"], "to_team", by) if "to_team" in data else None,
        "lead": data.get("lead"),
    }


def _plain(value: object) -> object:
    return [dict(each) for each in value] if isinstance(value, list) else value


class MissingLastSeen(serializers.Serializer):
    """When and where last seen."""

    at = Instant(allow_null=True)
    place = Char(allow_null=True)
    activity = Char(allow_null=True)


class MissingOwner(serializers.Serializer):
    """Whom the grade proposes, and who answers: an accepted lead decides that, and nothing else."""

    proposed = fields.Choice(words.MISSING_OWNERS)
    why = Char()
    accountable_agency = shapes.AgencyBrief()
    accountable_team = shapes.TeamBrief(allow_null=True)


class MissingFlag(serializers.Serializer):
    """Raised once by the clock engine; ``open`` while what it asks for is still to be done."""

    code = fields.Choice(words.MISSING_FLAGS)
    raised_at = Instant()
    open = serializers.BooleanField()


class ChecklistLine(serializers.Serializer):
    """One item; null while nobody has done it."""

    item = fields.Choice(words.CHECKLIST_ITEMS)
    title = Char()
    phase = fields.Choice(words.CHECKLIST_PHASES)
    done_at = Instant(allow_null=True)
    by = shapes.Actor(allow_null=True)
    note = Char(allow_null=True)


class Checklist(shapes.WholeList):
    """The unit's checklist."""

    results = ChecklistLine(many=True)


class MissingAdvice(serializers.Serializer):
    """What the law says, with its basis and source: advice, which never acts by itself."""

    code = Char()
    text = Char()
    until = Instant(allow_null=True)
    basis = Char()
    source = Char()
    confirmed = serializers.BooleanField()


class MissingWanted(serializers.Serializer):
    """What is not known yet."""

    field = Char()
    label = Char()
    tier = Whole()


class Sighting(serializers.Serializer):
    """Somebody saw the patient, or believes so."""

    id = serializers.UUIDField()
    seen_at = Instant()
    place = Char(allow_null=True)
    sure = fields.Choice(words.ANSWERS)
    told_by = Char(allow_null=True)
    note = Char(allow_null=True)
    by = shapes.Actor()
    recorded_at = Instant()


class SightingLog(shapes.WholeList):
    """Every sighting of a report."""

    results = Sighting(many=True)


class Episode(serializers.Serializer):
    """An earlier episode that is linked; its reference is null where you have no part in it."""

    id = serializers.UUIDField(help_text="The link's own.")
    basis = fields.Choice(words.LINK_BASES)
    reference = Char(allow_null=True)
    missing_since = Instant(allow_null=True)
    returned_at = Instant(allow_null=True)
    linked_at = Instant()


class MissingName(serializers.Serializer):
    """Another name."""

    kind = fields.Choice(words.NAME_KINDS)
    name = Char()


def _shape(field: Field) -> serializers.Field:
    said = {"allow_null": True, "required": False, "help_text": f"{field.label}."}
    if field.kind == Kind.ANSWER:
        return fields.Choice(words.ANSWERS, **said)
    if field.kind == Kind.INSTANT:
        return Instant(**said)
    if field.kind == Kind.NAMES:
        return MissingName(many=True, **said)
    return Char(**said)


class MissingReport(serializers.Serializer):
    """One missing report. A field that your kind of agency does not read is left out."""

    id = serializers.UUIDField()
    reference = Char()
    case = shapes.CaseBrief()
    state = fields.Choice(words.MISSING_STATES)
    category = fields.Choice(words.CATEGORIES)
    grade = fields.Choice(words.GRADES, allow_null=True)
    proposed_grade = fields.Choice(words.GRADES)
    owner = MissingOwner()
    is_missing = serializers.BooleanField(help_text="Missing, or absent.")
    why_missing = Char()
    unit = shapes.TeamBrief()
    unit_agency = shapes.AgencyBrief()
    reporter = shapes.Named()
    person = shapes.Person(allow_null=True)
    last_seen = MissingLastSeen()
    absence_confirmed_at = Instant(allow_null=True)
    missing_since = Instant()
    minutes_missing = Whole(help_text="Since last seen, until found or now.")
    legal_status = fields.Choice(words.LEGAL_STATUSES)
    section_started_at = Instant(allow_null=True)
    section_expires_at = Instant(allow_null=True)
    immediate_risk = fields.Choice(words.ANSWERS)
    under_18 = serializers.BooleanField()
    security = fields.Choice(words.SECURITY)
    referral = serializers.UUIDField(allow_null=True)
    referral_reference = Char(allow_null=True)
    to_team = shapes.TeamBrief(allow_null=True)
    flags = MissingFlag(many=True)
    checklist = ChecklistLine(many=True)
    open_steps = serializers.ListField(child=fields.Choice(words.CHECKLIST_ITEMS))
    clocks = shapes.Clock(many=True)
    next_review_at = Instant(allow_null=True)
    legal_advice = MissingAdvice(many=True)
    still_wanted = MissingWanted(many=True)
    sightings = Sighting(many=True)
    previous_episodes = Episode(many=True)
    possible_duplicates = serializers.ListField(
        child=Char(),
        required=False,
        help_text="In the answer to POST alone: references of other open reports that you see, perhaps of "
        "the same patient: with the same NHS number, or the same name and no other date of birth. Nothing is "
        "merged.",
    )
    sent_at = Instant(allow_null=True)
    located_at = Instant(allow_null=True)
    returned_at = Instant(allow_null=True)
    ended_at = Instant(allow_null=True)
    created_at = Instant()
    allowed_actions = serializers.ListField(child=fields.Choice(words.MISSING_ACTIONS))
    version = Whole()

    def get_fields(self) -> dict[str, serializers.Field]:
        """And the texts, by name."""
        more = {f.name: _shape(f) for f in FIELDS if f.name not in ("last_seen_place", "last_seen_activity")}
        return {**super().get_fields(), **more}


def as_json(seen: SeenReport, clocks: list[dict[str, Any]], by: Actor) -> dict[str, Any]:
    """The report as partners read it."""
    row = seen.row
    texts = {name: value for name, value in seen.details.items() if not name.startswith("last_seen_")}
    return {
        "id": str(row.pk),
        "reference": row.reference,
        "case": {
            "reference": row.case.reference,
            "accountable_agency": brief(row.case.accountable_agency),
        },
        "state": row.state,
        "category": row.category,
        "grade": row.grade or None,
        "proposed_grade": seen.proposed_grade,
        "owner": _owner(seen),
        "is_missing": seen.standing.is_missing,
        "why_missing": seen.standing.reason,
        **_parties(seen, by),
        **_facts(seen),
        "referral": row.referral_id and str(row.referral_id),
        "referral_reference": row.referral and row.referral.reference,
        "flags": [{"code": f.code, "raised_at": at(f.raised_at), "open": f.open} for f in seen.flags],
        "checklist": [_line(line) for line in seen.checklist],
        "open_steps": seen.open_steps,
        "clocks": clocks,
        "next_review_at": at(seen.next_review_at),
        "legal_advice": [
            {
                "code": each.code,
                "text": each.text,
                "until": at(each.until),
                "basis": each.basis,
                "source": each.source,
                "confirmed": each.confirmed,
            }
            for each in seen.advice
        ],
        "still_wanted": list(seen.wanted),
        "sightings": [_sighting(each) for each in seen.sightings],
        "previous_episodes": _episodes(seen),
        **{name: at(getattr(row, name)) for name in TIMES},
        "allowed_actions": offered(seen.actions, by, "missing:write"),
        "version": row.version,
        **texts,
    }


TIMES = ("sent_at", "located_at", "returned_at", "ended_at", "created_at")


def _owner(seen: SeenReport) -> dict[str, Any]:
    proposed, why = seen.proposed_owner
    case = seen.row.case
    return {
        "proposed": proposed,
        "why": why,
        "accountable_agency": brief(case.accountable_agency),
        "accountable_team": team(case.accountable_team),
    }


def _parties(seen: SeenReport, by: Actor) -> dict[str, Any]:
    row = seen.row
    return {
        "unit": team(row.unit),
        "unit_agency": brief(row.unit_agency),
        "reporter": {name: row.reporter.get(name, "") for name in ("name", "role", "contact")},
        "to_team": team(row.asked_team),
        "person": seen.person and person(seen.columns, by.audience),
    }


def _facts(seen: SeenReport) -> dict[str, Any]:
    row = seen.row
    return {
        "last_seen": {
            "at": at(row.last_seen_at),
            "place": seen.details.get("last_seen_place"),
            "activity": seen.details.get("last_seen_activity"),
        },
        "absence_confirmed_at": at(row.absence_confirmed_at),
        "missing_since": at(row.missing_since),
        "minutes_missing": seen.minutes_missing,
        "legal_status": row.legal_status,
        "section_started_at": at(row.section_started_at),
        "section_expires_at": at(row.section_expires_at),
        "immediate_risk": row.immediate_risk,
        "under_18": row.under_18,
        "security": row.security,
    }


def _line(line: Line) -> dict[str, Any]:
    done = line.done
    return {
        "item": line.code,
        "title": line.title,
        "phase": line.phase,
        "done_at": done and at(done.occurred_at),
        "by": done and _named(done.actor),
        "note": line.note,
    }


def _sighting(seen: SeenSighting) -> dict[str, Any]:
    return {
        "id": str(seen.row.pk),
        "seen_at": at(seen.row.seen_at),
        "place": seen.said.get("place"),
        "sure": seen.row.sure,
        "told_by": seen.said.get("told_by"),
        "note": seen.said.get("note"),
        "by": _named(seen.row.actor),
        "recorded_at": at(seen.row.recorded_at),
    }


def _episodes(seen: SeenReport) -> list[dict[str, Any]]:
    found = []
    for link in seen.links:
        earlier = seen.earlier.get(link.earlier_id)
        found.append(
            {
                "id": str(link.pk),
                "basis": link.basis,
                "reference": earlier and earlier.reference,
                "missing_since": earlier and at(earlier.missing_since),
                "returned_at": earlier and at(earlier.returned_at),
                "linked_at": at(link.linked_at),
            }
        )
    return found


def _named(actor: Mapping[str, Any]) -> dict[str, Any]:
    return {name: actor.get(name) for name in SHOWN_OF_ACTOR}
