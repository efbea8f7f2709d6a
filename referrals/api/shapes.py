"""The shapes of answers, for the OpenAPI document. The answers themselves are plain dictionaries.

A test compares each with what is really answered, so that neither can change alone.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from referrals.api import fields, vocabulary, words
from referrals.api.fields import OPTIONAL
from referrals.domain.threshold import EVERY_QUESTION, Answer

Char, Instant, Whole = serializers.CharField, serializers.DateTimeField, serializers.IntegerField


class AgencyBrief(serializers.Serializer):
    """An agency in a few words."""

    id = Whole()
    code = Char()
    name = Char()
    kind = fields.Choice(words.AGENCY_KINDS)


class TeamBrief(serializers.Serializer):
    """A team, and its telephone."""

    id = Whole()
    code = Char()
    name = Char()
    phone = Char(allow_blank=True)


class HeldBy(serializers.Serializer):
    """Who works on it, which is not accountability."""

    name = Char()
    role = Char()


class CaseBrief(serializers.Serializer):
    """The case, and who answers for it now; null once your part in it has ended."""

    reference = Char()
    accountable_agency = AgencyBrief(allow_null=True)


class Clock(serializers.Serializer):
    """A promise with a deadline; ``why`` names the agreement and the line of it that set the target."""

    kind = fields.Choice(words.CLOCKS)
    started_at = Instant()
    target_at = Instant()
    met_at = Instant(allow_null=True)
    stopped_at = Instant(allow_null=True)
    breached = serializers.BooleanField()
    why = Char()


class Actor(serializers.Serializer):
    """Who did it."""

    name = Char()
    role = Char()
    contact = Char(allow_blank=True)
    agency = Char(allow_null=True, help_text="The agency's code; null for the system itself.")


class PersonSaid(serializers.Serializer):
    """Details of a person that somebody stated, as far as they differ from what the case has."""

    family_name = Char(required=False)
    given_name = Char(required=False)
    date_of_birth = serializers.DateField(required=False)
    age = Whole(required=False)
    sex = Char(required=False)
    nhs_number = Char(required=False)
    description = Char(required=False)
    phone = Char(required=False)
    language = Char(required=False)


class Statement(serializers.Serializer):
    """What somebody said of the person that is not what the case has: never merged with it."""

    said = PersonSaid()
    by = Actor()
    at = Instant()


class Person(serializers.Serializer):
    """The person, as far as your kind of agency reads; a field that it does not read is left out."""

    family_name = Char(allow_null=True, required=False)
    given_name = Char(allow_null=True, required=False)
    date_of_birth = serializers.DateField(allow_null=True, required=False)
    age = Whole(allow_null=True, required=False)
    sex = Char(allow_null=True, required=False)
    nhs_number = Char(allow_null=True, required=False)
    description = Char(allow_null=True, required=False)
    phone = Char(allow_null=True, required=False)
    language = Char(allow_null=True, required=False)
    also = Statement(
        many=True,
        required=False,
        help_text="In a referral and a case: what was said otherwise, the oldest first.",
    )


class Location(serializers.Serializer):
    """Where the person is."""

    text = Char(required=False)
    uprn = Char(required=False)
    what3words = Char(required=False)
    latitude = serializers.FloatField(required=False)
    longitude = serializers.FloatField(required=False)


class PhoneConfirmation(serializers.Serializer):
    """Who told whom by telephone, and when."""

    by = Char()
    to = Char(required=False)
    at = Instant()


class Child(serializers.Serializer):
    """What was made of a referral: it was resent or redirected to another team."""

    id = serializers.UUIDField()
    reference = Char()
    link = fields.Choice(words.PARENT_LINKS)
    state = fields.Choice(words.STATES)


class Referral(serializers.Serializer):
    """One referral: what was asked, who has it, by when, and what you may do with it now."""

    id = serializers.UUIDField()
    reference = Char()
    case = CaseBrief()
    state = fields.Choice(words.STATES)
    category = fields.Choice(words.CATEGORIES)
    priority = fields.Choice(words.PRIORITIES)
    lead = serializers.BooleanField()
    from_agency = AgencyBrief()
    from_team = TeamBrief()
    to_agency = AgencyBrief()
    to_team = TeamBrief()
    answering_team = TeamBrief(allow_null=True)
    accountable_agency = AgencyBrief(allow_null=True)
    held_by = HeldBy(allow_null=True)
    clocks = Clock(many=True)
    breach_at = Instant()
    overdue = serializers.BooleanField()
    escalation_level = Whole()
    allowed_actions = serializers.ListField(child=fields.Choice(words.ACTIONS))
    version = Whole()
    person = Person(allow_null=True)
    summary = Char(allow_blank=True)
    location = Location()
    scene_safety = fields.Choice(words.SCENE_SAFETY)
    flags = serializers.ListField(child=fields.Choice(words.FLAGS))
    source_incident_number = Char(allow_blank=True)
    threshold_decision = serializers.UUIDField(allow_null=True)
    phone_confirmation = PhoneConfirmation(allow_null=True)
    asking = serializers.UUIDField()
    parent = serializers.UUIDField(allow_null=True)
    parent_link = fields.Choice(words.PARENT_LINKS, allow_null=True)
    children = Child(many=True)
    possible_duplicates = serializers.ListField(
        child=Char(),
        required=False,
        help_text="In the answer to POST alone: references of other open cases of yours, perhaps of the same "
        "person: with the same NHS number or incident number. Look there first; nothing is merged.",
    )
    redirect_pending = serializers.BooleanField()
    cancel_requested_at = Instant(allow_null=True)
    risk_raised_at = Instant(allow_null=True)
    routed = Char(allow_null=True, help_text="Why this team is asked, where nobody named it.")
    occurred_at = Instant()
    created_at = Instant()
    sent_at = Instant(allow_null=True)
    accepted_at = Instant(allow_null=True)


class ReferralBrief(serializers.Serializer):
    """A referral of a case, in a few words."""

    id = serializers.UUIDField()
    reference = Char()
    state = fields.Choice(words.STATES)
    lead = serializers.BooleanField()
    category = fields.Choice(words.CATEGORIES)
    priority = fields.Choice(words.PRIORITIES)
    to_team = TeamBrief()
    breach_at = Instant()
    parent = serializers.UUIDField(allow_null=True)


class Party(serializers.Serializer):
    """An agency's part in a case."""

    agency = AgencyBrief()
    since = Instant()
    until = Instant(allow_null=True)


