"""What an answer amounts to, what it should have been, and whether it holds anything that it must not."""

from urllib.parse import unquote_plus

from django.http import HttpResponse

from tests.access.asking import Asker, Question, looks_at
from tests.access.table import Door, Told

SIGN_IN = "/accounts/login/"
WORDS = {401: Told.SIGN_IN, 403: Told.REFUSED, 404: Told.ABSENT, 405: Told.NO_METHOD}


def told(answer: HttpResponse) -> Told:
    """The answer in one word."""
    if answer.status_code >= 500:
        return Told.FAILED
    where = answer.headers.get("Location", "")
    if where.startswith((SIGN_IN, "/admin/login/")):
        return Told.SIGN_IN
    if where == "/admin/" and answer.request["PATH_INFO"].startswith("/admin/"):
        return Told.ABSENT
    return WORDS.get(answer.status_code, Told.SERVED)


def expected(question: Question, asker: Asker, method: str) -> set[Told]:
    """What this asker may be told here."""
    rule = question.rule
    if rule.door == Door.OPEN:
        return set(Told) - {Told.FAILED}
    if looks_at(rule, asker):
        return _past_the_door(question, asker, method)
    if rule.door == Door.API and asker.kind == "program without scope":
        return {Told.REFUSED}
    if rule.door == Door.PEOPLE and asker.kind.startswith("program"):
        return {Told.REFUSED}
    return (
        {Told.SIGN_IN} if rule.door == Door.API or method in rule.methods else {Told.SIGN_IN, Told.NO_METHOD}
    )


def _past_the_door(question: Question, asker: Asker, method: str) -> set[Told]:
    rule, is_there = question.rule, question.there_for is None or asker.agency in question.there_for
    known = {"HEAD": "GET"}.get(method, method)
    if known not in rule.methods.split():
        found = {Told.NO_METHOD, Told.REFUSED, Told.ABSENT}
        return found | ({Told.SERVED} if method == "OPTIONS" else set())
    allowed = _allowed(question, asker, known)
    if is_there and question.certain:
        return allowed
    return (allowed if is_there else set()) | rule.stranger | (allowed - {Told.SERVED})


def _allowed(question: Question, asker: Asker, method: str) -> set[Told]:
    rule = question.rule
    if asker.role is not None and asker.role not in rule.roles:
        return {Told.REFUSED}
    if method == "GET":
        return {Told.SERVED}
    lacking = {Told.ABSENT} if rule.may_lack or method == "DELETE" else set()  # another removed it already
    return {Told.SERVED, Told.REFUSED} | lacking  # what one sees is not yet one's move


def leaks(story_kept: list[str], answer: HttpResponse, sent: str) -> list[str]:
    """What must be kept from the asker and is in the answer, but was not in what they sent."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    said = body.decode(errors="replace") + "\n".join(f"{k}: {v}" for k, v in answer.headers.items())
    said += unquote_plus(said) if "%" in said else ""
    return [text for text in story_kept if text in said and text not in sent]
