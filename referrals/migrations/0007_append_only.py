"""What has happened is neither changed nor removed: the database itself refuses.

Contents are kept from the web and the worker by rights alone: the owner may redact a text, and the
chain stays whole, since it holds digests only. Safe before or after the code that needs it.
"""

from django.db import migrations

TABLES = ["event", "move", "thresholddecision", "contactattempt", "escalation"]

FORWARD = "".join(
    f"""
create trigger {table}_is_append_only before update or delete on referrals_{table}
  for each row execute function refuse_change();
create trigger {table}_is_never_emptied before truncate on referrals_{table}
  for each statement execute function refuse_change();
revoke update, delete on referrals_{table} from rcrp_web, rcrp_worker;
"""
    for table in TABLES
)
FORWARD += """
revoke update, delete on referrals_content from rcrp_web, rcrp_worker;
revoke delete on referrals_case, referrals_person, referrals_party, referrals_referral,
    referrals_claimedacceptance,
  referrals_clock, referrals_agreement, referrals_agreementversion from rcrp_web, rcrp_worker;
revoke insert, update on referrals_agreement, referrals_agreementversion from rcrp_web, rcrp_worker;
revoke insert on referrals_escalation from rcrp_web;

create trigger a_live_version_is_immutable before update or delete on referrals_agreementversion for each row
  when (old.live_from is not null) execute function refuse_change();
"""
BACKWARD = "drop trigger a_live_version_is_immutable on referrals_agreementversion;\n"
BACKWARD += """
grant insert on referrals_escalation to rcrp_web;
grant insert, update on referrals_agreement, referrals_agreementversion to rcrp_web, rcrp_worker;
grant delete on referrals_case, referrals_person, referrals_party, referrals_referral,
    referrals_claimedacceptance,
  referrals_clock, referrals_agreement, referrals_agreementversion to rcrp_web, rcrp_worker;
grant update, delete on referrals_content to rcrp_web, rcrp_worker;
"""
BACKWARD += "".join(
    f"""
grant update, delete on referrals_{table} to rcrp_web, rcrp_worker;
drop trigger {table}_is_never_emptied on referrals_{table};
drop trigger {table}_is_append_only on referrals_{table};
"""
    for table in TABLES
)


class Migration(migrations.Migration):
    """Append-only tables, and fewer rights elsewhere."""

    dependencies = [("referrals", "0006_event_chain"), ("agencies", "0003_audit_is_append_only")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
