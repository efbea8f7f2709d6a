"""The fields that bodies are made of, each of which says what is wrong and what to do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, NoReturn

import nhs_number
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agencies.acting import NamedPerson
from agencies.instants import spelt
from agencies.roles import TITLES
from referrals.api.instants import REMEDY, NotAnInstant, instant_of
from referrals.domain import reference
from referrals.domain.nhs_number import digits_of, looks_like_one

LONGEST_TEXT = 10_000  # characters


OPTIONAL = {"required": False, "allow_null": True}
"""May be left out; null says the same."""


class StrictSerializer(serializers.Serializer):
    """A body in which a field that is not known is an error: a mistyped name must not be lost in silence."""

    default_error_messages: ClassVar = {"invalid": "this must be an object, with names and values"}

    def to_internal_value(self, data: object) -> dict[str, Any]:
        """The fields that were given, once all of them are known. Null is as good as left out."""
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                {name: [f"there is no such field here; there are {known}"] for name in unknown}
            )
        found = super().to_internal_value(data)
        return {name: value for name, value in found.items() if value is not None}


class Typed:
    """A field that takes its JSON type and no other: "1" is not 1, and neither is true."""

    json_type: tuple[type, ...] = (str,)
    called = "text"

    def to_internal_value(self, data: object) -> object:
        """The value, if it is of that type."""
        if type(data) not in self.json_type:
            raise serializers.ValidationError(f"this must be {self.called}")
        return super().to_internal_value(data)


class Text(Typed, serializers.CharField):
    """A text for people to read, at most 10,000 characters."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"max_length": LONGEST_TEXT, **options})


class Choice(serializers.ChoiceField):
    """One of some words: whoever sends another is told which there are."""

    default_error_messages: ClassVar = {"invalid_choice": "one of {words}"}

    def fail(self, key: str, **said: object) -> NoReturn:
        """Raises ValidationError, with the words."""
        super().fail(key, words=", ".join(map(str, self.choices)), **said)


class Pattern(Typed, serializers.RegexField):
    """A text of a certain form."""


class Day(Typed, serializers.DateField):
    """A day, as in 1985-04-12."""


class Key(Typed, serializers.UUIDField):
    """A UUID."""


class Truth(Typed, serializers.BooleanField):
    """True or false."""

    json_type, called = (bool,), "true or false"


class Whole(Typed, serializers.IntegerField):
    """A whole number."""

    json_type, called = (int,), "a whole number"


class Number(Typed, serializers.FloatField):
    """A number."""

    json_type, called = (int, float), "a number"


@extend_schema_field(OpenApiTypes.DATETIME)
class Instant(serializers.Field):
    """An instant in ISO 8601 with its offset."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"help_text": f"ISO 8601: {REMEDY}.", **options})

    def to_internal_value(self, data: object) -> datetime:
        """In UTC."""
        try:
            return instant_of(data)
        except NotAnInstant as problem:
            raise serializers.ValidationError(str(problem)) from None

    def to_representation(self, value: datetime) -> str:
        """As stored."""
        return spelt(value)


class NhsNumber(Text):
    """Ten digits, spaces and hyphens allowed, checked modulus 11; 999 numbers, for trials, pass."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"max_length": 20, "help_text": "Ten digits; spaces are allowed.", **options})

    def to_internal_value(self, data: object) -> str:
        """Ten digits without spaces."""
        text = super().to_internal_value(data)
        return nhs_number_of(text) if text else ""


def nhs_number_of(text: str) -> str:
    """The number as it is stored. Raises ValidationError."""
    digits = digits_of(text)
    if not looks_like_one(digits):
        raise serializers.ValidationError("an NHS number has ten digits, as in 999 000 0018")
    if not nhs_number.is_valid(digits):
        raise serializers.ValidationError(
            "the last digit of this NHS number does not fit the others: one is mistyped"
        )
    return digits


@extend_schema_field(OpenApiTypes.STR)
class CaseReference(Text):
    """The reference of a case, in whatever way it was typed."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"max_length": 30, **options})

    def to_internal_value(self, data: object) -> str:
        """As it is stored."""
        try:
            found = reference.clean(super().to_internal_value(data))
        except reference.BadReference as problem:
            raise serializers.ValidationError(str(problem)) from None
        if not found.startswith("C"):
            raise serializers.ValidationError("this is a referral's reference: give its case's")
        return found


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class IdOrCode(serializers.Field):
    """An agency or a team, by its id or its code."""

    def to_internal_value(self, data: object) -> str:
        """As text; a number is an id, since codes start with a letter."""
        if isinstance(data, bool) or not isinstance(data, int | str) or not 0 < len(str(data)) <= 60:
            raise serializers.ValidationError("give an id or a code")
        if "\0" in str(data):
            raise serializers.ValidationError("give an id or a code")
        return str(data)

    def to_representation(self, value: str) -> str:
        """As given."""
        return value


SENIORITY = "Their job title, as in duty supervisor. Its last words say how senior they are: " + "; ".join(
    f"{tier}: {', '.join(titles)}" for tier, titles in TITLES.items()
)


class NamedSerializer(StrictSerializer):
    """A named human being: who did it, in what role, and how to reach them."""

    name = Text(max_length=200)
    role = Text(max_length=100, help_text=SENIORITY)
    contact = Text(max_length=200, help_text="A telephone number, else an e-mail address.")


class Bys(StrictSerializer):
    """What every act carries: who did it, and when."""

    by = NamedSerializer(
        **OPTIONAL,
        help_text="The person who does this, where a program calls for them. "
        "For somebody signed in it is ignored: it is they who act.",
    )
    occurred_at = Instant(**OPTIONAL)


def named(data: Mapping[str, Any] | None) -> NamedPerson | None:
    """The person, as the services know them."""
    return NamedPerson(**data) if data else None
