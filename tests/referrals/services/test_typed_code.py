"""A code from a text takes what it tells of: by that phone or person alone, once, and never acknowledges."""

from datetime import timedelta

import pytest
from django.db import connection

from agencies.models import Membership, User
from agencies.roles import Role
from notifications.models import Message, TextCode, TypedCode
from notifications.services import codes, deliver_due
from referrals.domain.referral import State
from referrals.models import Clock, Event, Referral
from referrals.models.keys import instant
from referrals.services import engine, typed_code
from tests.database import in_role_of
from tests.factories.agencies import ReachFactory
from tests.factories.world import move, referral_at
from tests.notify import environment, notifying

MINUTE = timedelta(minutes=1)
PHONE, OTHER = "+447700900123", "+447700900456"


@pytest.fixture
def fake(settings):
    with notifying() as found:
        for name, value in environment(found).items():
            setattr(settings, name, value)
        yield found


@pytest.fixture
def nurse(world):
    """The trust's supervisor, whom a text reaches before anything else does."""
    held = Membership.objects.get(team=world.teams["trust"], role=Role.SUPERVISOR)
    with in_role_of("owner"):
        ReachFactory(user=held.user, phone=PHONE, channels=["sms"])
    return held


@pytest.fixture
def code(world, nurse, fake):
    """A breach that nobody acknowledged, and the code that the nurse got by text."""
    referral_at(State.SENT, world)
    with in_role_of("worker"):
        now = instant() + 31 * MINUTE
        engine.tick(now)
        while deliver_due(now=now + 3 * MINUTE):
            pass
        return TextCode.objects.get(phone=PHONE)


def text(body, number=PHONE, key="text-1"):
    """Notify calls; the worker judges."""
    with in_role_of("web"):
        typed_code.take_in(provider_id=key, number=number, text=body)
    with in_role_of("worker"):
        typed_code.judge(now=instant())
        return TypedCode.objects.get(provider_id=key).outcome


def clock_of(code):
    with in_role_of("worker"):
        return Clock.objects.get(escalation__id=code.escalation_id)


def taken():
    with in_role_of("owner"):
        return list(Event.objects.filter(type="escalation.taken"))


def test_the_text_carries_the_code_of_its_message_person_and_phone(code, nurse, fake):
    assert code.membership_id == nurse.pk
    assert code.code in fake.took[0]["personalisation"]["text"]
    assert set(code.code) <= set(codes.LETTERS)
    assert not set(codes.LETTERS) & set("AEIOU0158BDGILQSZ2V6")


def test_a_code_back_takes_the_clock_stops_its_repetition_and_acknowledges_nothing(code, nurse):
    assert text(f"ok: {code.code.lower()}.") == "taken"
    clock = Clock.objects.none()
    with in_role_of("worker"):
        clock = Clock.objects.filter(taken_at__isnull=False).get()
        referral = Referral.objects.get()
    assert clock.taken_by["membership_id"] == nurse.pk
    assert clock.quiet_until > instant()
    assert clock.stopped_at is None
    assert (referral.state, referral.held_by_id) == (State.SENT, None)
    [event] = taken()
    assert event.actor["name"] == nurse.user.shown_name


def test_another_phone_with_the_right_code_takes_nothing(code):
    assert text(code.code, number=OTHER) == "unknown"
    assert taken() == []


def test_the_right_phone_with_a_wrong_code_takes_nothing(code):
    wrong = "CCCCC" if code.code != "CCCCC" else "FFFFF"
    assert text(wrong) == "unknown"
    assert taken() == []


def test_the_same_text_again_and_the_same_code_again_take_nothing_more(code):
    assert text(code.code) == "taken"
    assert text(code.code) == "taken"  # the same text: judged once
    assert text(code.code, key="text-2") == "used"
    assert len(taken()) == 1


def test_an_old_code_takes_nothing(code):
    with in_role_of("owner"):
        TextCode.objects.update(until=instant() - MINUTE)
    assert text(code.code) == "expired"
    assert taken() == []


def test_whoever_left_takes_nothing(code, nurse):
    with in_role_of("owner"):
        Membership.objects.filter(pk=nurse.pk).update(until=instant())
    assert text(code.code) == "left"
    assert taken() == []


