"""What is known of one pattern before its rows are read for copying; and its rows made ready for that."""

from datetime import timedelta

from referrals.management.scale.batch import SALT
from referrals.management.scale.directory import PATTERN_CODES
from referrals.management.scale.patterns import PERSON, Pattern, Row, select
from referrals.management.scale.texts import Marks

SIDES = """
select a.code, a.id as agency, t.id as team, array(
    select m.id from agencies_membership m join unnest(array['worker', 'supervisor', 'manager', 'director'])
      with ordinality r(role, n) using (role) where m.team_id = t.id order by r.n) as members
  from agencies_agency a join agencies_team t on t.agency_id = a.id where a.code = any(%s) order by a.code
"""


def marks_of(pattern: Pattern) -> Marks:
    """Its words and ids, each with the mark that stands for it; the case's key first, then its referrals'."""
    case, referrals = pattern.rows["referrals_case"][0], pattern.rows["referrals_referral"]
    marks = Marks(pattern.began, _words(pattern), _ids(pattern))
    for row in (case, *sorted(referrals, key=lambda row: row["id"])):
        marks.key(row["id"])
    return marks


def _words(pattern: Pattern) -> dict[str, str]:
    case, referrals = pattern.rows["referrals_case"][0], pattern.rows["referrals_referral"]
    incidents = {row["source_incident_number"] for row in referrals} - {""}
    names = {"family_name": "family", "given_name": "given", "date_of_birth": "born", "nhs_number": "number"}
    return {
        case["reference"]: "reference0",
        **{row["reference"]: f"reference{n}" for n, row in enumerate(_in_order(referrals), start=1)},
        **{code: f"c{n}" for n, code in enumerate(PATTERN_CODES, start=1)},
        **{PERSON[name]: word for name, word in names.items()},
        **dict.fromkeys(incidents, "incident"),
        **{row["digest"]: "digest" for row in pattern.rows["referrals_content"] if row["kind"] == "person"},
    }


def _in_order(referrals: list[Row]) -> list[Row]:
    return sorted(referrals, key=lambda row: row["id"])


def _ids(pattern: Pattern) -> dict[str, dict[int, str]]:
    sides = select(SIDES, list(PATTERN_CODES))
    rows = pattern.rows
    return {
        "agency": {side["agency"]: f"a{n}" for n, side in enumerate(sides, start=1)},
        "team": {side["team"]: f"t{n}" for n, side in enumerate(sides, start=1)},
        "member": {
            member: f"m{n}{tier}"
            for n, side in enumerate(sides, start=1)
            for tier, member in enumerate(side["members"], start=1)
        },
        "clock": {row["id"]: f"k:{n}" for n, row in enumerate(rows["referrals_clock"], start=1)},
        "rung": {row["id"]: f"e:{n}" for n, row in enumerate(rows.get("referrals_escalation", ()), start=1)},
    }


def tidy(pattern: Pattern) -> Pattern:
    """As if it had been recorded when it happened, and its messages sent; what ended keeps none of these."""
    rows = pattern.rows
    _leave_in_time(rows["referrals_party"], rows["referrals_event"])
    for event in rows["referrals_event"]:
        event["recorded_at"] = event["occurred_at"] + timedelta(microseconds=event["seq"])
    for content in rows["referrals_content"]:
        content["salt"] = SALT if content["kind"] == "person" else content["salt"]
    for message in rows.get("notifications_message", ()):
        message |= {"sent_at": message["created_at"], **SENT}
    if rows["referrals_case"][0]["state"] == "closed":
        rows.pop("notifications_message", None)
    return pattern


SENT = {"next_attempt_at": None, "attempts": 1, "then_at": None}


def _leave_in_time(parties: list[Row], events: list[Row]) -> None:
    """A party left when the last thing happened that was recorded before it did."""
    for party in parties:
        if party["until"] is not None:
            seen = [event["occurred_at"] for event in events if event["recorded_at"] <= party["until"]]
            party["until"] = max(seen)
