"""The shapes of detentions as they are answered."""

from rest_framework import serializers

from referrals.api import fields, words
from referrals.api.shapes import Actor, AgencyBrief, Clock, Location, Named, Person, TeamBrief

Char, Instant, Whole = serializers.CharField, serializers.DateTimeField, serializers.IntegerField


class DetentionMilestone(serializers.Serializer):
    """One milestone as it was entered; ``stands`` until a later entry corrects it. A doctor, a text or an
    outcome that is not yours to read is null."""

    id = serializers.UUIDField()
    kind = fields.Choice(words.MILESTONES)
    at = Instant()
    recorded_at = Instant()
    stands = serializers.BooleanField()
    corrects = serializers.UUIDField(allow_null=True)
    withdrawn = serializers.BooleanField()
    place = TeamBrief(allow_null=True)
    place_kind = fields.Choice(words.PLACE_KINDS, allow_null=True)
    basis = fields.Choice(words.ARRIVAL_BASES, allow_null=True)
    disputed_at = Instant(allow_null=True)
    disputed_basis = fields.Choice(words.ARRIVAL_BASES, allow_null=True)
    outcome = fields.Choice(words.DETENTION_OUTCOMES, allow_null=True)
    reason_code = Char(allow_null=True)
    extension_minutes = Whole(allow_null=True)
    doctor = Named(allow_null=True)
    authorised_by = Named(allow_null=True)
    referral = serializers.UUIDField(allow_null=True)
    note = Char(allow_null=True)
    agency = AgencyBrief()
    by = Actor()


class OfficerWait(serializers.Serializer):
    """An officer, or a number of officers, who waits or waited. Identifiers are for police to read."""

    id = serializers.UUIDField()
    identifier = Char(allow_null=True)
    number = Whole(allow_null=True)
    relieves = Char(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """And the times: one of their names is a word of Python's."""
        return {**super().get_fields(), "from": Instant(), "to": Instant(allow_null=True)}


class Advice(serializers.Serializer):
    """Something to know before relying on the clock, and what it stands on."""

    text = Char()
    basis = Char()


class Detention(serializers.Serializer):
    """Somebody with officers by a power, and how far the handover has come. Its clock is advice: nothing
    acts by itself."""

    id = serializers.UUIDField()
    reference = Char()
    case = Char()
    power = fields.Choice(words.POWERS)
    state = fields.Choice(words.DETENTION_STATES)
    version = Whole()
    agency = AgencyBrief()
    team = TeamBrief()
    place = TeamBrief(allow_null=True)
    person = Person(allow_null=True)
    under_18 = serializers.BooleanField(allow_null=True)
    location = Location()
    source_incident_number = Char(allow_blank=True)
    detained_at = Instant()
    starts_at = Instant(allow_null=True, help_text="The earliest arrival: the clock's start.")
    latest_start_at = Instant(allow_null=True, help_text="The same arrival as somebody else has it.")
    extension_minutes = Whole()
    expires_at = Instant(allow_null=True, help_text="Null for a voluntary handover, and before arrival.")
    accepted_at = Instant(allow_null=True)
    released_at = Instant(allow_null=True)
    assessed_at = Instant(allow_null=True)
    ended_at = Instant(allow_null=True)
    outcome = fields.Choice(words.DETENTION_OUTCOMES, allow_null=True)
    waiting_since = Instant(allow_null=True)
    waiting_minutes = Whole(allow_null=True)
    officers_waiting = Whole()
    officer_minutes = Whole()
    officers = OfficerWait(many=True)
    milestones = DetentionMilestone(many=True)
    clocks = Clock(many=True)
    advice = Advice(many=True)
    allowed_milestones = serializers.ListField(child=fields.Choice(words.MILESTONES))
    recorded_at = Instant()
