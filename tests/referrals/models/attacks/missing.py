"""A missing report makes its own moves, is watched and keeps its case open; police decline for a reason."""

from tests.referrals.models.attacks import Attack, constraint, trigger
from tests.referrals.models.raw import case_clock, copied, moved

GUARD = "a_report_makes_only_the_moves_there_are"
ENDS = "a_report_keeps_its_ends"
FOLLOWS = "a_report_follows_its_ask"
OF = "referrals_missingreport"


def changed(state: str, what: str) -> str:
    """A change of the row of a report in this state."""
    return f"update {OF} set {what} where id = %(missing_{state})s"


def stopped(state: str, kind: str) -> str:
    """Its clock stops."""
    return f"""
        update referrals_clock set stopped_at = now(), next_look_at = null
         where case_id = %(missing_{state}_case)s and kind = 'missing_{kind}' and stopped_at is null"""


def checked(title: str, rule: str, statement: str, table: str = "missingreport") -> Attack:
    """A row that contradicts itself."""
    return Attack(title, rule, constraint(rule, table), (statement,), agency="trust")


def refused(title: str, rule: str, guard: tuple[str, str], *statements: str) -> Attack:
    """What a trigger refuses."""
    return Attack(title, rule, trigger(*guard), statements, agency="trust")


ITEM = """insert into referrals_checklistitem (id, case_id, report_id, code, actor, agency_id, occurred_at,
    recorded_at) select gen_random_uuid(), case_id, report_id, code, actor, agency_id, now(), now()
    from referrals_checklistitem limit 1"""
MOVE = """insert into referrals_missingmove select (jsonb_populate_record(m, jsonb_build_object('id',
    gen_random_uuid()))).* from referrals_missingmove m limit 1"""
LINK = "insert into referrals_episodelink select (jsonb_populate_record(l, jsonb_build_object({}))).*"
LINK += " from referrals_episodelink l limit 1"

ATTACKS = [
    refused(
        "a report that is sent as it begins",
        "missing_lifecycle",
        ("a_report_begins_as_a_draft", "missingreport"),
        copied(OF, "missing_draft", id="%(new)s::uuid", reference="'M-NEW'::text", version="2",
               case_id="%(sent_case)s::uuid"),
        case_clock("missing_draft", "sent"),
    ),
    refused(
        "from being found to a mistake",
        "missing_lifecycle",
        (GUARD, "missingreport"),
        changed("located", "state = 'cancelled', version = version + 1, ended_at = now()"),
    ),
    refused(
        "a version is left out", "missing_lifecycle", (GUARD, "missingreport"),
        changed("reported", "version = version + 2"),
    ),
    refused(
        "another unit", "missing_ends_stay", (ENDS, "missingreport"),
        changed("reported", "unit_id = %(other_trust_team)s"),
    ),
    refused(
        "another time of sending", "missing_ends_stay", (ENDS, "missingreport"),
        changed("reported", "sent_at = now()"),
    ),
    refused(
        "another ask, which is not of its case", "missing_ends_stay", (FOLLOWS, "missingreport"),
        changed("reported", "referral_id = (select referral_id from referrals_missingreport "
                            "where id = %(missing_located)s)"),
    ),
    refused(
        "an ambulance desk is asked to look", "missing_asks_the_police",
        ("missing_asks_the_police", "missingreport"),
        changed("draft", "asked_agency_id = %(ambulance)s, asked_team_id = %(ambulance_team)s"),
    ),
    refused(
        "reported, and nobody watches", "missing_is_watched", ("missing_stays_watched", "clock"),
        stopped("reported", "grade"),
    ),
    refused(
        "back, and nobody watches", "missing_is_watched", ("missing_is_watched", "missingreport"),
        changed("located", "state = 'returned', returned_at = now(), version = version + 1"),
    ),
    refused(
        "its case is closed over it", "missing_keeps_its_case_open", ("missing_keeps_its_case_open", "case"),
        """update referrals_case set state = 'closed', closed_at = now()
            where id = %(missing_reported_case)s""",
    ),
    checked("a grade at no time", "missing_grade_has_its_time", changed("reported", "grade = 'low'")),
    checked("more urgent than high", "missing_urgency_from_1_to_4", changed("reported", "urgency = 0")),
    checked("sent to nobody", "missing_sent_has_asked_the_police", changed("draft", "sent_at = now()")),
    checked("found at no time", "missing_located_has_a_time", changed("located", "located_at = null")),
    checked("back at no time", "missing_returned_has_a_time", changed("returned", "returned_at = null")),
    checked("over, and open", "missing_ended_has_a_time", changed("reported", "ended_at = now()")),
    checked("an item twice", "an_item_is_ticked_once", ITEM, "checklistitem"),
    checked("a move twice", "one_missing_move_per_version", MOVE, "missingmove"),
    checked("a link twice", "episodes_linked_once",
            LINK.format("'id', gen_random_uuid()"), "episodelink"),
    checked("its own past", "an_episode_is_not_its_own_past",
            LINK.format("'id', gen_random_uuid(), 'earlier_id', report_id"), "episodelink"),
    checked("unlinked by nobody", "unlinked_by_somebody_at_a_time",
            "update referrals_episodelink set unlinked_at = now()", "episodelink"),
    refused(
        "a link that was taken back is taken up again", "append only",
        ("a_link_is_taken_back_once", "episodelink"),
        "update referrals_episodelink set unlinked_at = now(), unlinked_by = '{}'",
        "update referrals_episodelink set unlinked_at = null, unlinked_by = null",
    ),
    Attack(
        "police decline, and cite nothing",
        "missing_decline_cites_a_decision",
        trigger("missing_decline_cites_a_decision", "referral"),
        (
            *moved("missing_ask", "acknowledged", stops=["acknowledge"]),
            *moved("missing_ask", "declined", starts=["re_action"]),
        ),
    ),
]  # fmt: skip
