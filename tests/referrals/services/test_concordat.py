"""An agreement between kinds of agency: each signs for itself, and it holds between those who have signed."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.models import Agency
from agencies.roles import AgencyKind
from notifications.models import Message
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove
from referrals.domain.referral import State
from referrals.models import AgreementVersion
from referrals.models.keys import instant
from referrals.screens.why import why
from referrals.services import (
    agreement,
    agreement_dates,
    agreement_steps,
    concordat_steps,
    drafting,
    routing,
)
from tests.factories.agencies import TeamFactory
from tests.factories.world import act, referral_at
from tests.referrals.services.reading import running
from tests.referrals.services.test_agreement import DAY, dated, edited, soon, wait_for
from tests.referrals.services.test_agreement import boss as boss  # noqa: PLC0414  # a fixture
from tests.referrals.services.test_agreement import drafted as drafted_by_two

KINDS = {"sender": AgencyKind.POLICE, "receiver": AgencyKind.MENTAL_HEALTH_TRUST}


def drafted(by, category=""):
    """A whole text between the police and mental-health trusts: a decision in 50 minutes at P2."""
    return edited(by, act(by, drafting.draft_for_kinds, category=category, **KINDS), decide=50)


def signed(boss, version, *names):
    for name in names:
        act(boss(name), drafting.sign, version_id=version.pk)
    return version


def live(boss, *names):
    """A version that is live, signed by these, of whom the first dates it."""
    version, at = signed(boss, drafted(boss("police")), *names), soon()
    dated(boss(names[0]), version, at)
    wait_for(at)
    return version


def holds(world, name, at=None, sender="police"):
    """The version that holds between the police and this agency."""
    words = {"from_team": world.teams[sender], "to_team": world.teams[name], "at": at or instant()}
    with acting_for(world.police.agency_id):
        return agreement.in_force(**words, category="concern_for_welfare")


def routed(by):
    """The desk in SE5 that this agency's ask would go to, and why."""
    return act(by, lambda **words: routing.route(area="SE5", category="concern_for_welfare", **words))


