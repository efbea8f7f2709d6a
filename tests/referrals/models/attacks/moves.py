"""Rule 3, second half: each move leaves a move and an event. Rule 4: a rung fires once, and tells once."""

from tests.referrals.models.attacks import Attack, constraint, trigger
from tests.referrals.models.raw import copied, event, in_place, move, stands, state, stopped

MOVED = trigger("moved", "referral")
CLOCKS = stopped("sent", "acknowledge")
RUNG = """
    insert into referrals_escalation (case_id, referral_id, clock_id, step, repetition, percent, due_at,
                                      fired_at, superseded, told)
    select case_id, referral_id, clock_id, step, repetition, percent, due_at, now(), false, '[]'
      from referrals_escalation where referral_id = %(sent)s"""
A_MESSAGE = "(select id from notifications_message where escalation_id is not null limit 1)"


def untraced(title: str, *statements: str) -> Attack:
    """A referral is acknowledged, and what should show it does not."""
    return Attack(f"untraced: {title}", "moved", MOVED, (*statements, CLOCKS))


def message(title: str, rule: str, **changes: str) -> Attack:
    """A message once more."""
    again = copied("notifications_message", "new", id="gen_random_uuid()", **changes)
    again = again.replace("where id = %(new)s", f"where id = {A_MESSAGE}")
    guard = constraint(rule, "message").replace("referrals_", "notifications_")
    return Attack(f"message: {title}", rule, guard, (again,), role="worker")


REDIRECTED = "redirect_pending = true"
ASKED, KEPT = "cancel_requested_at = now()", "cancel_requested_at = null"
GUARDS = {
    "redirect": trigger("a_redirect_leaves_its_move", "referral"),
    "request_cancel": trigger("asking_to_cancel_leaves_its_move", "referral"),
    "refuse_cancel": trigger("refusing_to_cancel_leaves_its_move", "referral"),
}
SENDER, RECEIVER = "r.from_agency_id", "r.to_agency_id"
ASKS_TO_CANCEL = in_place("request_cancel", "accepted", "accepted", SENDER, ASKED)


def unmoved(title: str, action: str, *statements: str) -> Attack:
    """A move that changes no state is made, and what should show it does not."""
    return Attack(f"untraced: {title}", "moved", GUARDS[action], statements)


ACKNOWLEDGED = state("acknowledged", "sent")
FIRST_EVENT = "(select min(seq) from referrals_event where referral_id = r.id)"
ELSEWHERE = event("acknowledged", "sent").replace(
    "select case_id, opened_on, id,", "select case_id, opened_on, null::uuid,"
)

CLAIM, OF_SENT = "update referrals_claimedacceptance", "where referral_id = %(sent)s"

