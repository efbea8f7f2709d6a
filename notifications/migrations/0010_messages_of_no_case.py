"""A message may be about no case: that a webhook fails, or that the rota has a gap, is its
agency's to know, and no patient's.

Only the worker owes such messages: the web's policy asks for a case. Safe before the code that needs it. The
lock is brief.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column may be null."""

    dependencies = [("notifications", "0004_unseen_messages")]

    operations = [migrations.AlterField("message", "case_id", models.UUIDField(null=True))]
