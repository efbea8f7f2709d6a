"""The database itself refuses to change or remove an audit line.

Safe before or after the code that needs it. The lock is brief.
"""

from django.db import migrations

FORWARD = """
create function refuse_change() returns trigger language plpgsql as $$ begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger audit_is_append_only before update or delete on agencies_auditevent
  for each row execute function refuse_change();
create trigger audit_is_never_emptied before truncate on agencies_auditevent
  for each statement execute function refuse_change();
revoke update, delete, truncate on agencies_auditevent from rcrp_web, rcrp_worker;
"""
BACKWARD = """
grant update, delete on agencies_auditevent to rcrp_web, rcrp_worker;
drop trigger audit_is_never_emptied on agencies_auditevent;
drop trigger audit_is_append_only on agencies_auditevent;
drop function refuse_change();
"""


class Migration(migrations.Migration):
    """Triggers, which hold for the owner of the table too, and fewer rights for the others."""

    dependencies = [("agencies", "0002_my_agencies")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
