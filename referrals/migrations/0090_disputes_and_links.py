"""Disputes about whose a person is; what an agency holds to be cases of one person.

A dispute is between two teams, is settled once, and while it is open and its case is, its clock runs: checked
at commit. Both its sides stay parties. A link is its agency's own: it may be undone, not changed. Safe before
the code that needs it. The locks are brief.
"""

from django.db import migrations, models
from django.db.models import PROTECT, F, Q

from referrals.domain.clocks import ClockKind
from referrals.domain.dispute import Opened, Settled
from referrals.models.keys import new_id

MINE = "any((select my_agencies())::integer[])"
SETTLING = "outcome, agreed_with, settled_by, settled_text_id, settled_at"
STAYS = """
create or replace function parties_leave(p_case uuid) returns void language sql security definer
    set search_path = public, pg_temp as $$
  update referrals_party p set until = clock_timestamp() from referrals_case c
   where p.case_id = p_case and p.until is null and c.id = p.case_id and can_see(p_case)
     and p.agency_id not in (c.accountable_agency_id, c.opened_by_agency_id)
     and not exists (select from referrals_referral r join agencies_team t on t.id = r.to_team_id
                      where r.case_id = p.case_id and r.state = any(open_states())
                        and p.agency_id in (r.from_agency_id, r.to_agency_id, t.agency_id))
     and not exists (select from referrals_clock k join agencies_team t on t.id = k.team_id
                      where k.case_id = p.case_id and k.stopped_at is null and t.agency_id = p.agency_id)
     and not is_needed_in_a_detention(p.case_id, p.agency_id)
     :disputes
$$;
"""
DISPUTES = """and not exists (select from referrals_dispute d where d.case_id = p.case_id
                      and d.settled_at is null and p.agency_id in (d.from_agency_id, d.to_agency_id))"""
FORWARD = (
    """
alter table referrals_dispute enable row level security;
create policy dispute_web on referrals_dispute to rcrp_web using (
  coalesce((select true from referrals_party p where p.case_id = referrals_dispute.case_id
    and p.agency_id = :mine and p.until is null limit 1), false))
  with check (can_see(case_id));
create policy dispute_worker on referrals_dispute to rcrp_worker using (true) with check (true);
revoke update, delete on referrals_dispute from rcrp_web, rcrp_worker;
grant update (:settling) on referrals_dispute to rcrp_web, rcrp_worker;
create trigger a_settled_dispute_stays before update on referrals_dispute for each row
  when (old.settled_at is not null) execute function refuse_change();

alter table referrals_caselink enable row level security;
create policy caselink_web on referrals_caselink to rcrp_web using (agency_id = :mine)
  with check (agency_id = :mine and (ended_at is not null or (can_see(one_id) and can_see(other_id))));
create policy caselink_worker on referrals_caselink to rcrp_worker using (true) with check (true);
revoke update, delete on referrals_caselink from rcrp_web, rcrp_worker;
grant update (ended_at, ended_by) on referrals_caselink to rcrp_web, rcrp_worker;
create trigger an_undone_link_stays before update on referrals_caselink for each row
  when (old.ended_at is not null) execute function refuse_change();

create function check_disputed() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if exists (select from referrals_dispute d join referrals_case c on c.id = d.case_id
      where d.case_id = new.case_id and d.settled_at is null
        and (c.state <> 'open' or not exists (select from referrals_clock k where k.case_id = d.case_id
          and k.kind = 'dispute' and k.referral_id is null and k.next_look_at is not null))) then
    raise exception 'case %: disputed, and nobody watches', new.case_id
      using errcode = '23514', constraint = 'dispute_is_watched';
  end if;
  return null;
end $$;
create constraint trigger dispute_is_watched after insert on referrals_dispute
  deferrable initially deferred for each row execute function check_disputed();
create constraint trigger dispute_stays_watched after update on referrals_clock
  deferrable initially deferred for each row
  when (old.kind = 'dispute' and old.next_look_at is not null and (new.next_look_at is null
        or new.kind <> old.kind or new.case_id <> old.case_id or new.referral_id is not null))
  execute function check_disputed();
""".replace(":mine", MINE).replace(":settling", SETTLING)
    + STAYS.replace(":disputes", DISPUTES)
)
BACKWARD = (
    STAYS.replace(":disputes", "")
    + """
drop trigger dispute_stays_watched on referrals_clock;
drop trigger dispute_is_watched on referrals_dispute;
drop function check_disputed();
drop trigger an_undone_link_stays on referrals_caselink;
drop policy caselink_worker on referrals_caselink;
drop policy caselink_web on referrals_caselink;
alter table referrals_caselink disable row level security;
drop trigger a_settled_dispute_stays on referrals_dispute;
drop policy dispute_worker on referrals_dispute;
drop policy dispute_web on referrals_dispute;
alter table referrals_dispute disable row level security;
"""
)


def key(to: str, **options: object) -> models.ForeignKey:
    """A foreign key that nothing is removed by."""
    return models.ForeignKey(to, PROTECT, **{"related_name": "+", "db_index": False, **options})


def own() -> tuple[str, models.Field]:
    """The row's key."""
    return "id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    """Two tables, and the clock that a dispute runs on."""

    dependencies = [("referrals", "0081_detention_rules")]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                own(),
                ("case", key("referrals.case", related_name="disputes", db_index=True)),
                ("referral", key("referrals.referral")),
                ("from_agency", key("agencies.agency")),
                ("from_team", key("agencies.team")),
                ("to_agency", key("agencies.agency")),
                ("to_team", key("agencies.team")),
                ("arbiter", models.CharField(blank=True, max_length=40)),
                ("cause", models.CharField(choices=[(c, c) for c in Opened], max_length=20)),
                ("actor", models.JSONField()),
                ("text_id", models.UUIDField(null=True)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("agreed_with", models.JSONField(null=True)),
                ("settled_by", models.JSONField(null=True)),
                ("settled_text_id", models.UUIDField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["case"], condition=Q(settled_at=None), name="one_open_dispute_of_a_case"
                    ),
                    models.CheckConstraint(
                        name="dispute_is_between_two_teams", condition=~Q(from_team=F("to_team"))
                    ),
                    models.CheckConstraint(
                        name="dispute_waits_or_is_settled",
                        condition=Q(outcome="", settled_by__isnull=True, settled_at=None)
                        | Q(outcome__in=list(Settled), settled_by__isnull=False, settled_at__isnull=False),
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="CaseLink",
            fields=[
                own(),
                ("agency", key("agencies.agency")),
                ("one", key("referrals.case", db_index=True)),
                ("other", key("referrals.case", db_index=True)),
                ("made_by", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("ended_by", models.JSONField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["agency", "one", "other"],
                        condition=Q(ended_at=None),
                        name="cases_are_linked_once",
                    ),
                    models.CheckConstraint(
                        name="link_is_of_two_cases_in_their_order", condition=Q(one__lt=F("other"))
                    ),
                    models.CheckConstraint(
                        name="link_is_undone_by_somebody",
                        condition=Q(ended_by__isnull=True, ended_at=None)
                        | Q(ended_by__isnull=False, ended_at__isnull=False),
                    ),
                ]
            },
        ),
        migrations.AlterField(
            "clock", "kind", models.CharField(choices=[(kind, kind) for kind in ClockKind], max_length=30)
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
