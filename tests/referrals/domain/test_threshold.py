"""Is a police response required? Unknown is never no, and every answer says why."""

from itertools import product

import pytest

from referrals.domain.threshold import QUESTIONS, Answer, Outcome, decide

CODES = [question.code for question in QUESTIONS]
DECISIVE = [question.code for question in QUESTIONS if question.decisive]
EVERY = [dict(zip(CODES, given, strict=True)) for given in product(Answer, repeat=len(QUESTIONS))]


def expected(answers):
    """The rule in one sentence each."""
    if Answer.YES in answers.values():
        return Outcome.POLICE_RESPONSE
    if any(answers[code] == Answer.UNKNOWN for code in DECISIVE):
        return Outcome.UNDETERMINED
    return Outcome.NO_POLICE_RESPONSE


def test_every_combination_of_answers_has_its_outcome_and_says_why():
    assert len(EVERY) == 3**5
    for answers in EVERY:
        found = decide(answers)
        assert found.outcome == expected(answers)
        assert found.clauses


def test_life_harm_and_crime_are_the_decisive_questions():
    assert set(DECISIVE) == {"crime", "risk_to_life", "serious_harm"}


@pytest.mark.parametrize("code", DECISIVE)
def test_a_question_that_nobody_asked_is_unknown(code):
    answers = {each: "no" for each in DECISIVE if each != code}
    found = decide(answers)
    assert found.outcome == Outcome.UNDETERMINED
    assert found.clauses == (f"{code}: unknown",)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.code)
def test_one_yes_is_enough_and_names_its_clause(question):
    found = decide({question.code: "yes"})
    assert found.outcome == Outcome.POLICE_RESPONSE
    assert found.clauses == (f"{question.code}: {question.clause}",)


def test_an_answer_that_is_none_is_refused():
    with pytest.raises(ValueError, match="perhaps"):
        decide({"crime": "perhaps"})


def test_every_question_names_its_source():
    assert all(question.clause and question.text.endswith("?") for question in QUESTIONS)
