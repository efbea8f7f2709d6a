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
    "ATTACHMENT_DIR": "/srv/attachments",
    "SITE_URL": "https://referrals.example.nhs.uk",
}


def settings_with(**changed):
    """Read the production settings in a process of their own: its code and last line."""
    env = {"PATH": os.environ["PATH"], **SOUND, **changed}
    env = {name: value for name, value in env.items() if value is not None}
    words = "from django.conf import settings as s; print(s.DEBUG, s.DEMO, s.SESSION_COOKIE_SECURE)"
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]


def test_production_starts_when_everything_is_given():
    assert settings_with() == (0, "False False True")


@pytest.mark.parametrize("name", [name for name in SOUND if name != "DJANGO_SETTINGS_MODULE"])
def test_production_names_what_is_missing(name):
    code, said = settings_with(**{name: None})
    assert code == 1
    assert f"{name} is not set" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DEBUG": "1"}, "DEBUG is set"),
        ({"DEMO": "1"}, "DEMO is set"),
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
