"""Detentions in the tracker: recorded, followed, handed over; the board, the sheet and the measures."""

import io
import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pikepdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.acting import acting_for
from agencies.roles import AgencyKind, Role, TeamKind
from referrals.domain.referral import State as ReferralState
from referrals.models import Case, Demand, Detention, Referral
from referrals.services import engine
from tests.factories.agencies import AgencyFactory, TeamFactory
from tests.factories.missing import ask_of
from tests.factories.missing import report as missing_patient
from tests.factories.world import move, referral_at
from tests.referrals.services.deciding import case_of, decide
from tests.referrals.services.detaining import (
    BOSS,
    accept,
    ago,
    arrive,
    ask,
    detain,
    enter,
    now,
    running,
    waits,
)

TAKEN = {
    "power": "s136",
    "given_name": "Robin",
    "family_name": "Example",
    "under_18": "unknown",
    "location": "Example Bridge",
    "number": "2",
    "note": "Calm, talks.",
}


def shown(answer):
    """The page as somebody reads it."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(text.split())


def page(held, *more):
    return "/".join(["/tracker/detentions", str(held.pk), *more]) + "/"


@pytest.fixture
def held(world):
    made = detain(world.police, 150)
    ask(world, made)
    arrive(world, made, 73)
    waits(world.police, made, number=2, since=ago(150))
    return made


class TestFound:
    """Whoever is detained in a case that there is stays in it: it is offered where police read of them."""

    def test_it_is_offered_on_the_report_the_referral_and_the_decision(self, world, desk):
        missing_report, decision = missing_patient(world), decide(world.police)
        reference = ask_of(world.police, missing_report).reference
        pages = (
            f"/tracker/missing/{missing_report.reference}/",
            f"/tracker/referrals/{reference}/",
            f"/tracker/decisions/{decision.pk}/",
        )
        for address in pages:
            told = desk("police").get(address).content.decode()
            [link] = re.findall(r'href="(/tracker/detentions/new/\?case=[^"]*)"', told)
            assert link.partition("?case=")[2] in (missing_report.case.reference, decision.case.reference)
            assert desk("police").get(link).status_code == 200
        for address in pages[:2]:
            assert "/detentions/new/?case=" not in desk("trust").get(address).content.decode()

    def test_once_is_enough(self, world, desk):
        found, decision = missing_patient(world), decide(world.police)
        held = detain(world.police, case=decision.case.reference)
        detain(world.police, case=found.case.reference, person={})
        for address in (
            f"/tracker/missing/{found.reference}/",
            f"/tracker/referrals/{ask_of(world.police, found).reference}/",
            f"/tracker/decisions/{decision.pk}/",
        ):
            told = desk("police").get(address).content.decode()
            assert "/detentions/new/?case=" not in told
        assert held.reference in told


class TestRecording:
    """Only who and by what power must be said."""

    def test_it_is_recorded_with_the_officers_who_are_there(self, world, desk):
        answer = desk("police").post("/tracker/detentions/new/", TAKEN, follow=True)
        with acting_for(world.police.agency_id):
            made = Detention.objects.latest("id")
        assert answer.redirect_chain[0][0] == page(made)
        text = shown(answer)
        for said in ("EXAMPLE, Robin", "Section 136", "not yet at a place of safety", "Calm, talks."):
            assert said in text
        assert now(world.police, made).waiting == 2

    def test_what_is_missing_is_said_at_its_field(self, desk):
        nobody = {**TAKEN, "given_name": "", "family_name": ""}
        answer = desk("police").post("/tracker/detentions/new/", nobody)
        assert answer.status_code == 422
        assert "Give a name, or a description" in shown(answer)

    def test_others_may_not_detain(self, desk):
        assert "Police record whom they detain" in shown(desk("trust").get("/tracker/detentions/new/"))
        answer = desk("trust").post("/tracker/detentions/new/", TAKEN)
        assert answer.status_code == 403

    def test_in_a_case_of_others_it_says_whose_it_becomes(self, world, desk):
        from referrals.domain.referral import State
        from tests.factories.world import referral_at

        case = referral_at(State.ACCEPTED, world).case_reference
        text = shown(desk("police").get(f"/tracker/detentions/new/?case={case}"))
        assert "With this the police become accountable" in text
        assert desk("stranger").get(f"/tracker/detentions/new/?case={case}").status_code == 404


class TestThePage:
    """Police waiting is the first figure; until when, in words."""

    def test_it_shows_the_wait_in_minutes_first_and_the_end_in_words(self, desk, held):
        text = shown(desk("trust").get(page(held)))
        assert text.index("Police waiting 73 minutes") < text.index("Officer time")
        assert re.search(r"Power to detain ends in 22 hours 4\d minutes", text)
        assert "2 officers there" in text
        assert "300 officer-minutes" in text
        assert "is accountable now" in text

    def test_officer_minutes_count_on_by_themselves(self, world, desk, held):
        said = desk("trust").get(page(held)).content.decode()
        ((since, waiting, minutes),) = re.findall(
            r'<time datetime="([^"]+)" data-officers="(\d+)">(\d+)</time>', said
        )
        counted = (timezone.now() - datetime.fromisoformat(since)).total_seconds() * int(waiting) / 60
        assert (int(waiting), int(minutes)) == (2, 300)
        assert counted == pytest.approx(300, abs=0.5)
        enter(world.police, held, "last_officer_released", 1)
        assert "data-officers" not in desk("trust").get(page(held)).content.decode()

    def test_a_refresh_is_the_part_alone_and_no_reading(self, desk, held):
        answer = desk("police").get(page(held), headers={"HX-Request": "true"})
        assert b"<html" not in answer.content
        assert b'id="live"' in answer.content

    def test_who_officers_are_is_for_police(self, world, desk, held):
        waits(world.police, held, identifier="PC 4417")
        assert "PC 4417" in shown(desk("police").get(page(held)))
        assert "PC 4417" not in shown(desk("trust").get(page(held)))

    def test_an_assessment_is_not_for_police(self, world, desk, held):
        enter(world.trust, held, "assessment_started", 5, note="hears voices")
        assert "hears voices" in shown(desk("trust").get(page(held)))
        assert "hears voices" not in shown(desk("police").get(page(held)))

    def test_a_stranger_finds_nothing(self, desk, held):
        for more in ((), ("sheet",), ("arrived",)):
            assert desk("stranger").get(page(held, *more)).status_code == 404

    def test_as_many_questions_of_much_as_of_little(self, world, desk, held):
        police = desk("police")
        few = self.cost(police, held)
        for minutes in (60, 50, 40):
            entered = arrive(world, held, minutes, corrects=self.arrival(world, held))
            assert entered
            waits(world.police, held, identifier=f"PC {minutes}")
        assert self.cost(police, held) == few

    def arrival(self, world, held):
        return next(e.row.pk for e in now(world.police, held).standing if e.row.kind == "arrived")

    def cost(self, client, held):
        client.get(page(held))
        with CaptureQueriesContext(connection) as asked:
            client.get(page(held))
        return len(asked)


class TestItsCase:
    """A case in which nobody was asked: its moves and its alarms stand on the detention's page."""

    @pytest.fixture
    def alone(self, world):
        return detain(world.police, 150)

    def address(self, held, *more):
        with acting_for(held.agency_id):
            return "/".join(["/tracker/cases", Case.objects.get(pk=held.case_id).reference, *more]) + "/"

    def state(self, held):
        with acting_for(held.agency_id):
            return Case.objects.get(pk=held.case_id).state

    def test_it_is_reviewed_while_the_detention_is_open(self, world, desk, alone):
        police = desk("police")
        before = running(world.police, alone)["case_review"].target_at
        text = police.get(page(alone)).content.decode()
        assert self.address(alone, "review") in text
        assert self.address(alone, "close") not in text, "somebody is still detained in it"
        assert "Reviewed: nothing has changed" in shown(police.get(self.address(alone, "review")))
        answer = police.post(self.address(alone, "review"), {"reason": ""}, follow=True)
        assert answer.redirect_chain[-1][0] == page(alone)
        assert running(world.police, alone)["case_review"].target_at > before

    def test_it_is_closed_once_the_detention_has_ended_and_opened_again(self, world, desk, alone):
        police = desk("police")
        early = police.post(self.address(alone, "close"), {"reason": "gone"})
        assert (early.status_code, self.state(alone)) == (409, "open")
        enter(world.police, alone, "left", outcome="discharged_gp_cmht")
        assert self.address(alone, "close") in police.get(page(alone)).content.decode()
        answer = police.post(self.address(alone, "close"), {"reason": "Taken home."}, follow=True)
        assert answer.redirect_chain[-1][0] == page(alone)
        assert self.state(alone) == "closed"
        assert self.address(alone, "reopen") in answer.content.decode()

    def test_its_late_review_is_taken_and_given_back(self, world, desk, in_role, alone):
        police, clock = desk("police"), running(world.police, alone)["case_review"]
        assert "Take this alarm" not in shown(police.get(page(alone)))
        with in_role("worker"):
            engine.tick(clock.target_at + timedelta(minutes=1))
        taking = f"{self.address(alone, 'alarms', 'take')}?clock={clock.pk}"
        assert taking in police.get(page(alone)).content.decode()
        assert f'name="clock" value="{clock.pk}"' in police.get(taking).content.decode()
        said = {"clock": clock.pk, "minutes": "20"}
        assert "Alarm taken by" in shown(police.post(taking, said, follow=True))
        police.post(self.address(alone, "alarms", "release"), said)
        assert "Alarm taken by" not in shown(police.get(page(alone)))

    def test_what_its_late_review_demands_is_ticked(self, world, desk, in_role, alone):
        police, clock = desk("police"), running(world.police, alone)["case_review"]
        with in_role("worker"):
            engine.tick(clock.target_at + timedelta(minutes=1))
        with acting_for(alone.agency_id):
            (demand,) = Demand.objects.filter(clock=clock)
        assert "To do now: phone the receiver" in shown(police.get(page(alone)))
        said = {"demand": str(demand.pk)}
        after = shown(police.post(self.address(alone, "alarms", "tick"), said, follow=True))
        assert "To do now" not in after

    def test_a_stranger_and_a_made_up_action_find_nothing(self, desk, alone):
        for more in (("close",), ("alarms", "take")):
            assert desk("stranger").get(self.address(alone, *more)).status_code == 404
        for more in (("burn",), ("alarms", "close")):
            assert desk("police").get(self.address(alone, *more)).status_code == 404


