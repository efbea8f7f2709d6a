"""Why a file is not taken, in words for whoever sent it."""


class Unsafe(Exception):
    """The file is refused; the text says what is wrong, and what to do."""
