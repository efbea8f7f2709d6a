"""A draft may still change the team it asks, and with it the agency; once sent, a referral keeps them.

A draft that is sent to a team that is closed by then goes to whoever stands in for it, as one does that was
never a draft. Loosens one guard in one statement: the running code works before and after. Takes a short lock
on the referrals while the trigger is replaced. Going back tightens it again; no row need change.
"""

from django.db import migrations

GUARD = """
create or replace trigger a_referral_keeps_its_ends before update on referrals_referral for each row
  when (old.reference <> new.reference or old.case_id <> new.case_id or old.opened_on <> new.opened_on
        or old.lead <> new.lead or old.asking <> new.asking or old.parent_id is distinct from new.parent_id
        or old.from_agency_id <> new.from_agency_id or old.from_team_id <> new.from_team_id
        or ({sent}old.to_team_id <> new.to_team_id)
        or ({alone}old.to_agency_id <> new.to_agency_id
            and (new.state <> 'accepted' or old.state = 'accepted'))
        or (old.sent_at is not null and new.sent_at is distinct from old.sent_at)
        or (old.sent_at is null and (new.sent_at is not null) <> (new.state = 'sent')))
  execute function refuse_ends();
"""
FORWARD = GUARD.format(sent="old.state <> 'draft' and ", alone="old.to_team_id = new.to_team_id and ")
BACKWARD = GUARD.format(sent="", alone="")


class Migration(migrations.Migration):
    """The guard on a referral's ends, but for whom a draft asks."""

    dependencies = [("referrals", "0127_found_by_what_was_said")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
