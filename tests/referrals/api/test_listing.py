"""GET /referrals/: filters, ordering and pages."""

from datetime import UTC, datetime, timedelta

import pytest

from agencies.roles import AgencyKind
from referrals.domain.referral import OPEN, State
from referrals.models import Referral
from referrals.services import case as cases
from referrals.services import referral as referrals
from tests.factories.world import STEPS, act, move, referral_at


def listed(caller, **parameters):
    """The references on the first page."""
    answer = caller.get("/referrals/", **parameters)
    assert answer.status_code == 200, answer.json()
    return [row["reference"] for row in answer.json()["results"]]


def pages(caller, path="/referrals/", **parameters):
    """Every page, following next."""
    found = [caller.get(path, **parameters).json()]
    while found[-1]["next"]:
        found.append(caller.get(found[-1]["next"]).json())
    return found


def references(page):
    return [row["reference"] for row in page["results"]]


@pytest.fixture
def send(world):
    """The police ask the trust, or whom is said."""

    def make(**changes):
        return act(world.police, referrals.create, asked=world.asked(**changes))

    return make


class TestWhatIsListed:
    """Own referrals, and those of one's cases."""

    def test_each_side_sees_it_and_a_stranger_does_not(self, send, police, trust, stranger):
        made = send()
        assert listed(police) == listed(trust) == [made.reference]
        assert listed(stranger) == []

    def test_a_row_is_the_same_alone_and_in_a_list(self, world, send, police, trust):
        send(source_incident_number="CAD 1", flags=("under_18",))
        referral_at(State.IN_PROGRESS, world)
        for who in (police, trust):
            rows = who.get("/referrals/").json()["results"]
            assert rows == [who.get(f"/referrals/{row['id']}/").json() for row in rows]
            assert len(rows) == 2

    def test_third_parties_of_a_case_see_its_other_referrals(self, world, police, trust, caller):
        lead = referral_at(State.ACCEPTED, world)
        asked = world.asked(case=lead.case_reference, lead=False, to_team=world.teams["ambulance"])
        beside = act(world.police, referrals.create, asked=asked)
        everything = {lead.reference, beside.reference}
        ambulance = caller(world.ambulance)
        for who in (police, trust, ambulance):
            assert set(listed(who)) == everything

    def test_drafts_are_ones_own(self, world, police, trust):
        draft = referral_at(State.DRAFT, world)
        assert listed(police) == [draft.reference]
        assert listed(trust) == []


