"""Texts and e-mail through GOV.UK Notify's own client, against a fake of Notify that speaks HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Reach
from notifications.channels import CHANNELS
from notifications.models import Attempt, Message, Receipt, TextCode
from notifications.services import delivery, next_channel, receipts
from referrals.models.keys import instant
from referrals.services import undelivered
from tests.database import in_role_of, point_django_at
from tests.factories.agencies import MembershipFactory, ReachFactory
from tests.notifications.test_delivery import deliver, owe
from tests.notify import KEY, environment, notifying

MINUTE = timedelta(minutes=1)
PHONE = "+447700900123"


@pytest.fixture
def amy(world):
    """Somebody at the trust's desk, with an address and a phone."""
    made = MembershipFactory(team=world.teams["trust"], user__email="amy@trust.example")
    with in_role_of("owner"):
        ReachFactory(user=made.user, phone=PHONE)
    return made


@pytest.fixture
def fake(settings):
    """Notify, as far as these tests can tell."""
    with notifying() as found:
        for name, value in environment(found).items():
            setattr(settings, name, value)
        yield found


@pytest.fixture(autouse=True)
def as_worker_does(sent, amy, fake, in_role):
    """Delivery is the worker's."""
    with in_role("worker"):
        yield


def texts(**of):
    return Message.objects.filter(channel="sms", **of)


def said(fake):
    return [each["personalisation"]["text"] for each in fake.took]


def errors(message):
    found = Attempt.objects.filter(message_id=message.pk).order_by("number")
    return list(found.values_list("error", flat=True))


def dying(monkeypatch):
    """A worker that sends and is killed before it can say so."""
    monkeypatch.setattr(delivery, "_record", lambda *words: None)


def test_a_text_names_a_reference_a_code_and_a_link_and_nobody(sent, amy, fake):
    owe(sent, amy, channel="sms", escalation_id=1)
    deliver()
    [took] = fake.took
    code = TextCode.objects.get()
    assert (took["phone_number"], took["reference"]) == (PHONE, str(texts().get().pk))
    text = took["personalisation"]["text"]
    assert f"P2 {sent.reference}: decide is late" in text
    assert code.code in text
    assert f"/referrals/{sent.reference}/" in text
    assert not [
        word for word in ("EXAMPLE", "Robin", "9990000018", "neighbour", "Street") if word in str(took)
    ]
    assert len(text) <= 306  # two parts of a text
    assert texts().get().provider_id == took["id"]


def test_a_text_of_no_clock_says_what_it_is_about_and_asks_for_no_code(sent, amy, fake):
    owe(sent, amy, channel="sms")
    Message.objects.filter(channel="sms").update(
        kind="case.disputed", data={"reference": sent.case_reference}
    )
    deliver()
    assert said(fake) == [
        f"{sent.case_reference} (case.disputed). http://localhost:8000/tracker/cases/{sent.case_reference}/"
    ]


def test_an_email_goes_through_notify_too_and_carries_the_reference(sent, amy, fake):
    owe(sent, amy, channel="email")
    deliver()
    [took] = fake.took
    assert (took["type"], took["email_address"]) == ("email", "amy@trust.example")
    assert took["reference"] == str(Message.objects.get(channel="email").reference)
    assert sent.reference in took["personalisation"]["subject"]


def test_many_alerts_are_one_text_under_one_reference(sent, amy, fake):
    for n in range(30):
        owe(sent, amy, n, channel="sms")
    deliver()
    assert len(fake.took) == 1
    assert "and 29 more" in said(fake)[0]
    assert texts(reference=fake.took[0]["reference"], sent_at__isnull=False).count() == 30


def test_what_a_dead_worker_sent_is_found_by_its_reference_and_not_sent_again(sent, amy, fake, monkeypatch):
    owe(sent, amy, channel="sms")
    with monkeypatch.context() as killed:
        dying(killed)
        at = deliver()
    deliver(at + 3 * MINUTE)
    assert len(fake.took) == 1
    message = texts().get()
    assert (message.provider_id, message.attempts) == (fake.took[0]["id"], 2)
    assert message.sent_at is not None
    assert errors(message) == ["WorkerLost", ""]


