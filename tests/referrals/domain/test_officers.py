"""Officer-minutes are what a person would count who stood there with a list, minute by minute."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from referrals.domain import officers

START = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
LONGEST = 180  # minutes


@dataclass(frozen=True)
class Wait:
    """One entry."""

    pk: int
    identifier: str
    number: int | None
    since: datetime
    until: datetime | None
    supersedes_id: int | None = None


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


@st.composite
def waits(draw):
    """Officers who come, are relieved and go, some of them counted only; a few entries are corrected."""
    made = []
    for pk in range(draw(st.integers(0, 8))):
        since = draw(st.integers(0, LONGEST - 1))
        until = draw(st.none() | st.integers(since, LONGEST))
        named = draw(st.booleans())
        older = [each for each in made if bool(each.identifier) == named]
        corrects = draw(st.none() | st.sampled_from(older)) if older else None
        made.append(
            Wait(
                pk,
                draw(st.sampled_from(["A", "B", "C"])) if named else "",
                None if named else draw(st.integers(0, 4)),
                at(since),
                None if until is None else at(until),
                corrects and corrects.pk,
            )
        )
    return made


def counted(entries, end: int) -> int:
    """By somebody with a list, once a minute."""
    corrected = {each.supersedes_id for each in entries}
    held = sorted((e for e in entries if e.pk not in corrected), key=lambda e: (e.since, str(e.pk)))
    total = 0
    for minute in range(end):
        now = [e for e in held if e.since <= at(minute) and (e.until is None or at(minute) < e.until)]
        numbers = [e.number for e in now if e.number is not None]
        total += max(len({e.identifier for e in now if e.identifier}), numbers[-1] if numbers else 0)
    return total


@given(waits(), st.integers(0, LONGEST))
def test_they_equal_a_count_by_the_minute(entries, end):
    assert officers.minutes(entries, at(end)) == counted(entries, end)


def test_one_officer_who_is_entered_twice_is_one():
    twice = [Wait(1, "A", None, at(0), at(60)), Wait(2, "A", None, at(30), at(90))]
    assert officers.minutes(twice, at(120)) == 90


def test_who_is_named_and_counted_is_counted_once():
    both = [Wait(1, "", 2, at(0), None), Wait(2, "A", None, at(0), None)]
    assert officers.minutes(both, at(60)) == 120
