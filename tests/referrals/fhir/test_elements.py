"""The table of elements says what the standard says, and the validator that judges us can say no."""

import copy

import pytest

from referrals.fhir.elements import ELEMENTS, FORMS, RESOURCES
from tests.referrals.fhir.standard import children, codes, problems, published, spelled

WELL = {
    "resourceType": "Flag",
    "status": "active",
    "code": {"text": "seen"},
    "subject": {"reference": "#person"},
}


@pytest.mark.parametrize("kind", ELEMENTS)
def test_the_table_has_the_standards_elements_in_its_order(kind):
    standard = {name: (each, of) for each in children(kind) for name, of in spelled(each).items()}
    order = list(standard)
    ours = ELEMENTS[kind]
    assert [name for name in order if name in ours] == list(ours), "in the standard's order, and none beside"
    for name, element in ours.items():
        said, of = standard[name]
        assert element.repeats == (said["max"] != "1"), name
        assert element.required == (said["min"] > 0 and len(spelled(said)) == 1 or name == "eventCoding"), (
            name
        )
        assert element.type == of, name
        assert element.attribute == ("xmlAttr" in said.get("representation", ())), name


def test_every_element_that_the_standard_requires_is_in_the_table():
    for kind, ours in ELEMENTS.items():
        required = [each for each in children(kind) if each["min"]]
        assert all(spelled(each).keys() & ours.keys() for each in required), kind


def test_every_type_in_the_table_is_one_that_it_explains():
    used = {each.type for ours in ELEMENTS.values() for each in ours.values()} - {"Resource"}
    assert used <= set(ELEMENTS) | set(FORMS)
    assert not RESOURCES - set(ELEMENTS)
    assert all(published(f"StructureDefinition-{kind}")["kind"] == "resource" for kind in RESOURCES)


def test_the_validator_says_nothing_against_what_is_well_made():
    assert problems(WELL) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": None}, "lacks Flag.status"),
        ({"status": "on"}, "is not in"),
        ({"status": 1}, "no code"),
        ({"code": [{"text": "seen"}]}, "one value is expected"),
        ({"category": {"text": "seen"}}, "a list is expected"),
        ({"category": []}, "an empty list"),
        ({"colour": "red"}, "no element of Flag"),
        ({"subject": {}}, "something in it"),
        ({"code": {"coding": [{"system": 7}]}}, "no uri"),
        ({"id": "a b"}, "has not the form"),
    ],
)
def test_the_validator_says_what_is_wrong(change, said):
    wrong = {name: value for name, value in {**copy.deepcopy(WELL), **change}.items() if value is not None}
    assert [each for each in problems(wrong) if said in each], problems(wrong)


def test_the_validator_knows_the_codes_that_are_required():
    assert codes("http://hl7.org/fhir/ValueSet/task-status|4.0.1") == {
        "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress",
        "on-hold", "failed", "completed", "entered-in-error",
    }  # fmt: skip
    assert "stat" in codes("http://hl7.org/fhir/ValueSet/request-priority|4.0.1")
    assert "duplicate" in codes("http://hl7.org/fhir/ValueSet/issue-type|4.0.1")
