"""A new referral: sent, kept as a draft, warned of what we know already."""

import pytest
from django.test import Client

from agencies.models import Agency
from agencies.roles import AgencyKind
from referrals.domain.referral import State
from referrals.models import Person, Referral
from tests.factories.agencies import TeamFactory
from tests.factories.world import act, referral_at

NEW, SAVE, HINTS = "/tracker/referrals/new/", "/tracker/referrals/new/draft/", "/tracker/referrals/new/hints/"


@pytest.fixture
def said(world):
    return {
        "to_team": world.teams["trust"].pk,
        "priority": "P2",
        "category": "concern_for_welfare",
        "family_name": "Newcomer",
        "given_name": "Ada",
        "date_of_birth": "31/3/1980",
        "nhs_number": "999 000 0026",
        "summary": "On the bridge.",
        "location_text": "Bridge Street",
        "scene_safety": "unsafe",
        "flags": ["repeat_caller"],
        "source_incident_number": "NS-1",
    }


def all_of(world):
    return list(act(world.police, lambda by: list(Referral.objects.visible_to(by).order_by("id"))))


def person_of(world, referral):
    return act(world.police, lambda by: Person.objects.visible_to(by).get(case_id=referral.case_id))


def test_it_is_sent_as_typed(world, desk, said):
    answer = desk("police").post(NEW, {**said, "do": "send"})
    (sent,) = all_of(world)
    assert answer["Location"] == f"/tracker/referrals/{sent.reference}/"
    assert (sent.state, sent.lead, sent.scene_safety, sent.flags) == (
        State.SENT,
        True,
        "unsafe",
        ["repeat_caller"],
    )
    assert sent.location == {"text": "Bridge Street"}
    person = person_of(world, sent)
    assert (person.family_name, person.nhs_number, str(person.date_of_birth)) == (
        "Newcomer",
        "9990000026",
        "1980-03-31",
    )


def test_a_description_is_enough(world, desk, said):
    for name in ("family_name", "given_name", "nhs_number", "date_of_birth"):
        del said[name]
    assert desk("police").post(NEW, {**said, "description": "red coat"}).status_code == 302
    assert person_of(world, all_of(world)[0]).description == "red coat"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family_name": "", "given_name": ""}, "Give a name, or a description"),
        ({"to_team": ""}, "Choose a team"),
        ({"priority": ""}, "Choose one"),
        ({"category": ""}, "Choose what kind of help"),
        ({"nhs_number": "9990000019"}, "This is no NHS number"),
        ({"date_of_birth": "yesterday"}, "Write it as 31/3/1980"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(world, desk, said, change, message):
    answer = desk("police").post(NEW, {**said, **change})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert "On the bridge." in answer.content.decode()
    assert all_of(world) == []


def test_at_p1_who_answered_the_phone_is_kept_and_nothing_waits_for_it(world, desk, said):
    desk("police").post(NEW, {**said, "priority": "P1", "phone_to": "Amy, nurse in charge"})
    (sent,) = all_of(world)
    assert sent.phone_confirmation["to"] == "Amy, nurse in charge"
    assert act(world.police, lambda by: sent.clocks.filter(kind="phone_confirmation").count()) == 0


def test_what_is_not_understood_of_a_draft_is_named_as_it_is_kept(desk, said):
    browser = desk("police")
    kept = browser.post(SAVE, {**said, "nhs_number": "999 000 00"}).json()
    assert kept["saved"]
    assert kept["left_out"] == ["NHS number"]
    again = browser.post(SAVE, {**said, "draft": kept["saved"]}).json()
    assert (again["saved"], again["left_out"]) == (kept["saved"], [])


def test_a_draft_is_kept_while_it_is_typed_and_sent_once(world, desk, said):
    browser = desk("police")
    assert browser.post(SAVE, {"family_name": "New"}).json() == {"saved": ""}
    first = browser.post(SAVE, {**said, "nhs_number": "99"}).json()
    (draft,) = all_of(world)
    assert (draft.state, draft.reference) == (State.DRAFT, first["saved"])
    again = browser.post(
        SAVE, {**said, "draft": first["saved"], "family_name": "Newcomer-Smith", "summary": "More."}
    )
    assert again.json()["saved"] == first["saved"]
    shown = browser.get(first["address"]).content.decode()
    assert "Newcomer-Smith" in shown
    assert "31/03/1980" in shown
    browser.post(NEW, {**said, "draft": first["saved"], "do": "send"})
    (sent,) = all_of(world)
    assert (sent.state, sent.summary) == (State.SENT, "On the bridge.")
    assert person_of(world, sent).nhs_number == "9990000026"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("nhs_number", "999 000 0019", "This is no NHS number"), ("date_of_birth", "31/02/1980", "Write it as")],
)
def test_a_draft_is_kept_but_for_what_is_not_understood_which_is_asked_for_again(
    world, desk, said, field, value, message
):
    browser = desk("police")
    answer = browser.post(NEW, {**said, field: value, "do": "keep"})
    (draft,) = all_of(world)
    shown = answer.content.decode()
    assert answer.status_code == 422
    for each in (message, f'value="{value}"', f"Draft {draft.reference} is kept, except", 'value="discard"'):
        assert each in shown
    assert (draft.state, draft.summary) == (State.DRAFT, "On the bridge.")
    right = answer.context["form"].data.dict() | {field: said[field], "flags": said["flags"]}
    assert browser.post(NEW, right)["Location"].endswith(f"/{draft.reference}/")
    assert [each.reference for each in all_of(world)] == [draft.reference]
    assert person_of(world, draft).nhs_number == "9990000026"
    assert str(person_of(world, draft).date_of_birth) == "1980-03-31"


