"""The people whom the cases are about. None of them exists.

NHS numbers are from 999 000 0000 on, a range that is never issued; telephone numbers are Ofcom's for
drama.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

GIVEN = (
    "Abena", "Alun", "Beatriz", "Bogdan", "Ciara", "Dafydd", "Ebele", "Faisal", "Greta", "Hamish",
    "Ines", "Jomo", "Kezia", "Leopold", "Mirela", "Nuno", "Oriane", "Piotr", "Quillan", "Rania",
    "Stellan", "Tamsin", "Ugo", "Verity", "Wilmot", "Xanthe", "Yared", "Zofia",
)  # fmt: skip
FAMILY = (
    "Ablewhite", "Barrowcliff", "Chidgey-Amadi", "Dunthorne", "Eastlake", "Farrant-Mbeki", "Gorringe",
    "Haverstock", "Inglenook", "Jessamy", "Kettleborough", "Lovibond", "Marchbanks", "Nettlefold",
    "Oakenfull", "Pinnock-Wray", "Quarrington", "Rosewarne", "Summerhayes", "Twelvetrees", "Underhay",
    "Vellacott", "Wigglesworth-Diallo", "Yellowlees", "Zeal-Harrison",
)  # fmt: skip
TEENAGER = "Teenager in school uniform, red rucksack, will not give a name"
UNKNOWN = (
    ("Man of about 40, grey beard, green parka, walking with a stick", 40),
    ("Woman in her twenties, short dark hair, barefoot, hospital wristband", 25),
    (TEENAGER, 15),
    ("Woman of about 70, blue dressing gown, thinks that it is 1985", 70),
)
LANGUAGES = ("", "", "", "", "Polish", "", "Somali", "", "Bengali", "", "British Sign Language", "")
SEXES = ("female", "male")
FIRST_NUMBER = 999_000_000  # nine digits; the tenth checks them
WEIGHTS = range(10, 1, -1)
YEAR = timedelta(days=365.25)


def nhs_number(nine: int) -> str:
    """The NHS number that begins with these nine digits, or nothing: one in eleven has none (modulus 11)."""
    digits = f"{nine:09}"
    check = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11
    return "" if check == 10 else f"{digits}{check % 11}"


def _numbers() -> Iterator[str]:
    return (number for nine in count(FIRST_NUMBER) if (number := nhs_number(nine)))


def patients() -> Iterator[dict[str, Any]]:
    """One person after another, never the same twice; now and then somebody whom nobody can name."""
    today = datetime.now(UTC).date()
    for n, number in enumerate(_numbers()):
        if n % 13 == 12:
            description, age = UNKNOWN[n // 13 % len(UNKNOWN)]
            yield {"description": description, "age": age}
        else:
            yield _named(n, number, today)


def _named(n: int, number: str, today: date) -> dict[str, Any]:
    person = {
        "family_name": FAMILY[n % len(FAMILY)],
        "given_name": GIVEN[(n * 3 + n // len(FAMILY)) % len(GIVEN)],
        "date_of_birth": str(today - YEAR * (16 + n * 7 % 70) - timedelta(days=n * 31 % 365)),
        "sex": SEXES[n % len(SEXES)],
        "phone": f"07700 900{n % 100:03}",
        "language": LANGUAGES[n % len(LANGUAGES)],
    }
    return person if n % 5 == 4 else {**person, "nhs_number": number}
