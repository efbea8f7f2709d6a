"""Webhooks: what was owed is owed once, how it ended stays so, and nothing fails without saying why."""

from tests.referrals.models.attacks import Attack

ENDPOINT, DELIVERY = "notifications_webhookendpoint", "notifications_webhookdelivery"
LAST = f"where id = (select max(id) from {DELIVERY})"


def guard(rule: str, table: str) -> str:
    """Takes a constraint away, or the unique index that a condition makes of it."""
    return f"alter table {table} drop constraint if exists {rule}; drop index if exists {rule}"


def checked(title: str, rule: str, table: str, *statements: str) -> Attack:
    """What a worker that is wrong would write."""
    return Attack(title, rule, guard(rule, table), statements, role="worker", agency="")


def again(change: str) -> str:
    """One more delivery like the last one, but for this."""
    built = f"jsonb_build_object('id', 999999, {change})"
    return f"insert into {DELIVERY} select (jsonb_populate_record(d, {built})).* from {DELIVERY} d {LAST}"


ATTACKS = [
    checked("an event is owed twice", "an_event_is_owed_to_a_webhook_once", DELIVERY, again("'attempts', 0")),
    checked("it ends and waits", "webhook_delivery_waits_or_is_finished", DELIVERY,
            f"update {DELIVERY} set finished_at = now() {LAST}"),
    checked("it ends without a word", "webhook_delivery_waits_or_is_finished", DELIVERY,
            f"update {DELIVERY} set finished_at = now(), next_attempt_at = null {LAST}"),
    checked("of no event and no test", "webhook_delivery_is_of_an_event_or_a_test", DELIVERY,
            f"update {DELIVERY} set event_id = null {LAST}"),
    checked("it replays a later one", "webhook_delivery_replays_an_earlier_one", DELIVERY,
            again("'replay_of', 9999999")),
    checked("disabled for nothing", "webhook_is_disabled_for_a_reason", ENDPOINT,
            f"update {ENDPOINT} set disabled_at = now()"),
    checked("an old secret without end", "webhook_old_secret_ends", ENDPOINT,
            f"update {ENDPOINT} set old_secret = secret"),
    checked("it fails since never", "webhook_fails_since_an_instant", ENDPOINT,
            f"update {ENDPOINT} set failures = 1"),
    Attack("the feed is owed again", "a_webhooks_position_rises",
           f"drop trigger a_webhooks_position_rises on {ENDPOINT}",
           (f"update {ENDPOINT} set position = position - 1",), role="worker", agency=""),
    Attack("what was delivered waits again", "append only",
           f"drop trigger a_finished_delivery_stays_so on {DELIVERY}",
           (f"update {DELIVERY} set finished_at = null, outcome = '', next_attempt_at = now() "
            "where finished_at is not null",), role="worker", agency=""),
]  # fmt: skip
