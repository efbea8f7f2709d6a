"""References and NHS numbers as PostgreSQL computes them, for a million rows at once."""

from typing import LiteralString

from referrals.domain.reference import ALPHABET, BASE, LENGTH, SPACE, STEP


def reference(kind: LiteralString, number: LiteralString) -> LiteralString:
    """The SQL of a case's reference (``C``) or a referral's (``R``): what ``domain.reference.make`` gives."""
    scrambled = f"(({number}) * {STEP[kind]}::bigint % {SPACE})"
    digits = [f"({scrambled} / {BASE**place} % {BASE})::int" for place in range(LENGTH)]
    total = " + ".join(f"{place} * {digit}" for place, digit in enumerate(digits, start=2))
    check = f"(({total} + {ALPHABET.index(kind)}) % {BASE})"
    letters = [f"substr('{ALPHABET}', {digit} + 1, 1)" for digit in [*digits, check]]
    return f"'{kind}-' || {' || '.join(letters[:4])} || '-' || {' || '.join(letters[4:])}"


def nhs_number(person: LiteralString) -> LiteralString:
    """The SQL of an NHS number from 999 000 0000 on for one of a million people; it passes modulus 11.

    Where the ninth digit would leave none for the tenth, the next ninth digit does not.
    """
    digits = [f"(({person}) / {10**place} % 10)" for place in range(6)]
    fixed = sum(weight * 9 for weight in (10, 9, 8))
    total = " + ".join(
        f"{weight} * {digit}" for weight, digit in zip(range(7, 2, -1), digits[:5], strict=True)
    )
    check = f"(11 - ({fixed} + {total} + 2 * ({{ninth}})) % 11)"
    first, second = digits[5], f"(({digits[5]}) + 1) % 10"
    body = " || ".join(digits[:5])
    plain, shifted = check.format(ninth=first), check.format(ninth=second)
    return (
        f"'999' || {body} || case when {plain} = 10 then ({second})::text || ({shifted} % 11)"
        f" else ({first})::text || ({plain} % 11) end"
    )
