"""NHS numbers as people type them: ten digits, in threes and fours, with spaces or hyphens."""

LENGTH = 10  # digits


def digits_of(text: str) -> str:
    """What was typed, without the spaces and hyphens that people put into an NHS number."""
    return "".join(text.split()).replace("-", "")


def looks_like_one(digits: str) -> bool:
    """Whether there are as many digits as in an NHS number; whether the last one fits is another question."""
    return len(digits) == LENGTH and digits.isascii() and digits.isdigit()


def in_threes(number: str) -> str:
    """As it is read out: 3-3-4; anything else as it is."""
    return f"{number[:3]} {number[3:6]} {number[6:]}" if len(number) == LENGTH else number