class TestEntering:
    """One small form for each thing that happens."""

    def test_a_milestone_and_its_correction(self, world, desk, held):
        trust = desk("trust")
        answer = trust.post(page(held, "assessment_started"), {"at": "", "note": ""}, follow=True)
        assert "Being assessed" in shown(answer)
        first = next(e for e in now(world.trust, held).standing if e.row.kind == "arrived")
        form = desk("police").get(f"{page(held, 'arrived')}?corrects={first.row.pk}")
        assert "Correct: arrived" in shown(form)
        wrong = {"corrects": str(first.row.pk), "take_back": "yes", "note": "somebody else", "at": ""}
        desk("police").post(page(held, "arrived"), wrong)
        assert now(world.police, held).row.starts_at is None
        again = desk("police").post(page(held, "arrived"), wrong)
        assert again.status_code == 400
        assert "That entry does not stand" in shown(again)  # the hidden field that names it shows nothing

    def test_an_extension_for_want_of_a_bed_says_why_not(self, desk, held):
        said = {"extension_minutes": "60", "reason_code": "no_bed", "doctor_name": "Dr Example",
                "doctor_role": "doctor", "doctor_contact": "020 7946 0130"}  # fmt: skip
        answer = desk("trust").post(page(held, "extended"), said)
        assert answer.status_code == 422
        assert "s.136B" in shown(answer)

    def test_places_are_asked_at_once(self, world, desk):
        from agencies.roles import TeamKind
        from tests.factories.agencies import TeamFactory

        held = detain(world.police)
        assert "None is known to this system. Phone one" in shown(desk("police").get(page(held, "ask")))
        suites = [TeamFactory(kind=TeamKind.PLACE_OF_SAFETY, agency=world.teams["trust"].agency),
                  TeamFactory(kind=TeamKind.EMERGENCY_DEPARTMENT)]  # fmt: skip
        said = {"places": [str(each.pk) for each in suites], "summary": "calm"}
        desk("police").post(page(held, "ask"), said)
        with acting_for(world.police.agency_id):
            asked = Referral.objects.filter(case=held.case_id)
            assert {each.to_team_id for each in asked} == {each.pk for each in suites}
            assert len({each.asking for each in asked}) == 1

    def test_officers_come_and_go(self, world, desk, held):
        desk("police").post(page(held, "officers"), {"identifier": "PC 1"})
        desk("police").post(page(held, "officers"), {"identifier": "PC 2", "relieves": "PC 1"})
        assert now(world.police, held).waiting == 2
        answer = desk("police").post(page(held, "officers"), {})
        assert answer.status_code == 400

    def test_more_is_stated(self, world, desk, held):
        desk("police").post(page(held, "describe"), {"age": "15", "location": "Other Bridge"})
        row = now(world.police, held).row
        assert (row.under_18, row.location) == (True, {"text": "Other Bridge"})

    def test_there_is_no_form_for_what_there_is_not(self, desk, held):
        for action in ("dance", "health_accepted"):
            assert desk("police").get(page(held, action)).status_code == 404

    def test_a_refusal_on_the_referrals_page_asks_who_authorised_it(self, world, desk):
        held = detain(world.police)
        (asked,) = ask(world, held)
        address = f"/tracker/referrals/{asked.reference}/decline/"
        said = {"reason_code": "no_capacity", "reason": "full", "belongs_to": "unknown"}
        answer = desk("trust").post(address, said)
        assert answer.status_code == 422
        assert "Name who authorised it" in shown(answer)
        named = {"authorised_name": BOSS["name"], "authorised_role": BOSS["role"]}
        assert desk("trust").post(address, {**said, **named}).status_code == 302
        for name in ("police", "trust"):
            text = shown(desk(name).get(f"/tracker/referrals/{asked.reference}/"))
            assert "no capacity to respond in time: “full”. They do not know whose it is" in text
            assert text.count(f"Authorised by {BOSS['name']}, {BOSS['role']}") == 2, (
                "at the top and in the story"
            )

    def test_whose_it_is_stands_where_the_sender_must_act(self, world, desk):
        other = world.teams["other_trust"].agency
        asked = referral_at(ReferralState.SENT, world)
        move(world.trust, asked, "decline", belongs_to=other.code)
        for name in ("police", "trust"):
            text = shown(desk(name).get(f"/tracker/referrals/{asked.reference}/"))
            assert "because outside our area: “north of the river”. They say that it belongs" in text
            assert text.count(f"They say that it belongs to {other.name}") == 2

    def test_who_left_needs_what_was_decided_or_that_it_is_not_known(self, world, desk):
        held = detain(world.police)
        (asked,) = ask(world, held)
        arrive(world, held)
        address = page(held, "left")
        assert desk("police").post(address, {}).status_code == 422
        assert now(world.police, held).row.ended_at is None
        assert desk("police").post(address, {"outcome": "not_known"}).status_code == 302
        ended = now(world.police, held).row
        assert (ended.ended_at is not None, ended.outcome) == (True, "")