ATTACKS = [
    untraced("neither move nor event", ACKNOWLEDGED),
    untraced("no event", move("acknowledged", "sent"), ACKNOWLEDGED),
    untraced("no move", event("acknowledged", "sent"), ACKNOWLEDGED),
    untraced("an event that was there before", move("acknowledged", "sent", FIRST_EVENT), ACKNOWLEDGED),
    untraced("an event about nothing", ELSEWHERE, move("acknowledged", "sent"), ACKNOWLEDGED),
    untraced(
        "an event of another move", event("declined", "sent"), move("acknowledged", "sent"), ACKNOWLEDGED
    ),
    untraced(
        "a move to somewhere else", event("acknowledged", "sent"), move("declined", "sent"), ACKNOWLEDGED
    ),
    untraced(
        "acknowledged by its sender",
        event("acknowledged", "sent"),
        move("acknowledged", "sent", by="r.from_agency_id"),
        ACKNOWLEDGED,
    ),
    untraced(
        "a move of another name",
        event("acknowledged", "sent"),
        move("acknowledged", "sent", action="answer_info"),
        ACKNOWLEDGED,
    ),
    unmoved("a redirect", "redirect", stands("accepted", REDIRECTED)),
    unmoved(
        "a redirect at no version of its own",
        "redirect",
        f"update referrals_referral set {REDIRECTED} where id = %(accepted)s",
    ),
    unmoved(
        "a redirect by the sender",
        "redirect",
        *in_place("redirect", "accepted", "accepted", SENDER, REDIRECTED),
    ),
    unmoved(
        "a redirect of what nobody acknowledged",
        "redirect",
        *in_place("redirect", "sent", "sent", RECEIVER, REDIRECTED),
    ),
    unmoved(
        "a redirect without an event",
        "redirect",
        *in_place("redirect", "accepted", "accepted", RECEIVER, REDIRECTED)[1:],
    ),
    unmoved("a wish to cancel", "request_cancel", stands("accepted", ASKED)),
    unmoved(
        "a wish to cancel of the receiver's",
        "request_cancel",
        *in_place("request_cancel", "accepted", "accepted", RECEIVER, ASKED),
    ),
    unmoved(
        "a wish to cancel under another name",
        "request_cancel",
        *in_place("redirect", "accepted", "accepted", RECEIVER, ASKED),
    ),
    unmoved("a refusal to cancel", "refuse_cancel", *ASKS_TO_CANCEL, stands("accepted", KEPT)),
    unmoved(
        "a refusal to cancel by the sender",
        "refuse_cancel",
        *ASKS_TO_CANCEL,
        *in_place("refuse_cancel", "accepted", "accepted", SENDER, KEPT),
    ),
    Attack(
        "untraced: two moves for one version",
        "one_move_per_version",
        constraint("one_move_per_version", "move"),
        (move("acknowledged", "acknowledged").replace("r.version + 1", "r.version"),),
    ),
    Attack(
        "a rung fires twice",
        "a_rung_fires_once",
        constraint("a_rung_fires_once", "escalation"),
        (RUNG,),
        role="worker",
    ),
    message(
        "the same escalation to the same recipient",
        "one_message_per_escalation_recipient_channel",
        key="'other'::text",
    ),
    message("the same key", "one_message_per_key", recipient="'team:0'::text"),
    message(
        "sent, and still to be tried",
        "message_waits_or_is_finished",
        key="'other'::text",
        recipient="'team:0'::text",
        sent_at="now()",
        next_attempt_at="now()",
    ),
    message(
        "given up, and sent",
        "message_waits_or_is_finished",
        key="'other'::text",
        recipient="'team:0'::text",
        sent_at="now()",
        failed_at="now()",
        next_attempt_at="null::text",
    ),
    Attack(
        "an attempt at one message under a number that is taken",
        "attempts_are_numbered",
        constraint("attempts_are_numbered", "attempt").replace("referrals_", "notifications_"),
        (
            "insert into notifications_attempt (message_id, number, at, error)"
            " select message_id, number, now(), '' from notifications_attempt limit 1",
        ),
        role="worker",
    ),
    Attack(
        "two open claims on one referral",
        "one_open_claim_per_referral",
        constraint("one_open_claim_per_referral", "claimedacceptance"),
        (
            copied("referrals_claimedacceptance", "sent", id="gen_random_uuid()").replace(
                "where id =", "where referral_id ="
            ),
        ),
    ),
    *(
        Attack(
            f"a claim {title}",
            "a_claim_is_answered_while_it_waits",
            trigger("a_claim_is_answered_while_it_waits", "claimedacceptance"),
            (f"{CLAIM} set referral_id = %(cancelled)s, state = '{to}' {OF_SENT}",),
        )
        for title, to in [
            ("is confirmed after the referral has ended", "confirmed"),
            ("is denied after the referral has ended", "denied"),
            ("waits on a referral that has ended", "open"),
        ]
    ),
    Attack(
        "a claim is answered twice",
        "append only",
        trigger("an_answered_claim_stays", "claimedacceptance"),
        (f"{CLAIM} set state = 'withdrawn' {OF_SENT}", f"{CLAIM} set state = 'confirmed' {OF_SENT}"),
    ),
    Attack(
        "a party twice at a time",
        "party_once_at_a_time",
        constraint("party_once_at_a_time", "party"),
        ("insert into referrals_party (case_id, agency_id, since) values (%(sent_case)s, %(trust)s, now())",),
    ),
    Attack(
        "a case that is closed without a closing time",
        "case_closed_has_a_closing_time",
        constraint("case_closed_has_a_closing_time", "case"),
        ("update referrals_case set state = 'closed' where id = %(closed_case)s",),
    ),
    Attack(
        "a person of whom nothing is known",
        "person_has_a_name_or_a_description",
        constraint("person_has_a_name_or_a_description", "person"),
        ("update referrals_person set family_name = '', given_name = '' where case_id = %(sent_case)s",),
    ),
]
