"""The matrix's story, made once for each test process."""

import logging
from collections.abc import Iterator

import pytest

from referrals.screens import pdf
from tests.access.story import Story, make_story
from tests.access.walls import guarded, without_row_security, without_the_filter


@pytest.fixture
def story(db, settings) -> Story:
    """The agencies, their people and programs, their cases, and what is to be kept from whom."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"  # quick, and no row is written
    return db.scene("access", make_story)


@pytest.fixture(autouse=True)
def quiet():
    """Thousands of requests, each of which would leave a line."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def wall(request, story, as_superuser, monkeypatch):
    """What stands between agencies while the test runs."""
    if request.param == "filter alone":
        with without_row_security(as_superuser):
            yield request.param
        return
    if request.param == "rows alone":
        without_the_filter(monkeypatch, guarded(as_superuser))
    yield request.param


@pytest.fixture(scope="module", autouse=True)
def plain_paper() -> Iterator[None]:
    """A PDF is told as the page that it is drawn from: what leaked into a compressed one nobody would see."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pdf, "drawn", lambda page, sheet: page.encode())
        yield
