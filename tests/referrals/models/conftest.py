"""One scene for all attacks of a module: each is rolled back, so that none meets another's rows."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connections

from tests.database import calm_down
from tests.factories.scene import Scene, make_scene
from tests.referrals.models.attempt import Attempt


@pytest.fixture(scope="module")
def scene(test_database, django_db_blocker) -> Iterator[Scene]:
    """A referral in every state, and a row in every table that hangs off a case."""
    with django_db_blocker.unblock():
        yield test_database.scene("scene", make_scene)
        calm_down()
        connections.close_all()
    test_database.wipe()


@pytest.fixture(scope="module")
def roles(scene, test_database) -> Iterator[dict[str, psycopg.Connection]]:
    """A connection in each role, as that login makes it."""
    made = {role: test_database.connect(role) for role in ("web", "worker", "owner", "superuser")}
    yield made
    for connection in made.values():
        connection.close()


@pytest.fixture
def attempt(scene, roles) -> Callable[[str], Attempt]:
    """``attempt("web")(sql, agency="police")``: the rule that refused it, or None."""
    return lambda role: Attempt(roles[role], scene.names)


@pytest.fixture
def without(scene, roles) -> Callable[..., str | None]:
    """The same attempt in a transaction in which a guard has been taken away first."""

    def attack(guard: str, role: str, *statements: str, agency: str = "") -> str | None:
        attempt = Attempt(roles["superuser"], scene.names)
        return attempt(
            *guard.split(";"), f"set local session authorization rcrp_{role}", *statements, agency=agency
        )

    return attack
