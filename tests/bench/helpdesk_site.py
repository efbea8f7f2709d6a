"""A django-helpdesk with so many overdue tickets, and how long its ``escalate_tickets`` takes over them.

Run by an environment of its own, which has django-helpdesk and nothing of ours; prints seconds. The
database is the one that ``HELPDESK_DATABASE`` names, empty; e-mail goes nowhere.
"""

import json
import os
import sys
import time
from datetime import timedelta

import django
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path
from django.utils import timezone

APPS = ["auth", "contenttypes", "sessions", "sites", "humanize", "admin", "messages", "staticfiles"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

urlpatterns: list = []  # what messages link to; filled in once the apps are there


def set_up() -> None:
    """A site with the fewest parts that the escalation needs."""
    settings.configure(
        SECRET_KEY="only-for-a-measure",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                **json.loads(os.environ["HELPDESK_DATABASE"]),
            }
        },
        INSTALLED_APPS=[
            *(f"django.contrib.{app}" for app in APPS),
            "rest_framework",
            "helpdesk",
        ],
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        ROOT_URLCONF=__name__,
        SITE_ID=1,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        HELPDESK_TEAMS_MODE_ENABLED=False,
    )
    django.setup()
    urlpatterns.append(path("helpdesk/", include("helpdesk.urls", namespace="helpdesk")))
    call_command("migrate", verbosity=0)


def overdue(number: int) -> None:
    """So many tickets that are two days overdue, each with somebody who submitted it."""
    from helpdesk.models import Queue, Ticket

    queue = Queue.objects.create(title="Measured", slug="measured", escalate_days=1)
    Ticket.objects.bulk_create(
        Ticket(
            queue=queue,
            title=f"Ticket {n}",
            submitter_email=f"somebody-{n}@example.org",
            status=Ticket.OPEN_STATUS,
            priority=3,
        )
        for n in range(number)
    )
    Ticket.objects.update(created=timezone.now() - timedelta(days=3))


def main(number: int) -> None:
    """Escalate them, once, and see that all were."""
    set_up()
    overdue(number)
    from helpdesk.models import FollowUp

    begun = time.perf_counter()
    call_command("escalate_tickets")
    taken = time.perf_counter() - begun
    if FollowUp.objects.count() != number:
        raise SystemExit(f"{FollowUp.objects.count()} of {number} were escalated")
    sys.stdout.write(f"{taken}\n")


main(int(sys.argv[1]))