class TestMaking:
    """Drafted by an agency of either kind, signed by one of each, dated by one that has signed."""

    def test_it_begins_with_what_is_for_all_and_then_with_its_own(self, world, boss):
        first = act(boss("trust"), drafting.draft_for_kinds, category="", **KINDS)
        assert first.agreement.name == "Concordat, police to mental health trust"
        assert first.terms["targets"]["P2"]["decide"] == 30
        signed(boss, edited(boss("trust"), first, decide=50), "police", "trust")
        at = soon()
        dated(boss("trust"), first, at)
        wait_for(at)
        again = act(boss("police"), drafting.draft_for_kinds, category="", **KINDS)
        assert (again.number, again.terms["targets"]["P2"]["decide"]) == (2, 50)

    def test_a_draft_is_read_by_its_kinds_and_by_nobody_else(self, world, boss):
        version = drafted(boss("police"))
        for name, sees in (("police", True), ("trust", True), ("other_trust", True), ("ambulance", False)):
            actor = getattr(world, name)
            with acting_for(actor.agency_id):
                assert AgreementVersion.objects.visible_to(actor).filter(pk=version.pk).exists() is sees
                assert AgreementVersion.objects.filter(pk=version.pk).exists() is sees, "the second wall"

    def test_one_of_each_kind_signs_before_it_is_dated(self, world, boss):
        version = signed(boss, drafted(boss("police")), "trust", "other_trust")
        with pytest.raises(MoveNotAllowed, match="an agency of each kind signs"):
            dated(boss("trust"), version, instant() + DAY)
        signed(boss, version, "police")
        dated(boss("trust"), version, instant() + DAY)

    def test_two_of_one_kind_sign_what_is_within_it(self, world, boss):
        ends = dict.fromkeys(KINDS, AgencyKind.MENTAL_HEALTH_TRUST)
        made = act(boss("trust"), drafting.draft_for_kinds, category="", **ends)
        version = signed(boss, edited(boss("trust"), made), "trust")
        with pytest.raises(MoveNotAllowed):
            dated(boss("trust"), version, instant() + DAY)
        dated(boss("trust"), signed(boss, version, "other_trust"), instant() + DAY)

    def test_an_edit_takes_every_signature_away(self, world, boss):
        version = signed(boss, drafted(boss("police")), "police", "trust")
        edited(boss("other_trust"), version, decide=45)
        with pytest.raises(MoveNotAllowed):
            dated(boss("police"), version, instant() + DAY)

    def test_a_trial_agency_has_no_part_in_it(self, world, boss):
        """Its edit would take the real ones' signatures away, its signature let them date it."""
        version = signed(boss, drafted(boss("police")), "police")
        Agency.objects.filter(pk=world.other_trust.agency_id).update(sandbox=True)
        trial = boss("other_trust")
        for service, words in (
            (drafting.edit, {"version_id": version.pk, "terms": version.terms}),
            (drafting.sign, {"version_id": version.pk}),
            (drafting.draft_for_kinds, {"category": "conveyance", **KINDS}),
        ):
            with pytest.raises(NotYourMove, match="a trial agency has no part"):
                act(trial, service, **words)
        ends = {"sender": world.teams["police"].agency, "receiver": Agency.objects.get(code="other-trust")}
        with pytest.raises(Invalid, match="a trial agency agrees nothing with a real one"):
            act(boss("police"), drafting.draft, category="", **ends)

    def test_what_is_refused(self, world, boss):
        with pytest.raises(NotYourMove):
            act(world.police, drafting.draft_for_kinds, category="", **KINDS)
        with pytest.raises(NotYourMove):
            act(boss("ambulance"), drafting.draft_for_kinds, category="", **KINDS)
        version = drafted(boss("police"))
        with pytest.raises(MoveNotAllowed, match="a draft of this agreement already"):
            drafted(boss("trust"))
        with pytest.raises(NotThere):
            act(boss("ambulance"), drafting.sign, version_id=version.pk)
        with pytest.raises(Invalid):
            act(boss("police"), drafting.edit, version_id=version.pk,
                terms={**version.terms, "arbiter": "other-trust"})  # fmt: skip
        signed(boss, version, "police", "trust")
        with pytest.raises(NotYourMove, match="sign it first"):
            dated(boss("other_trust"), version, instant() + DAY)


class TestHolding:
    """Between two that have both signed, from when it is live; what a pair agreed goes before."""

    def test_it_holds_between_those_who_signed_and_nobody_else(self, world, boss):
        version = live(boss, "police", "trust")
        assert holds(world, "trust").pk == version.pk
        assert holds(world, "other_trust").agreement.name == "Default targets"
        assert holds(world, "ambulance").agreement.name == "Default targets"

    def test_another_joins_by_signing_and_is_bound_from_then_on(self, world, boss):
        version = live(boss, "police", "trust")
        before = instant()
        signed(boss, version, "other_trust")
        assert holds(world, "other_trust").pk == version.pk
        assert holds(world, "other_trust", before).agreement.name == "Default targets"
        with pytest.raises(MoveNotAllowed, match="signed this text already"):
            signed(boss, version, "other_trust")

    def test_what_a_further_version_replaced_is_joined_by_nobody(self, world, boss):
        first, second = live(boss, "police", "trust"), live(boss, "police", "trust")
        with pytest.raises(MoveNotAllowed):
            signed(boss, first, "other_trust")
        signed(boss, second, "other_trust")
        assert holds(world, "other_trust").pk == second.pk

    def test_who_has_not_signed_the_further_version_keeps_the_one_before(self, world, boss):
        first = live(boss, "police", "trust", "other_trust")
        second = live(boss, "police", "trust")
        assert (holds(world, "trust").pk, holds(world, "other_trust").pk) == (second.pk, first.pk)

    def test_what_two_agreed_between_themselves_goes_before(self, world, boss):
        live(boss, "police", "trust")
        own = edited(boss("police"), drafted_by_two(world, boss("police")), decide=45)
        signed(boss, own, "police", "trust")
        at = soon()
        dated(boss("police"), own, at)
        wait_for(at)
        assert holds(world, "trust").pk == own.pk

    def test_routing_prefers_who_signed_it_and_says_so(self, world, boss):
        signer, _ = (
            TeamFactory(agency=world.teams[name].agency, areas=["SE5"]) for name in ("trust", "other_trust")
        )
        with pytest.raises(Invalid, match="several teams cover SE5"):
            routed(world.police)
        live(boss, "police", "trust")
        team, why = routed(world.police)
        assert (team, why.endswith("as agreed between the two agencies")) == (signer, True)
        with pytest.raises(Invalid, match="several teams cover SE5"):
            routed(world.ambulance)

    def test_a_target_says_that_it_is_the_concordats(self, world, boss):
        running_before = running(world.police, referral_at(State.SENT, world))["decide"]
        live(boss, "police", "trust")
        clock = running(world.police, referral_at(State.SENT, world))["decide"]
        assert (clock.target_at - clock.started_at) == timedelta(minutes=50)
        said = "Concordat, police to mental health trust, version 1: the target of P2, accept or decline"
        with acting_for(world.police.agency_id):
            assert why(clock) == said
            assert why(running_before).startswith("Default targets"), "a running clock keeps its version"


