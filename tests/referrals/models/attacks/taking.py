"""A tick stays whose it is; a taken clock has a name and an end; a clock demands a thing once."""

from tests.referrals.models.attacks import Attack, constraint, trigger

DEMAND = """
    insert into referrals_demand (case_id, referral_id, clock_id, code, made_at)
    select case_id, referral_id, id, 'phone', now() from referrals_clock
     where referral_id = %(sent)s and stopped_at is null order by id limit 1"""
TICK = "update referrals_demand set ticked_at = now(), ticked_by = '{}'"
TAKE = "update referrals_clock set taken_at = now() where referral_id = %(sent)s and stopped_at is null"

ATTACKS = [
    Attack("a tick is taken over", "append only", trigger("a_tick_stays", "demand"), (DEMAND, TICK, TICK)),
    Attack(
        "a demand that is ticked by nobody",
        "demand_is_ticked_by_somebody",
        constraint("demand_is_ticked_by_somebody", "demand"),
        (DEMAND, "update referrals_demand set ticked_at = now()"),
    ),
    Attack(
        "a clock demands a thing twice",
        "a_clock_demands_a_thing_once",
        constraint("a_clock_demands_a_thing_once", "demand"),
        (DEMAND, DEMAND),
    ),
    Attack(
        "a clock that nobody has taken until nobody knows when",
        "clock_taken_has_a_name_and_an_end",
        constraint("clock_taken_has_a_name_and_an_end", "clock"),
        (TAKE,),
    ),
]
