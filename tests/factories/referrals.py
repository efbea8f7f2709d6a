"""A row of every model of referrals and notifications. What the services write, they write here too.

Each factory ends with the row committed and read back as somebody who may see it. States are walked
to by ``referral_at`` in ``tests/factories/world.py``.
"""

from datetime import UTC, datetime
from typing import Any

import factory

from agencies.acting import Actor, acting_for
from agencies.models import Team
from agencies.roles import AgencyKind, TeamKind
from notifications.models import (
    Attempt,
    Message,
    Receipt,
    TextCode,
    TypedCode,
    WebhookDelivery,
    WebhookEndpoint,
)
from notifications.services import receipts
from referrals import models
from referrals.models.keys import new_id
from referrals.services import (
    attachment,
    call_back,
    case_moves,
    checklist,
    claim,
    contact,
    detention,
    engine,
    feed,
    milestones,
    missing,
    officers,
    sighting,
    support,
    threshold,
    threshold_review,
    webhook,
)
from referrals.services import referral as referrals
from tests.database import in_role_of
from tests.factories.agencies import (
    AgencyFactory,
    ApiClientFactory,
    MembershipFactory,
    TeamFactory,
    client_actor,
)
from tests.factories.world import NURSE, PERSON, SUPERVISOR, act
from tests.files.made import picture

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
Factory = factory.django.DjangoModelFactory


def actor_of(team: Team) -> Actor:
    """Somebody named, and senior enough, who acts for this team."""
    person = SUPERVISOR if team.agency.kind == AgencyKind.POLICE else NURSE
    return client_actor(ApiClientFactory(team=team), person)


class ReferralFactory(Factory):
    """Sent by a control room to a crisis hub, in a case of its own unless ``case`` names one."""

    class Meta:
        model = models.Referral

    from_team = factory.SubFactory(TeamFactory, agency__kind=AgencyKind.POLICE, kind=TeamKind.CONTROL_ROOM)
    to_team = factory.SubFactory(TeamFactory)
    category = "concern_for_welfare"
    priority = "P2"
    summary = "Not seen since Tuesday."
    person = PERSON

    @classmethod
    def _create(cls, model_class: type, *args: Any, **asked: Any) -> models.Referral:
        return act(actor_of(asked["from_team"]), referrals.create, asked=referrals.Asked(**asked))


class WrittenWithIt(Factory):
    """The newest row of a model that sending a referral wrote into its case, or ``which`` of them."""

    class Meta:
        abstract = True

    referral = factory.SubFactory(ReferralFactory)

    @classmethod
    def _create(cls, model_class: type, *args: Any, referral: models.Referral, **which: Any) -> Any:
        with acting_for(referral.from_agency_id):
            return model_class.objects.filter(case_id=referral.case_id, **which).latest("pk")


def written(of: type) -> type[Factory]:
    """The factory of such a model."""
    meta = type("Meta", (), {"model": of})
    return type(f"{of.__name__}Factory", (WrittenWithIt,), {"Meta": meta, "__doc__": WrittenWithIt.__doc__})


PersonFactory = written(models.Person)
PartyFactory = written(models.Party)
AccountabilityFactory = written(models.Accountability)
EventFactory = written(models.Event)
MoveFactory = written(models.Move)
ClockFactory = written(models.Clock)
ContentFactory = written(models.Content)


class CaseFactory(WrittenWithIt):
    """The case that was opened for a referral."""

    class Meta:
        model = models.Case

    @classmethod
    def _create(cls, model_class: type, *args: Any, referral: models.Referral) -> models.Case:
        with acting_for(referral.from_agency_id):
            return models.Case.objects.get(pk=referral.case_id)


class FeedFactory(WrittenWithIt):
    """The sender's newest event, numbered."""

    class Meta:
        model = models.Feed

    @classmethod
    def _create(cls, model_class: type, *args: Any, referral: models.Referral) -> models.Feed:
        with acting_for(referral.from_agency_id):
            feed.number_events()
            mine = models.Feed.objects.filter(agency_id=referral.from_agency_id)
            return mine.latest("position")


