"""The default agreement's third version: who sent a P1 or P2 that is late must phone, and no other.

As shipped with this release: targets and rungs as before; a ladder may now say at which priorities it makes
its demand. Clocks that run keep their version. A test compares it with ``domain.escalation``; a later
release supersedes it by a further version, never by editing this one. Safe before or after the code: the
code before this release makes the demand at every priority, as it always did.
"""

from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

URGENT = ["P1", "P2"]


def ship(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write the third version, live from the day of this release."""
    versions = apps.get_model("referrals", "AgreementVersion")
    second = versions.objects.get(agreement__name="Default targets", number=2)
    ladder = [{**rung, "demand_at": URGENT if rung["demand"] else []} for rung in second.terms["ladder"]]
    versions.objects.create(
        agreement_id=second.agreement_id,
        number=3,
        terms={**second.terms, "ladder": ladder},
        live_from=datetime(2026, 11, 22, 1, tzinfo=UTC),
    )


def withdraw(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove it, if nothing runs on it. A live version refuses, so its guard stands aside this once."""
    editor.execute("alter table referrals_agreementversion disable trigger user")
    versions = apps.get_model("referrals", "AgreementVersion")
    versions.objects.filter(agreement__name="Default targets", number=3).delete()
    editor.execute("set constraints all immediate")
    editor.execute("alter table referrals_agreementversion enable trigger user")


class Migration(migrations.Migration):
    """A third row of data."""

    dependencies = [("referrals", "0033_held_work")]

    operations = [migrations.RunPython(ship, withdraw)]
