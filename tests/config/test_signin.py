"""One way in: where each person goes, and what a page may load."""

import re

import pytest

from tests.factories.agencies import UserFactory

PASSWORD = "long-enough-for-tests"


@pytest.fixture
def person(db):
    user = UserFactory(username="sam", is_staff=False)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def staff(person):
    person.is_staff = True
    person.save()
    return person


def sign_in(client, password=PASSWORD, to=""):
    return client.post("/accounts/login/", {"username": "sam", "password": password, "next": to})


def test_the_admin_has_no_sign_in_of_its_own(client, db):
    answer = client.get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer.url) == (302, "/accounts/login/?next=/admin/")


def test_whoever_is_signed_in_already_goes_on(client, staff):
    client.force_login(staff)
    assert client.get("/accounts/login/?next=/admin/").url == "/admin/"


def test_whom_the_admin_turns_away_is_told_so_and_not_sent_in_a_circle(client, person):
    client.force_login(person)
    answer = client.get("/admin/", follow=True)
    assert len(answer.redirect_chain) < 5
    assert answer.status_code == 200
    assert "no rights to the administration pages" in answer.content.decode()


def test_nobody_is_sent_to_another_site(client, person):
    assert sign_in(client, to="https://elsewhere.example/").url == "/"


def test_a_wrong_password_says_so_and_five_lock_the_name_out(client, person):
    first = sign_in(client, "wrong")
    assert first.status_code == 200
    assert "There is a problem" in first.content.decode()
    for _ in range(4):
        last = sign_in(client, "wrong")
    assert last.status_code == 429
    assert "locked for 15 minutes" in last.content.decode()
    assert sign_in(client).status_code == 429


def test_a_page_loads_only_from_this_site_and_runs_nothing_inline(client, db):
    answer = client.get("/accounts/login/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert not re.findall(r"<script>|<style|style=|\son\w+=", page)
    for field in re.findall(r'<input[^>]*id="(\w+)"', page):
        assert re.search(rf'<label[^>]* for="{field}"', page)


def test_the_pages_of_the_shell_find_their_files(client, db):
    page = client.get("/accounts/login/").content.decode()
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert files
    for file in files:
        answer = client.get(file)
        answer.close()
        assert answer.status_code == 200, file