class TestElsewhere:
    """Wherever the wait matters, it is the first figure."""

    def test_the_first_page_and_the_case_and_the_worklist_say_it(self, world, desk, held):
        assert "Police waiting with 1 person, the longest for 73 minutes" in shown(
            desk("police").get("/tracker/")
        )
        with acting_for(world.police.agency_id):
            case = Detention.objects.select_related("case").get(pk=held.pk).case.reference
        text = shown(desk("trust").get(f"/tracker/cases/{case}/"))
        assert text.index("Police waiting 73 minutes") < text.index("is accountable now")

    def test_so_does_the_report_of_a_patient_whom_the_police_found_and_detained(self, world, desk):
        missed = missing_patient(world)
        with acting_for(world.trust.agency_id):
            case = Referral.objects.get(case=missed.case_id).case_reference
        held = detain(world.police, 90, case=case, person={})
        arrive(world, held, 73)
        text = shown(desk("trust").get(f"/tracker/missing/{missed.reference}/"))
        assert text.index("Police waiting 73 minutes") < text.index("is accountable now")

    def test_so_does_the_decision_about_somebody_whom_the_police_detained(self, world, desk):
        decided = decide(world.police)
        held = detain(world.police, 90, case=case_of(decided).reference, person={})
        arrive(world, held, 73)
        text = shown(desk("police").get(f"/tracker/decisions/{decided.pk}/"))
        assert text.index("Police waiting 73 minutes") < text.index("Decided by")
        assert "Detained by police" not in text, "which has been recorded"

    def test_a_case_in_which_nobody_was_asked_is_shown_by_its_detention(self, world, desk):
        made = detain(world.police)
        with acting_for(world.police.agency_id):
            case = Detention.objects.select_related("case").get(pk=made.pk).case.reference
        assert desk("police").get(f"/tracker/cases/{case}/")["Location"] == page(made)


