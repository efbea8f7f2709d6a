"""Every change of state that the table does not have is refused; every one that it has is not."""

from itertools import permutations

import pytest

from referrals.domain.clocks import WATCH
from referrals.domain.referral import State, pairs
from tests.referrals.models.raw import in_place, moved, state


def whole_move(old, new):
    """As complete as a service leaves it, so that nothing but the pair can be at fault."""
    return moved(old, new, stops=WATCH.get(old, ()), starts=WATCH.get(new, ()))


@pytest.mark.parametrize("old", State)
def test_no_pair_outside_the_table_can_be_made(attempt, old):
    outside = [new for was, new in permutations(State, 2) if was == old and (was, new) not in pairs()]
    refused = {new: attempt("web")(*whole_move(old, new), agency="police") for new in outside}
    assert refused == dict.fromkeys(outside, "lifecycle")


@pytest.mark.parametrize("old", State)
def test_every_pair_inside_the_table_passes_the_guard(attempt, roles, old):
    web = attempt("web")
    for new in [new for was, new in pairs() if was == old]:
        web.connection.execute("select set_config('app.agency_ids', %s, true)", [str(web.names["police"])])
        assert web.connection.execute(state(new, old), web.names).rowcount == 1
        web.connection.rollback()


def test_every_move_of_the_table_that_changes_no_state_passes_where_it_is_traced(attempt):
    asked = in_place(
        "request_cancel", "accepted", "accepted", "r.from_agency_id", "cancel_requested_at = now()"
    )
    kept = in_place("refuse_cancel", "accepted", "accepted", "r.to_agency_id", "cancel_requested_at = null")
    passed = in_place("redirect", "accepted", "accepted", "r.to_agency_id", "redirect_pending = true")
    assert attempt("web")(*asked, *kept, *passed, agency="police") is None
