"""A browser, and people with something to do in it."""

import json
import os
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from agencies.models import ApiClient, Membership, User
from agencies.roles import AgencyKind, Role, TeamKind
from config import machine
from config.env import ROOT
from tests.factories.agencies import AgencyFactory, ApiClientFactory, TeamFactory
from tests.factories.world import World, make_world
from tests.journeys.partners import SECRET
from tests.live import LiveStack

# Playwright keeps an event loop in the thread in which Django is asked for rows.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PASSWORD = "letmein"  # the factories' own
PICTURES = ROOT / "build" / "screenshots"
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
COUNT_VIOLATIONS = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
    e => violations.push(e.effectiveDirective + ' ' + e.blockedURI));
"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The machine's Chromium, speaking to nobody but us."""
    path = machine.browser()
    if path is None or not Path(path).exists():
        raise pytest.UsageError(f"No {path or 'Chromium'}: apt-get install {machine.BROWSERS[0]}")
    args = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    return {**browser_type_launch_args, "executable_path": path, "args": args}


@pytest.fixture(scope="package")
def live_stack(test_database, django_db_blocker) -> Iterator[LiveStack]:
    """A running system: ``base_url``, ``database``, ``children``, ``django(role)``, ``stop()``.

    It is started once for each test process that asks. Mark the tests that ask
    ``pytest.mark.xdist_group("live")``, or ``"pages"`` where pages are looked at alone, so that two processes
    run them all; after the last of its own each stops its system.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    stack = LiveStack(f"live_{worker}", home=test_database, broker_number=int(worker[2:]) + 1)
    with django_db_blocker.unblock():
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


@pytest.fixture(scope="package")
def town(live_stack) -> World:
    """The world of the factories, in the running system; its managers have rights to the admin."""
    with live_stack.django():
        world = make_world()
        User.objects.filter(memberships__role=Role.MANAGER).update(is_staff=True)
        return world


def sign_in(page: Page, stack: LiveStack, world: World, name: str, role: Role) -> None:
    """As a person does: by name and password."""
    with stack.django():
        held = Membership.objects.select_related("user").get(team=world.teams[name], role=role)
    page.goto(f"{stack.base_url}/accounts/login/")
    page.get_by_label("User name").fill(held.user.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(tracker|admin)/$"))


@pytest.fixture(scope="package")
def desks() -> dict[str, BrowserContext]:
    """Who has signed in already, in which context: once a run is enough, and what it fetched it keeps."""
    return {}


@pytest.fixture
def at_desk(browser: Browser, live_stack, town, desks) -> Iterator[Callable[..., Page]]:
    """``at_desk("police")``: a page of somebody signed in there, with ``staff`` a manager who may enter the
    admin, or in another ``role``; ``alone`` in a browser's context of its own, to which other keywords go."""
    opened = []

    def open_page(name, *, staff=False, alone=False, role=None, **options):
        alone = alone or bool(options)
        role = role or (Role.MANAGER if staff else Role.SUPERVISOR)
        who = f"{name} {role}"
        if who not in desks:
            desks[who] = _context(browser, live_stack)
            page = desks[who].new_page()
            sign_in(page, live_stack, town, name, role)
            page.close()
        context = desks[who]
        if alone:
            context = _context(browser, live_stack, storage_state=context.storage_state(), **options)
        page = context.new_page()
        opened.append(context if alone else page)
        return page

    yield open_page
    for each in opened:
        each.close()


def _context(browser: Browser, stack: LiveStack, **options) -> BrowserContext:
    context = browser.new_context(base_url=stack.base_url, locale="en-GB", **options)
    context.set_default_timeout(40_000)
    context.add_init_script(COUNT_VIOLATIONS)
    return context


# What may change with the width of the window; all else is the same at any.
LAYOUT = {
    "color-contrast",
    "target-size",
    "scrollable-region-focusable",
    "meta-viewport",
    "css-orientation-lock",
}


def axe(page: Page, *, gravely: bool = False, rules: Collection[str] = ()) -> list[str]:
    """What hinders somebody, as far as a machine can tell, or only what hinders them gravely.

    By all rules, or by these. Axe adds a style: ask for violations of the policy before it.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    options = {"resultTypes": ["violations"], **only}
    found = page.evaluate("options => axe.run(options).then(said => said.violations)", options)
    found = [each for each in found if not gravely or each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def look(page: Page, address: str, status: int = 200) -> None:
    """Go there, and be there: an error or the sign-in, looked at instead, would hinder nobody either."""
    answer = page.goto(address)
    assert (answer.status, page.url.partition(urlsplit(page.url).netloc)[2]) == (status, address)


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@pytest.fixture(scope="package")
def trials(live_stack, town) -> list[int]:
    """Clients of two sandboxes, which are called as a first start calls them."""
    with live_stack.django():
        police = AgencyFactory(code="sandbox-police", kind=AgencyKind.POLICE, sandbox=True)
        trust = AgencyFactory(code="sandbox-trust", sandbox=True)
        room = TeamFactory(agency=police, code="sandbox-control-room", kind=TeamKind.CONTROL_ROOM)
        hub = TeamFactory(agency=trust, code="sandbox-crisis-hub")
        return [ApiClientFactory(team=team).pk for team in (room, hub)]


@pytest.fixture
def here(live_stack, town, trials, tmp_path):
    """The papers' words, with this system's addresses for those of a first start."""
    keys = [town.police.client_id, town.trust.client_id, *trials]
    with live_stack.django():
        clients = ApiClient.objects.select_related("agency").in_bulk(keys)
        found = [clients[key] for key in keys]
        known = [
            {
                "client_id": each.client_id,
                "client_secret": SECRET,
                "agency": each.agency.code,
                "agency_kind": each.agency.kind,
            }
            for each in found
        ]
    demo = tmp_path / "demo.json"
    demo.write_text(json.dumps({"api_clients": known}))

    address = {"/tmp/": f"{tmp_path}/"}  # noqa: S108  # the papers' own, first
    address |= {"http://127.0.0.1:8000": live_stack.base_url, ".run/demo.json": str(demo)}

    def put(text):
        for theirs, ours in address.items():
            text = text.replace(theirs, ours)
        return text

    return put
