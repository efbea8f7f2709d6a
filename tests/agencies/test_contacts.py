"""Whom an agency has told where nobody else of it can be: changed by who runs it, whole, and audited."""

import pytest

from agencies import contacts
from agencies.acting import NamedPerson
from agencies.models import Agency
from agencies.services import Refused
from tests.factories.world import act, make_world

SAID = {"name": "On-call manager", "email": "oncall@trust.example", "phone": "020 7946 0333"}


@pytest.fixture
def world(db):
    """Police, trusts and the others."""
    return make_world()


@pytest.fixture
def boss(world):
    return world.trust.asserting(NamedPerson("Dee Example", "duty manager", "020 7946 0109"))


def again(world):
    found = Agency.objects.get(pk=world.trust.agency_id)
    return {"name": found.duty_contact_name, "email": found.duty_contact_email, "phone": found.phone}


def test_it_is_changed_and_the_audit_has_both(world, boss, lines):
    before = again(world)
    assert act(boss, contacts.set_contact, **SAID) is True
    assert again(world) == SAID
    line = lines()[-1]
    assert (line.action, line.data) == ("agency.contact_changed", {"before": before, "after": SAID})
    assert act(boss, contacts.set_contact, **SAID) is False


@pytest.mark.parametrize("wrong", [{"name": " "}, {"email": ""}, {"email": "on call"}])
def test_there_is_always_somebody_to_tell(world, boss, wrong):
    before = again(world)
    with pytest.raises(Refused):
        act(boss, contacts.set_contact, **{**SAID, **wrong})
    assert again(world) == before


def test_a_supervisor_does_not_change_it(world):
    with pytest.raises(Refused, match="only a manager or director"):
        act(world.trust, contacts.set_contact, **SAID)
