"""Whatever the services write into a case's history, the timeline and its filter have words for."""

import ast
import re
from collections.abc import Iterator

from config.env import ROOT
from referrals.domain.threshold import Step
from referrals.screens.timeline import kinds
from tests.house.test_kinds_of_message import MODULES, assigned, calls

# What a type that is put together may be; the steps of a referral are the lifecycle's.
PUT_TOGETHER = {
    "f'referral.{name}'": set(),
    "f'threshold.{kind}'": {f"threshold.{Step.DISAGREED}", f"threshold.{Step.REOPENED}"},
}
PLACE = {"event": 0, "NewEvent": 3}  # of the type among the arguments


def written(within: ast.AST) -> Iterator[ast.expr]:
    """The type of each event that is written there."""
    for name, call in calls(within):
        at = PLACE.get(name, len(call.args))
        starred = [place for place, each in enumerate(call.args) if isinstance(each, ast.Starred)]
        at = 1 if starred == [0] and name == "NewEvent" else at
        yield from call.args[at : at + 1]


def words(said: ast.expr) -> set[str]:
    """The types that an expression can be. One that is put together must be known."""
    if isinstance(said, ast.JoinedStr):
        return PUT_TOGETHER[ast.unparse(said)]
    if isinstance(said, ast.Dict):
        return {word for value in said.values for word in words(value)}
    if isinstance(said, ast.IfExp):
        return words(said.body) | words(said.orelse)
    return {said.value} if isinstance(said, ast.Constant) else set()


def types() -> Iterator[str]:
    """Every type of event there can be."""
    for module in MODULES:
        for function in (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)):
            for said in written(function):
                yield from words(said)
                name = said.value if isinstance(said, ast.Subscript) else said
                if isinstance(name, ast.Name):
                    given = [*assigned(function, name.id), *assigned(module, name.id)]
                    yield from (each for value in given for each in words(value))


def test_the_timeline_has_words_for_every_type_of_event():
    found = {kind for kind in types() if "." in str(kind)}
    assert {"case.reviewed", "arrival.slipped", "clock.parked", "referral.returned_to_queue"} <= found
    assert {"escalation.fired", "duty.gap", "message.failed", "risk.raised"} <= found
    assert len(found) > 25
    assert found - set(kinds()) == set()


def test_integrators_are_told_of_every_type_of_event_and_of_no_other():
    told = re.findall(
        r"^\| `([a-z_]+\.[a-z_]+)` \| ", (ROOT / "docs" / "events.md").read_text(), re.MULTILINE
    )
    assert sorted(told) == kinds()
