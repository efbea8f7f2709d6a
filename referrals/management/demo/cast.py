"""Who acts in the cases: the demonstration's own people, signed in or named by their system."""

from collections import defaultdict
from collections.abc import Iterable

from agencies.acting import Actor, NamedPerson, member
from agencies.models import ApiClient, Membership, Team
from agencies.roles import TIERS, AgencyKind, Role

# How a partner's system titles somebody of each tier: see agencies.roles.TITLES.
TITLE = {
    Role.WORKER: "call handler",
    Role.SUPERVISOR: "duty supervisor",
    Role.MANAGER: "duty manager",
    Role.DIRECTOR: "duty director",
}


class Cast:
    """The actors of each team, by tier; and those of its agency, for a team that has nobody."""

    def __init__(self, members: Iterable[Membership], clients: Iterable[ApiClient]) -> None:
        self.at: dict[int, list[Actor]] = defaultdict(list)
        self.of: dict[int, list[Actor]] = defaultdict(list)
        for each in members:
            if each.role in TIERS:
                self.at[each.team_id].append(member(each))
                self.of[each.agency_id].append(member(each))
        self.systems = {client.agency_id: client for client in clients}

    def actor(self, team: Team, n: int, level: Role = Role.WORKER) -> Actor:
        """The ``n``-th who is of that tier, the team's own first; every other time through their system."""
        for known in (self.at[team.pk], self.of[team.agency_id]):
            fit = [actor for actor in known if actor.role in _tiers(level)]
            if fit:
                chosen = fit[n % len(fit)]
                return self._through_system(chosen, team) if n % 2 else chosen
        raise LookupError(f"nobody at {team} is a {level}")

    def _through_system(self, actor: Actor, team: Team) -> Actor:
        client = self.systems.get(actor.agency_id)
        if client is None or actor.person is None:
            return actor
        program = Actor(
            agency_id=actor.agency_id,
            agency_code=actor.agency_code,
            agency_kind=AgencyKind(actor.agency_kind),
            team_id=team.pk,
            role=Role.WORKER,
            client_id=client.pk,
            client_name=client.name,
            scopes=frozenset(client.scopes),
        )
        return program.asserting(NamedPerson(actor.person.name, TITLE[actor.role], actor.person.contact))


def _tiers(level: Role) -> tuple[Role, ...]:
    """Who does the daily work of a level: itself and the next above."""
    place = TIERS.index(level)
    return TIERS[place : place + 2]
