"""Any set of agreements and moments resolves to exactly one version, explained; a text says what is wrong."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.domain.agreement import (
    Between,
    Scope,
    Standing,
    as_draft,
    problems,
    reasons_to_decline,
    resolve,
)
from referrals.domain.clocks import default_terms, target
from referrals.domain.escalation import DEFAULT_LADDER, LADDERS, as_terms
from referrals.domain.referral import DECLINE_REASONS

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
DEFAULT = Standing(0, Scope(), NOON - timedelta(days=999))
ASKED = Between(1, "police", 2, "mental_health_trust", "conveyance")
TERMS = {**default_terms(), "ladder": as_terms(DEFAULT_LADDER)}

SCOPES = st.builds(
    Scope,
    from_agency=st.sampled_from([None, 1, 3]),
    to_agency=st.sampled_from([None, 2, 3]),
    from_kind=st.sampled_from(["", "police", "nhs_111"]),
    to_kind=st.sampled_from(["", "mental_health_trust", "social_care"]),
    category=st.sampled_from(["", "conveyance", "medical_need"]),
)
HOURS = st.integers(-50, 50).map(lambda hours: NOON + timedelta(hours=hours))


@st.composite
def agreements(draw):
    """Versions as they may be stored: a scope has one agreement, whose versions go live at moments of their
    own."""
    dates = draw(st.dictionaries(SCOPES, st.sets(HOURS, max_size=3), max_size=12))
    pairs = [(scope, date) for scope, each in dates.items() for date in each if scope != Scope()]
    return [DEFAULT, *(Standing(n, scope, date) for n, (scope, date) in enumerate(pairs, start=1))]


@given(agreements(), HOURS, st.randoms())
def test_it_resolves_to_exactly_one_version_explained(found, at, chance):
    resolved = resolve(found, ASKED, at)
    shuffled = sorted(found, key=lambda each: chance.random())
    assert resolve(shuffled, ASKED, at) == resolved, "whatever order they are read in"
    (chosen,) = (each for each in found if each.version == resolved.version)
    assert chosen.scope.covers(ASKED)
    assert chosen.live_from <= at
    assert resolved.because
    rivals = [each for each in found if each.scope.covers(ASKED) and each.live_from <= at and each != chosen]
    assert all((each.scope.rank, each.live_from) < (chosen.scope.rank, chosen.live_from) for each in rivals)


@given(agreements(), HOURS)
def test_what_is_coming_takes_its_place_when_its_time_has_come(found, at):
    coming = resolve(found, ASKED, at).coming
    if coming is None:
        assert resolve(found, ASKED, NOON + timedelta(days=9)).version == resolve(found, ASKED, at).version
    else:
        assert coming.live_from > at
        assert resolve(found, ASKED, coming.live_from).version == coming.version


def test_without_even_a_default_there_is_none():
    assert resolve([], ASKED, NOON) is None
    assert resolve([DEFAULT], ASKED, DEFAULT.live_from - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("scope", "because"),
    [
        (Scope(1, 2, category="conveyance"), "agreed between these agencies, for this kind of help"),
        (Scope(from_kind="police"), "agreed for these kinds of agency, and signed by both of these"),
        (Scope(), "the default, where nothing else is agreed"),
    ],
)
def test_it_says_why(scope, because):
    assert resolve([replace(DEFAULT, scope=scope)], ASKED, NOON).because == because


@pytest.mark.parametrize("kind", ["", *LADDERS])
def test_every_ladder_that_ships_ends_with_somebody_outside_the_inbox(kind):
    """An inbox that nobody opens is no end: each could be signed, and its last rung goes by e-mail."""
    ladder = LADDERS.get(kind, DEFAULT_LADDER)
    assert "email" in [channel.name for channel in ladder[-1].channels]
    own = {"ladders": {kind: as_terms(ladder)}} if kind else {}
    terms = {**as_draft(TERMS, ASKED, every_category=False), "review_on": "2027-04-01", **own}
    assert problems(terms) == {}


class TestADraft:
    """It begins with what holds, so that signing it unchanged changes nothing."""

    @pytest.mark.parametrize("category", ["conveyance", "s136_handover", "community_crisis"])
    @pytest.mark.parametrize("receiver", ["social_care", "mental_health_trust"])
    @pytest.mark.parametrize("every", [True, False])
    def test_every_target_is_what_it_was(self, category, receiver, every):
        asked = replace(ASKED, category="" if every else category, to_kind=receiver)
        made = as_draft(TERMS, asked, every_category=every)
        for priority, kinds in TERMS["targets"].items():
            for kind in kinds:
                words = {"priority": priority, "category": category, "receiver": receiver}
                assert target(made, kind, **words)[0] == target(TERMS, kind, **words)[0]

    def test_once_a_day_of_review_is_named_it_is_whole(self):
        made = as_draft(TERMS, ASKED, every_category=False)
        assert set(problems(made)) == {"/review_on"}
        assert problems({**made, "review_on": "2027-04-01"}) == {}
        assert reasons_to_decline(made) == DECLINE_REASONS


WRONG = [
    ("/targets/P2/decide", lambda t: t["targets"]["P2"].update(decide=0)),
    ("/targets/P2/decide", lambda t: t["targets"]["P2"].pop("decide")),
    ("/targets/P2/decide", lambda t: t["targets"]["P2"].update(decide="30")),
    ("/targets/P3/acknowledge", lambda t: t["targets"]["P3"].update(acknowledge=2)),
    ("/targets/P1/decide", lambda t: t["targets"]["P1"].update(decide=4)),
    ("/ladder", lambda t: t.update(ladder=[])),
    ("/ladder/1/percent", lambda t: t["ladder"][1].update(percent=50)),
    ("/ladder/0/percent", lambda t: t.update(ladder=t["ladder"][2:])),
    ("/ladder/2/tell", lambda t: t["ladder"][2].update(tell=[])),
    ("/ladder/4/tell", lambda t: t["ladder"][4].update(tell=[["other", "director"]])),
    ("/ladder/2/repeats", lambda t: t["ladder"][2].update(repeats=99)),
    ("/ladder/2/demand", lambda t: t["ladder"][2].update(demand="dance")),
    ("/ladder/2/channels", lambda t: t["ladder"][2].update(channels=[["inbox", 0], ["email", 999]])),
    ("/ladder/2/channels", lambda t: t["ladder"][2].update(channels=[["inbox", 0], ["pigeon", 3]])),
    ("/ladder/4/channels", lambda t: t["ladder"][4].update(channels=[["inbox", 0]])),
    ("/ladder/4/channels", lambda t: t["ladder"][4].update(channels=[["inbox", 0], ["sms", 0]])),
    ("/ladders/decide/0/channels", lambda t: t.update(ladders={"decide": t["ladder"][:1]})),
    ("/ladders/decide", lambda t: t.update(ladders={"decide": []})),
    ("/ladders/lunch", lambda t: t.update(ladders={"lunch": t["ladder"]})),
    ("/decline_reasons", lambda t: t["decline_reasons"].update({"Not ours": "x"})),
    ("/decline_reasons", lambda t: t["decline_reasons"].pop("other")),
    ("/review_on", lambda t: t.update(review_on="soon")),
]


@pytest.mark.parametrize(("where", "spoil"), WRONG)
def test_what_is_wrong_is_named_by_its_field(where, spoil):
    terms = deepcopy({**as_draft(TERMS, ASKED, every_category=False), "review_on": "2027-04-01"})
    spoil(terms)
    assert where in problems(terms)
    assert len(problems(terms)) <= 2
