"""Two agencies agree: drafted, signed by both, dated; then it holds, and running clocks keep theirs."""

from copy import deepcopy
from datetime import timedelta

import pytest

from agencies.acting import NamedPerson, acting_for
from agencies.models import AuditEvent
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.models import AgreementVersion, Event
from referrals.models.keys import instant
from referrals.services import agreement, drafting, engine, repin
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import again, child_of, running

DAY = timedelta(days=1)
BOSS = NamedPerson("Dee Example", "director", "020 7946 0109")


@pytest.fixture
def boss(world):
    """``boss("trust")``: a manager of that agency."""
    return lambda name: getattr(world, name).asserting(BOSS)


def drafted(world, by, category="concern_for_welfare"):
    ends = {"sender": world.teams["police"].agency, "receiver": world.teams["trust"].agency}
    return act(by, drafting.draft, category=category, **ends)


def edited(by, version, **targets):
    terms = deepcopy(version.terms)
    for kind, minutes in targets.items():
        for priority in terms["targets"]:
            terms["targets"][priority][kind] = max(minutes, terms["targets"][priority][kind])
    return act(by, drafting.edit, version_id=version.pk, terms={**terms, "review_on": "2099-04-01"})


def dated(by, version, live_from, reason="as both agreed"):
    return act(by, drafting.set_go_live, version_id=version.pk, live_from=live_from, reason=reason)


def agreed(world, boss, live_from=None, **targets):
    """A version that both have signed, dated if a date is given."""
    version = edited(boss("police"), drafted(world, boss("police")), **targets)
    for name in ("police", "trust"):
        act(boss(name), drafting.sign, version_id=version.pk)
    if live_from is not None:
        dated(boss("trust"), version, live_from)
    return version


def soon(after=0.5):
    """Late enough for one call on a busy machine."""
    return instant() + timedelta(seconds=after)


def wait_for(moment):
    while instant() < moment:
        pass


def in_force(world, at):
    words = {"from_team": world.teams["police"], "to_team": world.teams["trust"], "at": at}
    with acting_for(world.police.agency_id):
        return agreement.in_force(**words, category="concern_for_welfare")


