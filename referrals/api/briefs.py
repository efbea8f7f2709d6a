"""How other things mention an agency or a team."""

from typing import Any

from agencies.models import Agency, Team


def brief(agency: Agency) -> dict[str, Any]:
    """An agency in a few words."""
    return {"id": agency.pk, "code": agency.code, "name": agency.name, "kind": agency.kind}


def team(found: Team | None) -> dict[str, Any] | None:
    """A team, and its telephone."""
    return found and {"id": found.pk, "code": found.code, "name": found.name, "phone": found.phone}