class OnlookerFactory(WrittenWithIt):
    """A third agency, asked for support, which looks on at the first referral."""

    class Meta:
        model = models.Onlooker

    @classmethod
    def _create(cls, model_class: type, *args: Any, referral: models.Referral) -> models.Onlooker:
        asked = {"case": referral.case_reference, "person": {}, "lead": False}
        support = ReferralFactory(from_team=referral.from_team, **asked)
        with acting_for(support.to_agency_id):
            return models.Onlooker.objects.get(referral=referral)


class BySender(WrittenWithIt):
    """What a service of the sender's makes of its referral."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type, *args: Any, referral: models.Referral, **said: Any) -> Any:
        return cls.make(actor_of(referral.from_team), referral, said)


class ContactAttemptFactory(BySender):
    """The person was reached by phone."""

    class Meta:
        model = models.ContactAttempt

    channel, with_whom, outcome = "phone", "person", "reached"

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.ContactAttempt:
        return act(by, contact.log, referral_id=referral.pk, **said)


class ClaimedAcceptanceFactory(BySender):
    """A nurse said yes on the phone."""

    class Meta:
        model = models.ClaimedAcceptance

    accepted_by = {"name": "A Example", "role": "nurse", "contact": "020 7946 0103"}

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.ClaimedAcceptance:
        return act(by, claim.claim, referral_id=referral.pk, **said)


class AttachmentFactory(BySender):
    """A photo."""

    class Meta:
        model = models.Attachment

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.Attachment:
        sent = attachment.Sent(picture("PNG"), "photo", **said)
        return act(by, attachment.attach, case_id=referral.case_id, sent=sent)


class AttachmentWithdrawalFactory(BySender):
    """The photo was of somebody else."""

    class Meta:
        model = models.AttachmentWithdrawal

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.AttachmentWithdrawal:
        sent = AttachmentFactory.make(by, referral, {})
        return act(by, attachment.withdraw, attachment_id=sent.pk, reason="somebody else", **said)


class ThresholdDecisionFactory(BySender):
    """No police response is required."""

    class Meta:
        model = models.ThresholdDecision

    answers = {"crime": "no", "risk_to_life": "no", "serious_harm": "no"}
    rationale = "seen by a neighbour"
    caller_told = "the council will call"

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.ThresholdDecision:
        decided = threshold.Decided(category=referral.category, case=referral.case_reference, **said)
        return act(by, threshold.record, decided=decided)


class ThresholdStepFactory(BySender):
    """The sender's new word on a decision of its own."""

    class Meta:
        model = models.ThresholdStep

    reason = "he has rung again"

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.ThresholdStep:
        decided = ThresholdDecisionFactory(referral=referral)
        return act(by, threshold_review.reopen, decision_id=decided.pk, **said)


class SupportEntryFactory(BySender):
    """Somebody in the control room is on the phone with the person."""

    class Meta:
        model = models.SupportEntry

    who, how = "control_room_worker", "phone"

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.SupportEntry:
        return act(by, support.log, referral_id=referral.pk, said=support.Said(**said))


class CallBackFactory(BySender):
    """The caller is to be rung back."""

    class Meta:
        model = models.CallBack

    name, phone = "Kim Example", "020 7946 0120"

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.CallBack:
        return act(by, call_back.owe, reference=referral.case_reference, owed=call_back.Owed(**said))


class CallBackAttemptFactory(BySender):
    """Nobody answered."""

    class Meta:
        model = models.CallBackAttempt

    outcome = "no_answer"

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.CallBackAttempt:
        owed = CallBackFactory(referral=referral)
        return act(by, call_back.attempt, call_back_id=owed.pk, **said)


class DisputeFactory(BySender):
    """The sender says that it is the other's."""

    class Meta:
        model = models.Dispute

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.Dispute:
        act(by, case_moves.move, reference=referral.case_reference, action="dispute", **said)
        with acting_for(by.agency_id):
            return models.Dispute.objects.get(case=referral.case_id)


