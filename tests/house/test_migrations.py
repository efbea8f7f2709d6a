"""Migrations: complete, named, explained, and able to go back."""

import ast
import io
import os
import re
import subprocess

import pytest
from django.core.management import call_command

from config.embedded.postgres import programs
from config.env import ROOT
from tests import kept
from tests.database import Database, point_django_at, url
from tests.house.sources import files, parsed

OURS = ("agencies", "notifications", "referrals")
NEWEST = "0093_answering_team"  # of referrals; what came since goes back and forth in every run
MIGRATIONS = [path for path in files(*(f"{app}/migrations" for app in OURS)) if path.stem != "__init__"]


def test_no_change_of_a_model_lacks_its_migration(db):
    said = io.StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said)
    assert said.getvalue() == "No changes detected\n"


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_has_a_name_and_says_how_it_deploys(path):
    assert not re.search(r"_auto_|_alter_\w+_and_more|_\d{8}_", path.stem)
    assert len(ast.get_docstring(parsed(path)) or "") > 20


def schema(database):
    """The whole schema as text, without what differs each time it is told."""
    told = subprocess.run(
        [programs() / "pg_dump", "--schema-only", "--schema=public", url("superuser", database)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [line for line in told.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


@pytest.fixture
def travelling(test_database, django_db_blocker):
    """A database of its own whose owner Django is, made by migrations, not put back from what was kept."""
    other = Database(f"{test_database.name}_round_trip")
    with django_db_blocker.unblock():
        point_django_at("owner", other.name)
        yield other.name
        point_django_at("web", test_database.name)
        other.cleaner.close()


def test_the_newest_go_back_and_forth_again(travelling):
    """Down by some, and up to the very schema that was there."""
    migrate("referrals", NEWEST)
    migrate()
    before = schema(travelling)
    migrate("referrals", NEWEST)
    assert schema(travelling) != before
    migrate()
    assert schema(travelling) == before


@pytest.mark.skipif("MIGRATIONS" not in os.environ, reason="each was tried when it was new: MIGRATIONS=all")
def test_all_go_back_and_forth_again(travelling):
    """Down to nothing of ours, and up to the very schema that was there."""
    if kept.keeps():
        migrate(OURS[0], "zero")
        migrate()
    before = schema(travelling)
    migrate(OURS[0], "zero")  # all the others stand on it
    left = [line for line in schema(travelling) if re.match(r"CREATE (TABLE|FUNCTION|SEQUENCE)", line)]
    migrate()
    assert not [line for line in left if re.search("|".join(OURS), line)]
    assert schema(travelling) == before


def migrate(*where):
    call_command("migrate", *where, verbosity=0)
