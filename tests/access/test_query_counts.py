"""Whatever is looked at, an address asks the database as many questions of much as of little.

Every address that can be looked at is in here by being in the table; a new one needs no line.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.roles import Role
from referrals.domain.errors import Refused
from referrals.domain.missing_fields import CHECKLIST
from referrals.domain.referral import State
from referrals.services import checklist, contact, engine, feed, risk, sighting
from referrals.services import referral as referrals
from tests.access.asking import Asker, Question, askers, looks_at, questions
from tests.access.playing import ask
from tests.access.story import Story
from tests.access.table import Door, table
from tests.database import in_role_of
from tests.factories.agencies import (
    MembershipFactory,
    ServiceHoursFactory,
    ShiftOverrideFactory,
    TeamFactory,
)
from tests.factories.missing import report
from tests.factories.world import act, referral_at

# Who looks at what is behind each door: the receivers in the admin, the senders everywhere else.
LOOKERS = {Door.STAFF: "trust", Door.PAGE: "police", Door.PEOPLE: "police", Door.API: "police"}


Look = tuple[Question, Asker]


def test_no_address_costs_more_for_more_rows(story):
    looks = list(looked_at(story))
    grow(story, 1)
    for question, asker in looks:  # what each process reads once, and what is seen by being shown
        cost(question, asker)
    before = [cost(*look) for look in looks]
    grow(story, 4)
    after = [cost(*look) for look in looks]
    dearer = {
        look[0].address: (few, many)
        for look, few, many in zip(looks, before, after, strict=True)
        if many > few and cost(*look) > few  # once shown, what was new is new no more
    }
    assert not dearer
    assert len(looks) > len(table()) / 3


def looked_at(story: Story) -> Iterator[Look]:
    """Every address that shows them something of theirs, with somebody of theirs who may look."""
    people = {agency: askers(story, agency) for agency in set(LOOKERS.values())}
    for question in questions(story):
        rule = question.rule
        if "GET" not in rule.methods or rule.ends_session or rule.door == Door.OPEN:
            continue
        agency = LOOKERS[rule.door]
        able = [each for each in people[agency] if looks_at(rule, each) and each.role in (None, *rule.roles)]
        if able and is_theirs(question, agency):
            yield question, next((each for each in able if each.role == Role.SUPERVISOR), able[0])


def is_theirs(question: Question, agency: str) -> bool:
    """Whether it is nobody's in particular, the agency's own, or of the case that grows."""
    return question.there_for is None or question.named.startswith(("shared", f"{agency}'s"))


def cost(question: Question, asker: Asker) -> int:
    """How many queries the look takes."""
    with CaptureQueriesContext(connection) as asked:
        answer = ask(question, asker, "GET", {})
    assert answer.status_code < 400 or question.rule.may_lack, (question.address, answer.status_code)
    return len(asked)


def grow(story: Story, times: int) -> None:
    """More of everything: in the case itself, beside it, and of the agencies' own people."""
    world = story.world
    for _ in range(times):
        in_the_case(story)
        for state in (State.SENT, State.ACCEPTED, State.DECLINED, State.CLOSED):
            referral_at(state, world)
        referral_at(State.SENT, world, priority="P1")
        for name in ("police", "trust"):
            member = MembershipFactory(team=world.teams[name], role=Role.WORKER)
            begun = timezone.now() - timedelta(days=member.pk)
            ShiftOverrideFactory(membership=member, during=(begun, begun + timedelta(hours=8)))
            ServiceHoursFactory(team=TeamFactory(agency=world.teams[name].agency, always_open=False))
        of_the_missing(story)
    with in_role_of("worker"):
        while engine.tick(now=timezone.now() + timedelta(days=9)).claimed:
            pass
        feed.number_events()


def in_the_case(story: Story) -> None:
    """One more of what a case gathers: attempts, risk, decisions, helpers."""
    world, referral = story.world, story.targets["shared"]
    said = {"channel": "phone", "with_whom": "caller", "outcome": "no_answer"}
    act(world.trust, contact.log, referral_id=UUID(referral.referral), **said)
    act(world.police, risk.change, referral_id=UUID(referral.referral), direction="raise", reason="a shout")
    beside = replace(world.asked(), case=referral.case, lead=False, person={},
                     from_team=world.teams["trust"], to_team=world.teams["ambulance"])  # fmt: skip
    act(world.trust, referrals.create, asked=beside)


ITEMS = iter(CHECKLIST)


def of_the_missing(story: Story) -> None:
    """One more report, and one more of what a report gathers."""
    world, key = story.world, UUID(story.targets["shared missing"].rows["MissingReport"][0])
    report(world, facts={"immediate_risk": "yes"})
    act(world.police, sighting.log, report_id=key, seen=sighting.Seen("Example Park", timezone.now()))
    with contextlib.suppress(Refused):
        act(world.trust, checklist.tick, report_id=key, item=next(ITEMS))
