"""Whoever changes the rota owes their own agency's managers the gap that it makes: a message of no case.

Until now the worker alone wrote such messages, at its hourly look. Safe before the code that needs it.
"""

from django.db import migrations

FORWARD = """
create policy message_of_a_gap on notifications_message for insert to rcrp_web
  with check (case_id is null and kind = 'rota.gap' and channel = 'inbox'
              and agency_id = any((select my_agencies())::integer[]));
"""
BACKWARD = """
drop policy message_of_a_gap on notifications_message;
"""


class Migration(migrations.Migration):
    """One policy."""

    dependencies = [
        ("notifications", "0013_receipts_and_codes"),
        ("referrals", "0136_clocks_that_are_taken"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
