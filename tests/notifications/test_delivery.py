"""Messages leave: claimed, sent outside transactions, every attempt recorded, in the order of channels."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.db.models import Max

from agencies.acting import acting_for
from agencies.models import AuditEvent, User
from notifications import services
from notifications.channels import CHANNELS, wording
from notifications.models import Attempt, Message
from notifications.services import Owed, Recipient, delivery
from referrals import tasks
from referrals.models import Event
from referrals.models.keys import instant
from referrals.services import engine, undelivered
from tests.database import in_role_of
from tests.factories.agencies import MembershipFactory, member_actor

MINUTE = timedelta(minutes=1)


@pytest.fixture
def amy(world):
    """Somebody at the trust's desk, with an address."""
    return MembershipFactory(team=world.teams["trust"], user__email="amy@trust.example")


@pytest.fixture(autouse=True)
def as_worker_does(sent, amy, in_role):
    """Delivery is the worker's."""
    with in_role("worker"):
        yield


def owe(sent, who, n=0, more=(), **said):
    at = instant()
    data = {"reference": sent.reference, "priority": "P2", "clock": "decide", "percent": 100, **dict(more)}
    owed = Owed(
        key=f"test:{n}",
        case_id=sent.case_id,
        opened_on=sent.opened_on,
        about=f"referral:{sent.pk}",
        kind="escalation.fired",
        recipient=Recipient(who.agency_id, who.pk),
        data=data,
        **said,
    )
    services.enqueue([owed], at=at)
    return at


def deliver(at=None):
    """Until nothing is due."""
    at = at or instant()
    while services.deliver_due(now=at):
        pass
    return at


def emails(**of):
    return Message.objects.filter(channel="email", **of)


def test_an_inbox_message_is_sent_in_bulk_and_its_attempt_is_recorded(sent):
    waiting = Message.objects.filter(sent_at=None).count()
    assert waiting
    deliver()
    assert not Message.objects.filter(sent_at=None).exists()
    assert Attempt.objects.filter(number=1, error="").count() == waiting
    assert mail.outbox == []


def test_email_follows_if_nobody_sees_the_inbox_in_time_and_not_before(sent, amy):
    at = owe(sent, amy, then=(("email", 3),))
    deliver(at + 2 * MINUTE)
    assert not emails().exists()
    deliver(at + 4 * MINUTE)
    message = emails().get()
    assert message.sent_at is not None
    assert (message.membership_id, message.data["reference"]) == (amy.pk, sent.reference)
    assert mail.outbox[0].to == ["amy@trust.example"]


def test_what_was_seen_in_time_goes_no_further(sent, amy, in_role):
    at = owe(sent, amy, then=(("email", 3),))
    with in_role("web"), acting_for(amy.agency_id):
        found = Message.objects.get(membership=amy)
        assert services.mark_seen([found.pk], by=member_actor(amy)) == 1
    with in_role("worker"):
        deliver(at + 10 * MINUTE)
        assert not emails().exists()


def test_channels_are_tried_in_order(sent, amy):
    at = owe(sent, amy, then=(("email", 1), ("email", 5)))
    deliver(at + 2 * MINUTE)
    message = Message.objects.get(membership=amy, channel="inbox")
    assert (message.then, message.then_at) == ([["email", 5]], at + 5 * MINUTE)


def test_a_duty_contact_is_written_to_at_once(sent, world):
    owed = Owed("c", sent.case_id, sent.opened_on, "case:1", "clock.parked", Recipient(world.trust.agency_id))
    services.enqueue([owed], at=instant())
    deliver()
    assert mail.outbox[0].to == ["duty@trust.example"]
    assert emails().get().recipient == f"agency:{world.trust.agency_id}"


def test_an_email_names_reference_priority_clock_and_link_and_nobody(sent, amy):
    owe(sent, amy, channel="email")
    deliver()
    [sent_mail] = mail.outbox
    text = sent_mail.subject + sent_mail.body
    assert f"P2 {sent.reference}: decide is late" in sent_mail.subject
    assert f"/referrals/{sent.reference}/" in sent_mail.body
    assert not [word for word in ("EXAMPLE", "Robin", "9990000018", "neighbour", "Street") if word in text]


def test_many_alerts_to_one_person_become_one_email_and_the_inbox_keeps_each(sent, amy):
    for n in range(30):
        owe(sent, amy, n, then=(("email", 0),))
    deliver()
    assert len(mail.outbox) == 1
    assert "29 more" in mail.outbox[0].subject
    assert mail.outbox[0].body.count(sent.reference) == 60
    assert emails(sent_at__isnull=False).count() == 30
    assert Message.objects.filter(channel="inbox", membership=amy).count() == 30


def test_of_very_many_alerts_the_email_lists_the_first_and_leads_to_the_rest(sent, amy):
    for n in range(wording.MOST + 20):
        owe(sent, amy, n, channel="email")
    deliver()
    (sent_mail,) = mail.outbox
    assert "119 more" in sent_mail.subject
    assert sent_mail.body.count(f"/referrals/{sent.reference}/") == wording.MOST
    assert "And 20 more, which your inbox has:" in sent_mail.body
    assert "/tracker/messages/" in sent_mail.body


