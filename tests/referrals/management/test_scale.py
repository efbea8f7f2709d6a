"""Data in bulk, for measuring: as true as what the services make."""

from django.core.management import call_command

from referrals.management.scale.checks import broken
from referrals.models import Referral


def test_a_thousand_referrals_keep_every_rule(db, in_role):
    with in_role("owner"):
        call_command("demo_data", scale=1000, due=50)
        assert Referral.objects.count() == 1000
    connection = db.connect("superuser")
    assert list(broken(connection)) == []
    connection.close()
