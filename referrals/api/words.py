"""The words that a field may take, by the names under which the OpenAPI document lists them."""

from enum import StrEnum

from agencies.roles import AgencyKind
from notifications.models.webhook import Outcome, WhyDisabled
from referrals.domain import (
    attachment,
    case,
    clocks,
    detention,
    dispute,
    missing,
    missing_fields,
    referral,
    retaking,
    support,
    threshold,
)
from referrals.models import ClaimedAcceptance, ContactAttempt, EpisodeLink


def _values(words: type[StrEnum]) -> list[str]:
    return [each.value for each in words]


AGENCY_KINDS = AgencyKind.choices
CATEGORIES = _values(case.Category)
PRIORITIES = _values(case.Priority)
FLAGS = _values(case.Flag)
SCENE_SAFETY = _values(case.SceneSafety)
CASE_STATES = _values(case.CaseState)
CASE_MOVES = list(case.CASE_MOVES)
CAUSES = _values(case.Cause)
STATES = _values(referral.State)
ACTIONS = list(referral.TRANSITIONS)
PARENT_LINKS = ["resend", "redirect"]
CLOCKS = _values(clocks.ClockKind)
ANSWERS = _values(threshold.Answer)
OUTCOMES = _values(threshold.Outcome)
DECIDED = [threshold.Outcome.POLICE_RESPONSE.value, threshold.Outcome.NO_POLICE_RESPONSE.value]
VERDICTS = sorted(each.value for each in threshold.REVIEWS)
STANDS = _values(threshold.Stand)
THRESHOLD_STEP_KINDS = _values(threshold.Step)
THRESHOLD_ACTIONS = ["review", "disagree", "reopen"]
CHANNELS = ContactAttempt.Channel.values
WITH_WHOM = ContactAttempt.WithWhom.values
CONTACT_OUTCOMES = ContactAttempt.Outcome.values
CLAIM_STATES = ClaimedAcceptance.State.values
SUPPORTERS = _values(support.Who)
SUPPORTED_BY = _values(support.How)
SUPPORT_ENDS = _values(support.Ends)
ATTACHMENT_KINDS = _values(attachment.Kind)
MEDIA_TYPES = _values(attachment.MediaType)
RISK_DIRECTIONS = ["raise", "lower"]
# webhooks
DELIVERY_WAITS = "waiting"
DELIVERY_STATES = [DELIVERY_WAITS, *_values(Outcome)]
WHY_DISABLED = _values(WhyDisabled)
# agreements
DISPUTE_CAUSES = _values(dispute.Opened)
DISPUTE_OUTCOMES = _values(dispute.Settled)
# of a detention
POWERS = _values(detention.Power)
DETENTION_STATES = _values(detention.State)
DETENTION_OUTCOMES = _values(detention.Outcome)
MILESTONES = _values(detention.Milestone)
PLACE_KINDS = list(detention.PLACE_KINDS)
ARRIVAL_BASES = list(detention.BASES)
# of missing patients
MISSING_STATES = _values(missing.State)
MISSING_ACTIONS = list(missing.MOVES)
MISSING_FLAGS = list(missing.FLAGS.values())
MISSING_OWNERS = _values(missing.Owner)
GRADES = _values(missing.Grade)
LEGAL_STATUSES = _values(retaking.LegalStatus)
SECURITY = _values(missing_fields.Security)
CHECKLIST_ITEMS = list(missing_fields.CHECKLIST)
CHECKLIST_PHASES = _values(missing_fields.Phase)
NAME_KINDS = _values(missing_fields.NameKind)
LINK_BASES = EpisodeLink.Basis.values
