"""Whoever follows the links meets every page of the site's table, and none that hinders anybody.

A page that comes later is met by its link and needs no line here; one that is not met is named, with why. It
takes minutes: PAGES=all walks. In short the pages that ``test_tracker_pages`` names are looked at.
"""

import os
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve

from agencies.acting import NamedPerson
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.services import attachment, drafting
from tests.access.table import Door, table
from tests.factories.missing import report
from tests.factories.world import act, referral_at
from tests.files.made import picture as picture_of
from tests.journeys.conftest import axe
from tests.journeys.test_tracker_pages import check, declare
from tests.referrals.services.deciding import decide
from tests.referrals.services.detaining import arrive, detain

pytestmark = pytest.mark.xdist_group("pages")

STATES = (State.DRAFT, State.SENT, State.ACKNOWLEDGED, State.INFO_REQUESTED, State.ACCEPTED,
          State.IN_PROGRESS, State.COMPLETED, State.CLOSED, State.DECLINED, State.FAILED)  # fmt: skip

# Looked at by people, and yet no page that a walk comes to.
NO_PAGE = {
    "home": "leads on to the tracker or the worklist",
    "session": "asked by scripts: how long a session lasts",
    "admin:index": "the worklist stands in front of it",
    "admin:autocomplete": "asked by scripts, and of no page that can be changed",
    "admin:jsi18n": "words for scripts",
    "admin:view_on_site": "no record has a page elsewhere",
    "admin:password_change_done": "stands only after a password has been changed",
    "tracker:import-template": "a file",
    "tracker:detention-pdf": "a file",
}
ENDS = {"logout", "admin:logout"}
HISTORY = "admin:history"
FORMS = """
forms => forms.filter(form => !form.querySelector('button:not([type=button]), input[type=submit]'))
              .map(form => form.outerHTML.slice(0, 120))
"""


@pytest.fixture
def begins(live_stack, town) -> list[tuple[str, Role, str]]:
    """Where the walks begin, and whose they are: what has no link from the first pages stands here."""
    with live_stack.django():
        made = {state: referral_at(state, town).reference for state in STATES}
        stand = [*made.values(), _with_all(town).reference]
        report(town, draft=True)
        missing = report(town, facts={"immediate_risk": "yes"}).reference
        held = detain(town.police, minutes=200)
        arrive(town, held)
        late = detain(town.police, minutes=200)
        [declare(town, kind) for kind in ("conveyance", "medical_need", "community_crisis")]
        drafted = f"/tracker/agreements/{_draft(town).pk}/"
        decided = f"/tracker/decisions/{decide(town.police).pk}/"
    police = [drafted, decided]
    police += [f"/tracker/referrals/{each}/" for each in stand]
    police += [f"/tracker/missing/{missing}/", f"/tracker/detentions/{held.pk}/"]
    police += [f"/tracker/detentions/{late.pk}/", "/accounts/acting/", "/tracker/"]
    trust = [f"/admin/work/{each}/" for each in stand if each != made[State.DRAFT]]
    trust += [f"/tracker/missing/{missing}/", "/tracker/missing/", "/admin/"]
    return [
        *(("police", Role.MANAGER, each) for each in police),
        *(("trust", Role.MANAGER, each) for each in trust),
        ("police", Role.DIRECTOR, "/tracker/policies/"),
    ]


def _with_all(town):
    """An accepted referral with a photo and a decision in its case."""
    made = referral_at(State.ACCEPTED, town)
    decide(town.police, case=made.case_reference)
    sent = attachment.Sent(picture_of("PNG"), "photo", "a long name of a photo" * 4, "taken last week")
    act(town.trust, attachment.attach, case_id=made.case_id, sent=sent)
    return made


def _draft(town):
    """What the police and the trust may agree."""
    boss = town.police.asserting(NamedPerson("Dee Example", "director", "020 7946 0109"))
    ends = {"sender": town.teams["police"].agency, "receiver": town.teams["trust"].agency}
    return act(boss, drafting.draft, category="conveyance", **ends)


def pages() -> set[str]:
    """What people look at: every line of the table that asks for a session."""
    looked_at = {Door.PAGE, Door.STAFF}
    found = {name for name, rule in table().items() if rule.door in looked_at and "GET" in rule.methods}
    records = {name for name in found if name.endswith(("_add", "_delete", "_change"))}  # see ``RECORDS``
    return found - records - {name for name in found if name.endswith("/")} - NO_PAGE.keys()


def kind_of(address: str) -> tuple[str, str]:
    """Which line of the table, and which action; histories of records are all one page of Django's."""
    found = resolve(urlsplit(address).path)
    if found.view_name.endswith("_history"):
        return HISTORY, ""
    return found.view_name, str(found.kwargs.get("action", ""))


class Walk:
    """One person's way through all that links lead to; what was seen by anybody is not seen again."""

    def __init__(self, page, seen: set[tuple[str, str]]) -> None:
        self.page, self.seen, self.ahead = page, seen, []
        self.wrong: list[str] = []

    def begin(self, address: str) -> None:
        """There, whatever was seen, and on from there."""
        self._look(address)
        while self.ahead:
            address = self.ahead.pop(0)
            if kind_of(address) not in self.seen:
                self._look(address)

    def _look(self, address: str) -> None:
        kind = kind_of(address)
        is_new = kind[0] not in {name for name, _ in self.seen}
        self.seen.add(kind)
        answer = self.page.goto(address)
        self.wrong += [f"{address}: {what}" for what in self._hindrances(answer.status, kind, is_new)]
        self.ahead += self._links()

    def _hindrances(self, status: int, kind: tuple[str, str], is_new: bool) -> Iterator[str]:
        if status != 200:
            yield str(status)
            return
        if self.page.locator("form").count() and "phone 999" not in self.page.inner_text("body"):
            yield "a form without a word of 999"
        if kind[0].startswith("admin:") or kind[0] == "worklist:records":
            yield from self.page.evaluate("window.violations")
            yield from axe(self.page, gravely=True)
            return
        yield from self.page.eval_on_selector_all("form", FORMS)
        if is_new:
            check(self.page, f"every-{'-'.join(filter(None, kind)).replace(':', '-')}")
        else:
            yield from self.page.evaluate("window.violations")
            yield from axe(self.page)

    def _links(self) -> Iterator[str]:
        here = self.page.url
        for link in self.page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))"):
            address = urljoin(here, link)
            if urlsplit(address).netloc == urlsplit(here).netloc and kind_of(address)[0] in self.may_go:
                yield address

    may_go = frozenset({*pages(), HISTORY} - ENDS)


@pytest.mark.skipif(os.environ.get("PAGES") != "all", reason="a walk of minutes: PAGES=all")
def test_every_page_is_for_everybody(at_desk, begins):
    seen: set[tuple[str, str]] = set()
    walks: dict[tuple[str, Role], Walk] = {}
    for who, role, address in begins:
        if (who, role) not in walks:
            walks[who, role] = Walk(at_desk(who, role=role), seen)
        walks[who, role].begin(address)
    assert [what for walk in walks.values() for what in walk.wrong] == []
    rows = {name for name in pages() if name.endswith("_history")}  # of which there may be none
    missed = pages() - rows - {name for name, _ in seen}
    assert missed == set(), "no link leads there from where the walks begin: say in NO_PAGE why"
