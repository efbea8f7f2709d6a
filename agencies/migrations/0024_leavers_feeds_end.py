"""Whoever ends a membership revokes the calendars that its holder shared: also where the worker does it.

One right on one column. Safe before the code that needs it; takes no lock to speak of.
"""

from django.db import migrations

FORWARD = "grant update (revoked_at) on agencies_rotafeed to rcrp_worker;"
BACKWARD = "revoke update (revoked_at) on agencies_rotafeed from rcrp_worker;"


class Migration(migrations.Migration):
    """A right, and no table."""

    dependencies = [("agencies", "0023_rooms_of_places")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
