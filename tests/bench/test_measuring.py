"""The bench measures what it can, and says what it could not."""

from datetime import UTC, datetime
from types import SimpleNamespace

from referrals.models import Agreement
from tests.bench import __main__ as bench
from tests.bench import simulating


def test_a_measure_that_breaks_stops_no_other_and_is_no_success(monkeypatch, capsys):
    def breaks():
        raise ValueError

    measures = {"first": lambda: {"s": 1.0}, "broken": breaks, "last": lambda: {"s": 2.0}}
    monkeypatch.setattr(bench, "MEASURES", measures)
    assert bench.main([]) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == ["first", "broken", "last"]
    assert bench.main(["first", "last"]) == 0


def test_the_rows_that_are_simulated_can_be_read_alone(db):
    """Without every word that the statement asks for, nothing after it was ever measured."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    version = SimpleNamespace(agreement=Agreement(from_agency_id=1, to_agency_id=2))
    assert simulating._read(version, moment, moment) > 0
