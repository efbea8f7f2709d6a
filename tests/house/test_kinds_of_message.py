"""Whatever the services tell somebody, the inbox has words for."""

import ast
from collections.abc import Iterator

from referrals.domain.referral import GIVEN_BACK
from referrals.pages.inbox import SAID
from tests.house.sources import files, parsed

MODULES = [parsed(path) for path in files("referrals/services", "notifications/services")]

# What a kind that is put together may be.
PUT_TOGETHER = {
    "f'referral.{to}'": {"referral.redirected", "referral.cancelled"},
    "f'referral.{cause}'": {f"referral.{state}" for state in GIVEN_BACK},
}
SAID_BY_CLOCK = {"escalation.fired"}  # its words are the clock's


def calls(within: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call in it, and the last name of what is called."""
    for node in ast.walk(within):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2], node


def owed(within: ast.AST) -> Iterator[ast.expr]:
    """The kind of each message that is owed there, as it is written."""
    for name, call in calls(within):
        if name == "tell" and isinstance(call.func, ast.Attribute) and len(call.args) > 2:
            yield call.args[2]
        if name == "Owed":
            yield from (word.value for word in call.keywords if word.arg == "kind")


def assigned(within: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a name is given there."""
    for node in ast.walk(within):
        if isinstance(node, ast.Assign) and name in [ast.unparse(target) for target in node.targets]:
            yield node.value


def handed(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """What any module's calls hand to a function under that name."""
    place = [each.arg for each in function.args.args].index(name)
    for module in MODULES:
        yield from (
            c.args[place] for called, c in calls(module) if called == function.name and c.args[place:]
        )


def words(said: ast.expr) -> set[str]:
    """The kinds that are written in an expression. One that is put together must be known."""
    if isinstance(said, ast.JoinedStr):
        return PUT_TOGETHER[ast.unparse(said)]
    if isinstance(said, ast.IfExp):
        return words(said.body) | words(said.orelse)
    return {said.value} if isinstance(said, ast.Constant) else set()


def kinds() -> Iterator[str]:
    """Every kind of message there can be."""
    for module in MODULES:
        for function in (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)):
            parameters = [each.arg for each in function.args.args]
            for said in owed(function):
                yield from words(said)
                if isinstance(said, ast.Name):
                    given = [*assigned(function, said.id), *assigned(module, said.id)]
                    given += handed(function, said.id) if said.id in parameters else []
                    yield from (kind for each in given for kind in words(each))


def test_the_inbox_has_words_for_every_kind_of_message():
    found = {kind for kind in kinds() if "." in kind}
    assert {"referral.sent", "clock.parked", "arrival.slipped", "message.failed", "risk.raised"} <= found
    assert len(found) > 25
    assert found - set(SAID) - SAID_BY_CLOCK == set()
