"""Friday 16:10: the desk closes at five, and nothing is left with it that nobody answers for."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from agencies.acting import acting_for
from agencies.instants import LONDON
from agencies.models import Membership
from agencies.roles import Role
from notifications.models import Message
from referrals.domain.errors import Invalid, MoveNotAllowed
from referrals.domain.referral import State
from referrals.management.demo import past
from referrals.models import Clock, Event, Referral
from referrals.services import engine, escalation, risk
from referrals.services import referral as referrals
from tests.factories.agencies import MembershipFactory, TeamFactory, keeps_office_hours
from tests.factories.world import act, move, referral_at
from tests.referrals.pages.conftest import signed_in
from tests.referrals.services.reading import again

FRIDAY = datetime(2025, 11, 21, tzinfo=LONDON)


def at(hour, minute=0, *, days=0):
    """A time of that weekend, by London's clock."""
    return datetime.combine(FRIDAY.date() + timedelta(days=days), time(hour, minute), tzinfo=LONDON)


@pytest.fixture
def office(world):
    """The trust's desk keeps office hours."""
    return keeps_office_hours(world.teams["trust"])


@pytest.fixture
def night(world, office):
    """Somebody of the trust's own stands in, with a worker at the desk."""
    desk = TeamFactory(code="night-desk", agency=office.agency, phone="020 7946 0333")
    MembershipFactory(team=desk, role=Role.WORKER)
    office.fallback = desk
    office.save()
    return desk


@pytest.fixture
def ask(world, office):
    """``ask(16, 10)``: what the police ask of the desk on that Friday, at P4, then."""

    def make(hour, minute=0, **changes):
        with past.at(at(hour, minute)):
            asked = world.asked(priority="P4", to_team=type(office).objects.get(pk=office.pk), **changes)
            return act(world.police, referrals.create, asked=asked)

    return make


@pytest.fixture
def look(in_role):
    """The engine looks at everything that is due by then."""

    def tick(moment):
        with in_role("worker"):
            while engine.tick(now=moment).looked:
                pass

    return tick


def told(world, name, kind):
    """What a desk is told."""
    with acting_for(getattr(world, name).agency_id):
        return list(
            Message.objects.filter(kind=kind)
            .exclude(team=None, kind__startswith="handover.")
            .order_by("created_at")
        )


def people(world, name, kind):
    """Who is told, and not only a desk: by tier, with the next channel."""
    with acting_for(getattr(world, name).agency_id):
        found = Message.objects.filter(kind=kind, team=None, membership__isnull=False)
        return {(m.membership.role, m.then[0][0]): m.data.get("said") for m in found}


def answering(world, referral):
    return again(world.police, referral).answering_team_id


def events(world, referral, kind):
    with acting_for(world.police.agency_id):
        return [each.data for each in Event.objects.filter(case=referral.case_id, type=kind).order_by("seq")]


def test_at_half_past_four_both_desks_are_told_and_at_five_the_other_answers(world, office, night, ask, look):
    sent, accepted = ask(16, 10), ask(16, 10)
    with past.at(at(16, 15)):
        move(world.trust, accepted, "accept")
    look(at(16, 29))
    assert told(world, "trust", "handover.coming") == []
    look(at(16, 30))
    coming = told(world, "trust", "handover.coming")
    assert {each.team_id for each in coming} == {night.pk}
    assert {each.about for each in coming} == {f"referral:{sent.pk}", f"referral:{accepted.pk}"}
    staff = [each.membership_id for each in told(world, "trust", "escalation.fired")]
    assert set(staff) >= set(
        Membership.objects.filter(team=office, role=Role.WORKER).values_list("pk", flat=True)
    )
    assert answering(world, sent) is None, "the doors are open yet"
    look(at(17))
    for referral in (sent, accepted):
        assert answering(world, referral) == night.pk
        assert [each["team"] for each in events(world, referral, "referral.handed_over")] == ["night-desk"]
        assert again(world.police, referral).to_team_id == office.pk
    assert len(told(world, "trust", "referral.handed_over")) == 2
    assert told(world, "police", "handover.nobody") == []
    look(at(9, days=3))
    assert answering(world, sent) is None, "on Monday it is the desk's again"


