"""Every page of the tracker and of the sign-in is for everybody, and shows whatever is typed as text."""

from datetime import UTC, datetime, timedelta

import pytest

from agencies.acting import NamedPerson
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.domain.threshold import PHASES
from referrals.models.keys import instant
from referrals.services import attachment, contact, threshold_policy
from referrals.services import referral as referrals
from referrals.services.threshold_policy import Declared
from tests.factories.agencies import MembershipFactory, ShiftFactory
from tests.factories.missing import report
from tests.factories.world import act, referral_at
from tests.files.made import picture as picture_of
from tests.journeys.conftest import COUNT_VIOLATIONS, LAYOUT, axe, look, picture
from tests.referrals.services.deciding import decide
from tests.referrals.services.detaining import detain

pytestmark = pytest.mark.xdist_group("pages")

PAYLOAD = "<img src=x onerror=window.struck=1><script>window.struck=1</script>'\"{{7*7}}"
WIDE_NAME = {
    "family_name": "Featherstonehaugh-Wolfeschlegelsteinhausen",
    "given_name": "Chidinma Alexandrina",
}


def said_otherwise(town, about):
    """Another ask in the same case, by somebody who knows the person under another name and number."""
    person = {
        "family_name": "Featherstonehaugh-Example",
        "date_of_birth": "1980-02-01",
        "nhs_number": "9990000026",
    }
    return town.asked(case=about.case_reference, lead=False, to_team=town.teams["ambulance"], person=person)


@pytest.fixture(scope="module")
def standing(live_stack, town):
    """One referral in each state that looks different."""
    states = (State.DRAFT, State.SENT, State.ACKNOWLEDGED, State.ACCEPTED, State.COMPLETED, State.DECLINED)
    with live_stack.django():
        made = {state.value: referral_at(state, town) for state in states}
        made["long"] = referral_at(State.SENT, town, person=WIDE_NAME, priority="P1", flags=("under_18",))
        made["said"] = referral_at(State.ACCEPTED, town)
        act(town.police, referrals.create, asked=said_otherwise(town, made["said"]))
        reached = {"channel": "phone", "with_whom": "person", "outcome": "reached"}
        act(town.trust, contact.log, referral_id=made["said"].pk, **reached)
        decided = decide(town.police, case=made["sent"].case_reference)
        sent = attachment.Sent(picture_of("PNG"), "photo", "a long name of a photo" * 4, "taken last week")
        kept = act(town.trust, attachment.attach, case_id=made["sent"].case_id, sent=sent)
        found = {name: referral.reference for name, referral in made.items()}
        keys = {"decided": str(decided.pk), "photo": str(kept.pk), "case": made["sent"].case_reference}
        keys["policy"] = str([declare(town, kind) for kind in PHASES[3]][0].pk)
        keys |= {"missing": report(town).reference, "detention": str(detain(town.police).pk)}
        keys |= {"team": str(town.teams["trust"].pk), "shift": str(swappable(town).pk)}
        return {**found, **keys}


def swappable(town):
    """A night weeks ahead, and another, of somebody with a long name, with which it can be swapped."""
    begins = instant() + timedelta(days=20)
    nights = [(begins + timedelta(days=day), begins + timedelta(days=day, hours=12)) for day in (0, 1)]
    held = {"team": town.teams["trust"], "role": Role.LIAISON}
    other = MembershipFactory(**held, user__last_name=WIDE_NAME["family_name"])
    ShiftFactory(membership=other, tier=Role.MANAGER, during=nights[1])
    return ShiftFactory(membership=MembershipFactory(**held), tier=Role.MANAGER, during=nights[0])


def declare(town, kind):
    """A version of the force's own in this kind of call, live in a month; of those at once, at one moment."""
    director = town.police.asserting(NamedPerson("Dee Example", "chief superintendent", "020 7946 0109"))
    said = Declared(kind, datetime(2099, 3, 1, 9, tzinfo=UTC), "Phase 3, as agreed with all partners.")
    return act(director, threshold_policy.declare, declared=said)


