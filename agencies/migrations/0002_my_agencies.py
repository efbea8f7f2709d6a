"""The function by which policies ask on whose behalf the transaction runs.

Safe before or after the code that needs it: it takes no lock on any table.
"""

from django.db import migrations

# Without the setting, and after the transaction that had it, the answer is null: no row.
FORWARD = """
create function my_agencies() returns integer[] language sql stable parallel safe
  return string_to_array(nullif(current_setting('app.agency_ids', true), ''), ',')::integer[];
"""
BACKWARD = "drop function my_agencies();"


class Migration(migrations.Migration):
    """Reads the setting that ``acting_for`` makes."""

    dependencies = [("agencies", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