def test_nobody_gets_two_emails_within_a_minute(sent, amy):
    at = owe(sent, amy, 1, channel="email")
    deliver(at)
    for n in range(2, 5):
        owe(sent, amy, n, channel="email")
    deliver(at + MINUTE / 2)
    assert len(mail.outbox) == 1
    deliver(instant() + MINUTE)
    assert len(mail.outbox) == 2


class Broken(Exception):
    """What a mail server says; its text is nobody's business."""


def break_email(monkeypatch, change=None):
    def send(messages, time_out):
        if change:
            change(messages)
        raise Broken("amy@trust.example is no such mailbox")

    channel = CHANNELS["email"]
    broken = {"email": type(channel)(send, channel.time_out, channel.lease, channel.most_attempts)}
    monkeypatch.setattr(delivery, "CHANNELS", broken)


def test_nothing_is_sent_inside_a_transaction_and_no_row_is_locked_meanwhile(
    sent, amy, monkeypatch, as_owner
):
    def look(messages):
        assert not connection.in_atomic_block
        as_owner.execute(
            "select from notifications_message where id = %s for update nowait", [messages[0].pk]
        )
        as_owner.rollback()

    break_email(monkeypatch, look)
    owe(sent, amy, channel="email")
    deliver()
    assert Attempt.objects.get(message_id=emails().get().pk).error == "Broken"


def test_a_failure_is_tried_again_later_and_later_then_given_up_loudly(sent, amy, monkeypatch, world):
    break_email(monkeypatch)
    now = owe(sent, amy, channel="email")
    waits = []
    for _ in range(8):
        deliver(now)
        message = emails().get(membership=amy)
        if message.next_attempt_at:
            waits.append((message.next_attempt_at - now).total_seconds())
            now = message.next_attempt_at
    assert [5 * 2**n / 2 <= wait <= 5 * 2**n for n, wait in enumerate(waits)] == [True] * 7
    assert message.failed_at is not None
    errors = Attempt.objects.filter(message_id=message.pk).order_by("number").values_list("number", "error")
    assert list(errors) == [(n, "Broken") for n in range(1, 9)]
    assert undelivered.tell(now=instant()) == 1
    assert undelivered.tell(now=instant()) == 0
    assert Event.objects.get(type="message.failed").referral_id == sent.pk
    told = Message.objects.get(kind="message.failed")
    assert told.recipient == f"agency:{world.trust.agency_id}"


def test_if_the_duty_contact_cannot_be_reached_either_the_accountable_desk_is_told(sent, world, monkeypatch):
    break_email(monkeypatch)
    owed = Owed(
        "c", sent.case_id, sent.opened_on, f"case:{sent.case_id}", "x", Recipient(world.trust.agency_id)
    )
    services.enqueue([owed], at=instant())
    deliver()
    emails().update(attempts=7, next_attempt_at=instant())
    deliver()
    assert undelivered.tell(now=instant()) == 1
    told = Message.objects.get(kind="message.failed")
    assert (told.team_id, told.then_at) == (world.teams["police"].pk, None)


def test_somebody_without_an_address_is_a_failure_like_any_other(sent, amy):
    User.objects.filter(pk=amy.user_id).update(email="")
    owe(sent, amy, channel="email")
    deliver()
    assert Attempt.objects.get(message_id=emails().get().pk).error == "NoAddress"


def test_whoever_has_left_is_not_written_to(sent, amy, as_superuser):
    """What was owed to them goes on like any other failure: to the next channel, and on the case."""
    owe(sent, amy, channel="email")
    as_superuser.execute("update agencies_membership set until = now() where id = %s", [amy.pk])
    as_superuser.commit()
    deliver()
    assert not mail.outbox
    (mine,) = emails(membership=amy)
    assert Attempt.objects.get(message_id=mine.pk).error == "NoAddress"


def test_what_is_given_up_is_told_while_much_is_still_to_be_tried(sent, amy, monkeypatch):
    """An engine that told only once nothing was due would leave a large failure unsaid for a minute."""
    for n in range(3):
        owe(sent, MembershipFactory(team=amy.team, user__email=""), n, channel="email")
    in_turn, deliver_some = [], tasks.deliver_due

    def one_round(*, now):
        in_turn.append(Event.objects.filter(type="message.failed").count())
        return deliver_some(now=now)

    monkeypatch.setattr(tasks, "deliver_due", one_round)
    tasks.deliver_messages()
    assert in_turn[:4] == [0, 1, 2, 3]
    assert not emails().filter(kind="escalation.fired", failed_at=None).exists()


