"""Why the system says no. Every refusal names the field and the remedy."""

from collections.abc import Iterable, Mapping

Errors = Mapping[str, str]
"""Field, as a JSON Pointer such as ``/person/nhs_number``, to what is wrong and what to do."""


class Refused(Exception):
    """Something was asked that may not be done. ``errors`` says which field, where one is at fault."""

    def __init__(self, message: str, errors: Errors | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = dict(errors or {})


class Invalid(Refused):
    """What was sent is malformed or contradicts itself."""


class NotYet(Invalid):
    """What was sent is said to have happened at a moment to come: later the same may be true."""


class NotThere(Refused):
    """There is no such thing, or it is not the asker's to see: the two are told alike."""


class NotYourMove(Refused):
    """Visible, but another side or a more senior person makes this move."""


class MoveNotAllowed(Refused):
    """The lifecycle has no such move from here. ``allowed`` lists those that there are."""

    def __init__(self, message: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.allowed = sorted(allowed)


class Stale(Refused):
    """The row has moved on since the asker read it."""


class ReasonNeeded(Refused):
    """A reason, a named person or a next step is missing: without it the move would leave a hole."""


class KeyReused(Refused):
    """An idempotency key came again with another request."""