def test_what_cannot_be_found_is_sent_again_with_the_same_reference_and_code(sent, amy, fake, monkeypatch):
    fake.posts = ["forgets"]
    owe(sent, amy, channel="sms", escalation_id=1)
    with monkeypatch.context() as killed:
        dying(killed)
        at = deliver()
    deliver(at + 3 * MINUTE)
    assert len(fake.took) == 2
    assert len(set(fake.references())) == 1
    assert len(set(said(fake))) == 1


def test_nothing_is_sent_again_while_nobody_can_say_what_was_sent(sent, amy, fake, monkeypatch):
    owe(sent, amy, channel="sms")
    with monkeypatch.context() as killed:
        dying(killed)
        at = deliver()
    fake.gets = [500, 503]
    for _ in range(2):
        deliver(at := at + 3 * MINUTE)
    assert len(fake.took) == 1
    assert errors(texts().get()) == ["WorkerLost", "NotNow500", "NotNow503"]
    deliver(at + 6 * MINUTE)
    assert texts().get().provider_id == fake.took[0]["id"]
    assert len(fake.took) == 1


def test_a_time_out_is_an_unknown_outcome(sent, amy, fake, monkeypatch):
    fake.posts = [1.5]
    hasty = {"sms": type(CHANNELS["sms"])(CHANNELS["sms"].send, 0.3, 2 * MINUTE, 6)}
    monkeypatch.setattr(delivery, "CHANNELS", hasty)
    owe(sent, amy, channel="sms")
    at = deliver()
    assert errors(texts().get()) == ["NotNow"]
    deliver(at + MINUTE)
    assert len(fake.took) == 1
    assert texts().get().provider_id == fake.took[0]["id"]


def test_a_bundle_that_may_have_gone_stays_together(sent, amy, fake, monkeypatch):
    owe(sent, amy, 1, channel="sms")
    owe(sent, amy, 2, channel="sms")
    with monkeypatch.context() as killed:
        dying(killed)
        at = deliver()
    owe(sent, amy, 3, channel="sms")
    deliver(at + 3 * MINUTE)
    assert ["and 1 more" in each for each in said(fake)] == [True, False]
    assert texts(reference=fake.took[0]["reference"], sent_at__isnull=False).count() == 2
    assert texts(reference=fake.took[1]["reference"], sent_at__isnull=False).count() == 1


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_refusal_for_now_is_tried_again(sent, amy, fake, status):
    fake.posts = [status]
    owe(sent, amy, channel="sms")
    deliver()
    assert errors(texts().get()) == [f"NotNow{status}"]
    deliver(instant() + MINUTE)
    assert texts().get().sent_at is not None


def test_a_refusal_for_good_goes_to_the_next_channel_at_once_and_loudly(sent, amy, fake):
    fake.posts = [400]
    at = owe(sent, amy, then=(("sms", 1), ("email", 30)))
    deliver(at + MINUTE)
    deliver(at + MINUTE)
    assert errors(texts().get()) == ["NotTaken400"]
    assert [each["type"] for each in fake.took] == ["email"]
    assert undelivered.tell(now=instant()) == 1
    assert Message.objects.filter(kind="message.failed").exists()


def test_whoever_has_no_phone_is_skipped_at_once_and_it_is_recorded(sent, world, fake):
    ben = MembershipFactory(team=world.teams["trust"], user__email="ben@trust.example")
    at = owe(sent, ben, then=(("sms", 1), ("email", 30)))
    deliver(at + MINUTE)
    deliver(at + MINUTE)
    assert errors(texts().get()) == ["NoAddress"]
    assert [each["email_address"] for each in fake.took] == ["ben@trust.example"]


def test_without_a_provider_a_text_reaches_nobody_and_the_next_channel_does(sent, amy, fake, settings):
    settings.NOTIFY_API_KEY = ""
    at = owe(sent, amy, then=(("sms", 1), ("email", 30)))
    deliver(at + MINUTE)
    deliver(at + MINUTE)
    assert errors(texts().get()) == ["NoAddress"]
    assert Message.objects.filter(channel="email", sent_at__isnull=False).exists()


