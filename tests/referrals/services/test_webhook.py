"""Webhooks: each event of an agency's feed once, in order, whatever becomes of receivers and workers."""

import json
import threading
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from standardwebhooks import Webhook, WebhookVerificationError

from agencies import services as agencies
from agencies.acting import acting_for
from agencies.models import AuditEvent
from notifications import services as notifications
from notifications.channels import webhook as channel
from notifications.models import Message, WebhookDelivery, WebhookEndpoint
from notifications.services import webhook_batch, webhook_delivery, webhook_outcome
from referrals.api import event as feed_api
from referrals.domain.errors import MoveNotAllowed, NotThere
from referrals.domain.referral import State
from referrals.models import Feed
from referrals.models.keys import instant
from referrals.reporting import event
from referrals.services import feed
from referrals.services import referral as referrals
from referrals.services import webhook as webhooks
from tests.factories.world import NURSE, SUPERVISOR, act, move, referral_at

URL = "https://hooks.example/rcrp"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Partner:
    """Takes the place of the network: what was sent, and who answers how."""

    def __init__(self):
        self.sent, self.answers = [], {}
        self.always = 204

    def post(self, url, body, headers, time_out):
        document = json.loads(body)
        answer = self.answers.get(url, self.always)
        answer = answer(document) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        if 200 <= answer < 300:
            self.sent.append((url, document, headers))
        return answer

    def sequences(self, url=URL):
        return [document["sequence"] for to, document, _ in self.sent if to == url]


@pytest.fixture
def partner(monkeypatch):
    """Every receiver there is."""
    made = Partner()
    monkeypatch.setattr(channel, "post", made.post)
    return made


@pytest.fixture
def worker(in_role):
    """``worker(now)``: what a worker does at that moment; by default now, and again until nothing is due."""

    def work(at=None):
        with in_role("worker"):
            while feed.number_events():
                pass
            while webhooks.fan_out():
                pass
            clock = notifications.database_now if at is None else lambda: at
            return webhook_delivery.deliver_due(describe=event.documents, clock=clock)

    return work


def registered(actor, **said):
    return act(actor, webhooks.register, said={"url": URL, **said})


def deliveries(in_role, **which):
    with in_role("worker"):
        return list(WebhookDelivery.objects.filter(**which).order_by("id"))


def endpoint(in_role):
    with in_role("worker"):
        return WebhookEndpoint.objects.select_related("agency").get()


def told_by_feed(actor, after=0):
    asked = feed_api.Asked(after=after, types=(), limit=500, wait=0)
    return feed_api.look(asked, actor).results


def test_a_webhook_is_sent_what_its_agencys_feed_tells_from_then_on(world, partner, worker):
    referral = referral_at(State.SENT, world)
    worker()
    registered(world.police)
    registered(world.trust, url="https://trust.example/hook")
    for action in ("acknowledge", "accept", "start"):
        move(world.trust, referral, action)
    assert worker() > 0
    for actor, url in ((world.police, URL), (world.trust, "https://trust.example/hook")):
        sent = [document for to, document, _ in partner.sent if to == url]
        fed = [e for e in told_by_feed(actor) if e["type"] not in BEFORE]
        nameless = [{**e, "actor": {name: e["actor"][name] for name in ("role", "agency")}} for e in fed]
        assert sent == nameless
        assert [e["type"] for e in sent][:2] == ["referral.acknowledged", "referral.accepted"]
    assert worker() == 0


BEFORE = {"case.opened", "referral.draft", "case.shared", "referral.sent"}


def test_no_name_and_no_text_of_the_patient_leaves(world, partner, worker):
    registered(world.trust)
    referral_at(State.COMPLETED, world)
    worker()
    said = json.dumps(partner.sent, ensure_ascii=False)
    assert "referral.completed" in said
    patient = ("EXAMPLE", "Robin", "9990000018", "neighbour", "Example Street", "seen at home")
    for word in (*patient, NURSE.name, NURSE.contact, SUPERVISOR.name, SUPERVISOR.contact):
        assert word not in said