class Dispute(serializers.Serializer):
    """A dispute about whose the person is, and how it was settled. The timeline has what was said."""

    referral = serializers.UUIDField()
    cause = fields.Choice(words.DISPUTE_CAUSES)
    from_team = TeamBrief()
    to_team = TeamBrief()
    arbiter = Char(allow_null=True)
    opened_at = Instant()
    opened_by = Actor()
    outcome = fields.Choice(words.DISPUTE_OUTCOMES, allow_null=True)
    agreed_with = Actor(allow_null=True)
    settled_at = Instant(allow_null=True)
    settled_by = Actor(allow_null=True)


class Case(serializers.Serializer):
    """One case: one person in one situation, and who answers for them."""

    reference = Char()
    state = fields.Choice(words.CASE_STATES)
    accountable_agency = AgencyBrief()
    accountable_team = TeamBrief(allow_null=True)
    accountable_since = Instant()
    opened_at = Instant()
    opened_by_agency = AgencyBrief()
    first_sent_at = Instant(allow_null=True)
    closed_at = Instant(allow_null=True)
    person = Person(allow_null=True)
    clocks = Clock(many=True)
    referrals = ReferralBrief(many=True)
    parties = Party(many=True)
    disputes = Dispute(many=True)
    links = serializers.ListField(child=Char())
    allowed_actions = serializers.ListField(child=fields.Choice(words.CASE_MOVES))
    version = Whole()


class Period(serializers.Serializer):
    """A time during which one agency answered for the case, and why it began."""

    accountable_agency = AgencyBrief()
    accountable_team = TeamBrief(allow_null=True)
    since = Instant()
    until = Instant(allow_null=True)
    cause = fields.Choice(words.CAUSES)
    referral = serializers.UUIDField(allow_null=True)
    referral_reference = Char(allow_null=True)


class Accountability(Period):
    """Who was accountable at the instant asked for, and the whole history."""

    case = Char()
    at = Instant()
    history = Period(many=True)


class Event(serializers.Serializer):
    """One fact about a case. ``data`` holds ids, codes and times, never text about the person."""

    id = Whole()
    number = Whole(help_text="Its number in the case.")
    type = Char()
    case = Char(allow_null=True)
    referral = serializers.UUIDField(allow_null=True)
    referral_reference = Char(allow_null=True)
    occurred_at = Instant()
    recorded_at = Instant()
    actor = Actor()
    data = serializers.DictField()


