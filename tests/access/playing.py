"""Playing the matrix: every question, asked by everybody whose turn it is, and every answer judged."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import psycopg
from django.http import HttpResponse

from config.env import ROOT
from tests.access.asking import METHODS, Asker, Question, askers, looks_at, outsiders, questions, turn
from tests.access.judging import expected, leaks, told
from tests.access.parts import PART, Part
from tests.access.story import Story
from tests.access.table import Door

# The API's document shows them to everybody: the story may have drawn a reference that one of them has.
EXAMPLES = "".join(each.read_text() for each in (ROOT / "docs" / "examples").glob("*.json"))

# Using a session writes it, whoever asks is counted, and the log has who read what; nothing else may be
# written by whoever only looks.
FINGERPRINT = """
select relname, (xpath('/table/row/f/text()', query_to_xml(format(
         'select md5(coalesce(string_agg(t::text, chr(10) order by t::text), '''')) f from %I t', relname),
         true, false, '')))[1]::text
  from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
   and relname not in ('django_session', 'agencies_allowance', 'agencies_auditevent')
"""


@dataclass(frozen=True)
class Problem:
    """One answer that should have been another."""

    route: str
    what: str
    leaked: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.route}: {self.what}" + (f" LEAKS {self.leaked}" if self.leaked else "")


INBOX = "tracker:inbox"
Asked = tuple[Question, Asker, str]


def in_part(story: Story, agency: str, wall: str, part: Part) -> Iterator[Asked]:
    """What a part holds of the whole matrix of an agency: every address, key, method and asker."""
    ways = list(product(askers(story, agency), METHODS))
    for question in questions(story):
        of = (agency, wall, question.route.name, question.named)
        yield from ((question, *way) for place, way in enumerate(ways) if part.holds(place, *of))


def in_turns(story: Story, agency: str) -> Iterator[Asked]:
    """Every address with every third key, each method and each asker in turn, so that all meet all of a kind.

    Each door is tried once by somebody who does not get through it.
    """
    people, tried = askers(story, agency), set()
    for question in questions(story):
        rule, key = question.rule, (question.route.name, question.named)
        inside = [each for each in people if looks_at(rule, each)]
        outside = [each for each in people if not looks_at(rule, each)]
        if outside and question.route.name not in tried:
            tried.add(question.route.name)
            yield question, turn(outside, *key), turn(["GET", "POST"], *key)
        if rule.of and turn([True, True, False], agency, *key):
            continue
        yield from (_at_the_api if rule.door == Door.API else _at_a_page)(question, inside, agency)


def _at_the_api(question: Question, inside: list[Asker], agency: str) -> Iterator[Asked]:
    """A program or a role, in turn, looks and writes in each way there is; the role also tries an odd one."""
    key = (question.route.name, question.named)
    program = next(each for each in inside if each.kind == "program")
    role = turn([each for each in inside if each is not program], *key)
    ways = dict.fromkeys(["GET", "POST", *question.rule.methods.split()])
    for method in ways:
        yield question, turn([program, role], agency, method, *key), method
    yield question, role, turn([each for each in METHODS[2:] if each not in ways], *key)


def _at_a_page(question: Question, inside: list[Asker], agency: str) -> Iterator[Asked]:
    """A role in turn looks, and every other time one writes or tries an odd method."""
    key = (question.route.name, question.named, agency)
    if _seldom(question) and turn([True, True, False], *key):
        return
    yield question, turn(inside, *key), "GET"
    if not question.rule.of or turn([True, False], agency, *key):
        yield question, turn(inside, agency, *key), turn(["POST", "POST", *METHODS[2:]], *key)


def _seldom(question: Question) -> bool:
    """A page that finds its row as another one does, and shows or does less with it."""
    return bool(question.rule.of) and question.route.name.endswith(("_delete", "_history"))


def shows_rows(asked: Asked) -> bool:
    """Whether a wall that is gone could be noticed here at all."""
    question, _, method = asked
    few = question.rule.door == Door.OPEN or question.route.name.endswith(("_delete", "_history", "_add"))
    return not few and method in ("GET", "POST", *question.rule.methods.split())


def from_outside(story: Story) -> Iterator[Asked]:
    """Every address, by nobody and by a token that nobody gave: looking, writing, and one way more."""
    seen = set()
    for question in questions(story):
        name = question.route.name
        if name in seen:
            continue
        seen.add(name)
        for asker in outsiders():
            for method in METHODS if PART else dict.fromkeys(("GET", "POST", turn([*METHODS[2:]], name))):
                yield question, asker, method


def is_strange(asked: Asked) -> bool:
    """Whether it can write nothing: it looks, or it is about what is not there for the asker.

    Whatever ends a session is audited, and who asked signs in again; who opens their inbox has seen what
    is in it.
    """
    question, asker, method = asked
    if question.rule.ends_session or question.route.name == INBOX:
        return False
    if method in ("GET", "HEAD", "OPTIONS") or not looks_at(question.rule, asker):
        return True
    return question.there_for is not None and asker.agency not in question.there_for


def takes_away(asked: Asked) -> tuple[bool, bool]:
    """Whether others could ask no more after it, and whether what they ask for would be gone."""
    question, _, method = asked
    return question.rule.ends_session, method == "DELETE"


def play(story: Story, asked: Iterable[Asked]) -> list[Problem]:
    """Ask all of it, last what takes away from others what they ask with, or for."""
    return [problem for each in sorted(asked, key=takes_away) for problem in judge(story, *each)]


def judge(story: Story, question: Question, asker: Asker, method: str) -> list[Problem]:
    """Ask once; what was wrong with the answer, if anything."""
    body = question.body()
    answer = ask(question, asker, method, body)
    printed = EXAMPLES if question.route.name == "schema" else ""
    kept = leaks(story.kept_from(asker.agency), answer, question.address + json.dumps(body) + printed)
    found = told(answer)
    if question.rule.ends_session:
        asker.sign_in()
    if found in expected(question, asker, method) and not kept:
        return []
    what = f"{method} {question.address} ({question.named}) by {asker}: {answer.status_code}, {found}"
    return [Problem(question.route.name, what, tuple(kept))]


def ask(question: Question, asker: Asker, method: str, body: dict) -> HttpResponse:
    """Programs and the API speak JSON, pages send forms."""
    asker.browser.cookies.pop("messages", None)  # what the last page said of what was sent to it
    if method in ("GET", "HEAD", "OPTIONS"):
        return asker.browser.generic(method, question.address)
    if question.rule.door in (Door.API, Door.PEOPLE):
        sent = json.dumps(body)
        headers = {**question.rule.headers}
        return asker.browser.generic(method, question.address, sent, "application/json", headers=headers)
    if method == "POST":
        return asker.browser.post(question.address, body)
    return asker.browser.generic(method, question.address)


def log_of(connection: psycopg.Connection) -> Counter[str]:
    """How often each act stands in the log."""
    found = connection.execute("select action from agencies_auditevent").fetchall()
    connection.rollback()
    return Counter(action for (action,) in found)


def rows_as_they_are(connection: psycopg.Connection) -> dict[str, str]:
    """A fingerprint of every table."""
    found = dict(connection.execute(FINGERPRINT).fetchall())
    connection.rollback()
    assert None not in found.values()
    return found
