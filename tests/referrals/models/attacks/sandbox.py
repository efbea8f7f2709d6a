"""When a clock started stands, outside a sandbox."""

from tests.referrals.models.attacks import Attack, trigger

MOVE = "update referrals_clock set started_at = started_at - interval '1 h' where case_id = %(sent_case)s"

ATTACKS = [
    Attack("a deadline is put forward", "only_sandboxes_move_their_clocks",
           trigger("only_sandboxes_move_their_clocks", "clock"), (MOVE,)),
]  # fmt: skip
