"""The referrals of a case are found by its reference, which an agency that has left still knows it by.

Without an index the tracker read every referral there is. Safe before or after any code. Building the
index makes writers of referrals wait, some seconds a million rows.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index."""

    dependencies = [("referrals", "0065_interim_support")]

    operations = [
        migrations.AddIndex(
            "referral", models.Index(fields=["case_reference"], name="referral_by_case_reference")
        )
    ]
