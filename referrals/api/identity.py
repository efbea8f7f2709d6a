"""Who the person of a case is, corrected over HTTP: what was said before stays in the case."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from referrals.api import body, etags, fields, shapes, vocabulary
from referrals.api.asking import check_birth
from referrals.api.case import answer, find
from referrals.api.fields import OPTIONAL
from referrals.api.idempotency import OneEffect
from referrals.api.rows import PERSON_FIELDS
from referrals.services import identity


class CorrectionSerializer(fields.StrictSerializer):
    """What is right. Only what is named changes."""

    family_name = fields.Text(max_length=100, **OPTIONAL)
    given_name = fields.Text(max_length=100, **OPTIONAL)
    date_of_birth = fields.Day(**OPTIONAL)
    age = fields.Whole(min_value=0, max_value=130, **OPTIONAL)
    sex = fields.Text(max_length=20, **OPTIONAL, help_text=vocabulary.SEX)
    nhs_number = fields.NhsNumber(**OPTIONAL)
    description = fields.Text(**OPTIONAL)
    phone = fields.Text(max_length=40, **OPTIONAL)
    language = fields.Text(max_length=60, **OPTIONAL)
    not_known = serializers.ListField(
        child=fields.Choice(PERSON_FIELDS),
        **OPTIONAL,
        max_length=len(PERSON_FIELDS),
        help_text="Details that are wrong, and of which nobody knows the right one.",
    )
    agrees = fields.Truth(
        default=False,
        allow_null=True,
        help_text="Takes back what your agency itself had said otherwise, as `person.also` shows it.",
    )
    reason = fields.Text(**OPTIONAL, help_text="How you know.")
    by = fields.NamedSerializer(**OPTIONAL, help_text="Who says so; a program names them.")

    def validate_date_of_birth(self, value: date | None) -> date | None:
        """Nobody is born tomorrow."""
        return check_birth(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A detail is known, or it is not."""
        both = [name for name in attrs.get("not_known", ()) if name in attrs]
        if both:
            raise serializers.ValidationError({name: ["give it, or name it in not_known"] for name in both})
        return attrs


class PersonView(OneEffect):
    """Correct who the person of a case is."""

    scopes_to_write = ("cases:write",)

    @extend_schema(request=CorrectionSerializer, responses={200: shapes.Case})
    def post(self, request: Request, reference: str) -> Response:
        """A named person of any party may. Everybody at work is told; an NHS number that another agency gave
        is never written over: both are shown."""
        case = find(reference, request)
        said, by = body.said(CorrectionSerializer, request)
        correction = identity.Correction(
            agrees=bool(said.pop("agrees", False)),
            reason=said.pop("reason", ""),
            said=dict.fromkeys(said.pop("not_known", ()), "") | said,
        )
        wanted = etags.wanted(request, case.version)
        corrected = identity.correct(reference=case.reference, correction=correction, by=by, version=wanted)
        return answer(corrected, request)
