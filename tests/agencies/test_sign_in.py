"""Every sign-in, sign-out and failed attempt is in the audit log."""

import pytest
from django.test import Client

from agencies.sign_in import address
from tests.factories.agencies import (
    AccessTokenFactory,
    MembershipFactory,
    UserFactory,
)

RIGHT = "letmein"


@pytest.fixture
def member(db):
    return MembershipFactory()


def sign_in(username, password=RIGHT, client=None):
    return (client or Client()).post("/accounts/login/", {"username": username, "password": password})


def of(lines):
    return [(line.action, line.agency_id, line.target_id) for line in lines()]


def test_a_sign_in_is_recorded_with_who_and_from_where(member, lines):
    assert sign_in(member.user.username).status_code == 302
    (line,) = lines()
    assert (line.action, line.agency_id) == ("sign_in", member.agency_id)
    assert (line.target_label, line.target_id) == ("user", str(member.user_id))
    assert line.actor["membership_id"] == member.pk
    assert line.data == {"address": "127.0.0.1", "locked_out": False}


def test_a_sign_out_is_recorded(member, lines):
    client = Client()
    sign_in(member.user.username, client=client)
    assert client.post("/accounts/logout/").status_code == 302
    assert [line.action for line in lines()] == ["sign_in", "sign_out"]
    assert lines()[-1].actor["membership_id"] == member.pk


def test_a_sign_out_by_nobody_is_not_recorded(db, lines):
    Client().post("/accounts/logout/")
    assert lines() == []


def test_a_failed_attempt_is_recorded_for_the_agency_of_the_name_and_blames_nobody(member, lines):
    assert sign_in(member.user.username, "wrong").status_code == 200
    (line,) = lines()
    assert (line.action, line.agency_id) == ("sign_in.failed", member.agency_id)
    assert line.target_id == str(member.user_id)
    assert line.actor is None
    assert "wrong" not in str(line.data)


def test_a_name_that_nobody_has_is_recorded_but_not_kept(db, lines):
    sign_in("my-secret-password", "oops")
    (line,) = lines()
    assert (line.action, line.agency_id, line.target_id) == ("sign_in.failed", None, "")
    assert "my-secret-password" not in str(line.data)


def test_every_agency_that_somebody_works_for_can_look(member, lines):
    other = MembershipFactory(user=member.user)
    MembershipFactory(user=member.user, agency=member.agency)
    sign_in(member.user.username)
    sign_in(member.user.username, "wrong")
    assert of(lines) == [
        (action, agency, str(member.user_id))
        for action in ("sign_in", "sign_in.failed")
        for agency in (member.agency_id, other.agency_id)
    ]


def test_somebody_without_a_membership_is_recorded_too(db, lines):
    user = UserFactory()
    sign_in(user.username)
    assert of(lines) == [("sign_in", None, str(user.pk))]


def test_attempts_are_counted_by_name_and_address_together_until_they_lock(member, lines):
    for _ in range(4):
        assert sign_in(member.user.username, "wrong").status_code == 200
    assert sign_in(member.user.username, "wrong").status_code == 429
    assert sign_in(member.user.username).status_code == 429  # the right password, too late
    assert [line.data["locked_out"] for line in lines()] == [False] * 4 + [True] * 2
    colleague = MembershipFactory()
    assert sign_in(colleague.user.username).status_code == 302  # the same address
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(member.user.username, client=elsewhere).status_code == 302  # the same name


def from_behind(*passed):
    """A browser behind our one proxy, which every request of everybody comes from."""
    return Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=", ".join(passed))


def test_behind_a_proxy_a_lock_out_is_by_the_address_that_the_proxy_saw(member, lines, settings):
    settings.TRUSTED_PROXIES = 1
    for _ in range(5):
        answer = sign_in(member.user.username, "wrong", from_behind("192.0.2.7"))
    assert answer.status_code == 429
    assert sign_in(member.user.username, client=from_behind("192.0.2.8")).status_code == 302
    assert [line.data["address"] for line in lines()] == ["192.0.2.7"] * 5 + ["192.0.2.8"]


def test_what_the_caller_wrote_before_the_proxy_counts_for_nothing(member, lines, settings):
    settings.TRUSTED_PROXIES = 1
    for n in range(5):
        answer = sign_in(member.user.username, "wrong", from_behind(f"198.51.100.{n}", "192.0.2.7"))
    assert answer.status_code == 429, "a new invention each time is the same address"


@pytest.mark.parametrize(
    ("proxies", "passed", "seen"),
    [
        (0, "192.0.2.7", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1"),
        (1, "192.0.2.6, 192.0.2.7", "192.0.2.7"),
        (2, "192.0.2.5, 192.0.2.6, 192.0.2.7", "192.0.2.6"),
        (2, "192.0.2.7", "10.0.0.1"),
        (1, "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_proxy_of_ours_saw(rf, settings, proxies, passed, seen):
    settings.TRUSTED_PROXIES = proxies
    assert address(rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=passed)) == seen


def test_a_program_that_guesses_passwords_is_counted_as_anybody_is(member, lines):
    AccessTokenFactory(token="live")
    program = Client(headers={"authorization": "Bearer live"})
    answers = [sign_in(member.user.username, "wrong", program).status_code for _ in range(5)]
    assert answers == [200] * 4 + [429]
    assert [line.action for line in lines()] == ["sign_in.failed"] * 5


def test_a_deactivated_person_does_not_get_in(member, lines):
    type(member.user).objects.filter(pk=member.user_id).update(is_active=False)
    assert sign_in(member.user.username).status_code == 200
    assert [line.action for line in lines()] == ["sign_in.failed"]
