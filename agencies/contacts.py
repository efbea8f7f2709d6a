"""Whom an agency has told where nobody else of it can be, and its number. Changed by who runs it; audited."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from agencies import audit
from agencies.actor import Actor
from agencies.models import Agency
from agencies.services import RUNS_THE_AGENCY, Refused


@transaction.atomic
def set_contact(*, name: str, email: str, phone: str, by: Actor) -> bool:
    """From now on this is the duty contact of the actor's agency, and its number; whether that is new.

    What is owed to the contact already goes to the new address, too: it is read when a message is sent.
    Raises Refused: neither a manager nor a director of the agency; no name; no e-mail address.
    """
    if by.level not in RUNS_THE_AGENCY:
        raise Refused("only a manager or director of the agency says who its duty contact is")
    agency = Agency.objects.select_for_update(no_key=True).get(pk=by.agency_id)
    _check(name, email)
    before = _said(agency)
    agency.duty_contact_name, agency.duty_contact_email, agency.phone = name.strip(), email, phone
    if before == _said(agency):
        return False
    agency.save(update_fields=["duty_contact_name", "duty_contact_email", "phone"])
    audit.record(
        action="agency.contact_changed", by=by, target_label="agency", target_id=agency.pk,
        data={"before": before, "after": _said(agency)}, agency_id=agency.pk,
    )  # fmt: skip
    return True


def _check(name: str, email: str) -> None:
    if not name.strip():
        raise Refused("name the duty contact: a post that is always held by somebody, or a person")
    try:
        validate_email(email)
    except ValidationError:
        raise Refused("give an e-mail address at which somebody is reached day and night") from None


def _said(agency: Agency) -> dict[str, str]:
    return {
        "name": agency.duty_contact_name, "email": agency.duty_contact_email, "phone": agency.phone
    }  # fmt: skip
