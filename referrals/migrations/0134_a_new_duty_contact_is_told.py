"""Whoever runs an agency may owe its duty contact one message about no case: that it is the contact now.

Safe before or after the code that needs it. The lock is brief.
"""

from django.db import migrations

FORWARD = """
create policy message_of_a_contact on notifications_message for insert to rcrp_web with check (
  kind = 'agency.contact_changed' and case_id is null and membership_id is null and team_id is null
    and agency_id = any((select my_agencies())::integer[]));
"""
BACKWARD = "drop policy message_of_a_contact on notifications_message;"


class Migration(migrations.Migration):
    """One policy more."""

    dependencies = [
        ("referrals", "0133_agreements_between_kinds"),
        ("notifications", "0013_receipts_and_codes"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
