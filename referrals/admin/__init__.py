"""The admin: NHS staff look here. Nothing is edited or deleted; what is done goes through the services."""

from referrals.admin import (
    attachment,
    case,
    detention,
    dispute,
    engine,
    missing,
    proof,
    referral,
    support,
    threshold,
)

__all__ = [
    "attachment",
    "case",
    "detention",
    "dispute",
    "engine",
    "missing",
    "proof",
    "referral",
    "support",
    "threshold",
]
