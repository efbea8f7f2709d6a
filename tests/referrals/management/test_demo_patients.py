"""The people of the demo: whoever nobody can name is as old as they look."""

import re
from itertools import islice

from referrals.management.demo.patients import patients


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
