"""Is a police response required? Unknown is never no, and every answer says why."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.domain.case import Category
from referrals.domain.threshold import (
    CODE,
    EVERY_QUESTION,
    QUESTIONS,
    REVIEWS,
    Answer,
    Outcome,
    Question,
    Stand,
    Standing,
    Step,
    Taken,
    as_stored,
    code_of,
    decide,
    from_stored,
    outcome_now,
    questions_for,
    stand,
    wrong_with,
)

CODES = [question.code for question in QUESTIONS]
ASKED = {question.code: question for question in QUESTIONS}
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
    assert found.clauses == (f"{ASKED[code].text} Not known",)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.code)
def test_one_yes_is_enough_and_names_its_clause(question):
    found = decide({question.code: "yes"})
    assert found.outcome == Outcome.POLICE_RESPONSE
    assert found.clauses == (f"{question.text} Yes ({question.clause})",)


def test_an_answer_that_is_none_is_refused():
    with pytest.raises(ValueError, match="perhaps"):
        decide({"crime": "perhaps"})


def test_every_question_names_its_source():
    for question in EVERY_QUESTION:
        assert question.clause
        assert question.source
        assert question.text.endswith("?")
    assert len({question.code for question in EVERY_QUESTION}) == len(EVERY_QUESTION)


def test_a_duty_that_nobody_knows_of_is_to_be_found_out_and_stops_nothing():
    found = decide({each: "no" for each in DECISIVE})
    assert found.outcome == Outcome.NO_POLICE_RESPONSE
    assert found.clauses[1:] == (
        "Have the police already assumed a duty of care? Not known: to be found out",
        "Does another statutory duty require the police? Not known: to be found out",
    )


@pytest.mark.parametrize("category", Category)
def test_each_category_asks_the_five_and_its_own(category):
    asked = questions_for(category)
    assert asked[:5] == QUESTIONS
    assert from_stored(as_stored(asked)) == asked
    for question in asked[5:]:
        found = decide({**dict.fromkeys(CODES, "no"), question.code: "yes"}, asked)
        assert found.outcome == Outcome.POLICE_RESPONSE
        assert found.clauses == (f"{question.text} Yes ({question.clause})",)


LIVE_FROM = datetime(2026, 8, 30, 23, tzinfo=UTC)  # midnight in London


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (Standing("none", QUESTIONS), "no policy of the force is live here"),
        (Standing("ours-1", QUESTIONS, live_from=LIVE_FROM), "not live before 00:00 on 31 August 2026"),
        (Standing("ours-1", QUESTIONS, 1, adopted=False), "has not adopted"),
    ],
)
@pytest.mark.parametrize("answers", [{}, dict.fromkeys(CODES, "no")])
def test_without_a_live_policy_police_attend_as_before_and_why(standing, why, answers):
    found = standing.find(answers)
    assert found.outcome == Outcome.POLICE_RESPONSE
    assert why in found.clauses[0]
    assert found.clauses[0].endswith("police attend as before")


STEPS = st.lists(
    st.one_of(
        st.sampled_from([Taken(Step.DISAGREED), Taken(Step.REOPENED)]),
        st.builds(Taken, st.sampled_from(sorted(REVIEWS)), st.sampled_from(sorted(Outcome)[:2])),
    ),
    max_size=6,
)


@given(st.sampled_from(sorted(Outcome)), st.booleans(), STEPS)
def test_whatever_became_of_it_it_stands_somewhere(outcome, overridden, steps):
    where = stand(outcome, overridden=overridden, steps=steps, superseded=False)
    reviews = [step for step in steps if step.kind in REVIEWS]
    assert outcome_now(outcome, steps) == (reviews[-1].outcome if reviews else outcome)
    if steps and steps[-1].kind in REVIEWS:
        assert where == steps[-1].kind, "a review answers whatever came before it"
    elif any(step.kind == Step.REOPENED for step in steps[steps.index(reviews[-1]) if reviews else 0 :]):
        assert where in (Stand.REOPENED, Stand.DISAGREED)
    assert stand(outcome, overridden=overridden, steps=steps, superseded=True) == Stand.SUPERSEDED


@pytest.mark.parametrize(
    ("outcome", "overridden", "steps", "where"),
    [
        (Outcome.NO_POLICE_RESPONSE, False, [], Stand.DECIDED),
        (Outcome.NO_POLICE_RESPONSE, True, [], Stand.AWAITING_REVIEW),
        (Outcome.UNDETERMINED, False, [], Stand.UNDETERMINED),
        (Outcome.NO_POLICE_RESPONSE, False, [Taken(Step.DISAGREED)], Stand.DISAGREED),
        (Outcome.NO_POLICE_RESPONSE, True, [Taken(Step.DISAGREED), Taken(Step.REOPENED)], Stand.REOPENED),
        (Outcome.NO_POLICE_RESPONSE, True, [Taken(Step.RATIFIED, "no_police_response")], Stand.RATIFIED),
    ],
)
def test_where_it_stands(outcome, overridden, steps, where):
    assert stand(outcome, overridden=overridden, steps=steps, superseded=False) == where


ONE = Question("crime", "Has a crime occurred?", "NPA", True)
REST = [each for each in QUESTIONS if each.code in ("risk_to_life", "serious_harm")]


class TestWhatMayBeDeclared:
    """A force's own questions: each says what it stands on, and unknown is never no in all of them."""

    def test_every_shipped_set_may_be(self):
        assert all(wrong_with(questions_for(category)) == {} for category in Category)

    @pytest.mark.parametrize(
        ("questions", "where"),
        [
            ([], "/questions"),
            ([replace(ONE, code=f"crime_{n}") for n in range(13)], "/questions"),
            ([replace(ONE, decisive=False), *REST], "/questions"),
            ([ONE, REST[0]], "/questions"),
            ([ONE, REST[0], replace(REST[1], decisive=False)], "/questions"),
            ([replace(ONE, text=" "), *REST], "/questions/0/text"),
            ([replace(ONE, clause=""), *REST], "/questions/0/clause"),
            ([replace(ONE, source=""), *REST], "/questions/0/source"),
            ([ONE, *REST, replace(ONE, code="9lives")], "/questions/3/code"),
            ([ONE, *REST, replace(ONE, text="Is one occurring?")], "/questions/3/code"),
        ],
    )
    def test_what_is_wrong_is_named_by_its_place(self, questions, where):
        assert list(wrong_with(questions)) == [where]

    @given(st.text(max_size=80))
    def test_a_code_is_made_of_any_words(self, text):
        assert CODE.fullmatch(code_of(f"Is it {text}?"))
