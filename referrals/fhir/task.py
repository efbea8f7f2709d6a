"""A referral as a Task: what the receiver does with it, and who is accountable meanwhile."""

from referrals.api.ending import ENDS, Ending
from referrals.domain.referral import RETURNED, State
from referrals.fhir import names
from referrals.fhir.building import Json, case, coded, extension, identified, logical, team, without_gaps

FULFIL = "http://hl7.org/fhir/CodeSystem/task-code"


def task(told: Json, ending: Ending | None) -> Json:
    """The work, with our own state beside R4's, and the time by which somebody must act next."""
    ended = ending if told["state"] in {*ENDS, State.CLOSED} else None
    return without_gaps(
        {
            "resourceType": "Task",
            "id": told["id"],
            "meta": {"versionId": str(told["version"])},
            "extension": [accountable(told["accountable_agency"])],
            "identifier": [identified(names.REFERRAL, told["reference"])],
            "status": status(told["state"], ended),
            "statusReason": reason(ended),
            "businessStatus": coded(names.STATE, told["state"]),
            "intent": "plan",
            "priority": names.PRIORITIES[told["priority"]],
            "code": coded(FULFIL, "fulfill"),
            "focus": {"reference": f"ServiceRequest/{told['id']}"},
            "encounter": case(told),
            "executionPeriod": {"start": told["accepted_at"]},
            "authoredOn": told["sent_at"] or told["created_at"],
            "requester": team(told["from_team"]),
            "owner": team(told["to_team"]),
            "restriction": {"period": {"end": told["breach_at"]}},
        }
    )


def status(state: str, ending: Ending | None) -> str:
    """R4's word; a closed one's is what it was before."""
    before = ending.state if state == State.CLOSED and ending else state
    return names.TASKS[State(before)]


def reason(ending: Ending | None) -> Json | None:
    """Why it was declined, failed, cancelled or entered in error."""
    if ending is None or ending.state == State.COMPLETED:
        return None
    return coded(names.REASONS, ending.code if ending.state in RETURNED else None, ending.text)


def accountable(agency: Json | None) -> Json | None:
    """Whose the case is now: in R4 no element of a Task says so."""
    told = agency and logical("Organization", names.AGENCY, agency)
    return extension(names.ACCOUNTABLE, "valueReference", told)
