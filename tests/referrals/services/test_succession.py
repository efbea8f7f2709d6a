"""One agency becomes part of another: its open cases are handed over, each by a named acceptance."""

import io

import pytest
from django.core.management import CommandError, call_command

from agencies.acting import acting_for
from agencies.models import Agency, AuditEvent, Membership, Team
from agencies.roles import Role
from referrals.domain.errors import Invalid
from referrals.domain.referral import State
from referrals.models import Accountability, Referral
from referrals.services import referral as referrals
from referrals.services import succession
from tests.factories.agencies import MembershipFactory, TeamFactory
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import again, case_of, child_of, owner_of


@pytest.fixture
def merged(world):
    """The trust becomes part of the other trust."""
    Agency.objects.filter(pk=world.trust.agency_id).update(succeeded_by=world.other_trust.agency_id)
    return world


def merge(world):
    with acting_for(world.trust.agency_id):
        ends = {"to_team": world.teams["other_trust"], "by": world.trust}
        return [succession.hand_over(held=held, **ends) for held in succession.still_held(**ends)]


HELD = [State.ACCEPTED, State.IN_PROGRESS]


@pytest.mark.parametrize("state", [State.SENT, State.ACKNOWLEDGED, State.INFO_REQUESTED, *HELD])
def test_what_it_holds_is_the_successors_once_somebody_there_accepts(world, state):
    referral = referral_at(state, world)
    Agency.objects.filter(pk=world.trust.agency_id).update(succeeded_by=world.other_trust.agency_id)
    (handed,) = merge(world)
    child = child_of(world.police, referral)
    assert (handed.reference, handed.child, handed.refused) == (referral.reference, child.reference, "")
    assert owner_of(world, referral) == ("trust" if state in HELD else "police"), "nothing moves by itself"
    move(world.other_trust, child, "accept")
    assert owner_of(world, referral) == "other_trust"
    assert again(world.police, referral).state == State.REDIRECTED


def test_a_case_that_came_back_to_it_is_asked_of_the_successor(world):
    asked = world.asked(from_team=world.teams["trust"], to_team=world.teams["ambulance"])
    made = act(world.trust, referrals.create, asked=asked)
    move(world.ambulance, made, "decline")
    Agency.objects.filter(pk=world.trust.agency_id).update(succeeded_by=world.other_trust.agency_id)
    (handed,) = merge(world)
    assert handed.reference == made.case_reference
    with acting_for(world.other_trust.agency_id):
        child = Referral.objects.get(reference=handed.child)
    assert child.lead
    assert child.summary.startswith(f"{world.teams['trust'].agency.name} is part of ")
    move(world.other_trust, child, "accept")
    assert case_of(world.trust, made).accountable_agency_id == world.other_trust.agency_id


def test_run_again_it_asks_nobody_twice(world):
    referral_at(State.ACCEPTED, world)
    Agency.objects.filter(pk=world.trust.agency_id).update(succeeded_by=world.other_trust.agency_id)
    assert len(merge(world)) == 1
    assert merge(world) == []


def test_history_keeps_who_answered_before(world):
    referral = referral_at(State.ACCEPTED, world)
    Agency.objects.filter(pk=world.trust.agency_id).update(succeeded_by=world.other_trust.agency_id)
    merge(world)
    move(world.other_trust, child_of(world.police, referral), "accept")
    with acting_for(world.police.agency_id):
        periods = Accountability.objects.filter(case_id=referral.case_id).order_by("during")
        answered = [each.agency_id for each in periods]
    assert answered == [world.police.agency_id, world.trust.agency_id, world.other_trust.agency_id]


def test_new_work_for_it_is_refused_and_the_successor_named(merged):
    desk = Team.objects.get(pk=merged.teams["trust"].pk)
    with pytest.raises(Invalid) as refused:
        act(merged.police, referrals.create, asked=merged.asked(to_team=desk))
    successor = merged.teams["other_trust"].agency
    assert successor.name in str(refused.value)
    assert refused.value.errors == {"/to_team": f"a team of {successor.code}, or phone {successor.phone}"}


def test_a_closed_desk_whose_stand_in_was_merged_is_asked_itself(merged):
    """Nobody stands in for it any more: that is no reason to refuse a person."""
    desk = TeamFactory(
        agency=merged.teams["ambulance"].agency,
        code="shut",
        always_open=False,
        fallback=merged.teams["trust"],
    )
    sent = act(merged.police, referrals.create, asked=merged.asked(to_team=desk))
    assert (sent.to_team_id, sent.state) == (desk.pk, State.SENT)


def test_a_draft_of_before_is_not_sent_to_it_any_more(world):
    draft = act(world.police, referrals.create, asked=world.asked(draft=True))
    Agency.objects.filter(pk=world.trust.agency_id).update(succeeded_by=world.other_trust.agency_id)
    with pytest.raises(Invalid):
        move(world.police, draft, "send")
    assert again(world.police, draft).state == State.DRAFT


def test_only_to_the_agency_that_succeeds(world):
    with pytest.raises(Invalid, match="succeeded by nobody yet"):
        merge(world)


def test_the_command_asks_in_a_managers_name_and_says_what_it_did(merged, world):
    boss = Membership.objects.select_related("user").get(team=world.teams["trust"], role=Role.MANAGER)
    said = io.StringIO()
    words = ["hand_over", "trust", "--team", world.teams["other_trust"].code, "--by"]
    Agency.objects.filter(pk=world.trust.agency_id).update(succeeded_by=None)
    referral = referral_at(State.ACCEPTED, world)
    Agency.objects.filter(pk=world.trust.agency_id).update(succeeded_by=world.other_trust.agency_id)
    call_command(*words, boss.user.username, stdout=said)
    assert f"{referral.reference}: asked as R-" in said.getvalue()
    worker = MembershipFactory(team=world.teams["trust"], role=Role.WORKER).user.username
    with pytest.raises(CommandError, match="is no manager or director of trust"):
        call_command(*words, worker, stdout=said)


def codes(world):
    return [world.teams[name].agency.code for name in ("trust", "other_trust")]


def merged_by_command(*words):
    said = io.StringIO()
    call_command("merge_agency", *words, stdout=said)
    return said.getvalue()


def test_a_merger_is_entered_audited_and_undone(world, in_role):
    old, new = codes(world)
    with in_role("owner"):
        assert "Hand over what it holds" in merged_by_command(old, "--into", new)
        assert Agency.objects.get(code=old).succeeded_by.code == new
        assert "of its own again" in merged_by_command(old, "--undo")
        assert Agency.objects.get(code=old).succeeded_by is None
        lines = AuditEvent.objects.filter(target_label="agency").order_by("pk")
        assert [(each.action, each.data) for each in lines] == [
            ("agency.merged", {"into": new, "before": None}),
            ("agency.parted", {"into": None, "before": new}),
        ]


@pytest.mark.parametrize(
    ("into", "why"),
    [
        ("trust", "does not succeed itself"),
        ("police", "may not read what"),
        ("ambulance", "is part of another itself"),
        ("nobody", "there is no agency nobody"),
    ],
)
def test_an_impossible_merger_is_refused(into, why, world, in_role):
    old, new = codes(world)
    code = world.teams[into].agency.code if into in world.teams else into
    with in_role("owner"):
        succession.merge(old=world.teams["ambulance"].agency.code, new=new)
        with pytest.raises(CommandError, match=why):
            merged_by_command(old, "--into", code)
        assert Agency.objects.get(code=old).succeeded_by is None