class CaseLinkFactory(BySender):
    """The sender holds two of its cases to be of one person."""

    class Meta:
        model = models.CaseLink

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.CaseLink:
        other = ReferralFactory(from_team=referral.from_team)
        asked = {"reference": referral.case_reference, "other_case": other.case_reference}
        act(by, case_moves.move, action="link", **asked)
        with acting_for(by.agency_id):
            return models.CaseLink.objects.get()


class DetentionFactory(BySender):
    """The sender's officers have the person of the case."""

    class Meta:
        model = models.Detention

    power = "s136"

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.Detention:
        detained = detention.Detained(case=referral.case_reference, **said)
        return act(by, detention.record, said=detained)


class DetentionMilestoneFactory(BySender):
    """They have come to the receiver's place of safety."""

    class Meta:
        model = models.DetentionMilestone

    kind, place_kind = "arrived", "health_based"

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.DetentionMilestone:
        held = DetentionFactory(referral=referral)
        arrived = milestones.Said(place=referral.to_team, **said)
        return act(by, detention.enter, detention_id=held.pk, said=arrived)


class OfficerWaitFactory(BySender):
    """Two officers wait."""

    class Meta:
        model = models.OfficerWait

    number = 2

    @staticmethod
    def make(by: Actor, referral: models.Referral, said: dict[str, Any]) -> models.OfficerWait:
        held = DetentionFactory(referral=referral)
        return act(by, officers.wait, detention_id=held.pk, said=officers.Waits(**said))


class OfReport(Factory):
    """What hangs off a missing report: a patient of a ward for whom the police look."""

    class Meta:
        abstract = True

    unit = factory.SubFactory(TeamFactory, kind=TeamKind.WARD)
    police = factory.SubFactory(TeamFactory, agency__kind=AgencyKind.POLICE, kind=TeamKind.CONTROL_ROOM)

    @classmethod
    def _create(cls, model_class: type, *args: Any, unit: Team, police: Team) -> Any:
        by = actor_of(unit)
        said = missing.Reported(unit=unit, police=police, person=PERSON)
        return cls.make(by, said, act(by, missing.create, said=said))


class MissingReportFactory(OfReport):
    """Sent to the police."""

    class Meta:
        model = models.MissingReport

    @staticmethod
    def make(by: Actor, said: missing.Reported, report: models.MissingReport) -> models.MissingReport:
        return report


class MissingMoveFactory(OfReport):
    """The sending."""

    class Meta:
        model = models.MissingMove

    @staticmethod
    def make(by: Actor, said: missing.Reported, report: models.MissingReport) -> models.MissingMove:
        with acting_for(by.agency_id):
            return models.MissingMove.objects.get(report=report)


class ChecklistItemFactory(OfReport):
    """The ward was searched."""

    class Meta:
        model = models.ChecklistItem

    @staticmethod
    def make(by: Actor, said: missing.Reported, report: models.MissingReport) -> models.ChecklistItem:
        return act(by, checklist.tick, report_id=report.pk, item="ward")


class SightingFactory(OfReport):
    """Somebody believes to have seen the patient."""

    class Meta:
        model = models.Sighting

    @staticmethod
    def make(by: Actor, said: missing.Reported, report: models.MissingReport) -> models.Sighting:
        return act(
            by, sighting.log, report_id=report.pk, seen=sighting.Seen("Example Park", report.missing_since)
        )


class EpisodeLinkFactory(OfReport):
    """The patient was missing before."""

    class Meta:
        model = models.EpisodeLink

    @staticmethod
    def make(by: Actor, said: missing.Reported, report: models.MissingReport) -> models.EpisodeLink:
        again = act(by, missing.create, said=said)
        with acting_for(by.agency_id):
            return models.EpisodeLink.objects.get(report=again)


