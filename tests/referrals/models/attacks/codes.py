"""What a typed code came to is said once."""

from tests.referrals.models.attacks import Attack

ATTACKS = [
    Attack("a code is good again", "append only",
           "drop trigger a_used_code_stays_so on notifications_textcode",
           ("update notifications_textcode set used_at = null where used_at is not null",),
           role="worker", agency=""),
    Attack("what was refused was taken", "append only",
           "drop trigger a_judged_code_stays_so on notifications_typedcode",
           ("update notifications_typedcode set outcome = 'refused' where judged_at is not null",),
           role="worker", agency=""),
]  # fmt: skip
