"""What each move of a case asks for. The services judge; these only ask."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Q

from agencies.acting import Actor
from referrals.models import Case, CaseLink
from referrals.screens import words
from referrals.screens.forms import area, choice

Fields = dict[str, forms.Field]
AGREED = {"name": "agreed_with", "role": "agreed_role", "contact": "agreed_contact"}


def fields_of(action: str, actor: Actor, case: Case) -> Fields:
    """Its fields. Raises KeyError for an action that does not exist."""
    return FIELDS[action](actor, case)


def _why(label: str, *, required: bool) -> Callable[[Actor, Case], Fields]:
    return lambda actor, case: {"reason": area(label, required=required)}


def _settle(actor: Actor, case: Case) -> Fields:
    hint = "Unless your own side keeps or takes the person: who agreed for the other side, or the arbiter."
    return {
        "outcome": choice("What is to happen", words.SETTLED.items()),
        "reason": area("Why", "Accountability moves only when somebody accepts."),
        "agreed_with": forms.CharField(label="Agreed with", help_text=hint, required=False, max_length=200),
        "agreed_role": forms.CharField(label="Their role", required=False, max_length=100),
        "agreed_contact": forms.CharField(label="Their phone number", required=False, max_length=100),
    }


def _link(actor: Actor, case: Case) -> Fields:
    hint = "Only your agency sees the link, and can undo it. Nothing is merged."
    return {
        "other_case": forms.CharField(
            label="The other case's reference", help_text=hint, max_length=40,
            error_messages={"required": "A reference, such as C-7KD4-HNWT"},
        )
    }  # fmt: skip


def _unlink(actor: Actor, case: Case) -> Fields:
    names = [(each, each) for each in linked(actor, case)]
    return {"other_case": choice("The case that is not of this person", names)}


OF_ONE_AGENCY = ("link", "unlink")
"""What only the agency that does it ever sees."""
FIELDS: dict[str, Callable[[Actor, Case], Fields]] = {
    "close": _why("Why", required=True),
    "reopen": _why("Why", required=True),
    "review": _why("Why", required=False),
    "dispute": _why("Why it is not yours", required=True),
    "settle_dispute": _settle,
    "withdraw_dispute": _why("What happened", required=True),
    "link": _link,
    "unlink": _unlink,
}


def linked(actor: Actor, case: Case) -> list[str]:
    """The references of the visible cases that the agency holds to be of the same person. Two queries."""
    standing = CaseLink.objects.visible_to(actor).standing().filter(Q(one=case.pk) | Q(other=case.pk))
    keys = {key for pair in standing.values_list("one_id", "other_id") for key in pair} - {case.pk}
    found = Case.objects.visible_to(actor).filter(pk__in=keys)
    return sorted(found.values_list("reference", flat=True))


def details(said: dict[str, Any]) -> dict[str, Any]:
    """What the service takes: who agreed, if anybody was named, as one."""
    agreed = {name: said.pop(field, "") for name, field in AGREED.items()}
    return {**said, "agreed_with": agreed if agreed["name"] else None}
