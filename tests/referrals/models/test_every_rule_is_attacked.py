"""Whatever in the database refuses is attacked: a rule that nobody attacks may be gone already."""

from tests.referrals.models.test_rules import ATTACKS

REFUSING = """
    select t.tgname, c.relname from pg_trigger t
      join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
     where not t.tgisinternal and c.relnamespace = 'public'::regnamespace
       and c.relname ~ '^(referrals|notifications)_' and p.prosrc ~ '23514|restrict_violation' order by 1"""


def test_every_trigger_that_refuses_is_taken_away_by_some_attack(attempt):
    guards = "; ".join(attack.guard for attack in ATTACKS)
    spared = [
        trigger
        for trigger, table in attempt("superuser").rows(REFUSING)
        if f"drop trigger {trigger} on {table}" not in guards
    ]
    assert spared == []


def test_some_triggers_refuse(attempt):
    assert len(attempt("superuser").rows(REFUSING)) > 20
