"""Raw SQL in one transaction that is never kept, and the rule that refused it."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors

ACTING = "select set_config('app.agency_ids', %s, true)"
AT_COMMIT = "set constraints all immediate"  # what is checked at commit is checked now


class Attempt:
    """One connection in one role. Each call is a transaction of its own, and rolled back."""

    def __init__(self, connection: psycopg.Connection, names: Mapping[str, Any]) -> None:
        self.connection = connection
        self.names = dict(names)

    def __call__(self, *statements: str, agency: str = "") -> str | None:
        """The rule that refused these statements; None if all of them, and the commit, would go through."""
        try:
            self.run(*statements, agency=agency)
        except psycopg.Error as refusal:
            return rule_of(refusal)
        finally:
            self.connection.rollback()
        return None

    def run(self, *statements: str, agency: str = "") -> psycopg.Cursor:
        """Run them, checks at commit included; the last one's cursor. The caller rolls back."""
        if agency:
            self.connection.execute(ACTING, [str(self.names[agency])])
        for statement in statements:
            last = self.connection.execute(statement, self.names)
            assert last.rowcount != 0, f"touches nothing: {statement}"
        self.connection.execute(AT_COMMIT)
        return last

    def rows(self, statement: str, agency: str = "") -> Sequence[Any]:
        """What it answers."""
        return self._answer(statement, agency).fetchall()

    def touched(self, statement: str, agency: str = "") -> int:
        """How many rows it changes."""
        return self._answer(statement, agency).rowcount

    def _answer(self, statement: str, agency: str) -> psycopg.Cursor:
        if agency:
            self.connection.execute(ACTING, [str(self.names[agency])])
        try:
            return self.connection.execute(statement, self.names)
        finally:
            self.connection.rollback()


def rule_of(refusal: psycopg.Error) -> str:
    """The name of the rule. An error that is no rule's is a fault of the test, and raised."""
    if refusal.diag.constraint_name:
        return refusal.diag.constraint_name
    if isinstance(refusal, errors.InsufficientPrivilege):
        return "row security" if "row-level security" in str(refusal) else "no right"
    if isinstance(refusal, errors.RestrictViolation):
        return "append only"
    if isinstance(refusal, errors.NotNullViolation):
        return f"{refusal.diag.column_name} is never null"
    raise refusal
