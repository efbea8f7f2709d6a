"""Webhook secrets, and the signatures made with them (Standard Webhooks, symmetric).

A secret has to be known to sign, so it cannot be kept as a hash: it is sealed with a key made of the
site's own, so that a copy of the database alone signs nothing.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from standardwebhooks import Webhook

PREFIX = "whsec_"
LENGTH = 32  # bytes


def new_secret() -> str:
    """As its owner is shown it, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(LENGTH)).decode()


def seal(secret: str) -> str:
    """As it is stored."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """As it was."""
    return _box().decrypt(sealed.encode()).decode()


def _box() -> MultiFernet:
    """Opens with the site's key or one of those before it."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_made_of(key)) for key in keys])


def _made_of(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"webhook secrets:" + key.encode()).digest())


def headers(message_id: str, body: bytes, secrets: Iterable[str], at: datetime) -> dict[str, str]:
    """What a receiver verifies: one signature for each secret that still holds."""
    signed = [Webhook(each).sign(message_id, at, body.decode()) for each in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