class TestTheBoard:
    """Who waits longest first; no names on a wall."""

    def test_the_longest_wait_stands_first(self, world, desk, held):
        later = detain(world.police, 40, person={"family_name": "QUIET", "given_name": "Kim"})
        arrive(world, later, 20)
        way = detain(world.police, 10)
        released = detain(world.police, 300)
        arrive(world, released, 280)
        enter(world.police, released, "last_officer_released", 100)
        text = shown(desk("police").get("/tracker/places/"))
        assert "Police waiting with 2 people, the longest for 73 minutes" in text
        order = [text.index(each.reference) for each in (way, held, later, released)]
        assert order == sorted(order)
        assert "QUIET" not in text
        assert "EXAMPLE" not in text
        assert "No police waiting" in text

    def test_a_place_sees_those_that_came_to_it(self, desk, held):
        assert held.reference in shown(desk("trust").get("/tracker/places/"))
        assert held.reference not in shown(desk("stranger").get("/tracker/places/"))

    @pytest.mark.parametrize(
        ("rooms", "said"), [(1, "1 there, 1 room,"), (4, "1 there, 4 rooms,"), (None, "1 there,")]
    )
    def test_a_place_says_how_many_it_can_keep_if_that_is_known(
        self, as_owner, world, desk, held, rooms, said
    ):
        as_owner.execute(
            "update agencies_team set rooms = %s where id = %s", [rooms, world.teams["trust"].pk]
        )
        as_owner.commit()
        assert f"{said} police wait with 1" in shown(desk("police").get("/tracker/places/"))

    def test_a_wait_over_the_target_and_a_place_that_is_too_full_are_marked(
        self, as_owner, world, desk, held
    ):
        later = detain(world.police, 59)
        arrive(world, later, 39)
        as_owner.execute("update agencies_team set rooms = 1 where id = %s", [world.teams["trust"].pk])
        as_owner.commit()
        text = shown(desk("police").get("/tracker/places/"))
        assert "Police waiting 73 minutes Over 60 minutes" in text
        assert text.count("Over 60 minutes") == 1
        assert "Over capacity" in text

    def test_a_power_that_has_ended_is_said_to_have_ended(self, world, desk):
        made = detain(world.police, 1_700)
        arrive(world, made, 1_440 + 30)
        text = shown(desk("police").get("/tracker/places/"))
        assert "Power ended 30 minutes ago" in text
        assert "late" not in text
        assert "Power to detain ended 30 minutes ago" in shown(desk("police").get(page(made)))

    def test_places_of_safety_stand_first_and_others_apart(self, as_owner, world, desk, held):
        change = "update agencies_team set kind = %s where id = %s"
        as_owner.execute(change, ["place_of_safety", world.teams["trust"].pk])
        as_owner.execute(change, ["crisis_hub", world.teams["other_trust"].pk])
        as_owner.commit()
        form = desk("police").get(page(held, "place_contacted")).context["form"]
        titles = [title for title, _ in form.fields["place"].choices]
        assert (titles[1], titles[-1]) == ("Places of safety", "Other teams of health")

    def test_nobody_is_brought_to_a_sandbox(self, world, desk, held):
        from tests.factories.agencies import TeamFactory

        suite = TeamFactory(kind="place_of_safety", name="Trial suite", agency__sandbox=True)
        assert suite.name not in shown(desk("police").get("/tracker/places/"))
        for step in ("place_contacted", "ask"):
            assert suite.name not in shown(desk("police").get(page(held, step)))


