"""Statements of an attacker who knows the tables: copies of rows, and whole moves without the services."""

from collections.abc import Iterable

from referrals.domain.referral import RECEIVER, TRANSITIONS, changes

HOUR = "now() + interval '1 hour'"


def copied(table: str, key: str, /, **changes: str) -> str:
    """Insert a copy of the row with this key (a name), with SQL expressions for the columns that differ."""
    built = ", ".join(f"'{column}', to_jsonb({value})" for column, value in changes.items())
    return (
        f"insert into {table} select (jsonb_populate_record(r, jsonb_build_object({built}))).*"
        f" from {table} r where id = %({key})s"
    )


def draft(**changes: str) -> str:
    """A new referral ``new``: the draft once more, in its case."""
    return copied("referrals_referral", "draft", id="%(new)s::uuid", reference="'R-NEW'::text", **changes)


def clock(kind: str, referral: str) -> str:
    """A running clock of this kind for a referral."""
    return f"""
        insert into referrals_clock (case_id, referral_id, kind, priority, started_at, target_at,
                                     next_look_at, step, repetition, agreement_version_id, clause)
        select case_id, id, '{kind}', priority, now(), {HOUR}, {HOUR}, 0, 0, agreement_version_id, 'raw'
          from referrals_referral where id = %({referral})s"""


def case_clock(kind: str, case_of: str) -> str:
    """A running clock of the case of a referral."""
    return clock(kind, case_of).replace("select case_id, id,", "select case_id, null::uuid,")


def stopped(referral: str, *kinds: str) -> str:
    """Its running clocks of these kinds stop; all if none is named."""
    named = ", ".join(f"'{kind}'" for kind in kinds)
    which = f"and kind in ({named})" if kinds else ""
    return f"""
        update referrals_clock set stopped_at = now(), next_look_at = null
         where referral_id = %({referral})s and stopped_at is null {which}"""


def event(to: str, referral: str) -> str:
    """The event of a move to this state."""
    return f"""
        insert into referrals_event (case_id, opened_on, referral_id, type, occurred_at, actor, data)
        select case_id, opened_on, id, 'referral.{to}', now(), '{{}}',
               jsonb_build_object('version', version + 1, 'to_state', '{to}')
          from referrals_referral where id = %({referral})s"""


def move(to: str, referral: str, event_seq: str = "c.event_seq", action: str = "", by: str = "") -> str:
    """The row of a move to this state, with the case's last event; the table's, unless another is named."""
    how = {(old.value, new.value): (name, TRANSITIONS[name].by == RECEIVER)
           for name, old, new in sorted(changes())}  # fmt: skip
    table = ", ".join(f"('{old}', '{new}', '{name}', {hers})" for (old, new), (name, hers) in how.items())
    return f"""
        insert into referrals_move (id, case_id, referral_id, version, action, from_state, to_state, actor,
                                    agency_id, reason_code, details, occurred_at, recorded_at, event_seq)
        select gen_random_uuid(), r.case_id, r.id, r.version + 1,
               coalesce(nullif('{action}', ''), t.name, 'raw'), r.state, '{to}', '{{}}',
               {by or "case when t.receivers then r.to_agency_id else r.from_agency_id end"},
               '', '{{}}', now(), now(), {event_seq}
          from referrals_referral r join referrals_case c on c.id = r.case_id
          left join (values {table}) t(old, new, name, receivers) on t.old = r.state and t.new = '{to}'
         where r.id = %({referral})s"""


def in_place(action: str, referral: str, state: str, by: str, what: str) -> list[str]:
    """A whole move that changes no state: its event, its row, and what it leaves on the referral."""
    told = event(state, referral).replace(f"'referral.{state}'", f"'referral.{action}'")
    written = move(state, referral, action=action, by=by)
    return [told, written, stands(referral, what)]


def stands(referral: str, what: str) -> str:
    """The referral's own row after a move that changes no state."""
    return f"update referrals_referral set {what}, version = version + 1 where id = %({referral})s"


def state(to: str, referral: str, version: str = "version + 1") -> str:
    """The referral's own row."""
    sent = ", sent_at = coalesce(sent_at, now())" if to == "sent" else ""
    return (
        f"update referrals_referral set state = '{to}', version = {version}{sent} where id = %({referral})s"
    )


def moved(referral: str, to: str, stops: Iterable[str] = (), starts: Iterable[str] = ()) -> list[str]:
    """A whole move: event, move, state and clocks, as complete as a service leaves it."""
    stop = [stopped(referral, *stops)] if stops else []
    return [event(to, referral), move(to, referral), state(to, referral), *stop, *started(referral, starts)]


def started(referral: str, kinds: Iterable[str]) -> list[str]:
    """These clocks of the referral begin."""
    return [clock(kind, referral) for kind in kinds]


def handed_over(case: str, to: str, cause: str, by: str) -> list[str]:
    """Accountability passes to an agency (a name), for a cause, by a referral (a name)."""
    lead = f"%({by})s::uuid" if cause == "accepted" else "null"
    return [
        ended(case),
        period(case, to, cause, by),
        f"""update referrals_case set accountable_agency_id = %({to})s, accountable_since = now(),
                   holding_lead_id = {lead} where id = %({case})s""",
    ]


def ended(case: str, at: str = "now()") -> str:
    """The present period ends."""
    return f"""
        update referrals_accountability set during = tstzrange(lower(during), {at})
         where case_id = %({case})s and upper_inf(during)"""


def period(case: str, agency: str, cause: str, by: str, during: str = "tstzrange(now(), null)") -> str:
    """A period of accountability."""
    referral = f"%({by})s::uuid" if by else "null"
    return f"""
        insert into referrals_accountability (case_id, agency_id, during, cause, referral_id)
        values (%({case})s, %({agency})s, {during}, '{cause}', {referral})"""
