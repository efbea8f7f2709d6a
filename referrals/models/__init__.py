"""What is stored, and who sees which rows."""

from referrals.models.agreement import Agreement, AgreementGoLive, AgreementStep, AgreementVersion
from referrals.models.attachment import Attachment, AttachmentWithdrawal
from referrals.models.case import Accountability, Case, Party, Person
from referrals.models.clock import Clock
from referrals.models.contact import ContactAttempt
from referrals.models.content import Content
from referrals.models.demand import Demand
from referrals.models.detention import Detention, DetentionMilestone, OfficerWait
from referrals.models.dispute import Dispute
from referrals.models.escalation import Escalation
from referrals.models.event import Event, Feed
from referrals.models.heartbeat import Canary, Heartbeat, Measure
from referrals.models.idempotency import IdempotencyKey
from referrals.models.link import CaseLink
from referrals.models.missing import ChecklistItem, EpisodeLink, MissingMove, MissingReport, Sighting
from referrals.models.onlooker import Onlooker
from referrals.models.place_kind import PlaceKindRule
from referrals.models.proof import Finding, Proof, ProofCursor
from referrals.models.referral import ClaimedAcceptance, Move, Referral
from referrals.models.support import CallBack, CallBackAttempt, SupportEntry
from referrals.models.threshold import ThresholdDecision, ThresholdStep
from referrals.models.threshold_policy import ThresholdGoLive, ThresholdPolicy, ThresholdPolicyVersion

__all__ = [
    "Accountability",
    "Agreement",
    "AgreementGoLive",
    "AgreementStep",
    "AgreementVersion",
    "Attachment",
    "AttachmentWithdrawal",
    "CallBack",
    "CallBackAttempt",
    "Canary",
    "Case",
    "CaseLink",
    "ClaimedAcceptance",
    "Clock",
    "ContactAttempt",
    "Content",
    "Demand",
    "Dispute",
    "Detention",
    "DetentionMilestone",
    "Escalation",
    "Event",
    "Feed",
    "Finding",
    "Heartbeat",
    "IdempotencyKey",
    "Measure",
    "Move",
    "OfficerWait",
    "Onlooker",
    "Party",
    "Person",
    "PlaceKindRule",
    "Proof",
    "ProofCursor",
    "Referral",
    "SupportEntry",
    "ThresholdDecision",
    "ThresholdGoLive",
    "ThresholdPolicy",
    "ThresholdPolicyVersion",
    "ThresholdStep",
    # missing patients
    "ChecklistItem",
    "EpisodeLink",
    "MissingMove",
    "MissingReport",
    "Sighting",
]