def test_where_police_wait_in_an_emergency_department_the_acute_trust_and_its_place_are_seen(world, desk):
    """Brought to an emergency department first, and on to the trust's place: both, in order, with whose."""
    acute = AgencyFactory(kind=AgencyKind.ACUTE_TRUST, name="Example Acute Trust")
    majors = TeamFactory(agency=acute, kind=TeamKind.EMERGENCY_DEPARTMENT, name="Majors")
    held = detain(world.police, 200)
    arrive(world, held, 150, place=majors, place_kind="emergency_department")
    assert "Emergency department, Example Acute Trust" in shown(desk("police").get("/tracker/places/"))
    told = shown(desk("police").get(page(held)))
    assert "Majors, Example Acute Trust" in told.partition("It stands at")[2].partition("accountable now")[0]
    arrive(world, held, 30)
    pathway = shown(desk("police").get(page(held))).partition("Pathway")[2].partition("Handover")[0]
    first, second = "Emergency department: Majors, Example Acute Trust", "Health-based place of safety: "
    assert -1 < pathway.find(first) < pathway.find(second)


def test_the_way_onwards_opens_the_form_of_what_it_says(world, desk, held):
    told = desk("trust").get(page(held)).content.decode()
    [onwards] = re.findall(r'href="([^"]*category=conveyance)">Ask the ambulance service', told)
    form = desk("trust").get(onwards.replace("&amp;", "&")).content.decode()
    assert re.search(r'<option value="conveyance" selected>', form)
    plain = desk("trust").get(f"/tracker/referrals/new/?case={held.case.reference}&category=x")
    assert plain.status_code == 200