class TestFilters:
    """Each narrows; a mistake is an error."""

    def test_by_state_one_or_several(self, world, police):
        made = {s: referral_at(s, world).reference for s in (State.SENT, State.ACCEPTED, State.DECLINED)}
        assert listed(police, state="sent") == [made[State.SENT]]
        assert set(listed(police, state=["sent", "declined"])) == {made[State.SENT], made[State.DECLINED]}
        assert set(listed(police, state=list(State))) == set(made.values())

    def test_by_priority_and_category_together(self, send, police):
        wanted = send(priority="P1", category="community_crisis")
        send(priority="P1")
        send(category="community_crisis")
        assert listed(police, priority="P1", category="community_crisis") == [wanted.reference]

    def test_overdue_is_open_and_past_its_deadline(self, world, police, as_superuser):
        late, fine, over = (referral_at(s, world) for s in (State.SENT, State.SENT, State.CLOSED))
        as_superuser.execute("set session_replication_role = replica")
        as_superuser.execute(
            "update referrals_referral set breach_at = now() - interval '1 hour' where id = any(%s)",
            [[late.pk, over.pk]],
        )
        as_superuser.commit()
        assert listed(police, overdue="true") == [late.reference]
        assert set(listed(police, overdue="false")) == {fine.reference, over.reference}
        assert police.get(f"/referrals/{late.pk}/").json()["overdue"] is True

    @pytest.mark.parametrize("by", ["code", "pk"])
    def test_by_either_end(self, world, send, police, by):
        ours, theirs = send(), send(to_team=world.teams["ambulance"])
        trust, ambulance = world.teams["trust"], world.teams["ambulance"]
        assert listed(police, to_agency=getattr(trust.agency, by)) == [ours.reference]
        assert listed(police, to_team=getattr(ambulance, by)) == [theirs.reference]
        assert listed(police, from_agency=getattr(ambulance.agency, by)) == []
        assert len(listed(police, from_agency="police")) == 2

    def test_by_when_it_was_sent(self, send, police):
        send()
        now = datetime.now(UTC)
        hour_ago, in_an_hour = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=1)).isoformat()
        assert len(listed(police, sent_after=hour_ago, sent_before=in_an_hour)) == 1
        assert listed(police, sent_after=in_an_hour) == []
        assert listed(police, sent_before=hour_ago.replace("+00:00", "Z")) == []

    def test_a_plus_sign_that_the_address_lost_is_understood(self, send, police):
        send()
        assert police.http.get("/api/v1/referrals/?sent_after=2020-01-01T00:00:00+00:00").status_code == 200

    @pytest.mark.parametrize("number", ["9990000018", "999 000 0018", "999-000-0018"])
    def test_by_nhs_number_with_spaces_or_without(self, send, police, number):
        wanted = send()
        send(person={"given_name": "Sam", "nhs_number": "9990000026"})
        assert listed(police, person_nhs_number=number) == [wanted.reference]
        assert listed(police, q=number) == [wanted.reference]

    def test_by_the_senders_incident_number(self, send, police, trust, stranger):
        wanted = send(source_incident_number="CAD 4711")
        send(source_incident_number="CAD 4712")
        assert listed(police, source_incident_number="CAD 4711") == [wanted.reference]
        assert listed(trust, q="CAD 4711") == [wanted.reference]
        assert listed(stranger, q="CAD 4711") == []

    def test_by_reference_however_it_is_typed(self, send, police):
        wanted = send()
        send()
        for typed in (wanted.reference, wanted.reference.lower().replace("-", ""), wanted.case_reference):
            assert listed(police, q=typed) == [wanted.reference]

    @pytest.mark.parametrize("half", ["xamp", "EXAMP", "robin", "Robin Example", "example rob", "  obi  "])
    def test_by_half_a_name(self, send, police, stranger, half):
        wanted = send()
        send(person={"given_name": "Sam", "family_name": "Other"})
        assert listed(police, q=half) == [wanted.reference]
        assert listed(stranger, q=half) == []

    @pytest.mark.parametrize("text", ["%", "_", "100%", "a_b", "\\", "'; drop table x; --"])
    def test_signs_that_mean_something_to_a_database_mean_themselves(self, send, police, text):
        send()
        answer = police.get("/referrals/", q=text)
        assert answer.status_code == (400 if len(text) < 2 else 200)
        if answer.status_code == 200:
            assert answer.json()["results"] == []

    def test_filters_hold_for_third_parties_too(self, world, trust):
        lead = referral_at(State.ACCEPTED, world)
        asked = world.asked(
            case=lead.case_reference, lead=False, to_team=world.teams["ambulance"], priority="P1"
        )
        beside = act(world.police, referrals.create, asked=asked)
        assert listed(trust, priority="P1") == [beside.reference]
        assert listed(trust, to_agency="ambulance") == [beside.reference]
        assert listed(trust, state="accepted") == [lead.reference]

    WRONG = {
        "state": "lost",
        "priority": "P9",
        "category": "tea",
        "overdue": "perhaps",
        "from_agency": "nobody",
        "to_agency": "99999",
        "to_team": "nowhere",
        "sent_after": "yesterday",
        "sent_before": "2026-01-01T00:00:00",
        "person_nhs_number": "123",
        "source_incident_number": "",
        "q": "x",
        "ordering": "colour",
        "limit": "0",
        "cursor": "nonsense",
        "colour": "red",
    }

    def test_a_value_that_means_nothing_is_named(self, police):
        for name, value in self.WRONG.items():
            answer = police.get("/referrals/", **{name: value})
            assert answer.status_code == 400, name
            assert set(answer.json()["errors"]) == {f"/{name}"}

    def test_who_sends_another_word_is_told_the_words(self, police):
        told = police.get("/referrals/", priority="P9").json()["errors"]
        assert told == {"/priority": "one of P1, P2, P3, P4"}

    def test_no_value_and_a_zero_byte_are_mistakes(self, police):
        for name in self.WRONG:
            for value in ("", "\0", "x\0y"):
                answer = police.get("/referrals/", **{name: value})
                assert answer.status_code == 400, (name, value)
                assert f"/{name}" in answer.json()["errors"]

    def test_a_filter_given_twice_is_a_mistake_where_it_takes_one_value(self, police):
        answer = police.get("/referrals/", to_agency=["police", "trust"])
        assert set(answer.json()["errors"]) == {"/to_agency"}

    def test_who_may_not_read_nhs_numbers_may_not_search_by_them(self, world, send, caller):
        send(to_team=world.teams["stranger"])
        agency = world.teams["stranger"].agency
        agency.kind = AgencyKind.VOLUNTARY
        agency.save()
        charity = caller(world.stranger)
        assert len(listed(charity)) == 1
        assert charity.get("/referrals/", person_nhs_number="9990000018").status_code == 400
        assert listed(charity, q="9990000018") == []
        assert "nhs_number" not in charity.get("/referrals/").json()["results"][0]["person"]


