"""What production refuses, by name; which login a process takes."""

import os
import subprocess
import sys

import pytest

from config.env import ROOT
from config.role import role_for

SOUND = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "x" * 50,
    "DATABASE_URL": "postgres://rcrp_web@127.0.0.1:1/none",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "referrals.example.nhs.uk",
    "EMAIL_HOST": "smtp.example.nhs.uk",
    "DEFAULT_FROM_EMAIL": "referrals@example.nhs.uk",
    "SERVICE_DESK": "020 7946 0000",
    "TRUSTED_PROXIES": "1",
    "ATTACHMENT_DIR": "/srv/attachments",
    "ANCHOR_DIR": "/srv/anchors",
    "SITE_URL": "https://referrals.example.nhs.uk",
}


SAY = "from django.conf import settings as s; print(s.DEBUG, s.DEMO, s.SESSION_COOKIE_SECURE)"


def settings_with(words=SAY, **changed):
    """Read the production settings in a process of their own: its code and last line."""
    env = {"PATH": os.environ["PATH"], **SOUND, **changed}
    env = {name: value for name, value in env.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]


def test_production_starts_when_everything_is_given():
    assert settings_with() == (0, "False False True")


def test_the_web_is_loaded_whole_without_a_connection_that_a_fork_would_share():
    """Nobody listens at the addresses; a pool would have begun a thread."""
    words = (
        "import config.wsgi, sys, threading;"
        "print('referrals.pages.urls' in sys.modules, 'referrals.api.urls' in sys.modules,"
        " [thread.name for thread in threading.enumerate()])"
    )
    assert settings_with(words, PYTHONWARNINGS="ignore") == (0, "True True ['MainThread']")


@pytest.mark.parametrize("name", [name for name in SOUND if name != "DJANGO_SETTINGS_MODULE"])
def test_production_names_what_is_missing(name):
    code, said = settings_with(**{name: None})
    assert code == 1
    assert f"{name} is not set" in said


NOTIFY = {
    "EMAIL_HOST": None,
    "DEFAULT_FROM_EMAIL": None,
    "NOTIFY_API_KEY": "fake-11111111-2222-4333-8444-555555555555-66666666-7777-4888-8999-000000000000",
    "NOTIFY_SMS_TEMPLATE": "f33517ff-2a88-4f6e-b855-c550268ce08a",
    "NOTIFY_EMAIL_TEMPLATE": "9d751e0e-f929-4891-82a1-a3e1c3c18ee3",
    "NOTIFY_CALLBACK_TOKEN": "x" * 32,
}


def test_with_a_key_of_notify_production_needs_no_mail_server():
    assert settings_with(**NOTIFY) == (0, "False False True")


@pytest.mark.parametrize("name", ["NOTIFY_SMS_TEMPLATE", "NOTIFY_EMAIL_TEMPLATE", "NOTIFY_CALLBACK_TOKEN"])
def test_production_names_what_notify_lacks(name):
    code, said = settings_with(**NOTIFY | {name: None})
    assert code == 1
    assert f"{name} is not set" in said


def test_without_mail_server_and_key_production_names_both():
    assert "or set NOTIFY_API_KEY" in settings_with(EMAIL_HOST=None)[1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (NOTIFY | {"NOTIFY_CALLBACK_TOKEN": "short"}, "NOTIFY_CALLBACK_TOKEN is too short"),
        (NOTIFY | {"NOTIFY_URL": "http://notify.example"}, "NOTIFY_URL must begin with https://"),
        ({"DEBUG": "1"}, "DEBUG is set"),
        ({"DEMO": "1"}, "DEMO is set"),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES is 'one'"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"DATABASE_ROLE": "superuser"}, "DATABASE_ROLE is 'superuser'"),
        ({"DATABASE_ROLE": "worker"}, "WORKER_DATABASE_URL is not set"),
    ],
)
def test_production_refuses_what_is_unsafe(given, said):
    code, line = settings_with(**given)
    assert code == 1
    assert said in line


@pytest.mark.parametrize(
    ("words", "role"),
    [
        (["manage.py", "migrate", "referrals"], "owner"),
        (["manage.py", "prove"], "worker"),
        (["manage.py", "shell"], "web"),
        (["manage.py"], "web"),
    ],
)
def test_a_command_takes_the_login_that_suits_it(words, role):
    assert role_for(words) == role
