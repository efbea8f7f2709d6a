"""Any rota that can be stored: what the engine reads of it at an instant ends with somebody named."""

import os
import random
from collections import defaultdict
from datetime import timedelta

import pytest

from agencies.duty import answering
from agencies.duty.hours import open_now
from agencies.duty.rota import Cover, Desk, Recipient, Rota
from agencies.models import Membership, ServiceHours, Shift, ShiftOverride, Team, User
from agencies.roles import TIERS, Role, TeamKind
from tests.agencies.test_rota import ASKED, CHANGES, hours
from tests.factories.agencies import LONG_AGO, AgencyFactory

ROTAS = int(os.environ.get("ROTAS", "200"))  # 10,000 in the long form


class Drawn:
    """One rota as rows: teams that stand in for one another, people, shifts and changes, with holes
    everywhere; who has left, is to come or is locked out, and what is over, to come or withdrawn, among them.
    """

    def __init__(self, chance, at, agencies, name):
        self.chance, self.at, self.name, self.agencies = chance, at, name, agencies
        self.hours, self.open = [], {}
        self.teams = [self.team(n) for n in range(chance.randint(1, 4))]
        self.people = [self.member(n) for n in range(chance.randint(0, 7))]
        self.shifts, self.changes = self.on_call(), self.changed()

    def team(self, n):
        week = hours(self.chance)
        closes = week.closed_on_bank_holidays and not week.always_open
        made = Team(
            agency=self.chance.choice(self.agencies), code=f"{self.name}-{n}", name=f"{self.name}-{n}",
            kind=TeamKind.CRISIS_HUB, always_open=week.always_open, closed_on_bank_holidays=closes,
        )  # fmt: skip
        self.open[made.code] = open_now(week, self.at)
        for row in week.hours.all():
            row.team = made
            self.hours.append(row)
        return made

    def member(self, n):
        team = self.chance.choice(self.teams)
        holds = [(LONG_AGO, None)] * 4
        since, until = self.chance.choice([*holds, (LONG_AGO, self.at), (self.at + timedelta(hours=1), None)])
        user = User(username=f"{self.name}-{n}", is_active=self.chance.random() < 0.85)
        role = self.chance.choice([*TIERS, Role.LIAISON])
        return Membership(user=user, agency=team.agency, team=team, role=role, since=since, until=until)

    def on_call(self):
        found = {}
        for who in self.people * 2:
            team, tier = self.chance.choice(self.teams), self.chance.choice(TIERS)
            if self.chance.random() < 0.4:
                shift = Shift(team=team, tier=tier, membership=who, during=self.during())
                found[team.code, tier, who.user.username] = shift
        return list(found.values())

    def changed(self):
        found = {}
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            team, tier = self.chance.choice(self.teams), self.chance.choice(TIERS)
            gone, by = (self.chance.choice([None, *self.people]) for _ in range(2))
            if gone is not by:
                found[team.code, tier, gone and gone.user.username] = ShiftOverride(
                    team=team, tier=tier, instead_of=gone, membership=by, during=self.during(), reason="sick",
                    withdrawn_at=self.chance.choice([None, None, LONG_AGO]),
                )  # fmt: skip
        return list(found.values())

    def during(self):
        """Over that instant as a rule; else begun on it, over on it, over before, or to come."""
        early, late = (self.at + timedelta(minutes=self.chance.randint(1, 600)) * side for side in (-1, 1))
        whole = [(early, late)] * 3
        before, after = early - timedelta(hours=8), late + timedelta(hours=8)
        return self.chance.choice([*whole, (self.at, late), (early, self.at), (before, early), (late, after)])

    def stand_in(self):
        """Once they have keys: who stands in for whom, in circles too."""
        for team in self.teams:
            team.fallback = self.chance.choice([None, *[each for each in self.teams if each is not team]])

    def rota(self):
        """What these rows mean at that instant."""
        desks = {
            each.pk: Desk(self.open[each.code], each.fallback_id, contact(each.agency)) for each in self.teams
        }
        on_call, members, covers = defaultdict(list), defaultdict(list), defaultdict(list)
        for each in filter(self.holds, self.shifts):
            on_call[post(each)] += self.said(each.membership)
        for each in self.people:
            members[each.team_id, each.role] += self.said(each)
        for each in filter(self.holds, self.changes):
            by = each.membership and self.said(each.membership)
            covers[post(each)].append(Cover(each.instead_of_id, by[0] if by else None))
        return Rota(desks, on_call, members, covers)

    def holds(self, row):
        return row.during[0] <= self.at < row.during[1] and getattr(row, "withdrawn_at", None) is None

    def said(self, member):
        """The member, if they are there."""
        gone = member.until is not None and member.until <= self.at
        if gone or member.since > self.at or not member.user.is_active:
            return []
        return [Recipient(member.agency_id, member.pk, member.user_id, member.user.username, member.role)]


def post(row):
    return row.team_id, Role(row.tier)


def contact(agency):
    return Recipient(agency.pk, None, None, agency.duty_contact_name, "duty contact")


def store(drawn):
    """Every row of theirs."""
    Team.objects.bulk_create(team for each in drawn for team in each.teams)
    for each in drawn:
        each.stand_in()
    Team.objects.bulk_update([team for each in drawn for team in each.teams], ["fallback"], batch_size=500)
    ServiceHours.objects.bulk_create(row for each in drawn for row in each.hours)
    User.objects.bulk_create(person.user for each in drawn for person in each.people)
    Membership.objects.bulk_create(person for each in drawn for person in each.people)
    Shift.objects.bulk_create(row for each in drawn for row in each.shifts)
    ShiftOverride.objects.bulk_create(row for each in drawn for row in each.changes)


@pytest.mark.parametrize("week", CHANGES, ids=["spring", "autumn"])
def test_any_stored_rota_ends_with_the_somebody_its_rows_mean_in_both_weeks_of_a_change(week, db):
    """What each rota means is judged by ``Rota``, of which test_rota.py tries ten thousand."""
    chance = random.Random(str(week))
    at = week + timedelta(minutes=chance.randrange(7 * 24 * 60))
    agencies = [AgencyFactory(duty_contact_name=f"Contact {n}") for n in range(3)]
    drawn = [Drawn(chance, at, agencies, f"rota-{n}") for n in range(ROTAS // 2)]
    store(drawn)
    asked = [(each, (chance.choice(each.teams).pk, chance.choice(ASKED))) for each in drawn]
    found = answering({pair for _, pair in asked}, at)
    for each, pair in asked:
        answer, meant = found[pair], each.rota().answer(*pair)
        assert answer.recipients
        assert all(who.name for who in answer.recipients)
        assert set(answer.recipients) == set(meant.recipients)
        assert (answer.gap, set(answer.then)) == (meant.gap, set(meant.then))
