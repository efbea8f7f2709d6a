"""Missing patients in tests: reported by the trust of a world, and walked to any state by the services."""

from datetime import timedelta
from typing import Any

from agencies.acting import acting_for
from referrals.domain.missing import State
from referrals.models import Clock, MissingReport, Referral
from referrals.models.keys import instant
from referrals.services import missing, missing_moves
from tests.factories.world import PERSON, World, act

SEEN = {"last_seen_place": "ward garden", "direction": "towards the station"}
TEXTS = {
    "grade": {"grade": "medium"},
    "locate": {"place": "Example Park"},
    "lost_again": {"reason": "ran from the car"},
    "cancel": {"reason": "asleep in the linen room"},
    "close": {"reason": "transferred to another trust"},
}


def said(world: World, **changes: Any) -> missing.Reported:
    """What the trust says: a medium risk until graded, last seen a quarter of an hour ago."""
    facts = {"last_seen_at": instant() - timedelta(minutes=15), **changes.pop("facts", {})}
    plain = {"unit": world.teams["trust"], "person": PERSON, "details": SEEN,
             "police": world.teams["police"]}  # fmt: skip
    return missing.Reported(**{**plain, "facts": facts, **changes})


def report(world: World, *, draft: bool = False, **changes: Any) -> MissingReport:
    """A report of the trust, sent to the police, or a draft."""
    return act(world.trust, missing.create, said=said(world, **changes), draft=draft)


def step(by: Any, found: MissingReport, action: str, **details: Any) -> MissingReport:
    """One move, with whatever the table needs for it."""
    words = {**TEXTS.get(action, {}), **details}
    return act(by, missing_moves.move, report_id=found.pk, action=action, **words)


STEPS = {
    State.DRAFT: [],
    State.DISCARDED: ["discard"],
    State.REPORTED: ["send"],
    State.LOCATED: ["send", "grade", "locate"],
    State.RETURNED: ["send", "grade", "locate", "return"],
    State.CLOSED: ["send", "return", "close"],
    State.CANCELLED: ["send", "cancel"],
}


def report_at(state: State, world: World, **changes: Any) -> MissingReport:
    """A report of the trust, in this state."""
    found = report(world, draft=True, **changes)
    for action in STEPS[state]:
        found = step(world.trust, found, action)
    return found


def again(by: Any, found: MissingReport) -> MissingReport:
    """The report as it is now."""
    with acting_for(by.agency_id):
        return MissingReport.objects.visible_to(by).select_related("case", "unit").get(pk=found.pk)


def ask_of(by: Any, found: MissingReport) -> Referral:
    """The referral to the police that it made."""
    with acting_for(by.agency_id):
        return Referral.objects.select_related("to_team").get(pk=again(by, found).referral_id)


def clocks(by: Any, found: MissingReport) -> dict[str, Clock]:
    """The promises of the case itself that run now, by kind."""
    with acting_for(by.agency_id):
        running = Clock.objects.visible_to(by).running().filter(case=found.case_id, referral=None)
        return {clock.kind: clock for clock in running}


def kinds(by: Any, found: MissingReport) -> set[str]:
    """Those of them that are about the missing patient."""
    return {kind.removeprefix("missing_") for kind in clocks(by, found) if kind.startswith("missing_")}
