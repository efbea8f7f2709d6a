"""The web reads and writes the audit lines of the agency it acts for, and no others.

A line about nobody we know (a failed sign-in) can be written by anybody and read by
the worker and the owner alone. Safe before the code that needs it, and after. The
roles exist before the first migration. The lock is brief.
"""

from django.db import migrations

FORWARD = """
alter table agencies_auditevent enable row level security;
create policy audit_read on agencies_auditevent for select to rcrp_web
  using (agency_id = any ((select my_agencies())::integer[]));
create policy audit_write on agencies_auditevent for insert to rcrp_web
  with check (agency_id is null or agency_id = any ((select my_agencies())::integer[]));
create policy audit_worker on agencies_auditevent to rcrp_worker
  using (true) with check (true);
"""
BACKWARD = """
drop policy audit_worker on agencies_auditevent;
drop policy audit_write on agencies_auditevent;
drop policy audit_read on agencies_auditevent;
alter table agencies_auditevent disable row level security;
"""


class Migration(migrations.Migration):
    """Row-level security, the second wall behind ``visible_to``."""

    dependencies = [("agencies", "0003_audit_is_append_only")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