def test_a_webhook_may_begin_earlier_and_may_want_some_types_only(world, partner, worker, in_role):
    referral_at(State.ACCEPTED, world)
    worker()
    registered(world.police, after=0, types=["referral.accepted", "referral.sent"])
    worker()
    assert [d["type"] for _, d, _ in partner.sent] == ["referral.sent", "referral.accepted"]
    last = told_by_feed(world.police)[-1]["sequence"]
    assert endpoint(in_role).position == last


def test_in_small_steps_and_by_two_workers_each_position_is_owed_once(
    world, partner, worker, in_role, race, monkeypatch
):
    monkeypatch.setattr(webhooks, "BATCH", 2)
    registered(world.police, after=0)
    referral_at(State.COMPLETED, world)

    def fan_out():
        while webhooks.fan_out():
            pass

    with in_role("worker"):
        feed.number_events()
        outcomes = race(*[fan_out] * 4)
        fan_out()
        positions = list(Feed.objects.filter(agency=world.police.agency_id).order_by("position")
                         .values_list("position", flat=True))  # fmt: skip
    assert [each.error for each in outcomes] == [None] * 4
    assert [each.position for each in deliveries(in_role)] == positions
    worker()
    assert partner.sequences() == positions


def test_what_the_agency_may_not_see_any_more_is_withheld(world, partner, worker, in_role):
    registered(world.other_trust, after=0)
    asked = world.asked(to_team=world.teams["other_trust"])
    declined = act(world.police, referrals.create, asked=asked)
    beside = world.asked(case=declined.case_reference, lead=False, to_team=world.teams["ambulance"])
    act(world.police, referrals.create, asked=beside)
    move(world.other_trust, declined, "decline")
    with in_role("worker"):
        feed.number_events()
        webhooks.fan_out()
    move(world.police, declined, "resend", to_team=world.teams["trust"])
    worker()
    seen = [each["sequence"] for each in told_by_feed(world.other_trust)]
    assert partner.sequences() == seen
    ends = [each.outcome for each in deliveries(in_role)]
    assert set(ends) == {"delivered", "withheld"}
    assert ends.count("delivered") == len(seen)


def test_a_case_that_a_receiver_chokes_at_holds_up_no_other_and_stays_in_order(
    world, partner, worker, in_role
):
    registered(world.trust)
    first, second = (referral_at(State.ACCEPTED, world) for _ in range(2))
    chokes = {"on": True}
    partner.always = lambda d: 500 if chokes["on"] and d["referral"] == str(first.pk) else 204
    worker()
    assert {d["referral"] for _, d, _ in partner.sent if d["referral"]} == {str(second.pk)}
    waits = [each for each in deliveries(in_role) if each.case_id == first.case_id and not each.outcome]
    tried = [each for each in waits if each.attempts]
    assert len(tried) == 1, "those behind it were not tried"
    assert tried[0].tried[0]["status"] == 500
    chokes["on"] = False
    worker(instant() + 10 * MINUTE)
    of_first = [d["sequence"] for _, d, _ in partner.sent if d["case"] == first.case_reference]
    assert of_first == sorted(of_first)
    assert len(of_first) == len([e for e in told_by_feed(world.trust) if e["case"] == first.case_reference])


OWED = """
insert into notifications_webhookdelivery (endpoint_id, agency_id, position, event_id, case_id, type,
    created_at, next_attempt_at, attempts, tried, outcome)
select %s, %s, n, n, md5((n %% 100)::text)::uuid, 'referral.sent', %s, %s, 0, '[]', ''
  from generate_series(1, %s) n
"""


def owe(in_role, endpoint, at, many):
    with in_role("worker"), connection.cursor() as cursor:
        cursor.execute(OWED, [endpoint.pk, endpoint.agency_id, at, at, many])


def at(now):
    """A clock that stands still."""
    return now


def plainly(agency, wanted):
    """Documents that are not worth reading."""
    return {place: {"sequence": place, "case": place % 100} for place in wanted}


