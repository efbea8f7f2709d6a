"""Telling a desk's supervisor at once: whoever is on duty there now, as the rota has it."""

import notifications.services as notifications
from agencies import duty
from agencies.roles import Role
from referrals.services.writing import Act

THEN = (("email", 3),)


def tell(act: Act, team_id: int, kind: str, **data: object) -> None:
    """Owe the supervisor on duty a message about the case: codes and references only."""
    answer = duty.answering({(team_id, Role.SUPERVISOR)}, act.at)[team_id, Role.SUPERVISOR]
    number = act.case.event_seq + len(act.events)
    for who in answer.recipients:
        act.owed.append(
            notifications.Owed(
                key=f"event:{number}:{kind}:case:{act.case.pk}",
                case_id=act.case.pk,
                opened_on=act.case.opened_on,
                about=f"case:{act.case.pk}",
                kind=kind,
                recipient=notifications.Recipient(who.agency_id, who.membership_id, role=who.role),
                data={"reference": act.case.reference, "case": act.case.reference, **data},
                then=THEN,
            )
        )
