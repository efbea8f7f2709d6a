"""An acceptance that was claimed by phone ends with the referral: withdrawn, or overtaken by another.

What was left open on referrals that have ended is withdrawn here, without events: a history is written by
whoever acts, and nobody acts now. From then on a claim is open, confirmed or denied only while its referral
waits for an answer, and an answer stands. Safe before or after the code that needs it: the running code
answers no other. The locks are brief.
"""

from django.db import migrations, models

FORWARD = """
update referrals_claimedacceptance c set state = 'withdrawn', answered_at = clock_timestamp()
  from referrals_referral r
 where r.id = c.referral_id and c.state = 'open'
   and r.state not in ('sent', 'acknowledged', 'info_requested');

create function check_claim_waits() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if new.state in ('open', 'confirmed', 'denied')
     and not exists (select from referrals_referral r where r.id = new.referral_id
                        and r.state in ('sent', 'acknowledged', 'info_requested')) then
    raise exception 'the referral waits for no answer, so nobody confirms or denies that it was accepted'
      using errcode = '23514', constraint = 'a_claim_is_answered_while_it_waits';
  end if;
  return new;
end $$;
create trigger a_claim_is_answered_while_it_waits before insert or update on referrals_claimedacceptance
  for each row execute function check_claim_waits();
create trigger an_answered_claim_stays before update on referrals_claimedacceptance for each row
  when (old.state <> 'open') execute function refuse_change();
"""
BACKWARD = """
drop trigger an_answered_claim_stays on referrals_claimedacceptance;
drop trigger a_claim_is_answered_while_it_waits on referrals_claimedacceptance;
drop function check_claim_waits();
update referrals_claimedacceptance set state = 'denied' where state in ('withdrawn', 'overtaken');
"""


class Migration(migrations.Migration):
    """Two more states, and two guards."""

    dependencies = [("referrals", "0124_decisions_have_happened")]

    operations = [
        migrations.AlterField(
            "claimedacceptance",
            "state",
            models.CharField(
                choices=[
                    ("open", "Open"),
                    ("confirmed", "Confirmed"),
                    ("denied", "Denied"),
                    ("withdrawn", "Withdrawn"),
                    ("overtaken", "Overtaken"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