def test_after_a_day_away_everything_goes_in_order_and_soon(world, partner, in_role, monkeypatch):
    begun = instant()
    made, _ = registered(world.trust)
    owe(in_role, made, begun, 5_000)
    partner.always = ConnectionRefusedError()
    tries, now = 0, begun + MINUTE
    with in_role("worker"):
        while now < begun + DAY:
            webhook_delivery.deliver_due(describe=plainly, clock=partial(at, now))
            tries += 1
            waits = WebhookEndpoint.objects.get().retry_at
            assert waits - now <= timedelta(minutes=5), "it is tried again soon enough"
            now = max(waits, now + MINUTE)
        assert WebhookDelivery.objects.exclude(next_attempt_at=None).count() == 5_000
        partner.always = 204
        claims = count_claims(monkeypatch)
        webhook_delivery.deliver_due(describe=plainly, clock=partial(at, now), seconds=600)
        assert WebhookDelivery.objects.filter(outcome="delivered").count() == 5_000
    assert tries > 280
    assert sorted(partner.sequences(URL)) == list(range(1, 5_001))
    for case in range(100):
        of_case = [d["sequence"] for _, d, _ in partner.sent if d["case"] == case]
        assert of_case == sorted(of_case)
    # Each claim sends for two seconds and waits for the last answer; five minutes passed before the trial.
    assert 5 * MINUTE + claims() * timedelta(seconds=2 + webhook_delivery.TIME_OUT) < 15 * MINUTE


def count_claims(monkeypatch):
    counted = []
    prepare = webhook_batch._batch
    monkeypatch.setattr(webhook_batch, "_batch", lambda *given: (counted.append(1), prepare(*given))[1])
    return lambda: len(counted)


def test_a_single_event_at_which_a_receiver_chokes_does_not_keep_the_breaker_open(
    world, partner, worker, in_role
):
    registered(world.trust)
    first = referral_at(State.SENT, world)
    partner.always = lambda d: 500 if d["referral"] == str(first.pk) else 204
    now = instant()
    for _ in range(5):
        now += 10 * MINUTE
        worker(now)
    assert endpoint(in_role).retry_at is not None
    second = referral_at(State.SENT, world)
    worker(now + 10 * MINUTE)
    assert str(second.pk) in {d["referral"] for _, d, _ in partner.sent}


def test_a_slow_receiver_holds_up_nobody_else(world, partner, worker):
    went = threading.Event()
    others = [f"https://other{n}.example/hook" for n in range(3)]
    registered(world.trust)
    for url in others:
        registered(world.trust, url=url)
    partner.answers[URL] = lambda document: 204 if went.wait(10) else 500

    def last_of_all(document):
        if len(partner.sequences(others[0])) >= 1:
            went.set()
        return 204

    partner.answers[others[0]] = last_of_all
    referral_at(State.SENT, world)
    worker()
    assert went.is_set(), "the slow one answered only once another had got its own"
    assert partner.sequences(URL) == partner.sequences(others[0]) == partner.sequences(others[2])


def test_two_workers_send_each_event_once(world, partner, in_role, race):
    made, _ = registered(world.trust)
    owe(in_role, made, instant(), 300)
    with in_role("worker"):
        race(*[lambda: webhook_delivery.deliver_due(describe=plainly)] * 3)
    assert sorted(partner.sequences()) == list(range(1, 301))


def test_what_a_dying_worker_had_sent_is_sent_again_under_its_id(world, partner, worker, monkeypatch):
    registered(world.trust)
    referral_at(State.SENT, world)

    class Killed(BaseException):
        """No handler catches what SIGKILL does."""

    def die(*given):
        raise Killed

    with monkeypatch.context() as dying, suppress(Killed):
        dying.setattr(webhook_delivery, "record", die)
        worker()
    before = {headers["webhook-id"] for _, _, headers in partner.sent}
    assert before
    assert worker() == 0, "its claim holds for a while"
    assert worker(instant() + 2 * MINUTE) > 0
    ids = [headers["webhook-id"] for _, _, headers in partner.sent]
    assert before < set(ids) or before == set(ids)
    assert len(ids) > len(set(ids))


