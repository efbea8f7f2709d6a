"""What a partner sends to move a referral one step."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from agencies.acting import Actor
from agencies.models import Agency, Team
from agencies.roles import AgencyKind
from referrals.api import fields, places, vocabulary, words
from referrals.api.contact import ReachedSerializer
from referrals.api.fields import OPTIONAL


class MoveSerializer(fields.Bys):
    """One step. Which of the rest an action needs, its refusal says (422)."""

    action = fields.Choice(words.ACTIONS)
    reason = fields.Text(**OPTIONAL, allow_blank=True)
    reason_code = fields.Text(**OPTIONAL, allow_blank=True, max_length=40, help_text=vocabulary.REASON_CODE)
    belongs_to = fields.Text(**OPTIONAL, max_length=40, help_text=vocabulary.BELONGS_TO)
    outcome = fields.Text(**OPTIONAL, allow_blank=True)
    caller_told = fields.Text(**OPTIONAL, allow_blank=True)
    to_team = fields.IdOrCode(**OPTIONAL)
    threshold_decision = fields.Key(**OPTIONAL)
    contact = ReachedSerializer(
        **OPTIONAL, help_text="Start needs it, unless contact was logged since the acceptance."
    )
    for_agency = fields.Text(
        **OPTIONAL,
        max_length=40,
        help_text="Code of the agency for which a team that serves several accepts.",
    )
    authorised_by = fields.NamedSerializer(
        **OPTIONAL, help_text="Who stands behind a place of safety's refusal of somebody detained."
    )


def details(said: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """What the service takes. Raises ValidationError for a team or an agency that there is not."""
    taken = {**said, "by": by.asserting(fields.named(said.get("by")))}
    if "to_team" in said:
        taken["to_team"] = places.one(Team, said["to_team"], "to_team", by)
    if "belongs_to" in said:
        _check_owner(said["belongs_to"], by)
    return taken


def _check_owner(word: str, by: Actor) -> None:
    if word in AgencyKind.values or word == vocabulary.NOBODY_KNOWS or places.find(Agency, [word], by):
        return
    there_are = ", ".join([*AgencyKind.values, vocabulary.NOBODY_KNOWS])
    raise serializers.ValidationError({"belongs_to": [f"an agency's code, or one of {there_are}"]})