def test_the_last_channel_falls_to_the_duty_contact(sent, world, fake):
    nobody = MembershipFactory(team=world.teams["trust"], user__email="")
    at = owe(sent, nobody, then=(("sms", 1), ("email", 1)))
    for _ in range(3):
        deliver(at + MINUTE)
        undelivered.tell(now=instant())
    deliver(instant() + MINUTE)
    told = Message.objects.filter(kind="message.failed", channel="email")
    assert {each.recipient for each in told} == {f"agency:{world.trust.agency_id}"}
    assert [each["email_address"] for each in fake.took] == ["duty@trust.example"]


def choose(who, *channels):
    with in_role_of("owner"):
        Reach.objects.filter(user=who.user).update(channels=list(channels))
    point_django_at("worker", connection.settings_dict["NAME"])


def test_people_are_reached_by_the_channels_that_they_chose_in_their_order(sent, amy, fake):
    choose(amy, "sms", "email")
    at = owe(sent, amy, then=(("email", 3),))
    deliver(at + 3 * MINUTE)
    assert [each["type"] for each in fake.took] == ["sms"]
    deliver(at + 4 * MINUTE)
    assert len(fake.took) == 1
    deliver(at + 5 * MINUTE)
    assert [each["type"] for each in fake.took] == ["sms", "email"]
    assert Message.objects.get(membership=amy, channel="inbox").then is None


def test_whoever_chose_the_inbox_alone_gets_nothing_else(sent, amy, fake):
    choose(amy)
    at = owe(sent, amy, then=(("email", 3),))
    deliver(at + 60 * MINUTE)
    assert fake.took == []
    assert Message.objects.get(membership=amy).then_at is None


def test_on_a_last_rung_even_they_are_reached_as_the_ladder_says(sent, amy, fake):
    """Until now their choice silenced the end of a ladder too, after which nobody is told."""
    choose(amy)
    at = owe(sent, amy, then=(("email", 3),), more={"last": True})
    deliver(at + 2 * MINUTE)
    assert fake.took == []
    deliver(at + 3 * MINUTE)
    assert [each["type"] for each in fake.took] == ["email"]
    deliver(at + 60 * MINUTE)
    assert len(fake.took) == 1


def test_whoever_chose_a_text_gets_a_text_on_the_last_rung_too(sent, amy, fake):
    choose(amy, "sms")
    at = owe(sent, amy, then=(("email", 3),), more={"last": True})
    deliver(at + 3 * MINUTE)
    assert [each["type"] for each in fake.took] == ["sms"]


def test_choices_cost_the_same_queries_however_many_people_chose(sent, amy, fake):
    found = []
    for many in (2, 20):
        for n in range(many):
            owe(sent, amy, f"{many}-{n}", then=(("email", 0),))
        with CaptureQueriesContext(connection) as counted:
            assert next_channel.advance(now=instant() + MINUTE) == many
        found.append(len(counted))
    assert found[0] == found[1]


def receipt(fake, status, n=0):
    took = fake.took[n]
    receipts.take_in(provider_id=took["id"], reference=took["reference"], status=status)


def as_web(in_role, *words):
    """Taken in by the web; afterwards the worker again."""
    with in_role("web"):
        receipt(*words)
    point_django_at("worker", connection.settings_dict["NAME"])


def test_a_receipt_says_that_it_was_delivered_and_the_same_again_changes_nothing(sent, amy, fake, in_role):
    owe(sent, amy, channel="sms")
    deliver()
    as_web(in_role, fake, "delivered")
    deliver()
    first = texts().get()
    assert first.delivered_at is not None
    as_web(in_role, fake, "delivered")
    deliver()
    assert texts().get().delivered_at == first.delivered_at
    as_web(in_role, fake, "permanent-failure")
    deliver()
    assert texts().get().failed_at is None


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_a_failed_receipt_goes_on_at_once_and_is_loud(sent, amy, fake, in_role, status):
    at = owe(sent, amy, then=(("sms", 1), ("email", 30)))
    deliver(at + MINUTE)
    as_web(in_role, fake, status)
    deliver(at + MINUTE)
    deliver(at + MINUTE)
    assert [each["type"] for each in fake.took] == ["sms", "email"]
    assert texts().get().failed_at is not None
    assert undelivered.tell(now=instant()) == 1