class TestMaking:
    """From the draft to the date."""

    def test_both_sides_sign_one_text(self, world, boss):
        version = edited(boss("police"), drafted(world, boss("police")), decide=40)
        act(boss("police"), drafting.sign, version_id=version.pk)
        with pytest.raises(MoveNotAllowed, match="both sides sign"):
            dated(boss("police"), version, instant() + DAY)
        act(boss("trust"), drafting.remark, version_id=version.pk, text="45 would be safer.")
        version = edited(boss("trust"), version, decide=45)
        act(boss("trust"), drafting.sign, version_id=version.pk)
        with pytest.raises(MoveNotAllowed, match="both sides sign"):
            dated(boss("police"), version, instant() + DAY)
        act(boss("police"), drafting.sign, version_id=version.pk)
        dated(boss("police"), version, instant() + DAY)
        assert in_force(world, instant() + 2 * DAY).terms["targets"]["P2"]["decide"] == 45

    def test_until_its_date_nothing_changes_and_then_it_supersedes(self, world, boss):
        version = agreed(world, boss, instant() + DAY, decide=45)
        now = instant()
        assert in_force(world, now).agreement.name == "Default targets"
        with acting_for(world.police.agency_id):
            asked = agreement.between(
                world.teams["police"].agency, world.teams["trust"].agency, "concern_for_welfare"
            )
            found = agreement.resolved(asked, now)
        assert (found.coming.version, found.because) == (
            version.pk,
            "the default, where nothing else is agreed",
        )
        second = agreed(world, boss, instant() + 3 * DAY, decide=50)
        assert in_force(world, now + 2 * DAY).pk == version.pk
        assert in_force(world, now + 4 * DAY).pk == second.pk

    def test_a_date_moves_until_it_is_reached_and_its_history_is_kept(self, world, boss):
        first = instant() + DAY
        version = agreed(world, boss, first, decide=45)
        dated(boss("police"), version, first + 61 * DAY, "two months more for the trusts")
        with acting_for(world.police.agency_id):
            dates = list(version.go_lives.order_by("id").values_list("live_from", "reason"))
        assert dates == [(first, "as both agreed"), (first + 61 * DAY, "two months more for the trusts")]
        assert in_force(world, first + DAY).pk != version.pk

    def test_what_is_live_stays(self, world, boss):
        version, at = agreed(world, boss, decide=45), soon()
        dated(boss("trust"), version, at)
        wait_for(at)
        with pytest.raises(MoveNotAllowed, match="is live"):
            dated(boss("police"), version, instant() + DAY)
        with pytest.raises(MoveNotAllowed, match="is agreed"):
            edited(boss("police"), version, decide=50)
        with pytest.raises(MoveNotAllowed, match="is agreed"):
            act(boss("police"), drafting.sign, version_id=version.pk)

    def test_what_is_refused(self, world, boss):
        version = drafted(world, boss("police"))
        with pytest.raises(MoveNotAllowed, match="a draft of this agreement already"):
            drafted(world, boss("trust"))
        with pytest.raises(NotYourMove):
            drafted(world, world.police)
        with pytest.raises(NotYourMove):
            drafted(world, boss("ambulance"))
        with pytest.raises(NotThere):
            act(boss("ambulance"), drafting.sign, version_id=version.pk)
        with pytest.raises(Invalid) as refused:
            act(boss("police"), drafting.sign, version_id=version.pk)
        assert set(refused.value.errors) == {"/review_on"}
        with pytest.raises(ReasonNeeded):
            act(boss("police"), drafting.remark, version_id=version.pk, text="")
        whole = edited(boss("police"), version)
        for arbiter in ("police", "nobody-at-all"):
            with pytest.raises(Invalid) as refused:
                act(boss("police"), drafting.edit, version_id=version.pk,
                    terms={**whole.terms, "arbiter": arbiter})  # fmt: skip
            assert set(refused.value.errors) == {"/arbiter"}
        act(boss("police"), drafting.sign, version_id=version.pk)
        with pytest.raises(MoveNotAllowed, match="signed this text already"):
            act(boss("police"), drafting.sign, version_id=version.pk)
        with pytest.raises(ReasonNeeded):
            dated(boss("police"), version, instant() + DAY, "")
        with pytest.raises(Invalid):
            dated(boss("police"), version, instant() - DAY)

    def test_two_versions_do_not_begin_at_one_moment(self, world, boss):
        at = instant() + DAY
        agreed(world, boss, at)
        second = agreed(world, boss)
        with pytest.raises(Invalid) as refused:
            dated(boss("trust"), second, at)
        assert set(refused.value.errors) == {"/live_from"}

    def test_each_step_is_audited(self, world, boss):
        agreed(world, boss, instant() + DAY)
        with acting_for(world.trust.agency_id):
            done = AuditEvent.objects.filter(agency=world.trust.agency_id).order_by("id")
            assert list(done.values_list("action", flat=True)) == ["agreement.signed", "agreement.dated"]


