"""A person's own phone and channels, and the page for a code from a text: to open anything takes nothing."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from agencies.models import Membership, Reach
from agencies.roles import Role
from notifications.models import Message, TextCode, TypedCode
from notifications.services import deliver_due
from referrals.domain.referral import State
from referrals.models.keys import instant
from referrals.services import engine
from tests.access.playing import rows_as_they_are
from tests.database import in_role_of
from tests.factories.agencies import ReachFactory
from tests.factories.world import referral_at
from tests.notify import environment, notifying

HERE, CODE = "/tracker/messages/reach/", "/tracker/messages/code/"
MINUTE = timedelta(minutes=1)
PHONE = "+447700900123"


@pytest.fixture
def fake(settings):
    with notifying() as found:
        for name, value in environment(found).items():
            setattr(settings, name, value)
        yield found


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def deliver(now=None):
    with in_role_of("worker"):
        while deliver_due(now=now or instant()):
            pass


@pytest.fixture
def held(world):
    return Membership.objects.select_related("user").get(team=world.teams["trust"], role=Role.SUPERVISOR)


def reach_of(held):
    with in_role_of("owner"):
        return Reach.objects.get(user=held.user)


def test_a_phone_is_proved_and_channels_are_chosen(desk, held, fake):
    browser = desk("trust")
    shown = text(browser.post(HERE, {"do": "ask", "phone": "07700 900123"}, follow=True))
    assert "A code was sent to +447700900123" in shown
    deliver()
    code = fake.took[0]["personalisation"]["text"][:6]
    assert code not in shown
    assert "texts can reach you" in text(browser.post(HERE, {"do": "confirm", "code": code}, follow=True))
    browser.post(HERE, {"do": "choose", "channels": "sms"})
    assert (reach_of(held).phone, reach_of(held).channels) == (PHONE, ["sms"])
    assert re.search(r'value="sms" checked', browser.get(HERE).content.decode())
    browser.post(HERE, {"do": "forget"})
    assert (reach_of(held).phone, reach_of(held).channels) == ("", [])


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"do": "ask", "phone": "020 7946 0101"}, "Type a British mobile number"),
        ({"do": "ask"}, "Type your mobile number"),
        ({"do": "confirm", "code": "123456"}, "No code is waited for"),
        ({"do": "confirm", "code": "\u0661\u0662\u0663"}, "No code is waited for"),
        ({"do": "choose", "channels": "sms"}, "Texts need a phone"),
        ({"do": "choose", "channels": "pigeon"}, "Choose one of those that are offered"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(desk, fake, sent, said):
    answer = desk("trust").post(HERE, sent)
    assert answer.status_code == 422
    assert said in text(answer)


def test_a_wrong_code_is_counted_although_the_page_refuses_it(desk, held, fake):
    browser = desk("trust")
    browser.post(HERE, {"do": "ask", "phone": "07700 900123"})
    for n in range(1, 4):
        assert browser.post(HERE, {"do": "confirm", "code": "0"}).status_code == 422
        assert reach_of(held).asked_tries == n


def test_an_unknown_act_is_absent(desk):
    assert desk("trust").post(HERE, {"do": "dance"}).status_code == 404


def test_without_a_provider_no_phone_is_asked_for(desk):
    shown = desk("trust").get(HERE).content.decode()
    assert "no provider is set up" in shown
    assert 'value="ask"' not in shown


def test_the_page_costs_the_same_queries_whoever_looks(desk, held, django_assert_max_num_queries):
    browser = desk("trust")
    browser.get(HERE)
    with django_assert_max_num_queries(14):
        browser.get(HERE)


@pytest.fixture
def code(world, held, fake):
    """A breach that nobody acknowledged, and the code that the supervisor got by text."""
    with in_role_of("owner"):
        ReachFactory(user=held.user, phone=PHONE, channels=["sms"])
    referral_at(State.SENT, world)
    with in_role_of("worker"):
        now = instant() + 31 * MINUTE
        engine.tick(now)
    deliver(now + 3 * MINUTE)
    with in_role_of("worker"):
        return TextCode.objects.get(phone=PHONE)


def outcomes():
    with in_role_of("owner"):
        return list(TypedCode.objects.order_by("received_at").values_list("outcome", flat=True))


def taken():
    with in_role_of("owner"):
        cursor = connection.cursor()
        cursor.execute("select count(*) from referrals_event where type = 'escalation.taken'")
        return cursor.fetchone()[0]


def test_a_code_is_typed_at_the_page_by_whoever_got_it(desk, code):
    browser = desk("trust")
    wrong = "CCCCC" if code.code != "CCCCC" else "FFFFF"
    assert browser.post(CODE, {"code": wrong}).status_code == 422
    shown = text(browser.post(CODE, {"code": code.code.lower()}, follow=True))
    assert "still to be acknowledged" in shown
    assert browser.post(CODE, {"code": code.code}).status_code == 422
    assert outcomes() == ["unknown", "taken", "used"]
    assert taken() == 1


@pytest.mark.parametrize("who", [("trust", Role.WORKER), ("police", Role.SUPERVISOR)])
def test_somebody_elses_code_takes_nothing(desk, code, who):
    assert "no code of yours" in text(desk(*who).post(CODE, {"code": code.code}))
    assert taken() == 0


def test_at_the_page_too_wrong_ones_end(desk, code):
    browser = desk("trust")
    wrong = "CCCCC" if code.code != "CCCCC" else "FFFFF"
    for _ in range(5):
        browser.post(CODE, {"code": wrong})
    assert "Too many wrong codes" in text(browser.post(CODE, {"code": code.code}))
    assert taken() == 0


def test_opening_what_a_text_links_to_takes_and_changes_nothing(desk, code, fake, as_superuser):
    """Scanners of mail and texts open every link; a person who only looks has taken nothing either."""
    links = set(re.findall(r"https?://[^\s\"\\]+", str([each["personalisation"] for each in fake.took])))
    assert links
    paths = [link.split("/", 3)[3] for link in links] + [HERE, CODE, "notify/receipts/", "notify/texts/"]
    scanner, browser = Client(), desk("trust")
    before = rows_as_they_are(as_superuser)
    for path in [f"/{path.lstrip('/')}" for path in paths]:
        for address in (path, f"{path}?code={code.code}"):
            scanner.get(address)
            scanner.head(address)
            browser.get(address)
            browser.head(address)
    after = rows_as_they_are(as_superuser)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == set()
    assert taken() == 0
    with in_role_of("owner"):
        assert not Message.objects.filter(membership=code.membership_id, seen_at__isnull=False).exists()