@extend_schema_field({"description": "A text, or a set of details."})
class BodyField(serializers.JSONField):
    """Whatever the content is."""


class Content(serializers.Serializer):
    """A text, or a set of details, that an event points at; with who provided it, and when they knew it."""

    id = serializers.UUIDField()
    kind = Char(help_text=vocabulary.CONTENT_KIND)
    version = Whole()
    body = BodyField()
    provided_by = Char(allow_null=True)
    obtained_at = Instant()


class TimelineEvent(Event):
    """An event with those of its texts that your kind of agency reads."""

    contents = Content(many=True)


class FeedEvent(Event):
    """An event at its position in your agency's feed."""

    sequence = Whole()


class Feed(serializers.Serializer):
    """What came after a position, and the position to read on from."""

    results = FeedEvent(many=True)
    next_after = Whole()


class WholeList(serializers.Serializer):
    """A list that is short by its nature: it is always whole, and has no neighbours."""

    next = serializers.URLField(allow_null=True, help_text="Always null.")
    previous = serializers.URLField(allow_null=True, help_text="Always null.")


class TickedBy(serializers.Serializer):
    """Who has done it."""

    name = Char()
    role = Char()
    contact = Char()
    agency = Char()


class Demand(serializers.Serializer):
    """Something that a late promise demands of one side, until a named person ticks it."""

    id = Whole()
    clock = fields.Choice(words.CLOCKS)
    code = Char(help_text=vocabulary.DEMAND)
    text = Char()
    of = Char(help_text="sender or receiver; empty: either.")
    made_at = Instant()
    ticked_at = Instant(allow_null=True)
    ticked_by = TickedBy(allow_null=True)


class Contact(serializers.Serializer):
    """An attempt at contact. Only reaching the person is contact, and never by a message."""

    id = serializers.UUIDField()
    referral = serializers.UUIDField()
    channel = fields.Choice(words.CHANNELS)
    with_whom = fields.Choice(words.WITH_WHOM)
    outcome = fields.Choice(words.CONTACT_OUTCOMES)
    is_contact = serializers.BooleanField()
    occurred_at = Instant()
    recorded_at = Instant()


class Named(serializers.Serializer):
    """A named human being."""

    name = Char()
    role = Char()
    contact = Char()


class Claim(serializers.Serializer):
    """An acceptance given by telephone, waiting for the receiver's word."""

    id = serializers.UUIDField()
    referral = serializers.UUIDField()
    accepted_by = Named()
    claimed_by = Actor()
    state = fields.Choice(words.CLAIM_STATES)
    occurred_at = Instant()
    recorded_at = Instant()
    answered_at = Instant(allow_null=True)


class SupportEntry(serializers.Serializer):
    """Who was with the person, and when the next contact is due; or why the support ended."""

    id = serializers.UUIDField()
    referral = serializers.UUIDField(allow_null=True, help_text="Null if it was logged for the case.")
    agency = AgencyBrief()
    who = fields.Choice(words.SUPPORTERS)
    how = fields.Choice(words.SUPPORTED_BY)
    note = Char(allow_null=True)
    next_contact_at = Instant(allow_null=True)
    ends = fields.Choice(words.SUPPORT_ENDS, allow_null=True)
    by = Actor()
    occurred_at = Instant()
    recorded_at = Instant()


class SupportLog(WholeList):
    """Interim support in a case."""

    results = SupportEntry(many=True)


class Withdrawn(serializers.Serializer):
    """Why a file was taken back, by whom and when."""

    reason = Char()
    by = Actor()
    occurred_at = Instant()
    recorded_at = Instant()


class Attachment(serializers.Serializer):
    """A file of a case. ``size`` in bytes, ``width`` and ``height`` in pixels; ``sha256`` of what is kept."""

    id = serializers.UUIDField()
    case = Char()
    kind = fields.Choice(words.ATTACHMENT_KINDS)
    media_type = fields.Choice(words.MEDIA_TYPES)
    size = Whole()
    sha256 = Char()
    width = Whole(allow_null=True)
    height = Whole(allow_null=True)
    pages = Whole(allow_null=True)
    name = Char(help_text="What the sender called it.")
    note = Char(allow_null=True)
    agency = AgencyBrief()
    by = Actor()
    occurred_at = Instant()
    recorded_at = Instant()
    withdrawn = Withdrawn(allow_null=True)


