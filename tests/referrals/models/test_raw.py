"""The attacker's statements go through where nothing is wrong with them: else attacks would prove nothing."""

import pytest

from tests.referrals.models.raw import clock, draft, handed_over, moved

WALKS = {
    "a new draft": [draft(), clock("send", "new")],
    "an acknowledgement": moved("sent", "acknowledged", ["acknowledge"]),
    "an acceptance": [
        *moved("acknowledged", "accepted", ["decide"], ["start"]),
        *handed_over("acknowledged_case", "trust", "accepted", "acknowledged"),
    ],
    "a failure": [
        *moved("in_progress", "failed", ["review"], ["re_action"]),
        *handed_over("in_progress_case", "police", "failed", "in_progress"),
    ],
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_whole_move_in_raw_sql_goes_through(attempt, walk, role):
    assert attempt(role)(*walk, agency="police") is None
