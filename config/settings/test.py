"""Settings for the tests and the checks. tests/services.py gives the real addresses."""

import tempfile
from pathlib import Path

from config.env import env

NOWHERE = "127.0.0.1:1"  # refuses every connection: a check that needs no database gets none

for variable, value in {
    "SECRET_KEY": "only-for-tests-and-checks-never-for-a-running-system",
    "DATABASE_URL": f"postgres://rcrp_web@{NOWHERE}/none",
    "WORKER_DATABASE_URL": f"postgres://rcrp_worker@{NOWHERE}/none",
    "MIGRATE_DATABASE_URL": f"postgres://rcrp_migrate@{NOWHERE}/none",
    "CELERY_BROKER_URL": f"redis://{NOWHERE}/0",
}.items():
    env.ENVIRON.setdefault(variable, value)

env.ENVIRON.setdefault("ATTACHMENT_DIR", str(Path(tempfile.gettempdir(), "rcrp-test-attachments")))

from config.settings.base import *

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "agencies.hashers.RandomSecretHasher"]
WHITENOISE_AUTOREFRESH = True  # looks a file up when asked, instead of listing all at each start
WHITENOISE_USE_FINDERS = True
API_REQUESTS_A_MINUTE = 1_000_000  # the tests are many callers at once
if not EMAIL_HOST:  # a fault gives one
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ANCHOR_DIR = str(Path(tempfile.gettempdir(), "rcrp-test-anchors"))
SMS_TO_CONSOLE = False
