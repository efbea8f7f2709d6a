"""Who reads what: nothing that nobody has thought about is shown to anybody."""

import re
from pathlib import Path

import pytest

from agencies.roles import AUDIENCE_OF, AgencyKind, Audience
from referrals.domain.disclosure import (
    CONTENT_READ_BY,
    IDENTITY,
    PERSON_FIELDS_READ_BY,
    audiences_of,
    kinds_read_by,
    readable,
)
from referrals.models import Person

SERVICES = Path(__file__).parents[3] / "referrals" / "services"


def test_every_kind_of_agency_reads_as_some_audience_that_is_in_the_tables():
    assert {AUDIENCE_OF[kind] for kind in AgencyKind} == set(Audience)
    assert set(PERSON_FIELDS_READ_BY) == set(Audience)


def test_every_field_of_a_person_has_been_thought_about():
    stored = {field.name for field in Person._meta.get_fields()} - {"id", "case"}
    assert stored == IDENTITY


@pytest.mark.parametrize("audience", Audience)
def test_nobody_reads_a_field_that_is_not_listed(audience):
    shown = readable(dict.fromkeys([*IDENTITY, "diagnosis"], "x"), audience)
    assert set(shown) == PERSON_FIELDS_READ_BY[audience] <= IDENTITY


def test_volunteers_read_no_number():
    assert "nhs_number" not in readable({"nhs_number": "9990000018", "age": 40}, Audience.VOLUNTARY)
    assert "person" not in kinds_read_by(Audience.VOLUNTARY)


def test_police_read_no_clinical_note_and_health_no_intelligence():
    for kind, audience in [("clinical_note", Audience.HEALTH), ("police_intelligence", Audience.POLICE)]:
        assert audiences_of(kind) == {audience}
        assert [each for each in Audience if kind in kinds_read_by(each)] == [audience]


def test_every_kind_is_read_by_somebody():
    assert all(audiences_of(kind) for kind in CONTENT_READ_BY)


def test_a_kind_that_nobody_has_thought_about_cannot_be_stored():
    with pytest.raises(KeyError):
        audiences_of("diary")


def test_every_kind_that_a_service_stores_is_in_the_table():
    stored = {
        kind
        for source in SERVICES.glob("*.py")
        for kind in re.findall(r'act\.content\(\s*"(\w+)"', source.read_text())
    }
    assert {"person", "reason", "risk", "contact_note"} <= stored <= set(CONTENT_READ_BY)
