"""Telling a desk's supervisor at once: whoever is on duty there now, as the rota has it."""

from agencies.roles import Role
from referrals.services import on_duty
from referrals.services.writing import Act


def tell(act: Act, team_id: int, kind: str, **data: object) -> None:
    """Owe the supervisor on duty a message about the case: codes and references only."""
    on_duty.tell(act, team_id, kind, Role.SUPERVISOR, **data)