def test_over_the_weekend_whoever_answers_is_chased(world, office, night, ask, look):
    ask(16, 10)
    look(at(17))
    look(at(18, 10))  # the acknowledgement, two hours at P4, is late
    late = [m for m in told(world, "trust", "escalation.fired") if m.data["clock"] == "acknowledge"]
    workers = set(Membership.objects.filter(team=night).values_list("pk", flat=True))
    assert workers & {each.membership_id for each in late}


def test_where_nobody_stands_in_the_sender_is_told_with_a_number_before_the_doors_close(
    world, office, ask, look
):
    referral = ask(16, 10)
    look(at(16, 30))
    (word,) = told(world, "police", "handover.nobody")
    assert (word.team_id, word.data["phone"]) == (world.teams["police"].pk, office.agency.phone)
    look(at(17))
    assert len(told(world, "police", "handover.nobody")) == 1, "once"
    assert answering(world, referral) is None
    look(at(9, days=3))
    assert events(world, referral, "referral.handed_over") == []


def test_and_whoever_is_on_duty_there_has_it_by_e_mail_if_they_open_nothing(world, office, ask, look):
    """The desk's inbox is nobody's to open; of what was accepted, the receiver's managers know as well."""
    ask(16, 10)
    look(at(16, 30))
    number = [f"phone {office.agency.phone}"]
    assert people(world, "police", "handover.nobody") == {("worker", "email"): number}
    assert people(world, "trust", "handover.left") == {}
    accepted = ask(16, 31)
    with past.at(at(16, 32)):
        move(world.trust, accepted, "accept")
    look(at(16, 33))
    assert people(world, "trust", "handover.left") == {("manager", "email"): number}


def test_an_ask_of_closed_doors_reaches_somebody_too(world, office, ask):
    ask(18)
    assert people(world, "police", "handover.nobody") == {
        ("worker", "email"): [f"phone {office.agency.phone}"]
    }


def test_another_agency_answers_only_for_what_it_accepts(world, office, ask, look):
    office.fallback = world.teams["ambulance"]
    office.save()
    referral = ask(16, 10)
    look(at(17))
    assert answering(world, referral) is None
    assert told(world, "ambulance", "handover.coming") == []
    (word,) = told(world, "police", "handover.nobody")
    assert word.data["phone"] == world.teams["ambulance"].phone, "the sender may ask them"


def test_sent_to_closed_doors_the_sender_is_told_at_once(world, office, ask):
    referral = ask(18)
    assert len(told(world, "police", "handover.nobody")) == 1
    with acting_for(world.police.agency_id):
        clock = Clock.objects.running().get(referral=referral, kind="handover")
    assert clock.next_look_at == clock.target_at == at(9, days=3)


def test_new_work_for_a_closed_desk_goes_to_whoever_stands_in(world, office, night, ask):
    referral = ask(18)
    assert (referral.to_team_id, referral.state) == (night.pk, State.SENT)
    assert f"{office.name} is closed, so that {night.name} answers" in referral.routed, "by name"
    assert told(world, "police", "handover.nobody") == []


def test_a_draft_for_a_closed_desk_is_sent_to_whoever_stands_in_too(world, office, night):
    with past.at(at(16, 50)):
        asked = world.asked(priority="P4", draft=True, to_team=type(office).objects.get(pk=office.pk))
        kept = act(world.police, referrals.create, asked=asked)
        assert kept.to_team_id == office.pk
    with past.at(at(18)):
        sent = move(world.police, kept, "send")
    assert (sent.pk, sent.to_team_id, sent.to_agency_id) == (kept.pk, night.pk, night.agency_id)
    assert f"{office.name} is closed, so that {night.name} answers" in sent.routed
    assert told(world, "police", "handover.nobody") == []


