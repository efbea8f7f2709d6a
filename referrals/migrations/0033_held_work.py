"""Finding what is held by somebody who is not there any more.

Safe before the code that needs it. The index is built while writers wait, some seconds a million rows.
"""

from django.db import migrations, models
from django.db.models import Q

FORWARD = """
create function on_call(p_member bigint, p_at timestamptz) returns boolean language sql stable
  set search_path = public, pg_temp as $$
  select exists (select from agencies_shift s where s.membership_id = p_member and s.during @> p_at
      and not exists (select from agencies_shiftoverride o where o.team_id = s.team_id and o.tier = s.tier
        and o.withdrawn_at is null and o.during @> p_at
        and (o.instead_of_id = p_member or o.instead_of_id is null)))
    or exists (select from agencies_shiftoverride o where o.membership_id = p_member
      and o.withdrawn_at is null and o.during @> p_at)
$$;
"""
BACKWARD = "drop function on_call(bigint, timestamptz);"


class Migration(migrations.Migration):
    """An index on holders, and who is on call as SQL says it."""

    dependencies = [
        ("referrals", "0032_default_ladder_hands_on"),
        ("agencies", "0005_shifts_can_be_changed"),
    ]

    operations = [
        migrations.AddIndex(
            "referral",
            models.Index(fields=["held_by"], condition=Q(held_by__isnull=False), name="referral_held"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
