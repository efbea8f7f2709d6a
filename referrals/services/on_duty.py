"""Telling at once whoever is on duty at a tier of a desk, as the rota has it, or an agency's duty contact."""

import notifications.services as notifications
from agencies import duty
from agencies.roles import Role
from referrals.services.writing import Act

THEN = (("email", 3),)


def tell(act: Act, team_id: int, kind: str, tier: Role, **data: object) -> None:
    """Owe whoever is on duty there a message about the case: codes and references only."""
    _owe(act, kind, duty.answering({(team_id, tier)}, act.at)[team_id, tier], data)


def tell_contact(act: Act, agency_code: str, kind: str, **data: object) -> None:
    """Owe the duty contact of the agency one; nothing, if there is no such agency."""
    for answer in duty.contacts({agency_code} - {""}).values():
        _owe(act, kind, answer, data)


def _owe(act: Act, kind: str, answer: duty.Answer, data: dict[str, object]) -> None:
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