class TestRunning:
    """Clocks that run keep the version that they started with, unless somebody says otherwise."""

    @pytest.fixture
    def late(self, world, boss):
        """A referral that was sent before a longer, then live agreement."""
        referral = referral_at(State.SENT, world)
        version, at = agreed(world, boss, decide=300, acknowledge=200), soon()
        dated(boss("trust"), version, at)
        wait_for(at)
        agreement.kept.cache_clear()
        return referral, version

    def minutes(self, world, referral, kind="decide"):
        clock = running(world.police, referral)[kind]
        return (clock.target_at - clock.started_at) / timedelta(minutes=1)

    def test_a_new_referral_runs_on_it_and_an_old_one_does_not(self, world, late):
        referral, version = late
        assert self.minutes(world, referral) == 30
        new = referral_at(State.SENT, world)
        assert self.minutes(world, new) == 300
        assert again(world.police, new).agreement_version_id == version.pk

    def test_a_draft_of_before_is_sent_on_it(self, world, boss):
        draft = referral_at(State.DRAFT, world)
        version, at = agreed(world, boss, decide=300, acknowledge=200), soon()
        dated(boss("trust"), version, at)
        wait_for(at)
        agreement.kept.cache_clear()
        sent = move(world.police, draft, "send")
        assert self.minutes(world, sent) == 300
        assert again(world.police, sent).agreement_version_id == version.pk

    def test_it_is_put_on_it_explicitly_audited_and_as_an_event(self, world, boss, late, in_role):
        referral, version = late
        act(boss("trust"), repin.repin, referral_id=referral.pk, reason="the new concordat helps both")
        assert (self.minutes(world, referral), self.minutes(world, referral, "acknowledge")) == (300, 200)
        now = again(world.police, referral)
        assert now.agreement_version_id == version.pk
        assert now.breach_at == running(world.police, referral)["acknowledge"].target_at
        with acting_for(world.trust.agency_id):
            said = Event.objects.filter(type="referral.repinned").get().data
            assert {each["kind"] for each in said["clocks"]} == {"acknowledge", "decide"}
            assert AuditEvent.objects.filter(action="referral.repinned").exists()
        with in_role("worker"):
            engine.tick()
        clock = running(world.police, referral)["decide"]
        assert clock.next_look_at == clock.started_at + timedelta(minutes=150), (
            "the engine goes on from there"
        )

    def test_what_is_refused(self, world, boss, late):
        referral, _ = late
        with pytest.raises(NotYourMove):
            act(world.police, repin.repin, referral_id=referral.pk, reason="x")
        with pytest.raises(ReasonNeeded):
            act(boss("police"), repin.repin, referral_id=referral.pk, reason="")
        with pytest.raises(NotThere):
            act(boss("stranger"), repin.repin, referral_id=referral.pk, reason="x")
        act(boss("police"), repin.repin, referral_id=referral.pk, reason="x")
        with pytest.raises(MoveNotAllowed):
            act(boss("police"), repin.repin, referral_id=referral.pk, reason="x")


def test_what_a_team_asks_for_an_agency_that_it_serves_runs_on_that_agencys_agreement(world, boss):
    ends = {"sender": world.teams["other_trust"].agency, "receiver": world.teams["ambulance"].agency}
    made = act(boss("other_trust"), drafting.draft, category="concern_for_welfare", **ends)
    version = edited(boss("other_trust"), made, decide=45)
    for name in ("other_trust", "ambulance"):
        act(boss(name), drafting.sign, version_id=version.pk)
    at = soon()
    dated(boss("ambulance"), version, at)
    wait_for(at)
    world.teams["trust"].serves.add(world.other_trust.agency_id)
    sent = referral_at(State.SENT, world)
    move(world.trust, sent, "accept", for_agency=world.other_trust.agency_code)
    move(world.other_trust, sent, "redirect", to_team=world.teams["ambulance"])
    assert child_of(world.police, sent).agreement_version_id == version.pk


def test_a_receiver_declines_for_the_reasons_that_were_agreed(world, boss):
    version = drafted(world, boss("police"))
    reasons = {"other": "something else", "open_to_cmht": "open to the community team"}
    terms = {**version.terms, "decline_reasons": reasons, "review_on": "2099-04-01"}
    act(boss("police"), drafting.edit, version_id=version.pk, terms=terms)
    for name in ("police", "trust"):
        act(boss(name), drafting.sign, version_id=version.pk)
    at = soon()
    dated(boss("police"), version, at)
    wait_for(at)
    referral = referral_at(State.SENT, world)
    with pytest.raises(Invalid) as refused:
        move(world.trust, referral, "decline")
    assert refused.value.errors == {"/reason_code": "one of other, open_to_cmht"}
    assert move(world.trust, referral, "decline", reason_code="open_to_cmht").state == "declined"


def test_a_draft_is_its_sides_alone(world, boss):
    version = drafted(world, boss("police"))
    for name, sees in (("police", True), ("trust", True), ("ambulance", False)):
        actor = getattr(world, name)
        with acting_for(actor.agency_id):
            assert AgreementVersion.objects.visible_to(actor).filter(pk=version.pk).exists() is sees
            assert AgreementVersion.objects.filter(pk=version.pk).exists() is sees, "nor by the second wall"