def test_a_receipt_of_something_that_is_not_ours_is_taken_in_quietly(sent, amy, fake, in_role):
    owe(sent, amy, channel="sms")
    deliver()
    with in_role("web"):
        receipts.take_in(provider_id="x", reference="somebody else's", status="permanent-failure")
        receipts.take_in(provider_id="y", reference=str(uuid4()), status="permanent-failure")
    with in_role("worker"):
        deliver()
        assert Receipt.objects.filter(applied_at=None).count() == 0
        assert texts().get().failed_at is None


def test_a_receipt_tells_what_a_dead_worker_could_not(sent, amy, fake, monkeypatch, in_role):
    owe(sent, amy, channel="sms")
    with monkeypatch.context() as killed:
        dying(killed)
        at = deliver()
    as_web(in_role, fake, "delivered")
    deliver(at)
    assert (texts().get().next_attempt_at, texts().get().claimed_until) == (None, None)
    deliver(at + 9 * MINUTE)
    assert len(fake.took) == 1
    assert fake.asked == []


def test_without_a_receipt_in_time_notify_is_asked_and_what_still_waits_has_failed(sent, amy, fake):
    at = owe(sent, amy, then=(("sms", 1), ("email", 30)))
    deliver(at + MINUTE)
    deliver(instant() + 4 * MINUTE)
    assert fake.asked == []
    deliver(instant() + 6 * MINUTE)
    assert fake.asked == [f"/v2/notifications/{fake.took[0]['id']}"]
    assert texts().get().failed_at is not None
    deliver(at + 8 * MINUTE)
    assert [each["type"] for each in fake.took] == ["sms", "email"]


def test_without_a_receipt_what_was_delivered_is_delivered(sent, amy, fake):
    owe(sent, amy, channel="sms")
    deliver()
    fake.settle("delivered")
    deliver(instant() + 6 * MINUTE)
    assert (texts().get().failed_at, texts().get().receipt_due_at) == (None, None)
    assert texts().get().delivered_at is not None


def test_while_notify_does_not_say_it_is_asked_again(sent, amy, fake):
    owe(sent, amy, channel="sms")
    deliver()
    fake.gets = [503]
    deliver(instant() + 6 * MINUTE)
    assert texts().get().failed_at is None
    fake.settle("delivered")
    deliver(instant() + 9 * MINUTE)
    assert texts().get().delivered_at is not None


def test_what_was_applied_is_forgotten_after_a_month(sent, amy, fake, in_role):
    owe(sent, amy, channel="sms")
    deliver()
    as_web(in_role, fake, "delivered")
    receipts.apply(now=instant() - timedelta(days=31))
    as_web(in_role, fake, "permanent-failure")
    receipts.apply(now=instant())
    assert list(Receipt.objects.values_list("status", flat=True)) == ["permanent-failure"]
    assert texts().get().delivered_at is not None


def test_two_workers_send_each_text_once_and_apply_each_receipt_once(sent, world, fake, race):
    for n in range(8):
        who = MembershipFactory(team=world.teams["trust"])
        with in_role_of("owner"):
            ReachFactory(user=who.user)
        point_django_at("worker", connection.settings_dict["NAME"])
        owe(sent, who, f"race-{n}", channel="sms")
    at = instant()
    race(*(lambda: deliver(at) for _ in range(4)))
    assert len(fake.took) == len({each["phone_number"] for each in fake.took}) == 8
    fake.settle("delivered")
    race(*(lambda: deliver(at + 20 * MINUTE) for _ in range(4)))
    assert texts(delivered_at__isnull=False).count() == 8


@pytest.mark.parametrize("key", ["", "malformed"])
def test_a_key_that_is_gone_or_wrong_stops_nothing_else(sent, amy, fake, settings, key):
    owe(sent, amy, channel="sms")
    deliver()
    settings.NOTIFY_API_KEY = key
    owe(sent, amy, 1)
    deliver(instant() + 6 * MINUTE)
    assert Message.objects.get(key__startswith="test:1:").sent_at is not None
    settings.NOTIFY_API_KEY = KEY
    fake.settle("delivered")
    deliver(instant() + 9 * MINUTE)
    assert texts().get().delivered_at is not None