def test_a_draft_may_change_its_team(world, desk, said):
    browser = desk("police")
    kept = browser.post(SAVE, said).json()["saved"]
    said["to_team"] = world.teams["ambulance"].pk
    browser.post(NEW, {**said, "draft": kept, "do": "send"})
    old, sent = all_of(world)
    assert (old.state, sent.state) == (State.DISCARDED, State.SENT)
    assert (sent.case_id, sent.to_agency_id) == (old.case_id, world.ambulance.agency_id)
    assert person_of(world, sent).family_name == "Newcomer"
    found = desk("trust").get("/tracker/referrals/?state=any&q=Newcomer").content
    assert b'id="row-' not in found


def test_a_draft_is_its_senders_alone(world, desk, said):
    kept = desk("police").post(SAVE, said).json()
    assert desk("trust").get(kept["address"], follow=True).status_code == 404
    foreign = desk("trust").post(SAVE, {**said, "to_team": world.teams["police"].pk, "draft": kept["saved"]})
    assert foreign.json()["saved"] == ""


def test_a_draft_is_discarded(world, desk, said):
    browser = desk("police")
    kept = browser.post(SAVE, said).json()["saved"]
    browser.post(NEW, {**said, "draft": kept, "do": "discard"})
    assert [each.state for each in all_of(world)] == [State.DISCARDED]


def test_a_draft_that_is_discarded_twice_is_not_sent(world, desk, said):
    browser = desk("police")
    kept = browser.post(SAVE, said).json()["saved"]
    browser.post(NEW, {**said, "draft": kept, "do": "discard"})
    again = browser.post(NEW, {**said, "draft": kept, "do": "discard"}, follow=True)
    assert "had been discarded already" in again.content.decode()
    assert [each.state for each in all_of(world)] == [State.DISCARDED]


def test_a_draft_that_somebody_discards_at_the_same_moment_is_said_to_be_gone(world, desk, said, monkeypatch):
    browser = desk("police")
    kept = browser.post(SAVE, said).json()["saved"]
    (draft,) = all_of(world)
    browser.post(NEW, {**said, "draft": kept, "do": "discard"})
    monkeypatch.setattr("referrals.pages.new.draft_of", lambda actor, reference: draft)  # read before that
    again = browser.post(NEW, {**said, "draft": kept, "do": "discard"}, follow=True)
    assert again.status_code == 200
    assert "was not discarded" in again.content.decode()


def test_a_draft_sent_elsewhere_is_not_made_anew_by_a_late_keystroke(world, desk, said):
    browser = desk("police")
    kept = browser.post(SAVE, said).json()["saved"]
    browser.post(NEW, {**said, "draft": kept, "do": "send"})
    late = browser.post(SAVE, {**said, "draft": kept}).json()
    assert late["problem"]
    assert len(all_of(world)) == 1


