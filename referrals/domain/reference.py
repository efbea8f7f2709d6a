"""References that can be said over a radio: no letter that is mistaken for a digit or another letter.

Left out: 0 O Q, 1 I L, 2 Z, 5 S, 8 B and U. Twenty-three characters remain, a prime, so that the
check character catches every single wrong character and every swap of two neighbours.
"""

ALPHABET = "34679ACDEFGHJKMNPRTVWXY"
BASE = len(ALPHABET)
LENGTH = 7
SPACE = BASE**LENGTH  # 3.4 thousand million references of each kind
STEP = {"C": 1_234_567_891, "R": 2_345_678_917, "D": 1_876_543_211, "M": 1_456_789_013}
"""Multipliers prime to SPACE: neighbours in time do not look alike, and none repeats."""


class BadReference(ValueError):
    """Not one of our references: mistyped or misheard."""


def make(kind: str, number: int) -> str:
    """The reference of the ``number``-th case (kind ``C``), referral (``R``), detention (``D``) or missing
    report (``M``), as in ``R-7KD4-HNWT``."""
    left, characters = (number * STEP[kind]) % SPACE, []
    for _ in range(LENGTH):
        left, value = divmod(left, BASE)
        characters.append(ALPHABET[value])
    body = "".join(characters)
    code = body + _check(kind, body)
    return f"{kind}-{code[:4]}-{code[4:]}"


def clean(text: str) -> str:
    """The reference as stored, from whatever way it was typed. Raises BadReference, saying why."""
    bare = "".join(text.upper().split()).replace("-", "")
    kind, code = bare[:1], bare[1:]
    if kind not in STEP or len(code) != LENGTH + 1 or set(code) - set(ALPHABET):
        raise BadReference("a reference looks like C-7KD4-HNWT or R-7KD4-HNWT")
    if code[-1] != _check(kind, code[:-1]):
        raise BadReference("the check character does not match: a character is mistyped or misheard")
    return f"{kind}-{code[:4]}-{code[4:]}"


def _check(kind: str, body: str) -> str:
    total = sum(place * ALPHABET.index(letter) for place, letter in enumerate(body, start=2))
    return ALPHABET[(total + ALPHABET.index(kind)) % BASE]
