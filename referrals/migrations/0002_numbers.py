"""Numbers that are drawn rather than counted, and keys that carry the case's opening day.

Events are to be partitioned by that day one day, so that it is in their keys from the start, and no
foreign key points at them. Safe before the code that needs it; the tables are empty.
"""

from django.db import migrations

FORWARD = """
create sequence case_number;
create sequence referral_number;
create sequence event_number;
create sequence feed_position;
alter table referrals_event drop constraint referrals_event_pkey;
alter table referrals_event add primary key (id, opened_on);
alter table referrals_case set (fillfactor = 85);  -- each event updates its case's row in place
"""
BACKWARD = """
alter table referrals_case reset (fillfactor);
alter table referrals_event drop constraint referrals_event_pkey;
alter table referrals_event add primary key (id);
drop sequence feed_position;
drop sequence event_number;
drop sequence referral_number;
drop sequence case_number;
"""


class Migration(migrations.Migration):
    """Sequences, and the primary key of events."""

    dependencies = [("referrals", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