class TestOrdering:
    """By time to breach unless asked otherwise."""

    @pytest.fixture
    def three(self, send):
        return [send(priority=priority).reference for priority in ("P4", "P1", "P2")]

    def test_by_time_to_breach(self, three, police, trust):
        fourth, first, second = three
        for who in (police, trust):
            assert listed(who) == listed(who, ordering="breach_at") == [first, second, fourth]
            assert listed(who, ordering="-breach_at") == [fourth, second, first]
            assert listed(who, ordering="breach_at,-sent_at") == [first, second, fourth]

    def test_by_when_it_was_sent(self, world, three, police):
        draft = referral_at(State.DRAFT, world).reference
        assert listed(police, ordering="-sent_at") == [draft, *reversed(three)]
        assert listed(police, ordering="sent_at") == [*three, draft]


class TestPages:
    """Nothing is missed and nothing twice, whatever is sent meanwhile."""

    ORDERINGS = ("breach_at", "-breach_at", "sent_at", "-sent_at", "breach_at,-sent_at")

    @pytest.fixture
    def crowd(self, world, send):
        """Received, sent and looked on at, drafts among them, with deadlines that are alike."""
        lead = referral_at(State.ACCEPTED, world)
        for place in range(3):
            send(priority=f"P{place + 1}")
            send(draft=True)
            asked = world.asked(case=lead.case_reference, lead=False, to_team=world.teams["ambulance"])
            act(world.police, referrals.create, asked=asked)
            act(
                world.trust,
                referrals.create,
                asked=world.asked(from_team=world.teams["trust"], to_team=world.teams["police"]),
            )
        return world

    @pytest.mark.parametrize("ordering", ORDERINGS)
    @pytest.mark.parametrize("limit", [1, 4])
    def test_pages_make_up_the_whole_list_forwards_and_backwards(self, crowd, police, trust, ordering, limit):
        for who in (police, trust):
            whole = listed(who, ordering=ordering)
            found = pages(who, ordering=ordering, limit=limit)
            assert [one for each in found for one in references(each)] == whole
            assert found[0]["previous"] is None
            back = [found[-1]]
            while back[0]["previous"]:
                back.insert(0, who.get(back[0]["previous"]).json())
            assert [references(each) for each in back] == [references(each) for each in found]

    def test_rows_that_are_alike_are_told_apart(self, crowd, police, as_superuser):
        as_superuser.execute("set session_replication_role = replica")
        as_superuser.execute(
            "update referrals_referral set breach_at = '2026-01-01Z', sent_at = '2026-01-01Z'"
        )
        as_superuser.commit()
        for ordering in self.ORDERINGS:
            found = [one for each in pages(police, ordering=ordering, limit=2) for one in references(each)]
            assert len(found) == len(set(found)) == 13

    def test_what_is_sent_meanwhile_moves_nothing(self, crowd, send, police):
        sent = {
            "ordering": "-sent_at",
            "state": ["sent", "accepted"],
        }  # a draft is not sent, and stands first
        whole = listed(police, **sent)
        page = police.get("/referrals/", limit=3, **sent).json()
        found = references(page)
        while page["next"]:
            send()
            page = police.get(page["next"]).json()
            found += references(page)
        assert found == whole

    def test_a_cursor_keeps_its_filters_and_its_ordering(self, crowd, trust):
        found = pages(trust, state="sent", ordering="-breach_at", limit=2)
        assert [one for each in found for one in references(each)] == listed(
            trust, state="sent", ordering="-breach_at"
        )

    def test_a_cursor_of_another_ordering_is_refused(self, crowd, police):
        there = police.get("/referrals/", limit=1, ordering="-sent_at").json()["next"]
        assert police.get(there.replace("-sent_at", "breach_at")).status_code == 400

    def test_a_cursor_of_another_agency_shows_what_one_sees_oneself(self, crowd, police, stranger):
        there = police.get("/referrals/", limit=1).json()["next"]
        assert stranger.get(there).json()["results"] == []

    def test_a_cursor_that_is_not_ours_is_refused(self, police):
        strange = [
            "",
            "x",
            "e30",
            "WzFd",
            "bnVsbA",
            "WyJicmVhY2hfYXQiLDAsWzEsMl1d",
            "A" * 2000,
            "%00",
            "é",
            "W1tbW1s",
        ]
        for cursor in strange:
            answer = police.get("/referrals/", cursor=cursor)
            assert answer.status_code == 400, cursor
            assert "/cursor" in answer.json()["errors"]

    def test_a_limit_is_a_number_from_1_to_200(self, police):
        for limit in ("0", "-1", "201", "1e1", "ten", "1.5", "٣", "9" * 40):
            assert police.get("/referrals/", limit=limit).status_code == 400, limit