def test_a_form_sent_twice_is_sent_once(world, desk, said):
    browser = desk("police")
    said["draft"] = browser.post(SAVE, said).json()["saved"]
    first, second = (browser.post(NEW, {**said, "do": "send"}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert len(all_of(world)) == 1


def test_a_person_whom_we_know_is_pointed_out_before_it_is_sent(world, desk, said):
    known = referral_at(State.SENT, world)
    browser = desk("police")
    said |= {"family_name": "Somebody", "nhs_number": "999 000 0018"}
    stopped = browser.post(NEW, said)
    assert stopped.status_code == 200
    shown = stopped.content.decode()
    assert "Not sent yet" in shown
    assert known.case_reference in shown
    assert "the same NHS number" in shown
    assert browser.post(NEW, {**said, "hints_seen": "1"}).status_code == 302


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"nhs_number": "999 000 0018"}, "the same NHS number"),
        ({"family_name": "example", "given_name": "robin"}, "the same name"),
        ({"source_incident_number": "NS-9"}, "the same incident number"),
    ],
)
def test_hints_look_only_at_our_own_cases(world, desk, typed, why):
    referral_at(State.SENT, world, source_incident_number="NS-9")
    assert why in desk("police").post(HINTS, typed).content.decode()
    assert "Known already" not in desk("stranger").post(HINTS, typed).content.decode()


def test_who_reads_no_nhs_numbers_learns_nothing_by_typing_one(world, desk):
    referral_at(State.SENT, world)
    Agency.objects.filter(pk=world.police.agency_id).update(kind=AgencyKind.VOLUNTARY)
    browser = desk("police")
    assert "Known already" not in browser.post(HINTS, {"nhs_number": "999 000 0018"}).content.decode()
    typed = {"nhs_number": "999 000 0018", "family_name": "example", "given_name": "robin"}
    shown = browser.post(HINTS, typed).content.decode()
    assert "the same name" in shown
    assert "the same NHS number" not in shown


def test_the_phone_number_comes_first_in_an_emergency_and_what_they_see_stands_beside(world, desk):
    team = world.teams["trust"]
    shown = desk("police").post(HINTS, {"to_team": team.pk, "priority": "P1"}).content.decode()
    assert shown.index("Phone first") < shown.index(team.phone) < shown.index("will see")


def shut(team, **night):
    """The team is closed at every hour; ``night`` makes whoever stands in for it."""
    team.always_open = False
    team.fallback = TeamFactory(agency=team.agency, **night) if night else None
    team.save()
    return team.fallback


def test_that_a_team_is_closed_and_who_answers_stands_beside_before_it_is_sent(world, desk, said):
    team, browser = world.teams["trust"], desk("police")
    assert "(closed now)" not in browser.get(NEW).content.decode()
    night = shut(team, name="Night desk", phone="020 7946 0333")
    assert f"{team.name}, {team.phone} (closed now)" in browser.get(NEW).content.decode()
    shown = browser.post(HINTS, {"to_team": team.pk, "priority": "P2"}).content.decode()
    assert f"{team.name} is closed" in shown
    assert f"Night desk, {night.agency.name}, answers, and is asked instead" in shown
    assert night.phone in shown
    kept = browser.post(SAVE, said).json()["saved"]
    answer = browser.post(NEW, {**said, "draft": kept, "do": "send"}, follow=True)
    (sent,) = all_of(world)
    assert sent.to_team_id == night.pk, "with a draft as without one"
    assert f"Sent as {sent.reference} to Night desk, because {team.name} is closed" in answer.content.decode()


def test_where_nobody_stands_in_the_number_to_phone_is_said_before_and_after_it_is_sent(world, desk, said):
    team, browser = world.teams["trust"], desk("police")
    shut(team)
    shown = browser.post(HINTS, {"to_team": team.pk, "priority": "P4"}).content.decode()
    assert "Nobody stands in for it: phone before you send" in shown
    assert team.agency.phone in shown
    shown = browser.post(NEW, {**said, "do": "send"}, follow=True).content.decode()
    assert f"nobody stands in for it; phone {team.agency.phone}" in shown


def test_another_referral_in_a_case_of_others_is_supporting(world, desk, said, stands):
    accepted = referral_at(State.ACCEPTED, world)
    said |= {"to_team": world.teams["ambulance"].pk, "case": accepted.case_reference}
    assert desk("police").post(NEW, said).status_code == 302
    assert [each.lead for each in all_of(world)] == [True, False]
    assert desk("stranger").get(f"{NEW}?case={accepted.case_reference}").status_code == 404


def test_a_form_without_its_token_says_what_to_do(world, desk, said):
    browser = desk("police")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    refused = strict.post(NEW, said)
    assert refused.status_code == 403
    assert "too old to be sent" in refused.content.decode()
    assert all_of(world) == []


@pytest.mark.parametrize("born", ["1/1/2130", "1/1/1800"])
def test_nobody_is_born_tomorrow_or_before_anybody_living(desk, world, said, born):
    answer = desk("police").post(NEW, {**said, "do": "send", "date_of_birth": born})
    assert "This day of birth cannot be right" in answer.text
    assert all_of(world) == []
