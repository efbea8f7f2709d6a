"""Rule 2: nothing open is unwatched."""

from referrals.domain.clocks import WATCH
from tests.referrals.models.attacks import Attack, constraint, trigger
from tests.referrals.models.raw import (
    case_clock,
    clock,
    copied,
    draft,
    handed_over,
    moved,
    period,
    stopped,
)

STOPPED = trigger("watched_stopped", "clock")
NEW = trigger("watched_new", "referral")
NEW_CASE = (
    copied(
        "referrals_case", "sent_case", id="%(new)s::uuid", reference="'C-NEW'::text", event_seq="0",
        event_hash="''::text", opened_at="now()", accountable_since="now()",
    ),
    "insert into referrals_party (case_id, agency_id, since) values (%(new)s, %(police)s, now())",
    period("new", "police", "opened", ""),
)  # fmt: skip


def unwatched(title: str, guard: str, *statements: str, role: str = "web", agency: str = "police") -> Attack:
    """Something open that nobody would look at again."""
    return Attack(f"unwatched: {title}", "watched", guard, statements, role, agency)


def a_clock(title: str, rule: str, what: str, referral: str = "sent", extra: str = "") -> Attack:
    """A clock is changed into one that cannot be."""
    where = f"referral_id = %({referral})s and stopped_at is null {extra}"
    statement = f"update referrals_clock set {what} where {where}"
    return Attack(f"clock: {title}", rule, f"{constraint(rule, 'clock')};{STOPPED}", (statement,))


def retarget(what: str) -> str:
    """The clock by which the accepted referral is watched becomes another's."""
    return f"update referrals_clock set {what} where referral_id = %(accepted)s and stopped_at is null"


ATTACKS = [
    *(
        unwatched(f"{each} without its clock {kind}", STOPPED, stopped(each, kind))
        for each, kinds in WATCH.items()
        for kind in kinds
    ),
    unwatched("its clock is given to another referral", STOPPED, retarget("referral_id = %(failed)s")),
    unwatched("its clock is given to the case", STOPPED, retarget("referral_id = null")),
    unwatched("its clock becomes one of another kind", STOPPED, retarget("kind = 'first_contact'")),
    unwatched(
        "its clock is removed",
        f"{trigger('watched_removed', 'clock')};{NEW}",
        draft(),
        clock("send", "new"),
        "delete from referrals_clock where referral_id = %(new)s",
        role="owner",
    ),
    unwatched("a new draft", NEW, draft()),
    unwatched(
        "a move that starts no clock",
        trigger("watched_moved", "referral"),
        *moved("acknowledged", "accepted", starts=[]),
        *handed_over("acknowledged_case", "trust", "accepted", "acknowledged"),
    ),
    unwatched("a new case with nothing in it", trigger("watched_case_new", "case"), *NEW_CASE),
    unwatched(
        "a case that is opened again",
        trigger("watched_case_moved", "case"),
        "update referrals_case set state = 'open', closed_at = null where id = %(discarded_case)s",
    ),
    unwatched(
        "an idle case whose review is stopped",
        STOPPED,
        """update referrals_clock set stopped_at = now(), next_look_at = null
            where case_id = %(closed_case)s and kind = 'case_review' and stopped_at is null""",
    ),
    a_clock("running without a next look", "clock_running_has_a_next_look", "next_look_at = null"),
    a_clock(
        "stopped with a next look",
        "clock_running_has_a_next_look",
        "stopped_at = now()",
        "accepted",
    ),
    a_clock("met and running", "clock_met_is_stopped", "met_at = now()"),
    a_clock("a target before its start", "clock_target_after_start", "target_at = started_at"),
    Attack(
        "clock: two of one kind for a referral",
        "one_running_clock_of_a_kind",
        constraint("one_running_clock_of_a_kind", "clock"),
        (clock("decide", "sent"),),
    ),
    Attack(
        "clock: two of one kind for a case",
        "one_running_case_clock_of_a_kind",
        constraint("one_running_case_clock_of_a_kind", "clock"),
        (case_clock("first_contact", "sent"),),
    ),
]
