"""The floor sends the recorded statements with keys of its own, and changes nothing else of them."""

from uuid import UUID

from tests.bench.replay import Recording, renewals

KEY, OLD = "01a22459-4922-745f-8f06-b9aa67149b33", "01a22450-0000-7000-8000-000000000001"
STATEMENTS = [
    ("select %s", [UUID(OLD), "R-TDFE-GKXF"]),
    ("insert %s %s %s", [UUID(KEY), 7, f'{{"id": "{KEY}", "of": "{OLD}"}}']),
    ("insert %(many)s %(old)s", {"many": [[KEY], ["R-7777-7777"]], "old": OLD}),
    ("select 1", None),
]


class Cursor:
    """Keeps what is sent."""

    description = None

    def __init__(self):
        self.sent = []

    def execute(self, sql, params):
        self.sent.append(params)


def test_only_what_the_recorded_request_made_is_made_anew():
    recording = Recording(STATEMENTS)
    made = {KEY, "R-7777-7777"}
    for number in (1, 2):
        cursor, renewed = Cursor(), renewals(made, number)
        recording.send(cursor, renewed)
        looked, row, many, nothing = cursor.sent
        assert looked == STATEMENTS[0][1]
        assert row == [UUID(renewed[KEY]), 7, f'{{"id": "{renewed[KEY]}", "of": "{OLD}"}}']
        assert many == {"many": [[renewed[KEY]], [renewed["R-7777-7777"]]], "old": OLD}
        assert nothing is None


def test_without_new_keys_it_is_sent_as_it_was():
    cursor = Cursor()
    Recording(STATEMENTS).send(cursor)
    assert cursor.sent == [params for _, params in STATEMENTS]
