"""What this door refuses beyond what the plain API does."""

from referrals.domain.errors import Refused


class NotKept(Refused):
    """Something was sent that would be lost: each such place is named, so that it can be left out."""


class Duplicate(Refused):
    """The message was processed before. ``where`` is the address of what it made or changed."""

    def __init__(self, message: str, where: str) -> None:
        super().__init__(message)
        self.where = where
