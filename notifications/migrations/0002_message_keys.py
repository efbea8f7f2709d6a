"""Messages are to be partitioned by the case's opening day: their primary key has it from the start.

No foreign key points at them. Safe before the code that needs it; the table is empty.
"""

from django.db import migrations

FORWARD = """
alter table notifications_message drop constraint notifications_message_pkey;
alter table notifications_message add primary key (id, opened_on);
"""
BACKWARD = """
alter table notifications_message drop constraint notifications_message_pkey;
alter table notifications_message add primary key (id);
"""


class Migration(migrations.Migration):
    """The key that partitions will need."""

    dependencies = [("notifications", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
