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
MAY_DELETE = "select has_table_privilege('rcrp_web', %s, 'delete')"
MAY_CHANGE = """
select attname from pg_attribute
 where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
   and has_column_privilege('rcrp_web', attrelid, attnum, 'update')
"""

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
    connection, shown = acting(name), set()
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
        shown |= {table} if rows else set()
    assert bool(shown) == bool(name), "an agency's own rows are there for it"


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
    connection, tried, most = acting(name), set(), 0
    for table in ask(as_superuser, GUARDED):
        for words in (*_changes(as_superuser, table), *_removal(as_superuser, table)):
            reached = _reached(connection, words)
            assert reached <= _readable(connection, table), f"{table}: {words}"
            tried.add(table)
            most = max(most, reached)
    assert len(tried) > 15
    assert bool(most) == bool(name)


def _changes(connection, table):
    """Updates of every row that they reach, by each column: to what some row has in it.

    They read nothing: an update that does is held back by what may be read, too, whatever may be changed.
    """
    of = sql.Identifier(table)
    for column in map(sql.Identifier, ask(connection, MAY_CHANGE, table)):
        some = ask(connection, sql.SQL("select {}::text from {} limit 1").format(column, of))
        yield from (sql.SQL("update {} set {} = {}").format(of, column, sql.Literal(each)) for each in some)


def _removal(connection, table):
    may = ask(connection, MAY_DELETE, table) == [True]
    return [sql.SQL("delete from {}").format(sql.Identifier(table))] if may else []


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
