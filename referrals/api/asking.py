"""What a partner sends to make a referral, and the ask that services make of it."""

from collections.abc import Container, Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from agencies.acting import Actor
from agencies.instants import spelt
from agencies.models import Team
from referrals.api import fields, places, vocabulary, words
from referrals.api.fields import OPTIONAL
from referrals.domain.case import EARLIEST_BIRTH, Flag, SceneSafety
from referrals.services import routing
from referrals.services.referral import Asked

ABOUT_A_PERSON = ("family_name", "given_name", "description")


def check_birth(value: date | None) -> date | None:
    """The day, if somebody alive can be born on it. Raises ValidationError."""
    if value and not EARLIEST_BIRTH <= value <= timezone.localdate():
        raise serializers.ValidationError("a date of birth is in the past, and in a lifetime")
    return value


class PersonSerializer(fields.StrictSerializer):
    """The person who needs help, as far as the sender knows them."""

    family_name = fields.Text(max_length=100, **OPTIONAL, allow_blank=True)
    given_name = fields.Text(max_length=100, **OPTIONAL, allow_blank=True)
    date_of_birth = fields.Day(**OPTIONAL)
    age = fields.Whole(min_value=0, max_value=130, **OPTIONAL)
    sex = fields.Text(max_length=20, **OPTIONAL, allow_blank=True, help_text=vocabulary.SEX)
    nhs_number = fields.NhsNumber(**OPTIONAL, allow_blank=True)
    description = fields.Text(**OPTIONAL, allow_blank=True)
    phone = fields.Text(max_length=40, **OPTIONAL, allow_blank=True)
    language = fields.Text(max_length=60, **OPTIONAL, allow_blank=True)

    def validate_date_of_birth(self, value: date | None) -> date | None:
        """Nobody is born tomorrow."""
        return check_birth(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Somebody must be able to recognise them."""
        if not any(attrs.get(name) for name in ABOUT_A_PERSON):
            raise serializers.ValidationError(
                "a name or a description is required: family_name, given_name or description"
            )
        return attrs


class LocationSerializer(fields.StrictSerializer):
    """Where the person is."""

    text = fields.Text(max_length=1_000, **OPTIONAL)
    uprn = fields.Pattern(r"^[0-9]{1,12}$", **OPTIONAL, help_text="Unique property reference number")
    what3words = fields.Pattern(r"^/{0,3}[^\W\d_]+\.[^\W\d_]+\.[^\W\d_]+$", max_length=100, **OPTIONAL)
    latitude = fields.Number(min_value=-90, max_value=90, **OPTIONAL)
    longitude = fields.Number(min_value=-180, max_value=180, **OPTIONAL)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One coordinate is no place."""
        if ("latitude" in attrs) != ("longitude" in attrs):
            raise serializers.ValidationError("give latitude and longitude together")
        return attrs


class PhoneConfirmationSerializer(fields.StrictSerializer):
    """Who told whom by telephone, and when: an emergency is told by phone first."""

    by = fields.Text(max_length=200)
    to = fields.Text(max_length=200)
    at = fields.Instant()


class AskSerializer(fields.Bys):
    """A new referral: in the case named, else in a new case of the person described."""

    person = PersonSerializer(**OPTIONAL)
    case = fields.CaseReference(**OPTIONAL, help_text="The reference of an existing case.")
    category = fields.Choice(words.CATEGORIES)
    priority = fields.Choice(words.PRIORITIES)
    from_team = fields.IdOrCode(**OPTIONAL, help_text="By default the client's own team.")
    to_team = fields.IdOrCode(**OPTIONAL)
    area = fields.Text(
        max_length=60, **OPTIONAL, help_text="A postcode district or a borough, instead of to_team."
    )
    lead = fields.Truth(default=True, allow_null=True)
    asking = fields.Key(**OPTIONAL, help_text="Shared by referrals asked at once.")
    summary = fields.Text(**OPTIONAL, allow_blank=True)
    location = LocationSerializer(**OPTIONAL)
    scene_safety = fields.Choice(words.SCENE_SAFETY, default=SceneSafety.UNKNOWN.value, allow_null=True)
    flags = serializers.ListField(child=fields.Choice(words.FLAGS), **OPTIONAL, max_length=len(Flag))
    source_incident_number = fields.Text(max_length=60, **OPTIONAL, allow_blank=True)
    threshold_decision = fields.Key(**OPTIONAL)
    phone_confirmation = PhoneConfirmationSerializer(**OPTIONAL)
    draft = fields.Truth(default=False, allow_null=True, help_text="Keep it, and send it later by a move.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Somebody is asked, for somebody."""
        if wrong := apart(attrs):
            raise serializers.ValidationError(wrong)
        return attrs


def apart(sent: Container[str]) -> dict[str, list[str]]:
    """What is wrong with fields going together, or without each other, by the field."""
    wrong = {}
    if ("to_team" in sent) == ("area" in sent):
        wrong["to_team"] = ["name the team to be asked, or an area to be routed by: one of the two"]
    if "case" not in sent and "person" not in sent:
        wrong["person"] = ["say who needs help, by a name or a description; or name an existing case"]
    return wrong


STRAIGHT = (
    "category", "priority", "case", "lead", "asking", "summary", "scene_safety",
    "source_incident_number", "threshold_decision", "occurred_at", "draft",
)  # fmt: skip


def asked(data: Mapping[str, Any], by: Actor) -> Asked:
    """The ask, with its teams found. Raises ValidationError, or Invalid where no one team covers the area."""
    sender, receiver, routed = teams(data, by)
    confirmed = data.get("phone_confirmation")
    return Asked(
        **{name: data[name] for name in STRAIGHT if name in data},
        from_team=sender,
        to_team=receiver,
        routed=routed,
        person=data.get("person", {}),
        location=data.get("location", {}),
        flags=tuple(sorted(set(data.get("flags", ())))),
        phone_confirmation=confirmed and {**confirmed, "at": spelt(confirmed["at"])},
    )


def teams(data: Mapping[str, Any], by: Actor) -> tuple[Team, Team, str]:
    """The asking team and the asked one; and if that was routed, why it is that one."""
    own = data.get("from_team") or (str(by.team_id) if by.team_id else None)
    if own is None:
        raise serializers.ValidationError({"from_team": ["you act for no team: name one of your agency's"]})
    named = {"from_team": own, "to_team": data.get("to_team")}
    found = places.find(Team, filter(None, named.values()), by)
    if lost := _lost(named, found):
        raise serializers.ValidationError(lost)
    if "area" in data:
        said = {"person": data.get("person"), "flags": data.get("flags", ())}
        return found[own], *routing.route(area=data["area"], category=data["category"], by=by, **said)
    return found[own], found[data["to_team"]], ""


def lost(named: Mapping[str, str | None], by: Actor) -> dict[str, list[str]]:
    """Of teams that are named, by the field, those that there are not. One query."""
    return _lost(named, places.find(Team, filter(None, named.values()), by)) if named else {}


def _lost(named: Mapping[str, str | None], found: Mapping[str, Team]) -> dict[str, list[str]]:
    return {
        field: [places.missing(Team, word)] for field, word in named.items() if word and word not in found
    }
