"""What the tests of the ground floor share."""

from collections.abc import Callable

import pytest
from django.test import Client

from agencies.models import AuditEvent, Membership


@pytest.fixture
def signed_in(db) -> Callable[[Membership], Client]:
    """A browser in which this member has signed in."""

    def browser(membership: Membership) -> Client:
        client = Client()
        client.force_login(membership.user, "django.contrib.auth.backends.ModelBackend")
        return client

    return browser


@pytest.fixture
def bearing(db) -> Callable[[str], Client]:
    """A program that presents this token."""

    def program(token: str) -> Client:
        return Client(headers={"authorization": f"Bearer {token}"})

    return program


@pytest.fixture
def lines(in_role) -> Callable[[], list[AuditEvent]]:
    """Every line of the audit log, oldest first, whosesoever it is."""

    def everything() -> list[AuditEvent]:
        with in_role("worker"):
            return list(AuditEvent.objects.order_by("id"))

    return everything
