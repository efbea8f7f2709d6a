"""What is stored about who."""

from agencies.models.agency import Agency, AgencyCode, Team
from agencies.models.allowance import Allowance
from agencies.models.audit_event import AuditEvent
from agencies.models.client import ApiClient, ClientScopes, UsedAssertion
from agencies.models.duty import ServiceHours, Shift, ShiftOverride
from agencies.models.feed import RotaFeed
from agencies.models.reach import Reach
from agencies.models.user import Membership, User

__all__ = [
    "Agency",
    "AgencyCode",
    "Allowance",
    "ApiClient",
    "AuditEvent",
    "ClientScopes",
    "Membership",
    "Reach",
    "RotaFeed",
    "ServiceHours",
    "Shift",
    "ShiftOverride",
    "Team",
    "UsedAssertion",
    "User",
]