def test_a_locked_account_takes_nothing(code, nurse):
    User.objects.filter(pk=nurse.user_id).update(is_active=False)
    assert text(code.code) == "left"


def test_what_was_done_meanwhile_is_not_taken(code, world):
    with in_role_of("worker"):
        referral = Referral.objects.get()
    move(world.trust, referral, "accept")
    assert text(code.code) == "refused"
    assert taken() == []


def test_after_five_wrong_ones_nobody_looks_at_a_right_one_until_later(code):
    wrong = "CCCCC" if code.code != "CCCCC" else "FFFFF"
    for n in range(5):
        assert text(wrong, key=f"wrong-{n}") == "unknown"
    assert text(code.code, key="right") == "limited"
    with in_role_of("owner"):
        connection.cursor().execute("alter table notifications_typedcode disable trigger user")
        TypedCode.objects.update(received_at=instant() - 16 * MINUTE)
        connection.cursor().execute("alter table notifications_typedcode enable trigger user")
    assert text(code.code, key="later") == "taken"


def test_of_a_text_only_the_code_is_kept(code):
    assert text("Robin EXAMPLE of 12 Example Street is with me", key="x") == "unknown"
    with in_role_of("owner"):
        row = (
            connection.cursor()
            .execute("select row_to_json(t)::text from notifications_typedcode t")
            .fetchone()
        )
    assert "Robin" not in row[0]
    assert '"code":""' in row[0]


def test_what_was_judged_is_forgotten_after_a_month(code):
    text("nothing", key="old")
    text("nothing", key="new")
    with in_role_of("owner"):
        assert TypedCode.objects.count() == 2
    later = instant() + timedelta(days=31)
    with in_role_of("web"):
        typed_code.take_in(provider_id="next", number=PHONE, text="nothing")
    with in_role_of("worker"):
        typed_code.judge(now=later)
        assert [each.provider_id for each in TypedCode.objects.all()] == ["next"]


def answers():
    with in_role_of("worker"):
        found = Message.objects.filter(kind__startswith="code.").order_by("id")
        return list(found.values_list("kind", "channel"))


def test_whoever_texts_is_answered_without_a_word_about_a_patient(code, fake):
    text(code.code)
    text(code.code, key="again")
    assert answers() == [("code.taken", "sms"), ("code.refused", "sms")]
    with in_role_of("worker"):
        for n in range(3):
            while deliver_due(now=instant() + (10 + n) * MINUTE):
                pass
    said = [each["personalisation"]["text"] for each in fake.took if "phone_number" in each][1:]
    assert "still to be acknowledged" in said[0]
    assert "takes nothing" in said[1]
    assert not [word for word in ("EXAMPLE", "Robin", "9990000018") if word in str(said)]


def test_an_unknown_phone_is_not_answered(code):
    text(code.code, number=OTHER)
    assert answers() == []


def test_two_machines_do_not_answer_each_other_for_ever(code):
    for n in range(12):
        text("I am on leave", key=f"auto-{n}")
    assert len(answers()) == 5


def test_two_workers_judge_a_text_once(code, race):
    with in_role_of("web"):
        typed_code.take_in(provider_id="one", number=PHONE, text=code.code)
    with in_role_of("worker"):
        race(*(lambda: typed_code.judge(now=instant()) for _ in range(4)))
    assert len(taken()) == 1


def test_a_judged_code_and_a_used_one_stay_so(code, as_worker):
    text(code.code)
    for statement in (
        "update notifications_typedcode set outcome = 'unknown'",
        "update notifications_textcode set used_at = null",
    ):
        with pytest.raises(Exception, match="append-only"):
            as_worker.execute(statement)
        as_worker.rollback()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("cfhjk", "CFHJK"),
        ("Yes, (CFHJK)!", "CFHJK"),
        ("CFHJK9", ""),
        ("", ""),
        ("CFHJA", ""),
        ("on my way", ""),
        ("\u0130CFHJ", ""),
    ],
)
def test_what_looks_like_a_code(typed, read):
    assert codes.read(typed) == read
