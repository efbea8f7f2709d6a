"""Who answers at any moment of a stretch of time, as a plan has it: asked often, worked out once a change."""

from bisect import bisect_right
from datetime import datetime

from agencies.duty.gaps import Plan
from agencies.duty.rota import Recipient, Rota
from agencies.roles import Role


class Timeline:
    """The plan from one instant until another. Between two changes the same rota answers."""

    def __init__(self, plan: Plan, since: datetime, until: datetime) -> None:
        self._plan, self._moments = plan, plan.moments(since, until)
        self._rotas: dict[int, Rota] = {}

    def recipients(self, team: int, tier: Role | None, at: datetime) -> tuple[Recipient, ...]:
        """Whom to tell then; without a tier the duty contact. Nobody for a team that is not in the plan."""
        if team not in self._plan.openings:
            return ()
        place = max(0, bisect_right(self._moments, at) - 1)
        if place not in self._rotas:
            self._rotas[place] = self._plan.rota(self._moments[place])
        return self._rotas[place].answer(team, tier).recipients
