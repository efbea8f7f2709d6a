"""A day of birth, however it is written."""

from datetime import date

from django import forms
from django.utils import timezone

from referrals.domain.case import EARLIEST_BIRTH

DAYS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y", "%Y-%m-%d", "%d %b %Y", "%d %B %Y"]


class BirthField(forms.DateField):
    """The day on which somebody was born: not to come, and within a lifetime. May be left empty."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            input_formats=DAYS,
            widget=forms.DateInput(format="%d/%m/%Y"),
            error_messages={"invalid": "Write it as 31/3/1980, or leave it empty"},
        )

    def clean(self, value: object) -> date | None:
        """The day. Raises ValidationError for one to come, and for one before anybody living was born."""
        born = super().clean(value)
        if born and not EARLIEST_BIRTH <= born <= timezone.localdate():
            raise forms.ValidationError("This day of birth cannot be right: look at the year again")
        return born