class OnceLate(WrittenWithIt):
    """What the engine writes when the referral's acknowledgement is overdue."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type, *args: Any, referral: models.Referral) -> Any:
        with in_role_of("worker"):
            clock = models.Clock.objects.get(referral=referral, kind="acknowledge")
            engine.tick(now=clock.target_at)
            return model_class.objects.filter(clock=clock).latest("pk")


class EscalationFactory(OnceLate):
    """A rung that fired."""

    class Meta:
        model = models.Escalation


class DemandFactory(OnceLate):
    """What that rung demands."""

    class Meta:
        model = models.Demand


class MessageFactory(WrittenWithIt):
    """The word to the receiving team that there is something new."""

    class Meta:
        model = Message

    @classmethod
    def _create(cls, model_class: type, *args: Any, referral: models.Referral) -> Message:
        with acting_for(referral.to_agency_id):
            return Message.objects.get(case_id=referral.case_id, kind="referral.sent")


class ReceiptFactory(Factory):
    """What the provider says of a text, waiting to be applied. The web takes it in and cannot read it."""

    class Meta:
        model = Receipt

    provider_id = factory.Sequence(lambda n: f"receipt-{n}")
    reference = "of-no-message"
    status = Receipt.Status.DELIVERED

    @classmethod
    def _create(cls, model_class: type, *args: Any, **words: Any) -> Receipt:
        receipts.take_in(**words)
        with in_role_of("worker"):
            return Receipt.objects.get(provider_id=words["provider_id"])


class TextCodeFactory(Factory):
    """The code that one text carries, not used yet; the worker makes it."""

    class Meta:
        model = TextCode

    membership = factory.SubFactory(MembershipFactory)
    message_id = factory.LazyFunction(new_id)
    escalation_id = 1
    phone = "+447700900001"
    code = factory.Sequence(lambda n: f"{n:04}")
    until = datetime(2099, 1, 1, tzinfo=UTC)

    @classmethod
    def _create(cls, model_class: type, *args: Any, **words: Any) -> TextCode:
        with in_role_of("worker"):
            return TextCode.objects.create(agency_id=words["membership"].agency_id, **words)


class TypedCodeFactory(Factory):
    """A code that somebody typed at the page, and that nobody has judged."""

    class Meta:
        model = TypedCode

    membership = factory.SubFactory(MembershipFactory)
    code = "4711"

    @classmethod
    def _create(cls, model_class: type, *args: Any, **words: Any) -> TypedCode:
        agency = words["membership"].agency_id
        with acting_for(agency):
            return TypedCode.objects.create(agency_id=agency, **words)


class IdempotencyKeyFactory(Factory):
    """A key whose first request is still at work."""

    class Meta:
        model = models.IdempotencyKey

    agency = factory.SubFactory(AgencyFactory)
    caller = "client:1"
    key = factory.Sequence(lambda n: f"key-{n}")
    request_digest = "0" * 64

    @classmethod
    def _create(cls, model_class: type, *args: Any, **columns: Any) -> models.IdempotencyKey:
        with acting_for(columns["agency"].pk):
            return models.IdempotencyKey.objects.create(**columns)


class InRole(Factory):
    """A row that the engine, or whoever installs the system, makes."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type, *args: Any, role: str = "worker", **columns: Any) -> Any:
        with in_role_of(role):
            return model_class.objects.create(**columns)


class AgreementFactory(InRole):
    """A concordat between nobody in particular."""

    class Meta:
        model = models.Agreement

    role = "owner"
    name = factory.Sequence(lambda n: f"Agreement {n}")
    category = "conveyance"


class AgreementVersionFactory(InRole):
    """A first version, not in force yet."""

    class Meta:
        model = models.AgreementVersion

    role = "owner"
    agreement = factory.SubFactory(AgreementFactory)
    number = 1
    terms: Any = {}


class AgreementStepFactory(InRole):
    """Somebody drafted it."""

    class Meta:
        model = models.AgreementStep

    role = "owner"
    version = factory.SubFactory(AgreementVersionFactory)
    kind = "drafted"
    agency = factory.SubFactory(AgencyFactory)
    actor: Any = {}
    at = LONG_AGO


