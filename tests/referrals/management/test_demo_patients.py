"""The people of the demo: whoever nobody can name is as old as they look."""

import re
from datetime import date
from itertools import islice

from referrals.management.demo.patients import patients
from referrals.management.demo.tale import FLAGS, flags

TODAY = date(2026, 11, 30)


def test_the_age_is_the_one_that_is_described():
    unnamed = [each for each in islice(patients(), 130) if "family_name" not in each]
    ages = [
        (int(found[1]), each["age"])
        for each in unnamed
        if (found := re.search(r"about (\d+)", each["description"]))
    ]
    assert len(ages) > 3
    assert all(described == age for described, age in ages)
    assert {each["age"] for each in unnamed if "Teenager" in each["description"]} == {15}


def test_nobody_is_flagged_as_a_child_who_was_born_long_ago():
    child, adult, guessed = {"age": 15}, {"date_of_birth": "1960-02-01"}, {"age": 40}
    for n in range(len(FLAGS)):
        assert "under_18" not in flags(n, adult, TODAY)
        assert "under_18" not in flags(n, guessed, TODAY)
        assert flags(n, child, TODAY) == list(FLAGS[n])
