"""An NHS number, however it is typed."""

import nhs_number
from django import forms

from referrals.domain.nhs_number import digits_of


class NhsNumberField(forms.CharField):
    """Ten digits whose check digit agrees, however they were spaced; or nothing."""

    def __init__(self) -> None:
        super().__init__(label="NHS number", required=False, max_length=20)

    def clean(self, value: str | None) -> str:
        """Without the spaces."""
        digits = digits_of(super().clean(value))
        if digits and not nhs_number.is_valid(digits):
            raise forms.ValidationError("This is no NHS number: check the ten digits, or leave it empty")
        return digits