class AgreementGoLiveFactory(InRole):
    """A date far ahead, of a version that is nobody's in particular to sign."""

    class Meta:
        model = models.AgreementGoLive

    role = "owner"
    version = factory.SubFactory(AgreementVersionFactory)
    live_from = datetime(2120, 1, 1, tzinfo=UTC)
    reason = "agreed by both"
    set_by: Any = {}
    set_at = LONG_AGO


class PlaceKindRuleFactory(InRole):
    """Care homes, as they are."""

    class Meta:
        model = models.PlaceKindRule

    role = "owner"
    code = "care_home"
    source = "Mental Health Act 1983, s.135(6)"
    made_at = LONG_AGO


class ThresholdPolicyFactory(InRole):
    """A force's own policy on conveyance."""

    class Meta:
        model = models.ThresholdPolicy

    role = "owner"
    agency = factory.SubFactory(AgencyFactory, kind=AgencyKind.POLICE)
    category = "conveyance"


class ThresholdPolicyVersionFactory(InRole):
    """Its first version, without a date."""

    class Meta:
        model = models.ThresholdPolicyVersion

    role = "owner"
    policy = factory.SubFactory(ThresholdPolicyFactory)
    number = 1
    code = "ours-1"
    questions: Any = []
    made_by: Any = {}
    made_at = LONG_AGO


class ThresholdGoLiveFactory(InRole):
    """A date far ahead."""

    class Meta:
        model = models.ThresholdGoLive

    role = "owner"
    version = factory.SubFactory(ThresholdPolicyVersionFactory)
    live_from = datetime(2120, 1, 1, tzinfo=UTC)
    reason = "agreed with the trusts"
    set_by: Any = {}
    set_at = LONG_AGO


class AttemptFactory(InRole):
    """A first try, which went."""

    class Meta:
        model = Attempt

    message_id = factory.LazyFunction(lambda: MessageFactory().pk)
    number = 1
    at = LONG_AGO


class HeartbeatFactory(InRole):
    """A part of the engine that has not been heard of for long."""

    class Meta:
        model = models.Heartbeat

    part = factory.Sequence(lambda n: f"node:{n}")
    beat_at = LONG_AGO


class CanaryFactory(InRole):
    """A canary that nobody has looked at."""

    class Meta:
        model = models.Canary

    due_at = LONG_AGO


class MeasureFactory(InRole):
    """One figure."""

    class Meta:
        model = models.Measure

    name = factory.Sequence(lambda n: f"figure_{n}")
    value = 0.0


class ProofFactory(InRole):
    """A check that found nothing."""

    class Meta:
        model = models.Proof

    name = factory.Sequence(lambda n: f"check {n}")
    ran_at = LONG_AGO
    took_ms = 1
    found = 0


class FindingFactory(InRole):
    """One row that a check found."""

    class Meta:
        model = models.Finding

    proof = factory.SubFactory(ProofFactory)
    reference = "R-7KD4-HNWT"
    row = "1"
    what = "overdue without its rung"


class ProofCursorFactory(InRole):
    """A sweep that has begun."""

    class Meta:
        model = models.ProofCursor

    name = factory.Sequence(lambda n: f"sweep {n}")
    position = "0"


class WebhookEndpointFactory(Factory):
    """A trust's address, to which nothing is owed yet."""

    class Meta:
        model = WebhookEndpoint

    team = factory.SubFactory(TeamFactory)
    url = "https://hooks.example/rcrp"

    @classmethod
    def _create(cls, model_class: type, *args: Any, team: Team, **said: Any) -> WebhookEndpoint:
        return act(actor_of(team), webhook.register, said=said)[0]


class WebhookDeliveryFactory(Factory):
    """A test that is owed to a webhook."""

    class Meta:
        model = WebhookDelivery

    team = factory.SubFactory(TeamFactory)

    @classmethod
    def _create(cls, model_class: type, *args: Any, team: Team) -> WebhookDelivery:
        endpoint = WebhookEndpointFactory(team=team)
        return act(actor_of(team), webhook.test, webhook_id=endpoint.pk)