def test_a_left_party_lists_its_own_referral_and_what_became_of_it(world, trust):
    declined = referral_at(State.DECLINED, world)
    move(world.police, declined, "resend", to_team=world.teams["other_trust"])
    rows = trust.get("/referrals/").json()["results"]
    assert len(rows) == 2
    assert all(row["person"] is None and row["allowed_actions"] == [] for row in rows)


def test_the_list_is_what_the_scope_says(world, police):
    referral_at(State.REDIRECTED, world)
    seen = set(listed(police))
    assert seen == {r.reference for r in act(world.police, lambda by: list(Referral.objects.visible_to(by)))}


class TestOpenWork:
    """``open=true`` leaves out what has ended, ``open=false`` the rest; nothing else means anything."""

    @pytest.fixture
    def every(self, world):
        """The references of referrals, by whether they are open."""
        made = {state: referral_at(state, world).reference for state in State if state in STEPS}
        return {
            wanted: {made[state] for state in made if (state in OPEN) == wanted} for wanted in (True, False)
        }

    @pytest.mark.parametrize("who", ["police", "trust"])
    def test_referrals(self, every, who, request):
        caller = request.getfixturevalue(who)
        unsent = {"police": set(), "trust": {r for r in every[True] | every[False]} - set(listed(caller))}[
            who
        ]
        for wanted, said in ((True, "true"), (False, "false")):
            assert set(listed(caller, open=said)) == every[wanted] - unsent

    def test_it_goes_with_the_other_filters_and_the_export(self, every, police):
        assert set(listed(police, open="true", state="closed")) == set()
        assert set(listed(police, open="false", state="closed")) <= every[False]
        file = b"".join(police.get("/referrals/export/", open="false").streaming_content).decode()
        assert all(reference in file for reference in every[False])
        assert not any(reference in file for reference in every[True])

    def test_what_one_only_looks_on_at(self, world, caller, every):
        lead = referral_at(State.ACCEPTED, world)
        beside = world.asked(
            case=lead.case_reference, lead=False, from_team=world.teams["trust"],
            to_team=world.teams["ambulance"],
        )  # fmt: skip
        act(world.trust, referrals.create, asked=beside)
        ambulance = caller(world.ambulance)
        assert lead.reference in listed(ambulance, open="true")
        assert lead.reference not in listed(ambulance, open="false")

    def test_cases(self, world, police):
        closed = move(world.police, referral_at(State.DECLINED, world), "no_further_action").case_reference
        act(world.police, cases.move, reference=closed, action="close", reason="with family")
        running = referral_at(State.SENT, world).case_reference
        told = {
            said: [each["reference"] for each in police.get("/cases/", open=said).json()["results"]]
            for said in ("true", "false")
        }
        assert told == {"true": [running], "false": [closed]}

    @pytest.mark.parametrize("path", ["/referrals/", "/cases/", "/missing-reports/", "/detentions/"])
    @pytest.mark.parametrize("said", ["yes", "1", "True", ""])
    def test_another_word_is_refused_by_name(self, police, path, said):
        answer = police.get(path, open=said)
        assert (answer.status_code, set(answer.json()["errors"])) == (400, {"/open"})


def test_a_category_that_there_is_not_finds_no_team_and_is_refused(police):
    assert police.get("/teams/", category="concern_for_welfare").json()["results"]
    answer = police.get("/teams/", category="nonsense")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["/category"])
