"""Measures over HTTP: figures with their definition, as JSON and as CSV; nothing small, nothing strange."""

import csv
import io

import pytest

from referrals.reporting.reports import MEASURES
from tests.referrals.services.deciding import MET, NO, decide


def test_every_measure_is_listed_and_told_with_its_definition(world, police):
    decide(world.police)
    listed = {each["measure"]: each for each in police.get("/reports/").json()["results"]}
    assert set(listed) == set(MEASURES)
    for name, definition in MEASURES.items():
        told = police.get(f"/reports/{name}/").json()
        assert (told["measure"], told["version"]) == (name, definition.version)
        assert told["definition"] == listed[name]["definition"]
        assert told["definition"]["numerator"] == definition.numerator
        assert listed[name]["groups"] == list(definition.groups)
        assert isinstance(told["lines"], list), "by place or week, there may be nothing to tell"
    assert police.get("/reports/override-rate/").json()["lines"]


def test_a_count_below_five_is_withheld_and_five_are_not(world, police):
    for _ in range(4):
        decide(world.police, answers=MET)
    lines = police.get("/reports/override-rate/").json()["lines"]
    withheld = {"numerator": None, "denominator": None, "value": None, "suppressed": True}
    assert {**withheld, "group": "all, overridden by the officer when decided"} in lines
    decide(world.police, answers=MET)
    told = police.get("/reports/override-rate/").json()
    assert (told["lines"][1]["denominator"], told["lines"][1]["suppressed"]) == (5, False)
    assert told["left_out"] == [{"why": "not reviewed", "count": 5}]


def test_a_spreadsheet_carries_the_definition_and_the_period_too(world, police):
    for _ in range(5):
        decide(world.police, answers=NO)
    answer = police.get("/reports/override-rate/", headers={"accept": "text/csv"}, by="category")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert ["numerator", "decisions overturned at their first review"] in rows
    assert ["version", "1"] in rows
    assert ["left out: not reviewed", "5"] in rows
    assert rows[-2:] == [
        ["concern_for_welfare", "0", "0", "", "False"],
        ["concern_for_welfare, overridden by the officer when decided", "0", "5", "0.0", "False"],
    ]
    assert police.get("/reports/override-rate/", format="csv")["Content-Type"].startswith("text/csv")


def test_a_period_is_of_whole_days_in_london(world, police):
    decide(world.police)
    told = police.get("/reports/override-rate/", **{"from": "2026-01-01", "to": "2026-01-31"}).json()
    assert (told["from"], told["to"], told["counted"]) == ("2026-01-01", "2026-01-31", 0)
    assert told["until"] == "2026-02-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "yesterday"}, "/from"),
        ({"from": ""}, "/from"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "/to"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "/to"),
        ({"from": "9999-01-01", "to": "9999-12-31"}, "/to"),
        ({"by": "colour"}, "/by"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_is_named(police, query, pointer):
    answer = police.get("/reports/override-rate/", **query)
    assert answer.status_code == 400
    assert pointer in answer.json()["errors"]


def test_no_such_measure_lists_those_there_are(police):
    answer = police.get("/reports/happiness/")
    assert answer.status_code == 404
    assert "override-rate" in answer.json()["detail"]


def test_reports_need_their_scope(world, caller):
    for address in ("/reports/", "/reports/override-rate/"):
        assert caller(world.police, scope="referrals:read").get(address).status_code == 403