class TestTelling:
    """Managers are told of a draft, of signatures beside theirs, of what took one away, and of dates."""

    @pytest.fixture
    def tell(self, in_role):
        def look():
            with in_role("worker"):
                for _ in range(2):
                    agreement_steps.tell(now=instant())
                    concordat_steps.tell(now=instant())
                    agreement_dates.tell(now=instant())

        return look

    def said(self, world, name):
        """What each of an agency's managers was told, each once."""
        actor = getattr(world, name)
        with acting_for(actor.agency_id):
            found = Message.objects.filter(kind__startswith="agreement.").order_by("created_at", "id")
            return list(dict.fromkeys((each.kind.partition(".")[2], *each.data["said"]) for each in found))

    def test_a_draft_is_told_to_every_other_agency_of_the_two_kinds(self, world, boss, tell):
        version = drafted(boss("police"))
        tell()
        told = ("drafted", f"{version} is drafted: it will hold for your agency only if you sign it")
        assert self.said(world, "trust") == self.said(world, "other_trust") == [told]
        assert self.said(world, "police") == self.said(world, "ambulance") == []

    def test_a_signature_is_told_to_the_drafter_and_to_those_before(self, world, boss, tell):
        version = signed(boss, drafted(boss("police")), "trust", "other_trust")
        tell()
        names = {name: world.teams[name].agency.name for name in ("trust", "other_trust")}
        both = [("signed", f"{names[each]} has signed {version}") for each in ("trust", "other_trust")]
        assert self.said(world, "police") == both
        assert self.said(world, "trust")[1:] == both[1:]

    def test_one_that_joins_later_is_told_to_those_with_whom_it_holds(self, world, boss, tell):
        version = live(boss, "police", "trust")
        tell()
        signed(boss, version, "other_trust")
        tell()
        told = ("signed", f"{world.teams['other_trust'].agency.name} has signed {version}")
        assert self.said(world, "trust")[-1] == self.said(world, "police")[-1] == told

    def test_who_had_signed_is_told_that_it_was_changed(self, world, boss, tell):
        version = signed(boss, drafted(boss("police")), "trust")
        edited(boss("police"), version, decide=45)
        tell()
        changed = ("changed", f"{version} was changed after your agency had signed it: sign it anew")
        assert self.said(world, "trust")[1:] == [changed]
        assert self.said(world, "police") == [], "a signature that counts no longer is not told"

    def test_its_date_is_told_to_all_of_the_two_kinds(self, world, boss, tell):
        version = signed(boss, drafted(boss("police")), "police", "trust")
        dated(boss("police"), version, instant() + DAY)
        tell()
        [date] = [text for kind, text in self.said(world, "other_trust") if kind == "dated"]
        assert date.startswith(f"{version} holds from ")
        assert date.endswith(", between those who have signed it")
        assert [kind for kind, _ in self.said(world, "police")] == ["signed"]