def test_a_worker_whose_claim_ran_out_does_not_undo_what_another_recorded(world, partner, worker, in_role):
    registered(world.trust)
    referral_at(State.SENT, world)
    with in_role("worker"):
        feed.number_events()
        webhooks.fan_out()
        now = instant()
        (slow,) = webhook_batch.claim(1, event.documents, now)
    worker(now + 2 * MINUTE)
    with in_role("worker"):
        assert webhook_outcome.record(slow, [], now) == 0
    assert {each.outcome for each in deliveries(in_role)} == {"delivered"}


class TestLoudness:
    """Nothing ends in silence."""

    @pytest.fixture
    def failing(self, world, partner, worker):
        """An endpoint that refuses everything, and a worker at so many minutes after the first try."""
        registered(world.trust)
        referral_at(State.SENT, world)
        partner.always = 503
        begun = instant() + MINUTE
        worker(begun)

        def later(**much):
            worker(begun + timedelta(**much))

        later(minutes=10)
        later(minutes=20)
        return later

    def messages(self, in_role):
        with in_role("worker"):
            found = Message.objects.filter(kind__startswith="webhook.").order_by("created_at")
            return [(each.kind, each.recipient, each.data) for each in found]

    def test_after_an_hour_its_owners_are_warned_once(self, failing, world, in_role):
        assert self.messages(in_role) == []
        failing(hours=1, minutes=1)
        failing(hours=2)
        told = ("webhook.failing", f"agency:{world.trust.agency_id}", {"webhook": "hooks.example"})
        assert self.messages(in_role) == [told]

    def test_after_five_days_it_is_disabled_loudly_and_enabled_again_everything_goes(
        self, failing, world, partner, worker, in_role
    ):
        failing(hours=2)
        failing(days=5, hours=1)
        disabled = endpoint(in_role)
        assert disabled.disabled_reason == "failing"
        assert [kind for kind, *_ in self.messages(in_role)] == ["webhook.failing", "webhook.disabled"]
        with acting_for(world.trust.agency_id):
            assert AuditEvent.objects.filter(action="webhook.disabled", target_id=disabled.pk).exists()
        move(world.trust, referral_of(world), "acknowledge")
        partner.always = 204
        worker()
        assert partner.sent == []
        act(world.trust, webhooks.change, webhook_id=disabled.pk, said={"enabled": True})
        worker(instant() + timedelta(days=6))
        assert partner.sequences() == [each["sequence"] for each in told_by_feed(world.trust)]

    def test_the_duty_contact_hears_by_e_mail(self, failing, world, in_role):
        failing(hours=2)
        with in_role("worker"):
            now = instant() + timedelta(hours=3)
            for _ in range(20):
                if not notifications.deliver_due(now=now):
                    now += 2 * MINUTE
        said = [each for each in mail.outbox if "hooks.example" in each.subject]
        assert [each.to for each in said] == [["duty@trust.example"]]
        assert "webhook.failing" in said[0].body

    def test_gone_is_gone(self, failing, partner, in_role):
        partner.always = 410
        failing(minutes=30)
        assert endpoint(in_role).disabled_reason == "gone"
        assert [kind for kind, *_ in self.messages(in_role)] == ["webhook.disabled"]

    def test_an_event_that_is_given_up_is_told_and_those_behind_it_go(self, world, partner, worker, in_role):
        registered(world.trust)
        first, second = (referral_at(State.SENT, world) for _ in range(2))
        wanted = ("referral.sent", str(first.pk))
        partner.always = lambda d: 500 if (d["type"], d["referral"]) == wanted else 204
        begun = instant() + MINUTE
        for hours in (0, 1, 2, 3):
            worker(begun + timedelta(hours=hours))
        move(world.trust, first, "acknowledge")
        move(world.trust, second, "acknowledge")
        worker(begun + timedelta(days=4))
        move(world.trust, second, "accept")
        worker(begun + timedelta(days=5, hours=1))
        worker(begun + timedelta(days=5, hours=2))
        given_up = [each for each in deliveries(in_role) if each.outcome == "given_up"]
        assert [each.type for each in given_up] == ["referral.sent"]
        assert "webhook.given_up" in [kind for kind, *_ in self.messages(in_role)]
        behind = {(d["type"], d["referral"]) for _, d, _ in partner.sent}
        assert ("referral.acknowledged", str(first.pk)) in behind


