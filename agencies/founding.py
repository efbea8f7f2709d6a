"""A new agency, and a new team of one: entered by whoever operates the system or runs the agency; audited."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model

from agencies import audit
from agencies.acting import acting_for
from agencies.actor import Actor
from agencies.desks import check_fallback, kept_areas
from agencies.models import Agency, AgencyCode, Team
from agencies.services import RUNS_THE_AGENCY, Refused


class Official(NamedTuple):
    """A code that somebody else gave the agency (``AgencyCode.Scheme``), and since when it holds."""

    scheme: str
    code: str
    since: date


@transaction.atomic
def found(agency: Agency, official: Iterable[Official] = ()) -> Agency:
    """Enter an agency. Its first manager joins next, then its teams open.

    Raises Refused, naming each field: a code that is taken or no code, no duty contact, an unknown kind.
    """
    _save(agency)
    for scheme, code, since in official:
        _save(AgencyCode(agency=agency, scheme=scheme, code=code, valid_from=since))
    said = {"code": agency.code, "kind": agency.kind, "sandbox": agency.sandbox}
    with acting_for(agency.pk):
        audit.record(
            action="agency.founded", by=None, target_label="agency", target_id=agency.pk, data=said,
            agency_id=agency.pk,
        )  # fmt: skip
    return agency


@transaction.atomic
def open_team(team: Team, *, serves: Iterable[Agency] = (), by: Actor | None) -> Team:
    """Open a desk of an agency. At its desk at all hours, until it is given its own.

    Raises Refused, naming each field: somebody junior or of another agency, a code that is taken, a fallback
    that is no team of the agency's, a whole postcode as an area, an agency across the line to trial runs.
    """
    if by is not None and (by.agency_id != team.agency_id or by.level not in RUNS_THE_AGENCY):
        raise Refused("only a manager or director of the agency opens a team of it")
    team.areas = kept_areas(team.areas)
    served = list(serves)
    if across := [each.code for each in served if each.sandbox != team.agency.sandbox]:
        raise Refused(f"serves: {', '.join(across)} and this agency are not both real, nor both for trials")
    _save(team)
    if team.fallback_id is not None:
        check_fallback(team, team.fallback_id)
    team.serves.set(served)
    said = {
        "code": team.code,
        "kind": team.kind,
        "areas": team.areas,
        "serves": [each.code for each in served],
    }
    audit.record(
        action="team.opened", by=by, target_label="team", target_id=team.pk, data=said,
        agency_id=team.agency_id,
    )  # fmt: skip
    return team


def _save(row: Model) -> None:
    """Raises Refused with what is wrong, field by field."""
    try:
        row.full_clean()
    except ValidationError as wrong:
        said = (f"{field}: {' '.join(problems)}" for field, problems in wrong.message_dict.items())
        raise Refused("; ".join(said).replace("__all__: ", "")) from wrong
    row.save()
