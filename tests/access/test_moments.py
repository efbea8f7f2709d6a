"""Whoever made a document of the API, a moment in it has one spelling: who compares text sees one moment."""

import re
from datetime import datetime

from agencies.instants import spelt
from tests.access.asking import looks_at
from tests.access.playing import ask, in_turns
from tests.access.table import Door

MOMENT = re.compile(r'"(\d{4}-\d\d-\d\d[T ]\d\d:[^"]*)"')


def test_every_moment_in_the_api_has_one_spelling(story):
    seen, odd = 0, {}
    for question, asker, method in in_turns(story, "police"):
        if method != "GET" or question.rule.door != Door.API or not looks_at(question.rule, asker):
            continue
        answer = ask(question, asker, method, {})
        if answer.headers.get("Content-Type") != "application/json":
            continue
        told = MOMENT.findall(answer.content.decode())
        seen += len(told)
        odd |= {text: question.route.name for text in told if spelt(datetime.fromisoformat(text)) != text}
    assert seen > 500
    assert odd == {}