@pytest.mark.parametrize("step", ["Ask a trust for a bed", "Ask for follow-up in the community"])
def test_a_step_onwards_is_a_referral_of_the_same_case(world, desk, held, step):
    told = desk("police").get(page(held)).content.decode()
    [onwards] = re.findall(rf'href="([^"]*)">{step}', told)
    asked = {**parse_qs(urlsplit(onwards.replace("&amp;", "&")).query)}
    said = {
        "case": asked["case"][0],
        "category": asked["category"][0],
        "priority": "P2",
        "to_team": world.teams["other_trust"].pk,
        "scene_safety": "safe",
        "summary": step,
        "hints_seen": "on",
    }
    answer = desk("police").post("/tracker/referrals/new/", said, follow=True)
    assert answer.status_code == 200
    text = shown(desk("police").get(page(held)))
    assert f"Mental health crisis in the community: {world.teams['other_trust'].name}" in text


class TestTheSheet:
    """One side of A4, on screen and as a PDF from one template."""

    def test_it_says_what_is_handed_over(self, world, desk, held):
        text = shown(desk("trust").get(page(held, "sheet")))
        for said in ("S Situation", "B Background", "A Assessment", "R Recommendation", "EXAMPLE, Robin",
                     "999 000 0018", "73 minutes", "Accountable now"):  # fmt: skip
            assert said in text

    def test_every_moment_has_its_day_and_the_printer_a_name(self, world, desk):
        made = detain(world.police, 200, person={"description": "man, green coat"})
        arrive(world, made, 100)
        text = shown(desk("police").get(page(made, "sheet")))
        row = now(world.police, made).row
        ends = timezone.localtime(row.expires_at)
        assert f"Power to detain ends {ends:%H:%M} on {ends:%a} {ends.day} {ends:%b %Y}" in text
        assert "yesterday" not in text
        assert "tomorrow" not in text
        assert "Name Not known" in text
        assert "Description man, green coat" in text
        assert re.search(r"printed \d+ \w+ \d{4}, \d\d:\d\d by \w+", text)

    def test_the_pdf_is_one_page_of_it(self, world, desk, held):
        for kind in ("ambulance_requested", "ambulance_arrived", "amhp_notified", "doctor_notified"):
            enter(world.police, held, kind, 3, note="as was said on the phone " * 8)
        answer = desk("trust").get(f"/tracker/detentions/{held.pk}/sheet.pdf")
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        with pikepdf.open(io.BytesIO(answer.content)) as paper:
            assert len(paper.pages) == 1
        assert answer["Cache-Control"] == "no-store"

    def test_however_long_it_took_it_begins_where_it_began(self, world, desk):
        """Why somebody was detained stands first on it, and is not pushed out by what followed."""
        made = detain(world.police, 200, note="on the bridge, would not speak")
        arrive(world, made, 100)
        for minutes in range(60, 50, -1):
            place = world.teams["trust"]
            enter(world.police, made, "place_contacted", minutes, place=place, note=f"call {minutes}")
        text = shown(desk("trust").get(page(made, "sheet")))
        assert "on the bridge, would not speak" in text
        assert "2 more between these, on the detention’s page" in text
        assert "call 51" in text
        assert "call 58" not in text

    def test_nothing_is_fetched_from_elsewhere(self):
        from weasyprint.urls import FatalURLFetchingError

        from referrals.screens import pdf

        with pytest.raises(FatalURLFetchingError):
            pdf.drawn("<img src='https://example.org/a.png'>", "referrals/sheet.css")


