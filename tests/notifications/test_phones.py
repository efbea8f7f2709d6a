"""A phone is theirs who types back the code that was sent to it; channels are theirs to choose."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.models import Reach
from notifications.models import Message
from notifications.services import deliver_due, phones
from notifications.services.phones import NotSo
from referrals.models.keys import instant
from tests.database import in_role_of
from tests.factories.agencies import MembershipFactory, member_actor
from tests.factories.world import act
from tests.notify import environment, notifying

MINUTE = timedelta(minutes=1)
PHONE = "+447700900123"


@pytest.fixture
def amy(world):
    made = MembershipFactory(team=world.teams["trust"], user__email="amy@trust.example")
    return member_actor(made)


@pytest.fixture
def fake(settings):
    with notifying() as found:
        for name, value in environment(found).items():
            setattr(settings, name, value)
        yield found


def reach(amy):
    with in_role_of("owner"):
        return Reach.objects.get(user=amy.user_id)


def change(**fields):
    with in_role_of("owner"):
        Reach.objects.update(**fields)


def deliver():
    with in_role_of("worker"):
        while deliver_due(now=instant()):
            pass


def as_page(amy, code):
    """As the page does it: what is refused is said, and what was counted is kept."""
    refused = None
    with acting_for(amy.agency_id):
        try:
            phones.confirm(code=code, by=amy)
        except NotSo as wrong:
            refused = wrong
    if refused:
        raise refused


def asked(amy, fake, phone="07700 900123"):
    """A code was asked for, and sent: the code."""
    act(amy, phones.ask, phone=phone)
    deliver()
    return fake.took[-1]["personalisation"]["text"][:6]


def test_a_code_is_sent_to_the_phone_and_typed_back_it_proves_it(amy, fake):
    code = asked(amy, fake)
    assert fake.took[0]["phone_number"] == "+447700900123"
    assert reach(amy).phone == ""
    act(amy, phones.confirm, code=f" {code[:3]} {code[3:]} ")
    assert reach(amy).phone == "+447700900123"
    assert reach(amy).verified_at is not None
    assert reach(amy).asked_code == ""


def test_the_code_is_in_no_message_of_the_outbox(amy, fake):
    code = asked(amy, fake)
    with in_role_of("owner"):
        rows = Message.objects.filter(kind="phone.code").values()
        assert code not in str(rows)


def test_five_wrong_codes_end_it_and_each_is_counted_though_it_is_refused(amy, fake):
    code = asked(amy, fake)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for n in range(5):
        with pytest.raises(NotSo, match="not the code"):
            as_page(amy, code=wrong)
        assert reach(amy).asked_tries == n + 1
    with pytest.raises(NotSo, match="no code is waited for"):
        as_page(amy, code=code)
    assert reach(amy).phone == ""


def test_an_old_code_proves_nothing(amy, fake):
    code = asked(amy, fake)
    change(asked_until=instant() - MINUTE)
    with pytest.raises(NotSo, match="no code is waited for"):
        as_page(amy, code=code)


def test_nobody_gets_two_codes_within_a_minute(amy, fake):
    asked(amy, fake)
    with pytest.raises(NotSo, match="less than a minute"):
        act(amy, phones.ask, phone="07700 900456")


def test_until_a_new_phone_answers_texts_go_to_the_old_one(amy, fake):
    act(amy, phones.confirm, code=asked(amy, fake))
    change(asked_until=None, asked_phone="", asked_code="")
    with in_role_of("worker"):
        Message.objects.update(sent_at=instant() - 2 * MINUTE)
    asked(amy, fake, "07700 900456")
    assert fake.took[-1]["phone_number"] == "+447700900456"
    assert reach(amy).phone == "+447700900123"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 7700 900123", "+447700900123"),
        ("+44 (0)7700-900123", "+447700900123"),
        ("0044 7700 900123", "+447700900123"),
        ("447700900123", "+447700900123"),
        ("020 7946 0101", None),
        ("07700 90012", None),
        ("+33 6 12 34 56 78", None),
        ("07700 90012\u0663", None),
        ("", None),
        ("ring me", None),
    ],
)
def test_how_a_mobile_is_written(typed, number):
    if number is None:
        with pytest.raises(NotSo, match="British mobile"):
            phones.mobile(typed)
    else:
        assert phones.mobile(typed) == number


def test_texts_are_chosen_with_a_phone_alone(amy, fake):
    with pytest.raises(NotSo, match="need a phone"):
        act(amy, phones.choose, channels=["sms"])
    act(amy, phones.confirm, code=asked(amy, fake))
    act(amy, phones.choose, channels=["sms", "email"])
    assert reach(amy).channels == ["sms", "email"]
    act(amy, phones.forget)
    assert (reach(amy).phone, reach(amy).channels) == ("", ["email"])
    act(amy, phones.choose, channels=None)
    assert reach(amy).channels is None


@pytest.mark.parametrize("channels", [["email", "email"], ["pigeon"], ["inbox"]])
def test_what_is_no_order_of_channels_is_refused(amy, channels):
    with pytest.raises(NotSo, match="each channel once"):
        act(amy, phones.choose, channels=channels)


def test_email_is_chosen_with_an_address_alone(world):
    nobody = member_actor(MembershipFactory(team=world.teams["trust"], user__email=""))
    with pytest.raises(NotSo, match="no e-mail address"):
        act(nobody, phones.choose, channels=["email"])


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("phone = '+447700900123', verified_at = null", "a_phone_is_a_mobile_that_answered"),
        ("phone = '02079460101'", "a_phone_is_a_mobile_that_answered"),
        ("phone = '', verified_at = null", "texts_are_chosen_with_a_phone_that_answered"),
        ("channels = '{pigeon}'", "channels_are_known"),
        ("asked_code = '123456'", "a_code_is_awaited_from_a_mobile"),
    ],
)
def test_the_database_keeps_no_phone_that_did_not_answer(amy, as_web, change, rule):
    with in_role_of("owner"):
        Reach.objects.create(user_id=amy.user_id, phone=PHONE, verified_at=instant(), channels=["sms"])
    as_web.execute("select set_config('app.agency_ids', %s, true)", [str(amy.agency_id)])
    with pytest.raises(Exception, match=rule):
        as_web.execute(f"update agencies_reach set {change} where user_id = %s", [amy.user_id])
    as_web.rollback()


def test_another_agency_neither_sees_nor_changes_a_phone(world, amy, as_web):
    with in_role_of("owner"):
        Reach.objects.create(user_id=amy.user_id, phone=PHONE, verified_at=instant())
    for agency, found in ((world.trust.agency_id, 1), (world.police.agency_id, 0)):
        as_web.execute("select set_config('app.agency_ids', %s, true)", [str(agency)])
        assert len(as_web.execute("select phone from agencies_reach").fetchall()) == found
        assert as_web.execute("update agencies_reach set channels = '{}'").rowcount == found
        as_web.rollback()
    assert as_web.execute("select phone from agencies_reach").fetchall() == []


def test_the_worker_changes_nobodys_phone(amy, as_worker):
    with pytest.raises(Exception, match="permission denied"):
        as_worker.execute("update agencies_reach set phone = '+447700900456'")
    as_worker.rollback()


@pytest.mark.parametrize(
    "words",
    [
        {"kind": "escalation.fired"},
        {"channel": "email"},
        {"agency": "police"},
        {"kind": "rota.week", "channel": "inbox"},
        {"kind": "rota.gap", "channel": "inbox", "agency": "police"},
    ],
)
def test_the_web_owes_no_other_message_of_no_case(world, as_web, words):
    agency = getattr(world, words.pop("agency", "trust")).agency_id
    row = {"kind": "phone.code", "channel": "sms", **words}
    insert = """
insert into notifications_message (id, opened_on, key, about, agency_id, recipient, role, channel, kind, data,
  created_at, next_attempt_at, attempts)
values (gen_random_uuid(), current_date, 'x', 'x', %s, 'x', 'x', %s, %s, '{}', now(), now(), 0)"""
    as_web.execute("select set_config('app.agency_ids', %s, true)", [str(world.trust.agency_id)])
    with pytest.raises(Exception, match="row-level security"):
        as_web.execute(insert, [agency, row["channel"], row["kind"]])
    as_web.rollback()
    as_web.execute("select set_config('app.agency_ids', %s, true)", [str(world.trust.agency_id)])
    as_web.execute(insert, [world.trust.agency_id, "sms", "phone.code"])
    as_web.execute(
        insert.replace("'x', 'x', %s", "'y', 'rota', %s", 1), [world.trust.agency_id, "inbox", "rota.gap"]
    )
    as_web.rollback()
