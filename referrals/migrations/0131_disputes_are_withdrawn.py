"""A dispute that was opened by mistake ends as withdrawn.

Safe before the code that needs it, and code that does not know it never writes it. The check is made anew: a
short lock, as disputes are few. Going back needs that none has been withdrawn.
"""

from django.db import migrations, models
from django.db.models import Q

SETTLED = ["sender_keeps", "receiver_takes", "another_takes", "not_needed"]


def ends(outcomes: list[str]) -> models.CheckConstraint:
    """It waits, or has ended in one of these ways."""
    return models.CheckConstraint(
        name="dispute_waits_or_is_settled",
        condition=Q(outcome="", settled_by__isnull=True, settled_at=None)
        | Q(outcome__in=outcomes, settled_by__isnull=False, settled_at__isnull=False),
    )


class Migration(migrations.Migration):
    """One more way in which a dispute ends."""

    dependencies = [("referrals", "0130_what_holds_in_law")]

    operations = [
        migrations.RemoveConstraint("dispute", "dispute_waits_or_is_settled"),
        migrations.AddConstraint("dispute", ends([*SETTLED, "withdrawn"])),
    ]
