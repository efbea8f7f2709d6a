"""Who asks, for what, and how: the matrix's requests, one by one."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from agencies.models import User
from agencies.roles import Role
from tests.access.routes import Route, routes
from tests.access.story import EVERYBODY, Story, Target
from tests.access.table import Door, Rule, table

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass
class Asker:
    """Somebody at a browser or a program: of which agency, in which role, with what right to come in."""

    agency: str | None
    kind: str  # member, desk (not staff), program, program without scope, stolen token, nobody
    role: Role | None
    browser: Client
    user: User | None = None

    def __str__(self) -> str:
        return f"{self.agency or ''} {self.role or self.kind}".strip()

    def sign_in(self) -> None:
        """As the person; programs carry their token with each request."""
        if self.user:
            self.browser.force_login(self.user, "django.contrib.auth.backends.ModelBackend")


@dataclass(frozen=True)
class Question:
    """One address, with one key in it, and to whom what it names is there: None if that is nobody's."""

    route: Route
    rule: Rule
    address: str
    named: str
    there_for: frozenset[str] | None
    certain: bool = True

    def body(self) -> dict[str, Any]:
        """What a writer sends."""
        return {**self.rule.body}


def askers(story: Story, agency: str) -> list[Asker]:
    """Everybody who asks for an agency."""
    found = []
    for role in Role:
        found.append(_person(f"at-{agency}-{role}", agency, "member", role))
    found.append(_person(f"at-{agency}-desk", agency, "desk", Role.WORKER))
    for kind in ("program", "program without scope"):
        token = story.tokens[f"{agency} {kind}"]
        found.append(Asker(agency, kind, None, _browser(authorization=f"Bearer {token}")))
    return found


def outsiders() -> list[Asker]:
    """Nobody in particular, and somebody with a token that nobody gave them."""
    return [
        Asker(None, "nobody", None, _browser()),
        Asker(None, "stolen token", None, _browser(authorization="Bearer made-up")),
    ]


def _person(username: str, agency: str, kind: str, role: Role) -> Asker:
    asker = Asker(agency, kind, role, _browser(), User.objects.get(username=username))
    asker.sign_in()
    return asker


def _browser(**headers: str) -> Client:
    return Client(raise_request_exception=False, headers=headers)


def questions(story: Story) -> list[Question]:
    """Every address with every key that fits it."""
    rules = table()
    return [
        each
        for name, route in routes().items()
        if name in rules
        for each in _questions(story, route, rules[name])
    ]


def _questions(story: Story, route: Route, rule: Rule) -> Iterator[Question]:
    for named, key, there_for, certain in _keys(story, rule):
        words = dict.fromkeys(route.arguments, key) | dict(rule.also)
        if "content_type_id" in words:
            words["content_type_id"] = "1"
        yield Question(route, rule, _address(route, words, rule.query), named, there_for, certain)


def _address(route: Route, words: dict[str, str], query: str) -> str:
    """By its name; one without a name is filled in as it is written."""
    if not route.name.startswith("admin/"):
        address = reverse(route.name, kwargs={name: words[name] for name in route.arguments})
        return f"{address}?{query}" if query else address
    written = route.written.replace("(?P<url>.*)", words.get("url", ""))
    return "/" + written.replace("<path:object_id>", words.get("object_id", ""))


Key = tuple[str, str, frozenset[str] | None, bool]


def _keys(story: Story, rule: Rule) -> Iterator[Key]:
    """The keys that fit a line: what they name, for whom it is there, and whether that is quite certain."""
    whose, _, label = rule.of.partition(":")
    if not whose:
        yield ("", "", None, True)
    elif whose == "all":
        desk = story.world.teams["police"]
        yield (label, str({"Team": desk.pk, "Agency": desk.agency_id}[label]), None, True)
    elif whose == "own":
        for agency in EVERYBODY[:2]:
            yield (f"{agency}'s {label}", story.own[agency][label], frozenset({agency}), True)
    else:
        for target in story.targets.values():
            yield from _keys_of(story, target, whose, label)


def _keys_of(story: Story, target: Target, whose: str, label: str) -> Iterator[Key]:
    named = f"{target.name} {label or whose}"
    if whose == "referral":
        yield (named, target.referral, target.seen_by, True)
    elif whose == "reference":
        yield (named, target.reference, target.seen_by, True)
    elif whose == "case":
        yield (named, target.case, target.case_seen_by, True)
    elif whose == "part":
        yield (named, target.case, target.known_to, True)
    else:
        for key in target.rows[label][-1:]:
            yield (named, key, *_row_is_there_for(story, target, label, key))


def _row_is_there_for(story: Story, target: Target, label: str, key: str) -> tuple[frozenset[str], bool]:
    """Of a case that an agency has left it sees some rows of its own part, and not others."""
    if label in ("Case", "Dispute"):  # an event may name a dispute to whoever has left; its row is not there
        return target.case_seen_by, True
    known = story.secrets.get(key, target.seen_by)
    if label == "UnsentReport":  # whoever typed it opens it, and their supervisor
        return known, False
    return known, target.name != "left" or known != target.seen_by


def turn(options: list, *of: object) -> Any:
    """One of these, always the same for the same thing, and each of them for some."""
    return options[zlib.crc32(repr(of).encode()) % len(options)]


def looks_at(rule: Rule, asker: Asker) -> bool:
    """Whether the asker gets past the door of an address."""
    through = {
        Door.OPEN: {"member", "desk", "program", "program without scope", "stolen token", "nobody"},
        Door.API: {"member", "desk", "program"},
        Door.PAGE: {"member", "desk"},
        Door.PEOPLE: {"member", "desk"},
        Door.STAFF: {"member"},
    }
    return asker.kind in through[rule.door]
