"""Whatever a message says is kept, or refused by its place; and the two formats say the same."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.api.safe_xml import Unreadable
from referrals.domain.errors import Refused
from referrals.fhir import asking, markup, message, structure
from referrals.fhir.elements import ELEMENTS, FORMS, NUMBERS
from referrals.fhir.reading import PASSED_OVER, leaves
from referrals.fhir.refusals import NotKept
from tests.referrals.fhir.conftest import ASK, PERSON, changed, plainly, whole
from tests.referrals.fhir.conftest import message as written

OTHER = {bool: False, int: 35, float: 51.75}


def asked(bundle):
    said = message.read(bundle)
    found = asking.body(said)
    said.bundle.refuse_unread()
    return found, said.reason, said.focus.text("status")


def at(value, path):
    """The object or list in which a leaf stands, and its key there."""
    steps = path.replace("]", "").replace("[", ".").split(".")[1:]
    for step in steps[:-1]:
        value = value[int(step) if isinstance(value, list) else step]
    return value, int(steps[-1]) if isinstance(value, list) else steps[-1]


WHOLE = written(whole())
LEAVES = [path for path, _ in leaves(WHOLE, "Bundle")]
KEPT = [path for path in LEAVES if not PASSED_OVER.fullmatch(path)]


@pytest.mark.parametrize("path", KEPT)
def test_no_value_can_be_another_without_being_noticed(path):
    sent = copy.deepcopy(WHOLE)
    place, key = at(sent, path)
    before = place[key]
    place[key] = not before if before in (True, False) else OTHER.get(type(before), f"{before}x")
    try:
        after = asked(sent)
    except Refused:
        return
    assert after != asked(copy.deepcopy(WHOLE)), path


def test_what_may_be_passed_over_is_little_and_says_nothing_of_the_person():
    passed = {path.rpartition(".")[2] for path in LEAVES if PASSED_OVER.fullmatch(path)}
    assert passed == {"resourceType", "id", "fullUrl", "timestamp", "name", "endpoint", "display"}
    assert not any(
        ".name[" in path or "description" in path for path in LEAVES if PASSED_OVER.fullmatch(path)
    )


ALIEN = [
    ("Bundle", lambda sent: sent.update(total=1)),
    ("an element that R4 has not", lambda sent: sent["entry"][1]["resource"].update(colour="red")),
    ("one that is not read", lambda sent: sent["entry"][1]["resource"].update(doNotPerform=True)),
    ("a modifier", lambda sent: sent["entry"][1]["resource"].update(
        modifierExtension=[{"url": "https://a.example", "valueBoolean": True}])),
    ("an extension", lambda sent: sent["entry"][1]["resource"]["extension"].append(
        {"url": "https://a.example", "valueBoolean": True})),
    ("a second name", lambda sent: sent["entry"][2]["resource"]["name"].append({"family": "OTHER"})),
    ("a former name", lambda sent: sent["entry"][2]["resource"]["name"][0].update(use="old")),
    ("a number of another kind", lambda sent: sent["entry"][2]["resource"]["identifier"].append(
        {"system": "https://a.example", "value": "7"})),
    ("an e-mail address", lambda sent: sent["entry"][2]["resource"]["telecom"][0].update(system="email")),
    ("a time by when", lambda sent: sent["entry"][1]["resource"].update(
        occurrencePeriod={"end": "2026-11-21T23:59:00Z"})),
    ("a resource that is not read", lambda sent: sent["entry"].append(
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "CarePlan", "status": "active"}})),
    ("a resource that nothing refers to", lambda sent: sent["entry"].append(
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Organization", "name": "Somebody"}})),
    ("a flag that has ended", lambda sent: sent["entry"][5]["resource"].update(status="inactive")),
    ("a second flag of the scene", lambda sent: sent["entry"].append(
        {"fullUrl": "urn:uuid:1", "resource": copy.deepcopy(sent["entry"][4]["resource"])})),
    ("a narrative that somebody wrote", lambda sent: sent["entry"][2]["resource"].update(
        text={"status": "additional", "div": "<div>has a knife</div>"})),
    ("words beside a code", lambda sent: sent["entry"][1]["resource"]["category"][1].update(text="armed")),
    ("an author of a note", lambda sent: sent["entry"][1]["resource"]["note"][0].update(authorString="Kim")),
]  # fmt: skip


@pytest.mark.parametrize(("what", "add"), ALIEN, ids=[what for what, _ in ALIEN])
def test_what_is_not_kept_is_refused_by_its_place(what, add):
    sent = copy.deepcopy(WHOLE)
    add(sent)
    with pytest.raises(Refused) as refused:
        asked(sent)
    assert all(path.startswith("Bundle") for path in refused.value.errors), refused.value.errors
    assert refused.value.errors


def test_a_narrative_that_a_machine_made_is_passed_over():
    sent = written(changed(plainly(), PERSON, text={"status": "generated", "div": "<div>a man</div>"}))
    assert asked(sent)[0]["person"]["description"] == "a man in a red coat"


def test_the_whole_message_is_the_same_in_both_formats():
    assert markup.read(markup.write(WHOLE)) == WHOLE


def test_xml_reads_its_elements_in_any_order_and_comments_as_nothing():
    sent = FLAG % '<!-- seen --><code><text value="x"/></code><status value="a"/>'
    assert markup.read(sent.encode()) == {"resourceType": "Flag", "code": {"text": "x"}, "status": "a"}


BAD_XML = [
    (b"", "not XML"),
    (b"<Bundle", "not XML"),
    (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "no place"),
    (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "no place"),
    (b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 99 + b'">' + b"".join(
        b'<!ENTITY x%d "%s">' % (n, b"&x;" * 10) for n in range(9)) + b"]><a>&x8;</a>", "no place"),
    (b"\xff\xfe\x00", "not XML"),
    (b'<?xml version="1.0" encoding="nobodys"?><a/>', "not XML"),
    (b"<a>" * 100_000 + b"</a>" * 100_000, "levels deep"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "why"), BAD_XML, ids=range(len(BAD_XML)))
def test_xml_that_is_none_or_not_safe_is_refused_in_words(sent, why):
    with pytest.raises(Unreadable, match=why):
        markup.read(sent)


FLAG = '<Flag xmlns="http://hl7.org/fhir">%s</Flag>'
WRONG_XML = [
    ('<Flag xmlns="https://a.example"><status value="active"/></Flag>', "namespace"),
    (FLAG % 'seen<status value="active"/>', "text between"),
    (FLAG % '<status value="active">seen</status>', "text between"),
    (FLAG % '<status value="active"/><status value="active"/>', "twice"),
    (FLAG % '<status value="active" colour="red"/>', "lost"),
    (FLAG % '<status value="active"><extension url="x"/></status>', "lost"),
    (FLAG % '<s:status xmlns:s="https://a.example" value="active"/>', "lost"),
    ('<CarePlan xmlns="http://hl7.org/fhir"><status value="active"/></CarePlan>', "lost"),
    ('<Bundle xmlns="http://hl7.org/fhir"><entry><resource/></entry></Bundle>', "one resource"),
]


@pytest.mark.parametrize(("sent", "why"), WRONG_XML)
def test_xml_that_says_more_than_is_read_is_refused_by_its_place(sent, why):
    with pytest.raises(Refused) as refused:
        markup.read(sent.encode())
    assert why in " ".join(refused.value.errors.values())


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip)
SAMPLES = {
    "boolean": st.booleans(),
    "integer": st.integers(-999_999_999, 999_999_999),
    "unsignedInt": st.integers(0, 999_999_999),
    "positiveInt": st.integers(1, 999_999_999),
    "decimal": st.floats(-1e6, 1e6).map(lambda number: round(number, 6) + 0.0),
    "id": st.from_regex(r"[A-Za-z0-9.-]{1,64}", fullmatch=True),
    "code": st.sampled_from(["active", "draft", "on-hold"]),
    "date": st.dates().map(str),
    "dateTime": st.just("2026-11-21T23:41:00+01:00"),
    "instant": st.just("2026-11-21T23:41:00.5Z"),
    "xhtml": st.just('<html:div xmlns:html="http://www.w3.org/1999/xhtml">seen</html:div>'),
    **dict.fromkeys(("uri", "url", "canonical"), st.just("https://a.example/b")),
    **dict.fromkeys(("string", "markdown"), WORDS),
}


@st.composite
def resources(draw, kind, level=0):
    """Any resource that the table allows."""
    found = {}
    for element in ELEMENTS[kind].values():
        if element.required or (level < 3 and draw(st.booleans())):
            each = any_of(draw, element.type, level + 1)
            found[element.name] = [each] if element.repeats else each
    if not found:
        element = min(ELEMENTS[kind].values(), key=lambda e: e.type not in FORMS)
        each = any_of(draw, element.type, level + 1)
        found[element.name] = [each] if element.repeats else each
    return found


def any_of(draw, kind, level):
    if kind == "Resource":
        return {"resourceType": "Flag", **draw(resources("Flag", level))}
    return draw(SAMPLES[kind]) if kind in FORMS else draw(resources(kind, level))


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(["Bundle", "ServiceRequest", "Task", "Patient", "Location"]), data=st.data())
def test_any_resource_is_the_same_in_both_formats(kind, data):
    resource = {"resourceType": kind, **data.draw(resources(kind))}
    structure.check(resource)
    again = markup.read(markup.write(resource))
    structure.check(again)
    assert again == resource


def test_every_number_that_r4_writes_as_one_is_read_as_one():
    assert set(NUMBERS) <= set(SAMPLES)
    with pytest.raises(Refused):
        structure.check({"resourceType": "Bundle", "type": "message", "total": "1"})
    with pytest.raises(Refused):
        structure.check({"resourceType": "Bundle", "type": "message", "total": True})
    with pytest.raises(Refused):
        structure.check(
            json.loads('{"resourceType": "Location", "position": {"longitude": 1e999, "latitude": 0}}')
        )


def test_a_message_without_the_resource_it_names_is_refused():
    sent = written({ASK: plainly()[ASK]})
    with pytest.raises(Refused, match="does not hold"):
        asked(sent)


def test_refusals_of_what_is_not_kept_are_their_own_kind():
    with pytest.raises(NotKept):
        structure.check({"resourceType": "CarePlan", "status": "active"})
