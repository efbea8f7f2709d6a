"""The admin: NHS staff look here. Nothing is edited or deleted; what is done goes through the services."""

from referrals.admin import case, engine, proof, referral, support, threshold

__all__ = ["case", "engine", "proof", "referral", "support", "threshold"]
