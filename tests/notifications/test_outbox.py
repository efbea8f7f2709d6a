"""Owing a message: written once, in the transaction of what it tells, whoever asks how often."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import transaction

from agencies.acting import acting_for
from notifications.models import Message
from notifications.services import Owed, Recipient, enqueue

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.fixture
def owed(world, sent):
    """A message to the trust's desk about a referral; the sender owes it."""
    to = Recipient(world.trust.agency_id, team_id=world.teams["trust"].pk)
    message = Owed("k", sent.case_id, sent.opened_on, f"referral:{sent.pk}", "test.told", to)
    return world, message


def write(world, *messages, at=AT):
    with acting_for(world.police.agency_id):
        return enqueue(messages, at=at)


def kept(world, reader="trust"):
    with acting_for(getattr(world, reader).agency_id):
        return list(Message.objects.filter(kind="test.told").order_by("key"))


def test_it_waits_to_be_sent_from_the_moment_it_is_owed(owed):
    world, message = owed
    write(world, message)
    (row,) = kept(world)
    assert (row.created_at, row.next_attempt_at, row.attempts) == (AT, AT, 0)
    assert (row.sent_at, row.failed_at, row.seen_at) == (None, None, None)
    assert row.recipient == f"team:{world.teams['trust'].pk}"


def test_owed_twice_it_is_written_once_and_stays_as_it_was(owed):
    world, message = owed
    write(world, message, message)
    write(world, replace(message, data={"priority": "P1"}), at=AT.replace(hour=5))
    (row,) = kept(world)
    assert (row.data, row.created_at) == ({}, AT)


def test_owed_by_many_at_once_it_is_written_once(owed, race):
    world, message = owed
    outcomes = race(*[lambda: write(world, message)] * 4)
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert len(kept(world)) == 1


def test_each_recipient_and_each_channel_has_its_own(owed):
    world, message = owed
    trust = world.trust.agency_id
    write(
        world,
        message,
        replace(message, recipient=Recipient(trust)),
        replace(message, recipient=Recipient(world.other_trust.agency_id)),
        replace(message, channel=Message.Channel.EMAIL),
    )
    assert [(row.recipient.split(":")[0], row.channel) for row in kept(world)] == [
        ("agency", "inbox"),
        ("team", "email"),
        ("team", "inbox"),
    ]
    assert len(kept(world, "other_trust")) == 1


def test_it_is_owed_only_if_what_it_tells_came_about(owed):
    world, message = owed
    with acting_for(world.police.agency_id):
        enqueue([message], at=AT)
        transaction.set_rollback(True)
    assert kept(world) == []


def test_nothing_owed_writes_nothing(owed):
    world, _ = owed
    assert write(world) == 0
    assert kept(world) == []
