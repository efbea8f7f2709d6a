"""Row-level security by itself, table by table, in raw SQL as the role that the web has."""

import psycopg
import pytest
from psycopg import sql

from tests.access.story import EVERYBODY

# What finds out who acts is read before anybody acts, so that no row of it can hang on who does.
# The directory is everybody's; what the engine says of itself holds no case's data.
OUTSIDE = {
    "agencies_agency", "agencies_agencycode", "agencies_team", "agencies_team_serves",
    "agencies_servicehours", "agencies_user", "agencies_user_groups", "agencies_user_user_permissions",
    "agencies_membership", "agencies_shift", "agencies_shiftoverride", "agencies_apiclient",
    "agencies_rotafeed",
    "referrals_heartbeat", "referrals_canary", "referrals_measure", "referrals_placekindrule",
    "referrals_proof", "referrals_proofcursor",
    "referrals_agreement",
    "referrals_agreementversion", "agencies_allowance",
    "agencies_usedassertion",
}  # fmt: skip
# The sequencer's own list: the web may add to it, and read nothing.
CLOSED = {"referrals_feed_todo"}

GUARDED = """
select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relrowsecurity
"""
OURS = """
select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
   and relname ~ '^(agencies|notifications|referrals)_'
"""
MAY_WRITE = (
    "select has_table_privilege('rcrp_web', %s, 'update'), has_table_privilege('rcrp_web', %s, 'delete')"
)


VIEWS = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v'"


def ask(connection, words, *values):
    return [row[0] for row in connection.execute(words, values)]


@pytest.fixture
def acting(story, as_web):
    """The web's own connection, in a transaction for one agency or for nobody."""

    def begin(name):
        as_web.rollback()
        if name:
            agency = getattr(story.world, name).agency_id
            as_web.execute("select set_config('app.agency_ids', %s, true)", [str(agency)])
        return as_web

    return begin


def test_every_table_is_guarded_but_those_that_say_who_and_what_was_agreed(story, as_superuser):
    guarded, ours = set(ask(as_superuser, GUARDED)), set(ask(as_superuser, OURS))
    assert ours - guarded - OUTSIDE - CLOSED == set()


@pytest.mark.parametrize("name", [*EVERYBODY, None])
def test_no_readable_row_holds_what_is_to_be_kept_from_the_agency(name, story, acting, as_superuser):
    kept = story.kept_from(name)
    connection = acting(name)
    for table in ask(as_superuser, GUARDED):
        words = sql.SQL("select t::text from {} t").format(sql.Identifier(table))
        try:
            with connection.transaction():
                rows = ask(connection, words)
        except psycopg.errors.InsufficientPrivilege:
            continue
        found = {text for text in kept for row in rows if text in row}
        assert not found, f"{table} shows {found}"
        assert name or not rows, f"{table} shows rows to nobody in particular"


@pytest.mark.parametrize("name", [*EVERYBODY, None])
def test_nothing_that_an_agency_counts_holds_what_is_to_be_kept_from_it(name, story, acting, as_superuser):
    """The views read past row-level security: each is a guard of its own."""
    kept = story.kept_from(name)
    connection = acting(name)
    views = ask(as_superuser, VIEWS)
    assert len(views) > 5
    for view in views:
        rows = ask(connection, sql.SQL("select t::text from {} t").format(sql.Identifier(view)))
        assert not {text for text in kept for row in rows if text in row}, view
        assert name or not rows, f"{view} shows rows to nobody in particular"


@pytest.mark.parametrize("name", [*EVERYBODY, None])
def test_no_row_that_cannot_be_read_can_be_changed_or_removed(name, story, acting, as_superuser):
    connection = acting(name)
    for table in ask(as_superuser, GUARDED):
        every = ask(as_superuser, sql.SQL("select ctid::text from {}").format(sql.Identifier(table)))
        update, delete = as_superuser.execute(MAY_WRITE, [table, table]).fetchone()
        for words, may in ((_touch(as_superuser, table), update), (_remove(table), delete)):
            if may and every:
                reached = _reached(connection, words)
                assert reached <= _readable(connection, table), f"{table}: {words}"


def _touch(connection, table):
    """An update that changes nothing, of every row that it reaches."""
    words = """
    select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
     order by attnum desc limit 1
    """
    column = ask(connection, words, table)[0]
    return sql.SQL("update {0} set {1} = {1}").format(sql.Identifier(table), sql.Identifier(column))


def _remove(table):
    return sql.SQL("delete from {}").format(sql.Identifier(table))


def _reached(connection, words):
    """How many rows it reaches; a refusal reaches none. What it did is undone."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(words).rowcount
    except psycopg.Error:
        return 0


def _readable(connection, table):
    try:
        with connection.transaction():
            return ask(connection, sql.SQL("select count(*) from {}").format(sql.Identifier(table)))[0]
    except psycopg.errors.InsufficientPrivilege:
        return 0


def test_a_table_without_its_guard_would_be_noticed(story, acting, as_superuser):
    """With the guard gone from the referrals, the council reads what it must not."""
    as_superuser.execute("alter table referrals_referral disable row level security")
    as_superuser.commit()
    try:
        rows = ask(acting("stranger"), "select t::text from referrals_referral t")
        assert any(text in row for text in story.kept_from("stranger") for row in rows)
    finally:
        acting(None).rollback()
        as_superuser.execute("alter table referrals_referral enable row level security")
        as_superuser.commit()