class Attachments(WholeList):
    """The files of a case."""

    results = Attachment(many=True)


class Caller(serializers.Serializer):
    """Whom to ring, and why."""

    name = Char()
    phone = Char()
    why = Char(allow_blank=True)


class CallBackAttempt(serializers.Serializer):
    """One try to reach the caller."""

    outcome = fields.Choice(words.CONTACT_OUTCOMES)
    told = Char(allow_null=True)
    by = Actor()
    occurred_at = Instant()
    recorded_at = Instant()


class CallBack(serializers.Serializer):
    """A call that a team owes a caller, with every attempt."""

    id = serializers.UUIDField()
    team = TeamBrief()
    caller = Caller(allow_null=True)
    due_at = Instant()
    done_at = Instant(allow_null=True)
    by = Actor()
    recorded_at = Instant()
    attempts = CallBackAttempt(many=True)


class CallBackLog(WholeList):
    """The calls that are owed in a case, and those that were made."""

    results = CallBack(many=True)


class AnswersSerializer(fields.StrictSerializer):
    """An answer to each question; one that was left out is unknown, and unknown is never no."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """One for each question of any shipped policy; which are asked depends on the category."""
        return {q.code: fields.Choice(words.ANSWERS, help_text=q.text, **OPTIONAL) for q in EVERY_QUESTION}

    def to_internal_value(self, data: object) -> dict[str, Any]:
        """The answers, to a force's own questions too: which there are, the policy in force says."""
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        own = {code: said for code, said in data.items() if code not in self.fields}
        wrong = {code: ["yes, no or unknown"] for code, said in own.items() if said not in list(Answer)}
        if wrong:
            raise serializers.ValidationError(wrong)
        shipped = {code: said for code, said in data.items() if code not in own}
        return {**super().to_internal_value(shipped), **own}


class ThresholdStep(serializers.Serializer):
    """What became of a decision: reviewed, disagreed with, reopened."""

    kind = fields.Choice(words.THRESHOLD_STEP_KINDS)
    outcome = fields.Choice(words.OUTCOMES, allow_null=True)
    cause = Char(allow_null=True, help_text="What reopened it: new_information or risk_raised.")
    text = Char(allow_null=True)
    by = Actor()
    occurred_at = Instant()
    recorded_at = Instant()


class Decision(serializers.Serializer):
    """A threshold decision as it was recorded, and as it stands. A text that is not yours to read is null."""

    id = serializers.UUIDField()
    agency = AgencyBrief()
    category = fields.Choice(words.CATEGORIES)
    case = Char(allow_null=True)
    outcome = fields.Choice(words.OUTCOMES)
    computed = fields.Choice(words.OUTCOMES)
    overridden = serializers.BooleanField()
    outcome_now = fields.Choice(words.OUTCOMES, help_text="After the last review.")
    stand = fields.Choice(words.STANDS)
    clauses = serializers.ListField(child=Char())
    policy_version = Char()
    answers = AnswersSerializer()
    rationale = Char(allow_null=True)
    already_tried = Char(allow_null=True)
    caller_told = Char(allow_null=True)
    agency_told = AgencyBrief(allow_null=True)
    agency_told_at = Instant(allow_null=True)
    decided_by = Actor()
    steps = ThresholdStep(many=True)
    allowed_actions = serializers.ListField(child=fields.Choice(words.THRESHOLD_ACTIONS))
    occurred_at = Instant()
    recorded_at = Instant()


class Question(serializers.Serializer):
    """One question of a prompt, with the clause that a yes invokes and where it is from."""

    code = Char()
    text = Char()
    clause = Char()
    decisive = serializers.BooleanField(help_text="Unknown leaves the decision undetermined.")
    source = Char()


class GoLive(serializers.Serializer):
    """A date at which a version was to go live, as it was set."""

    live_from = Instant()
    reason = Char()
    set_by = Actor()
    set_at = Instant()


class PolicyVersion(serializers.Serializer):
    """One version of a policy. ``live_from`` is the go-live set last."""

    id = Whole()
    number = Whole()
    code = Char()
    adopted = serializers.BooleanField(help_text="False: police attend here as before.")
    questions = Question(many=True)
    live_from = Instant(allow_null=True)
    live = serializers.BooleanField()
    go_lives = GoLive(many=True)
    made_at = Instant()