PAGES = {
    "home": ("police", "/tracker/"),
    "empty-home": ("stranger", "/tracker/"),
    "list": ("police", "/tracker/referrals/?state=any"),
    "nothing-found": ("police", "/tracker/referrals/?q=nobody"),
    "inbox": ("trust", "/tracker/messages/"),
    "reach": ("trust", "/tracker/messages/reach/"),
    "code": ("trust", "/tracker/messages/code/"),
    "new": ("police", "/tracker/referrals/new/"),
    "draft": ("police", "/tracker/drafts/{draft}/"),
    "sent": ("trust", "/tracker/referrals/{sent}/"),
    "longest-name": ("police", "/tracker/referrals/{long}/"),
    "said-otherwise": ("trust", "/tracker/referrals/{said}/"),
    "start-again": ("trust", "/tracker/referrals/{said}/start/"),
    "accepted": ("police", "/tracker/referrals/{accepted}/"),
    "completed": ("police", "/tracker/referrals/{completed}/"),
    "declined": ("police", "/tracker/referrals/{declined}/"),
    "decline": ("trust", "/tracker/referrals/{sent}/decline/"),
    "resend": ("police", "/tracker/referrals/{declined}/resend/"),
    "reassess": ("police", "/tracker/referrals/{declined}/police_reassess/"),
    "contact": ("trust", "/tracker/referrals/{accepted}/contact/"),
    "decide": ("police", "/tracker/decide/"),
    "decisions": ("police", "/tracker/decisions/"),
    "decision": ("police", "/tracker/decisions/{decided}/"),
    "disagree": ("trust", "/tracker/decisions/{decided}/disagree/"),
    "files": ("trust", "/tracker/cases/{case}/files/"),
    "withdraw": ("trust", "/tracker/files/{photo}/withdraw/"),
    "import": ("police", "/tracker/import/"),
    "paper": ("police", "/tracker/import/paper/"),
    "support": ("police", "/tracker/referrals/{sent}/support/"),
    "missing-board": ("trust", "/tracker/missing/"),
    "missing-new": ("trust", "/tracker/missing/new/"),
    "missing-report": ("police", "/tracker/missing/{missing}/"),
    "missing-grade": ("police", "/tracker/missing/{missing}/grade/"),
    "missing-print": ("trust", "/tracker/missing/{missing}/print/"),
    "detain": ("police", "/tracker/detentions/new/"),
    "detention": ("police", "/tracker/detentions/{detention}/"),
    "arrived": ("police", "/tracker/detentions/{detention}/arrived/"),
    "sheet": ("police", "/tracker/detentions/{detention}/sheet/"),
    "places": ("police", "/tracker/places/"),
    "measures": ("police", "/tracker/measures/"),
    "adverse": ("police", "/tracker/measures/adverse/"),
    "rota": ("trust", "/tracker/rota/"),
    "rota-change": ("trust", "/tracker/rota/change/"),
    "rota-swap": ("trust", "/tracker/rota/change/?shift={shift}"),
    "teams": ("trust", "/tracker/teams/"),
    "team": ("trust", "/tracker/teams/{team}/"),
    "duty-contact": ("trust", "/tracker/teams/contact/"),
    "agreements": ("police", "/tracker/agreements/"),
    "new-concordat": ("police", "/tracker/agreements/new/kinds/"),
    "policies": ("police", "/tracker/policies/"),
    "policy": ("police", "/tracker/policies/{policy}/"),
    "dispute": ("trust", "/tracker/cases/{case}/dispute/"),
    "acting": ("trust", "/accounts/acting/"),
    "not-found": ("police", "/tracker/referrals/R-0000-0000/"),
}


def check(page, name):
    """No violation of the policy, nothing to scroll sideways at 360 px or at 400 per cent, no hindrance."""
    assert page.evaluate("window.violations") == []
    for width in (360, 320):  # 1,280 pixels at 400 per cent are 320
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width} pixels"
    assert axe(page, rules=LAYOUT) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    picture(page, name)
    assert axe(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(at_desk, standing, name):
    who, address = PAGES[name]
    page = at_desk(who)
    look(page, address.format(**standing), 404 if name == "not-found" else 200)
    check(page, name)


def test_a_form_with_mistakes_is_for_everybody(at_desk, standing):
    page = at_desk("trust")
    page.goto(f"/tracker/referrals/{standing['sent']}/decline/")
    page.get_by_role("button", name="Decline").click()
    assert page.locator(".nhsuk-error-summary").evaluate("e => e === document.activeElement")
    page.get_by_role("link", name="Why").click()
    assert page.evaluate("document.activeElement.id") == "id_reason"
    check(page, "mistakes")


def test_hours_with_mistakes_are_for_everybody(at_desk, standing):
    page = at_desk("trust")
    page.goto(f"/tracker/teams/{standing['team']}/")
    page.get_by_label("At these hours").check()
    page.get_by_label("Monday from", exact=True).fill("09:00")
    page.get_by_role("button", name="Change the hours").click()
    assert page.locator(".nhsuk-error-summary").evaluate("e => e === document.activeElement")
    page.get_by_role("link", name="Monday to").click()
    assert page.evaluate("document.activeElement.id") == "id_d0_1_closes"
    check(page, "team-mistakes")


def test_saying_how_one_is_reached_wrongly_is_for_everybody(at_desk, standing):
    page = at_desk("trust")
    page.goto("/tracker/messages/reach/")
    page.get_by_label("By text alone").check()
    page.get_by_role("button", name="Tell me so").click()
    assert page.locator(".nhsuk-error-summary").evaluate("e => e === document.activeElement")
    assert page.get_by_text("need a phone").count() > 0
    check(page, "reach-refused")
    page.goto("/tracker/messages/code/")
    page.get_by_label("The code in the text").fill("CFHJK")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="The code in the text").click()
    assert page.evaluate("document.activeElement.id") == "id_code"
    check(page, "code-refused")