def referral_of(world):
    with acting_for(world.police.agency_id):
        return referrals.Referral.objects.visible_to(world.police).get()


def test_when_its_client_is_revoked_nothing_more_is_sent(world, partner, worker):
    registered(world.trust)
    referral_at(State.SENT, world)
    with acting_for(world.trust.agency_id):
        agencies.revoke_client(client_id=world.trust.client_id, by=None)
    worker()
    assert partner.sent == []


def test_both_secrets_sign_while_they_overlap_and_then_the_new_one(world, partner, worker):
    made, old = registered(world.trust)
    _, new = act(world.trust, webhooks.rotate, webhook_id=made.pk, overlap=timedelta(hours=1))
    referral = referral_at(State.SENT, world)
    worker()
    _, document, headers = partner.sent[0]
    for secret in (old, new):
        assert Webhook(secret).verify(json.dumps(document, ensure_ascii=False), headers) == document
    move(world.trust, referral, "acknowledge")
    worker(instant() + timedelta(hours=2))
    _, document, headers = partner.sent[-1]
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(json.dumps(document, ensure_ascii=False), headers)
    assert headers["webhook-signature"].count("v1,") == 1


def test_secrets_are_sealed_and_open_after_the_sites_key_was_changed(world, in_role, settings):
    _, secret = registered(world.trust)
    stored = endpoint(in_role)
    assert secret not in (stored.secret, stored.old_secret)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-the-site-that-is-long-enough-for-it"
    assert webhook_batch.secrets_of(stored, instant()) == [secret]


def test_a_test_and_a_replay_are_sent_and_logged(world, partner, worker, in_role):
    made, _ = registered(world.trust)
    referral_at(State.SENT, world)
    worker()
    act(world.trust, webhooks.test, webhook_id=made.pk)
    was = deliveries(in_role)[0]
    again = act(world.trust, webhooks.replay, webhook_id=made.pk, delivery_id=was.pk)
    with pytest.raises(MoveNotAllowed):
        act(world.trust, webhooks.replay, webhook_id=made.pk, delivery_id=again.pk)
    assert worker() == 2
    (_, test, first), (_, replayed, second) = partner.sent[-2:]
    assert {test["type"], replayed["type"]} == {"webhook.test", was.type}
    assert f"evt_{was.event_id}" in (first["webhook-id"], second["webhook-id"])
    with pytest.raises(NotThere):
        act(world.police, webhooks.test, webhook_id=made.pk)
    with pytest.raises(NotThere):
        act(world.trust, webhooks.test, webhook_id=uuid4())


def test_the_log_is_forgotten_after_thirty_days_and_what_waits_is_not(world, partner, worker, in_role):
    registered(world.trust)
    first = referral_at(State.SENT, world)
    worker()
    partner.always = 500
    move(world.trust, first, "acknowledge")
    worker()
    worker(instant() + timedelta(days=31))
    assert {each.outcome for each in deliveries(in_role)} <= {"", "given_up"}


def test_what_cannot_be_told_of_one_agency_holds_up_no_other(world, partner, worker, monkeypatch):
    registered(world.police)
    registered(world.trust, url="https://trust.example/hook")
    tell = event.documents

    def fails_for_police(agency, wanted):
        if agency.code == "police":
            raise ValueError("nobody foresaw this")
        return tell(agency, wanted)

    monkeypatch.setattr(event, "documents", fails_for_police)
    referral_at(State.SENT, world)
    worker()
    assert partner.sequences(URL) == []
    assert partner.sequences("https://trust.example/hook")
