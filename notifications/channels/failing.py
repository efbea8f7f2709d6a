"""How a sending fails: for now, or for good."""


class ForGood(Exception):
    """To try it again over this channel is of no use: the next one is tried at once."""


class NoAddress(ForGood):
    """The recipient has no address for this channel."""


class NotTaken(ForGood):
    """The provider looked at it and said no; ``said`` is its answer's status, and no word of its text."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.said = f"NotTaken{status}"


class NotNow(Exception):
    """The provider took nothing yet, or nobody knows: ``said`` is its answer's status, if it answered."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.said = f"NotNow{status or ''}"


def named(wrong: BaseException) -> str:
    """The kind of failure: its text might quote an address or a person."""
    return str(getattr(wrong, "said", type(wrong).__name__))