class TestTheMeasures:
    """Figures, each with its definition, a chart and the table behind it."""

    def test_it_shows_each_measure_with_its_definition(self, world, desk):
        for _ in range(5):
            made = detain(world.police, 200)
            waits(world.police, made, number=2, since=ago(200))
            (asked,) = ask(world, made)
            arrive(world, made, 100)
            accept(world.trust, asked)
            enter(world.police, made, "last_officer_released", 50)
            enter(world.trust, made, "decided", 1, outcome="discharged_gp_cmht")
        answer = desk("police", Role.DIRECTOR).get("/tracker/measures/")
        text = shown(answer)
        for said in ("Handovers within 60 minutes", "100%", "Officer hours", "Discharged home", "version 1",
                     "An estimate, not a measure", "18.2 hours each", "by hour of the week"):  # fmt: skip
            assert said in text
        assert answer.content.count(b"<svg") >= 6
        assert b"style=" not in answer.content

    def test_other_days_and_nonsense_are_understood(self, desk):
        nothing = desk("trust").get("/tracker/measures/?first=2020-01-01&last=2020-01-31")
        assert "Nothing was counted in this period" in shown(nothing)
        assert desk("trust").get("/tracker/measures/?first=x&last=y").status_code == 200


def test_a_handover_may_be_given_back_and_asked_again(world, desk, held):
    with acting_for(world.police.agency_id):
        asked = Referral.objects.filter(case=held.case_id).latest("id")
    accept(world.trust, asked)
    move(world.trust, asked, "fail", reason_code="no_capacity")
    assert "Ask places of safety" in shown(desk("police").get(page(held)))


def test_a_power_that_has_run_out_is_said_to_have_ended(world, desk):
    held = detain(world.police, 26 * 60)
    arrive(world, held, 25 * 60)
    (asked,) = ask(world, held)
    shown = desk("police").get(f"/tracker/referrals/{asked.reference}/").text
    assert "Power ended" in shown
    assert "Power ends" not in shown