def test_a_worker_that_dies_after_sending_costs_one_more_sending_with_the_same_id(sent, amy, monkeypatch):
    owe(sent, amy, channel="email")
    with monkeypatch.context() as dying:
        dying.setattr(delivery, "_record", lambda *words: None)
        at = deliver()
    claimed = emails().get()
    assert claimed.claimed_until == at + 2 * MINUTE
    deliver(at + MINUTE)
    assert len(mail.outbox) == 1
    deliver(at + 3 * MINUTE)
    deliver(at + 9 * MINUTE)
    assert len(mail.outbox) == 2
    assert len({each.extra_headers["Message-ID"] for each in mail.outbox}) == 1
    assert emails().get().attempts == 2


def die(monkeypatch, poison):
    """One round by a worker that dies of this message, at the next moment at which something is due."""

    class Killed(BaseException):
        """No handler catches what SIGKILL does."""

    def send(messages, time_out):
        if any(message.key.startswith(poison) for message in messages):
            raise Killed
        mail.outbox += messages

    channel = CHANNELS["email"]
    with monkeypatch.context() as dying:
        deadly = type(channel)(send, channel.time_out, channel.lease, channel.most_attempts)
        dying.setattr(delivery, "CHANNELS", {"email": deadly})
        now = max(emails(next_attempt_at__isnull=False).aggregate(at=Max("next_attempt_at"))["at"], instant())
        with suppress(Killed):
            deliver(now + timedelta(minutes=2))


def test_a_message_that_kills_its_worker_is_given_up_and_takes_no_other_with_it(sent, amy, monkeypatch):
    for n in range(3):
        owe(sent, amy, n, channel="email")
    for _ in range(15):
        if emails(next_attempt_at__isnull=False).exists():
            die(monkeypatch, "test:0:")
    poison = emails().get(key__startswith="test:0:")
    assert (poison.attempts, poison.sent_at) == (8, None)
    assert poison.failed_at is not None
    tried = Attempt.objects.filter(message_id=poison.pk).order_by("number").values_list("number", "error")
    assert list(tried) == [(n, "WorkerLost") for n in range(1, 9)]
    assert sorted(each.key[:7] for each in mail.outbox) == ["test:1:", "test:2:"]
    assert undelivered.tell(now=instant()) == 1
    assert Event.objects.get(type="message.failed").data["attempts"] == 8


def test_a_worker_whose_claim_ran_out_does_not_undo_what_another_recorded(sent, amy, monkeypatch):
    owe(sent, amy, channel="email")
    now = instant()
    slow = delivery._claim("email", CHANNELS["email"], now)
    deliver(now + 3 * MINUTE)
    delivery._record(CHANNELS["email"], slow, delivery.Tried("TimeoutError"), now)
    message = emails().get()
    assert (message.failed_at, message.next_attempt_at) == (None, None)
    assert message.sent_at is not None


def test_two_workers_send_each_message_once(sent, amy, race):
    others = [MembershipFactory(team=amy.team, user__email=f"p{n}@trust.example") for n in range(12)]
    for n, who in enumerate(others):
        owe(sent, who, n, channel="email")
    at = instant()
    race(*(lambda: deliver(at) for _ in range(4)))
    assert sorted(each.to[0] for each in mail.outbox) == sorted(f"p{n}@trust.example" for n in range(12))


def test_the_ladder_holds_it_a_breach_that_nobody_sees_is_mailed(sent, world):
    User.objects.update(email="somebody@trust.example")
    now = instant() + 31 * MINUTE
    engine.tick(now)
    assert Message.objects.filter(then_at=now + 3 * MINUTE).exists()
    deliver(now + 3 * MINUTE)
    assert emails(sent_at__isnull=False).exists()


def test_what_belongs_to_no_case_and_is_given_up_stands_in_the_audit(world, amy, monkeypatch):
    break_email(monkeypatch)
    recipient = Recipient(amy.agency_id, amy.pk)
    owed = Owed("gap:1", None, instant().date(), "agency", "rota.gap", recipient, channel="email")
    services.enqueue([owed], at=instant())
    deliver()
    emails().update(attempts=7, next_attempt_at=instant())
    deliver()
    assert undelivered.tell(now=instant()) == 1
    assert undelivered.tell(now=instant()) == 0
    with in_role_of("owner"):
        (line,) = AuditEvent.objects.filter(action="message.failed")
    assert (line.agency_id, line.data["kind"], line.data["channel"]) == (amy.agency_id, "rota.gap", "email")


def test_so_many_deliver_at_once_and_no_more_however_slow_the_mail_server(sent, amy, as_superuser):
    owe(sent, amy, channel="email")
    for place in tasks.DELIVERERS:
        as_superuser.execute("select pg_advisory_xact_lock(%s)", [place])
    tasks.deliver_messages()
    assert not mail.outbox
    as_superuser.rollback()
    tasks.deliver_messages()
    assert len(mail.outbox) == 1


def test_who_delivers_a_long_backlog_is_not_silent(sent, amy, monkeypatch):
    beats = []
    monkeypatch.setattr(tasks.heartbeat, "beat", beats.append)
    for n in range(3):
        owe(sent, MembershipFactory(team=amy.team, user__email=f"{n}@trust.example"), n, channel="email")
    tasks.deliver_messages()
    assert beats.count("deliver") > 3
