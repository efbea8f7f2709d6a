"""Whatever rota a desk has, the promises made to it end with a named human told, and none in silence."""

import os
import random
from collections import defaultdict
from datetime import timedelta

from agencies.roles import Role
from notifications.models import Message
from referrals.models import Clock, Escalation
from referrals.models.keys import instant
from referrals.services import engine
from referrals.services import referral as referrals
from tests.agencies.test_stored_rotas import Drawn, store
from tests.factories.agencies import AgencyFactory
from tests.factories.world import act

ROTAS = int(os.environ.get("ROTAS", "200")) // 5


def test_every_rung_to_any_rota_names_somebody_whom_it_means_and_owes_each_their_message(world, in_role):
    chance = random.Random("any rota")
    at = instant() + timedelta(days=1, minutes=chance.randrange(7 * 24 * 60))
    agencies = [AgencyFactory(duty_contact_name=f"Contact {n}") for n in range(3)]
    drawn = [Drawn(chance, at, agencies, f"rota-{n}") for n in range(ROTAS)]
    store(drawn)
    for each in drawn:
        act(world.police, referrals.create, asked=world.asked(to_team=each.teams[0]))
    rotas = {team.pk: each.rota() for each in drawn for team in each.teams}
    with in_role("worker"):
        while engine.tick(at).looked:
            pass
        fired, owed = list(Escalation.objects.filter(superseded=False)), defaultdict(set)
        for message in Message.objects.exclude(escalation_id=None):
            owed[message.escalation_id].add((message.agency_id, message.membership_id))
        assert not Clock.objects.due(at).exists()
        assert not Clock.objects.exclude(tries=0).exists()
    assert len(fired) >= 3 * ROTAS
    for rung in fired:
        assert rung.told
        assert all(told["name"] for told in rung.told)
        assert {(told["agency_id"], told["membership_id"]) for told in rung.told} == owed[rung.pk]
        _agrees(rung, rotas)


def _agrees(rung, rotas):
    """At each post of a drawn team, those are told whom its rota names at that instant."""
    posts = defaultdict(set)
    for told in rung.told:
        posts[told["team_id"], told["tier"]].add((told["agency_id"], told["membership_id"]))
    for (team, tier), people in posts.items():
        if team in rotas:
            meant = rotas[team].answer(team, None if tier == "duty contact" else Role(tier)).recipients
            assert people == {(who.agency_id, who.membership_id) for who in meant}
