"""Every answer carries an id; a caller's own is kept if a log can hold it."""

import uuid

import pytest


@pytest.mark.parametrize("given", ["abc", "3f1c-77", "trace:1/2=+", "x" * 128])
def test_a_sane_id_is_kept(given, client):
    answer = client.get("/health/live/", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", " ", "a b", "x" * 129, "a\nb", "é", "<script>"])
def test_any_other_is_replaced(given, client):
    answer = client.get("/health/live/", headers={"X-Request-ID": given})
    assert uuid.UUID(answer.headers["X-Request-ID"]).version == 7


def test_an_answer_that_is_an_error_has_one_too(client, db):
    answer = client.get("/nothing/here/", headers={"X-Request-ID": "lost"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (404, "lost")


def test_the_log_holds_the_id_and_never_the_query(client, caplog):
    with caplog.at_level("INFO", logger="request"):
        client.get("/health/live/?nhs_number=9434765919", headers={"X-Request-ID": "abc"})
    (line,) = [record.msg for record in caplog.records if record.name == "request"]
    assert (line["request_id"], line["path"], line["status"]) == ("abc", "/health/live/", 200)
    assert "9434765919" not in str(line)
