"""How old somebody is: in whole years, by the day of birth where it is known, else as it was said."""

from datetime import date

ADULT = 18
"""Children Act 1989 s105: under 18 is a child."""


def years(*, age: int | None, born: date | None, on: date) -> int | None:
    """Whole years on that day (London's calendar: ``agencies.instants.day_of``); None while nobody knows."""
    if born is None:
        return age
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def is_child(*, stated: bool | None, age: int | None, born: date | None, on: date) -> bool | None:
    """Whether the person is under 18 that day; where no age is known, as it was thought, or None."""
    known = years(age=age, born=born, on=on)
    return known < ADULT if known is not None else stated