class Policy(serializers.Serializer):
    """What one force asks in one category; ``agency`` null: every force that has none of its own."""

    agency = AgencyBrief(allow_null=True)
    category = fields.Choice(words.CATEGORIES)
    versions = PolicyVersion(many=True)


class ImportedRow(serializers.Serializer):
    """One row of a file, and what was made of it; in a preview it has no id and no reference."""

    row = Whole(help_text="As a spreadsheet counts: the heading is row 1.")
    id = serializers.UUIDField(allow_null=True)
    reference = Char(allow_null=True)
    case = Char(allow_null=True)
    category = fields.Choice(words.CATEGORIES)
    priority = fields.Choice(words.PRIORITIES)
    from_team = TeamBrief()
    to_team = TeamBrief()
    occurred_at = Instant()
    recorded_at = Instant()
    breach_at = Instant()


class Imported(serializers.Serializer):
    """What a file became, or would become."""

    preview = serializers.BooleanField()
    results = ImportedRow(many=True)


class Advanced(serializers.Serializer):
    """By how much time was put forward, and in how many cases."""

    minutes = Whole()
    cases = Whole()


class Client(serializers.Serializer):
    """A program that acts for your agency."""

    id = Whole()
    client_id = Char()
    name = Char()
    scopes = serializers.ListField(child=Char())
    keys = serializers.ListField(child=Char(), help_text="Names (kid) of the keys it may sign with.")
    old_secret_until = Instant(allow_null=True, help_text="Until then both secrets hold.")
    created_at = Instant()
    revoked_at = Instant(allow_null=True)


class ClientAndSecret(Client):
    """The same with its secret, told once: in an answer that is given again it is null."""

    client_secret = Char(allow_null=True)


class Webhook(serializers.Serializer):
    """An address that your events are sent to. ``position``: how far the feed was written out for it."""

    id = serializers.UUIDField()
    url = Char()
    types = serializers.ListField(child=Char())
    description = Char(allow_blank=True)
    enabled = serializers.BooleanField()
    disabled_at = Instant(allow_null=True)
    disabled_reason = fields.Choice(words.WHY_DISABLED, allow_null=True)
    failing_since = Instant(allow_null=True)
    failures = Whole(help_text="Since the last success. From the third on, one delivery is tried at a time.")
    next_trial_at = Instant(allow_null=True)
    position = Whole()
    old_secret_until = Instant(allow_null=True, help_text="Until then both secrets sign.")
    created_by = Actor()
    created_at = Instant()


class WebhookAndSecret(Webhook):
    """The same with its secret, told once: in an answer that is given again it is null."""

    secret = Char(allow_null=True)


class DeliveryAttempt(serializers.Serializer):
    """One try: the status that the receiver answered, or the kind of error."""

    at = Instant()
    status = Whole(allow_null=True)
    error = Char(allow_blank=True)
    milliseconds = Whole()


class Delivery(serializers.Serializer):
    """One event that is owed to a webhook, and its latest attempts."""

    id = Whole()
    webhook_id = Char(help_text="The header by which a receiver knows what it has had.")
    type = Char()
    sequence = Whole(allow_null=True)
    event = Whole(allow_null=True)
    replay_of = Whole(allow_null=True)
    state = fields.Choice(words.DELIVERY_STATES)
    created_at = Instant()
    next_attempt_at = Instant(allow_null=True)
    finished_at = Instant(allow_null=True)
    attempts = Whole()
    tried = DeliveryAttempt(many=True)


class Problem(serializers.Serializer):
    """A problem document (RFC 9457)."""

    type = Char(help_text="An address that explains this kind of problem.")
    title = Char()
    status = Whole()
    detail = Char()
    instance = Char()
    request_id = Char(allow_null=True)
    errors = serializers.DictField(
        child=Char(), required=False, help_text="What is wrong and what to do, by JSON Pointer."
    )
    allowed_actions = serializers.ListField(child=Char(), required=False)


class ProblemKind(serializers.Serializer):
    """What a kind of problem means."""

    type = Char()
    status = Whole()
    title = Char()
    meaning = Char()


@cache
def page_of(shape: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """A page of them, and where its neighbours are."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
        "__doc__": "One page, and the addresses of its neighbours.",
    }
    page = type(f"{shape.__name__}Page", (serializers.Serializer,), fields)
    return extend_schema_serializer(many=False)(page)
