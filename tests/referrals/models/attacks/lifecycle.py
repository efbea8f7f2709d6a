"""Rule 3, first half: only the table's moves; a referral begins as a draft and keeps its ends."""

from tests.referrals.models.attacks import Attack, constraint, trigger
from tests.referrals.models.raw import clock, draft, moved

BEGINNING = trigger("a_referral_begins_as_a_draft", "referral")
MOVES = trigger("a_referral_makes_only_the_moves_there_are", "referral")
PAIRS = ";".join(
    [MOVES, trigger("moved", "referral")]
)  # who moves as the table has none leaves no move of it
ENDS = trigger("a_referral_keeps_its_ends", "referral")


def begins(title: str, **columns: str) -> Attack:
    """A new row that is not a plain draft."""
    watched = () if "state" in columns else (clock("send", "new"),)
    return Attack(f"new: {title}", "lifecycle", BEGINNING, (draft(**columns), *watched))


def ends(referral: str, what: str) -> Attack:
    """A referral becomes another one."""
    statement = f"update referrals_referral set {what} where id = %({referral})s"
    return Attack(f"ends: {what} of {referral}", "referral_ends_stay", ENDS, (statement,))


def numbered(version: str, *statements: str) -> tuple[str, ...]:
    """The same statements, with another version than the next in each of them."""
    return tuple(each.replace("version + 1", version) for each in statements)


ACKNOWLEDGED = moved("sent", "acknowledged", ["acknowledge"])

ATTACKS = [
    begins("already closed", state="'closed'::text"),
    begins("already accepted", state="'cancelled'::text", accepted_at="now()"),
    begins("at a later version", version="2"),
    begins("a draft that was sent", sent_at="now()"),
    begins("a draft that was accepted", accepted_at="now()"),
    Attack(
        "sent to completed",
        "lifecycle",
        PAIRS,
        (*moved("sent", "completed", ["acknowledge", "decide"], ["outcome_seen"]),),
    ),
    Attack("closed to sent", "lifecycle", PAIRS, tuple(moved("closed", "completed", [], ["outcome_seen"]))),
    Attack("out of a final state", "lifecycle", PAIRS, tuple(moved("discarded", "draft", [], ["send"]))),
    Attack("two versions at once", "lifecycle", MOVES, numbered("version + 2", *ACKNOWLEDGED)),
    Attack(
        "a version that jumps",
        "lifecycle",
        MOVES,
        ("update referrals_referral set version = version + 2 where id = %(sent)s",),
    ),
    Attack(
        "a version that goes back",
        "lifecycle",
        MOVES,
        ("update referrals_referral set version = version - 1 where id = %(sent)s",),
    ),
    ends("sent", "case_id = %(draft_case)s"),
    ends("sent", "lead = false"),
    ends("sent", "from_agency_id = %(stranger)s"),
    ends("sent", "from_team_id = %(stranger_team)s"),
    ends("sent", "to_team_id = %(stranger_team)s"),
    ends("sent", "to_agency_id = %(stranger)s"),
    ends("draft", "to_agency_id = %(stranger)s"),
    ends("declined", "to_agency_id = %(stranger)s"),
    ends("sent", "parent_id = %(accepted)s"),
    ends("sent", "asking = gen_random_uuid()"),
    ends("sent", "opened_on = opened_on - 1"),
    ends("sent", "sent_at = sent_at - interval '1 hour'"),
    ends("sent", "sent_at = null"),
    ends("draft", "sent_at = now()"),
    Attack(
        "sent without a time of sending",
        "referral_ends_stay",
        ENDS,
        tuple(
            each.replace(", sent_at = coalesce(sent_at, now())", "")
            for each in moved("draft", "sent", ["send"], ["acknowledge", "decide"])
        ),
    ),
    Attack(
        "to its own team",
        "referral_goes_to_another_team",
        constraint("referral_goes_to_another_team", "referral"),
        (
            draft(to_team_id="%(police_team)s::integer", to_agency_id="%(police)s::integer"),
            clock("send", "new"),
        ),
    ),
]