@pytest.mark.parametrize("first", ["acknowledge", "accept"])
def test_passed_on_to_a_closed_team_it_does_not_come_back(world, office, first):
    """The closed team's stand-in is the team that passes it on: it would have it twice."""
    hub = TeamFactory(code="hub", name="The hub", agency=office.agency)
    office.fallback = hub
    office.save()
    open_one = TeamFactory(name="The other hub", agency=office.agency, phone="020 7946 0444")
    with past.at(at(18)):
        referral = act(world.police, referrals.create, asked=world.asked(to_team=hub))
        move(world.trust, referral, first)
        with pytest.raises(Invalid) as refused:
            move(world.trust, referral, "redirect", to_team=type(office).objects.get(pk=office.pk))
    said = refused.value.errors["/to_team"]
    assert f"{office.name} is closed until 09:00 on Monday 24 November" in said
    assert f"{open_one.name} (020 7946 0444)" in said
    with acting_for(world.police.agency_id):
        assert list(Referral.objects.all()) == [referral], "nothing was asked"


def test_sent_at_ten_to_five_notice_is_given_at_once(world, office, ask, look):
    ask(16, 50)
    look(at(16, 51))
    assert len(told(world, "police", "handover.nobody")) == 1


def test_an_engine_that_was_away_makes_up_for_it(world, office, night, ask, look):
    referral = ask(16, 10)
    look(at(20))
    assert answering(world, referral) == night.pk
    look(at(12, days=4))
    assert answering(world, referral) is None


def test_it_is_on_the_worklist_of_whoever_answers(world, office, night, ask, look):
    referral = ask(16, 10)
    member = Membership.objects.select_related("user").get(team=night)
    member.user.is_staff = True
    member.user.save()
    browser = signed_in(member.user)
    assert referral.reference not in browser.get("/admin/?place=team").content.decode()
    look(at(17))
    assert referral.reference in browser.get("/admin/?place=team").content.decode()
    shown = browser.get(f"/admin/work/{referral.reference}/").content.decode()
    assert f"<strong>{night.name}</strong> answers while it is closed: {night.phone}" in shown


def test_what_ends_is_handed_on_no_more(world, office, night, ask, look):
    referral = ask(16, 10)
    look(at(17))
    with past.at(at(17, 30)):
        move(world.trust, referral, "decline")
    assert again(world.police, referral).answering_team_id is None
    with acting_for(world.police.agency_id):
        assert not Clock.objects.running().filter(referral=referral, kind="handover").exists()


def test_a_desk_that_never_closes_has_no_such_clock(world):
    referral = referral_at(State.ACCEPTED, world)
    with acting_for(world.police.agency_id):
        assert not Clock.objects.filter(case=referral.case_id, kind="handover").exists()
        assert Referral.objects.get(pk=referral.pk).breach_at


def test_closing_time_is_no_deadline_of_the_referral(world, office, night, ask, look):
    referral = ask(16, 10)
    with acting_for(world.police.agency_id):
        acknowledge = Clock.objects.get(referral=referral, kind="acknowledge")
    assert again(world.police, referral).breach_at == acknowledge.target_at
    look(at(16, 30))
    assert again(world.police, referral).escalation_level == 0
    with past.at(at(16, 40)):
        info = move(replace(world.trust), referral, "request_info")
    assert info.breach_at != at(17)


def test_the_risk_can_be_raised_though_a_desk_will_close(world, office, ask):
    sent = ask(16, 10)
    raised = act(world.police, risk.change, referral_id=sent.pk, direction="raise", priority="P1", reason="x")
    assert raised.priority == "P1"
    with acting_for(world.trust.agency_id):
        assert Clock.objects.running().filter(referral=sent, kind="handover").count() == 1


def test_closing_time_cannot_be_put_off_by_taking_its_alarm(world, office, night, ask, look):
    sent = ask(16, 10)
    look(at(16, 30))
    with acting_for(world.trust.agency_id):
        clock = Clock.objects.running().get(referral=sent, kind="handover")
    assert clock.step == 1
    with pytest.raises(MoveNotAllowed, match="a desk closes when it closes"):
        act(world.trust, escalation.take, clock_id=clock.pk)
    look(at(17, 0))
    assert answering(world, sent) == night.pk
