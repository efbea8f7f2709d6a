"""Somebody follows every link and types a script into every field: each answers, and shows it as text."""

from collections import Counter
from functools import cache
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.urls import resolve

from config.session_limits import NEVER_KEPT
from referrals.domain.referral import TRANSITIONS, Need, Side, State
from tests.access.asking import Asker, askers
from tests.access.crawling import Form, Page
from tests.access.forging import every_field, kept
from tests.access.parts import PART
from tests.access.table import table
from tests.factories.world import referral_at

SCRIPT = "\"'><img src=x onerror=struck()>"
SHOWN_AS_TEXT = "&lt;img src=x onerror=struck()&gt;"
UNSENT = "not-sent"
RISK = "Immediate risk to life: phone 999"
OF_ONE_KIND = 2 if PART else 1  # so many pages of one address and action are looked at
REFUSALS = (400, 409, 422)  # of what was typed, with the form in it
STATES = (State.SENT, State.ACKNOWLEDGED, State.INFO_REQUESTED, State.ACCEPTED, State.IN_PROGRESS,
          State.COMPLETED, State.DECLINED, State.FAILED)  # fmt: skip
ENDS = {"logout", "admin:logout", "session", "acting", "typed", "admin:password_change", "password_change"}


class Walker:
    """One person at one door, who goes wherever a link leads, and fills in whatever is there."""

    def __init__(self, asker: Asker) -> None:
        self.asker, self.seen, self.typed = asker, Counter(), set()
        self.dead: list[str] = []
        self.struck: list[str] = []
        self.forgotten: list[str] = []
        self.unwarned: list[str] = []
        self.shown, self.taken = 0, 0
        self.ahead: list[str] = []
        self.led: dict[str, str] = {}  # the page that led there

    def walk(self, *begin: str) -> None:
        """These, and then what they lead to, until there is nothing new."""
        for address in begin:
            self._visit(address)
        while self.ahead:
            address = self.ahead.pop(0)
            kind = _kind(address)
            if kind and self.seen[kind] < (1 if kind[0].startswith("admin:") else OF_ONE_KIND):
                self.seen[kind] += 1
                self._visit(address)

    def _visit(self, address: str) -> None:
        answer = self.asker.browser.get(address, follow=True)
        for form in self._page(address, answer).forms:
            if form.typed and form.method == "post" and RISK not in answer.getvalue().decode():
                self.unwarned.append(address)
            self._fill_in(form)

    def _fill_in(self, form: Form) -> None:
        kind = (_kind(form.action), *sorted(form.typed))
        if not form.typed or kind[0] is None or kind in self.typed:
            return
        self.typed.add(kind)
        self._leave_and_return(form)
        send = self.asker.browser.post if form.method == "post" else self.asker.browser.get
        unasked = {name: said for name, said in every_field().items() if name not in form.names}
        answer = send(form.action, {**unasked, **form.filled(SCRIPT)}, follow=True)
        self.taken += form.method == "post" and answer.status_code == 200
        self._page(form.action, answer)

    def _leave_and_return(self, form: Form) -> None:
        """The session ends before the form is sent: what was typed waits where it was, but no secret."""
        browser = self.asker.browser
        if form.method != "post" or kind_of_admin(form.action) or form.held.get("draft"):
            return  # a draft is kept as one
        if not form.is_kept and not form.typed.keys() <= {*NEVER_KEPT}:
            self.forgotten.append(f"{form.action} {sorted(form.typed)}: the page does not keep it")
        browser.post(f"/accounts/typed/?at={quote(urlsplit(form.action).path)}", form.filled(UNSENT))
        shown = browser.get(form.action, {"resume": "1"})  # some addresses only take in
        if shown.status_code == 200 and form.is_kept != (UNSENT in shown.getvalue().decode()):
            self.forgotten.append(f"{form.action} {sorted(form.typed)}")

    def _page(self, address: str, answer) -> Page:
        sent = answer.request["REQUEST_METHOD"] == "POST"  # and not sent on from there
        if answer.status_code not in (200, *(REFUSALS if sent else ())) and self._still_leads(address):
            self.dead.append(f"{address}: {answer.status_code}")
        said = answer.getvalue().decode(errors="replace")
        if "html" in answer.headers.get("Content-Type", ""):
            self.struck += [address] if "<img src=x" in said else []
            self.shown += said.count(SHOWN_AS_TEXT)
        page = Page(address, said)
        for link in page.links:
            self.ahead.append(urljoin(address, link))
            self.led.setdefault(self.ahead[-1], address)
        return page

    def _still_leads(self, address: str) -> bool:
        """Whether somebody would come there now: what was done since may have ended their part in a case."""
        before = self.led.get(address)
        if before is None:
            return True
        said = self.asker.browser.get(before, follow=True).getvalue().decode(errors="replace")
        return address in {urljoin(before, link) for link in Page(before, said).links}


def kind_of_admin(address: str) -> bool:
    """Whether a form is Django's own, which keeps nothing."""
    return resolve(urlsplit(address).path).view_name.startswith("admin:")


@cache
def _kind(address: str) -> tuple[str, str] | None:
    """Which line of the site's table an address is of, and which action; none where the walk must not go."""
    found = resolve(urlsplit(address).path)
    if found.view_name in ENDS or found.view_name not in table():
        return None
    return found.view_name, str(found.kwargs.get("action", ""))


def written(side: Side) -> set[str]:
    """The moves of one side for which somebody writes something."""
    words = {Need.TEXT, Need.OUTCOME, Need.CALLER_TOLD, Need.DECISION}
    return {name for name, one in TRANSITIONS.items() if side in one.by and words & {*one.needs}}


@pytest.mark.parametrize(
    ("agency", "begin", "room", "side"),
    [("police", "/tracker/", "referrals", Side.SENDER), ("trust", "/admin/", "work", Side.RECEIVER)],
)
def test_every_link_answers_and_every_field_is_shown_as_text(agency, begin, room, side, story, as_superuser):
    """And with each form goes the name of every column that it does not ask for: none of it is kept."""
    stand = [referral_at(state, story.world).reference for state in STATES]
    walker = Walker(next(each for each in askers(story, agency) if each.role == "supervisor"))
    walker.walk(begin, *(f"{begin}{room}/{each}/" for each in stand))
    assert not walker.dead
    assert not walker.struck
    assert not walker.forgotten
    assert not walker.unwarned
    assert walker.shown > len(walker.typed)
    assert walker.taken > 20
    assert kept(as_superuser) == {}
    assert written(side) <= {action for (_, action), *_ in walker.typed}
