"""Whatever is looked at or written, an address asks the database as many questions of much as of little.

Every address is in here by being in the table; a new one needs no line.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
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


Write = tuple[Question, Asker, str]
# Who writes behind each door, and how they know that it was taken.
WRITERS = {Door.STAFF: Role.SUPERVISOR, Door.PAGE: Role.SUPERVISOR, Door.PEOPLE: Role.DIRECTOR,
           Door.API: "program"}  # fmt: skip
ONCE = {"missing-checklist"}  # served unless the story has ticked it
SERVED, SENT_ON = (200, 201, 202, 204), (302,)
# What the table sends there is refused, and costs no more than a refusal. Most are taken and counted in
# ``test_write_counts`` of the API and of the pages.
REFUSED = {
    "threshold-review", "threshold-policies", "threshold-go-live", "referral-import", "clock-release",
    "demand-tick", "arrived", "case-attachments", "missing-attachments", "missing-episodes", "missing-unlink",
    "webhook-replay", "client-keys", "sandbox-advance", "mait-messages",
    # pages
    "tracker:new", "tracker:draft", "tracker:files", "tracker:case-alarm", "tracker:decision-action",
    "tracker:policy-declare", "tracker:policy-date", "tracker:import", "tracker:code", "tracker:rota-change",
    "tracker:duty-contact", "tracker:new-agreement", "tracker:new-concordat", "tracker:edit-agreement",
    "tracker:agreement-action", "tracker:adverse", "tracker:missing-new", "tracker:missing-draft",
}  # fmt: skip
TAKEN = {Door.API: SERVED, Door.PEOPLE: SERVED, Door.PAGE: SENT_ON, Door.STAFF: SENT_ON}


class Written(NamedTuple):
    """What a write was told, and how many queries it took."""

    status: int
    queries: int


def test_no_write_costs_more_among_more_rows(story):
    grow(story, 1)
    asked = list(written_to(story))  # each is asked once here, so that a process has read what it keeps
    before = [writing(*write) for write in asked]
    grow(story, 4)
    after = [writing(*write) for write in asked]
    compared = list(zip(asked, before, after, strict=True))
    dearer = {
        f"{method} {question.address}": (few, many)
        for (question, _, method), few, many in compared
        if many.status != few.status or many.queries > few.queries
    }
    assert not dearer
    refused = {question.route.name for (question, *_), few, _ in compared if few.status >= 400}
    assert refused - ONCE == REFUSED


def written_to(story: Story) -> Iterator[Write]:
    """Every address that takes something in, in each way that it does, with somebody whose word it takes."""
    people = [each for agency in ("police", "trust") for each in askers(story, agency)]
    ways: dict[tuple[str, str], list[Write]] = {}
    for question, asker in product(questions(story), people):
        if question.rule.ends_session or not writes(question, asker):
            continue
        if question.route.name.startswith("admin:"):  # it only looks
            continue
        for method in {"POST", "PATCH", "DELETE"} & {*question.rule.methods.split()}:
            ways.setdefault((question.route.name, method), []).append((question, asker, method))
    for tries in ways.values():
        yield next((each for each in tries if writing(*each).status in TAKEN[each[0].rule.door]), tries[0])


def writes(question: Question, asker: Asker) -> bool:
    """Whether they are who writes behind that door, of what is there for them."""
    behind = WRITERS.get(question.rule.door)
    return behind is not None and behind in (asker.kind, asker.role) and is_theirs(question, asker.agency)


def writing(question: Question, asker: Asker, method: str) -> Written:
    """Ask, and undo what was written: whatever is asked next is asked of the same rows."""
    connection.queries_log.clear()  # which no request does while a transaction is open around it
    with transaction.atomic():
        with CaptureQueriesContext(connection) as asked:
            answer = ask(question, asker, method, question.body())
            queries = len(asked)
        transaction.set_rollback(True)
    return Written(answer.status_code, queries)


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
    connection.queries_log.clear()
    with CaptureQueriesContext(connection) as asked:
        answer = ask(question, asker, "GET", {})
        if answer.streaming:
            b"".join(answer.streaming_content)  # a file is read while it is sent
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
