"""The default agreement: the targets and the ladder that hold where agencies have agreed nothing else.

As shipped with this release; a test compares it with ``domain.clocks`` and ``domain.escalation``. A later
release supersedes it by a further version, never by editing this one. Safe before or after the code.
"""

from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TERMS = {
    "targets": {
        "P1": {
            "send": 5,
            "acknowledge": 5,
            "decide": 10,
            "answer_info": 5,
            "start": 15,
            "review": 15,
            "outcome_seen": 10,
            "re_action": 5,
            "phone_confirmation": 5,
            "claimed_acceptance": 5,
            "first_contact": 15,
            "face_to_face": 60,
            "case_review": 1440,
            "undetermined": 10,
        },
        "P2": {
            "send": 15,
            "acknowledge": 15,
            "decide": 30,
            "answer_info": 15,
            "start": 60,
            "review": 60,
            "outcome_seen": 30,
            "re_action": 15,
            "phone_confirmation": 5,
            "claimed_acceptance": 15,
            "first_contact": 60,
            "face_to_face": 240,
            "case_review": 1440,
            "undetermined": 30,
        },
        "P3": {
            "send": 30,
            "acknowledge": 30,
            "decide": 60,
            "answer_info": 30,
            "start": 240,
            "review": 240,
            "outcome_seen": 60,
            "re_action": 30,
            "phone_confirmation": 5,
            "claimed_acceptance": 30,
            "first_contact": 240,
            "face_to_face": 1440,
            "case_review": 1440,
            "undetermined": 60,
        },
        "P4": {
            "send": 120,
            "acknowledge": 120,
            "decide": 480,
            "answer_info": 120,
            "start": 1440,
            "review": 1440,
            "outcome_seen": 480,
            "re_action": 120,
            "phone_confirmation": 5,
            "claimed_acceptance": 120,
            "first_contact": 1440,
            "face_to_face": 4320,
            "case_review": 1440,
            "undetermined": 480,
        },
    },
    "categories": {"conveyance": {"acknowledge": 15, "decide": 30}, "s136_handover": {"decide": 15}},
    "receivers": {"social_care": {"acknowledge": 30, "decide": 120}},
    "ladder": [
        {"percent": 50, "tell": [["holder", "worker"]], "demand": ""},
        {
            "percent": 100,
            "tell": [["holder", "supervisor"], ["other", "supervisor"]],
            "demand": "phone_and_rerun_threshold",
        },
        {"percent": 150, "tell": [["holder", "manager"], ["other", "manager"]], "demand": ""},
        {"percent": 200, "tell": [["holder", "director"], ["other", "director"]], "demand": ""},
    ],
}


def ship(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write the default agreement, live from the day of the National Partnership Agreement."""
    agreement = apps.get_model("referrals", "Agreement").objects.create(name="Default targets")
    apps.get_model("referrals", "AgreementVersion").objects.create(
        agreement=agreement, number=1, terms=TERMS, live_from=datetime(2023, 7, 26, tzinfo=UTC)
    )


def withdraw(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Remove it. A live version refuses, so its guard stands aside for this one statement."""
    editor.execute("alter table referrals_agreementversion disable trigger user")
    apps.get_model("referrals", "AgreementVersion").objects.filter(agreement__name="Default targets").delete()
    apps.get_model("referrals", "Agreement").objects.filter(name="Default targets").delete()
    editor.execute("set constraints all immediate")  # a table with checks pending cannot be altered
    editor.execute("alter table referrals_agreementversion enable trigger user")


class Migration(migrations.Migration):
    """The first row of data, without which no clock could start."""

    dependencies = [("referrals", "0009_feed")]

    operations = [migrations.RunPython(ship, withdraw)]