def test_moving_a_go_live_date_is_for_everybody(at_desk, standing):
    """A manager moves a phase, after a mistake; the history says so."""
    page = at_desk("police", staff=True)
    page.goto("/tracker/policies/")
    check(page, "policies-manager")
    page.goto(f"/tracker/policies/{standing['policy']}/date/")
    page.get_by_label("It goes live").fill("2020-01-01T09:00")
    page.get_by_label("Why it moves").fill("The trusts asked for a month more.")
    page.get_by_role("button", name="Move the date").click()
    assert page.locator(".nhsuk-error-summary").evaluate("e => e === document.activeElement")
    check(page, "policy-date-refused")
    page.get_by_label("It goes live").fill("2099-04-01T09:00")
    page.get_by_role("button", name="Move the date").click()
    page.get_by_text("The go-live date was moved").wait_for()
    check(page, "policy-moved")


def test_declaring_what_is_asked_is_for_everybody(at_desk):
    """A director adds a question, after a mistake that stands open; the version shows it."""
    page = at_desk("police", role=Role.DIRECTOR)
    page.goto("/tracker/policies/declare/community_crisis/")
    check(page, "policy-declare")
    page.get_by_label("It goes live").fill("2099-04-01T09:00")
    page.get_by_label("Why, and who agreed to it").fill("Phase 3, as agreed with all partners.")
    page.locator("summary", has_text="A further question").first.click()
    page.get_by_label("What is asked, of question 6").fill("Must an officer ride with the crew?")
    page.get_by_role("button", name="Declare this version").click()
    assert page.locator(".nhsuk-error-summary").evaluate("e => e === document.activeElement")
    page.get_by_role("link", name="Clause or duty, of question 6").click()
    assert page.evaluate("document.activeElement.id") == "id_q5_clause"
    check(page, "policy-declare-refused")
    page.get_by_label("Clause or duty, of question 6").fill("Common-law duty of care")
    page.get_by_label("Where it is to be read, of question 6").fill("Force policy 12, section 3")
    page.get_by_role("button", name="Declare this version").click()
    page.get_by_text("Must an officer ride with the crew?").wait_for()
    check(page, "policy-declared")


def get_it_wrong(page):
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password", exact=True).fill("wrong")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_sign_in_is_for_everybody(browser, live_stack):
    page = browser.new_context(base_url=live_stack.base_url).new_page()
    page.add_init_script(COUNT_VIOLATIONS)
    page.goto("/accounts/login/?ended=idle")
    check(page, "sign-in")
    get_it_wrong(page)
    check(page, "sign-in-refused")
    while not page.get_by_text("Sign-in is locked").count():
        get_it_wrong(page)
    check(page, "locked-out")
    page.context.close()


def test_whatever_is_typed_is_shown_as_text(at_desk, live_stack, town):
    with live_stack.django():
        person = {
            "family_name": PAYLOAD,
            "given_name": PAYLOAD[:90],
            "description": PAYLOAD,
            "language": PAYLOAD[:50],
        }
        made = referral_at(
            State.DECLINED,
            town,
            priority="P1",  # at the head of what is shown at home
            person=person,
            summary=PAYLOAD,
            location={"text": PAYLOAD, "what3words": PAYLOAD},
            source_incident_number=PAYLOAD[:60],
        )
    page = at_desk("police")
    addresses = (
        f"referrals/{made.reference}/",
        "",
        f"referrals/?q={made.reference}",
        f"referrals/{made.reference}/resend/",
    )
    for address in addresses:
        page.goto(f"/tracker/{address}")
        assert "onerror=window.struck" in page.inner_text("main").lower()
        assert page.evaluate("window.struck") is None
        assert page.evaluate("window.violations") == []
