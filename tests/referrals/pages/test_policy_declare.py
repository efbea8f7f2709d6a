"""A further version of a threshold policy is declared in the tracker, by the force's director."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.acting import acting_for
from agencies.roles import Role
from referrals.domain.threshold import MOST_QUESTIONS, questions_for
from referrals.models import ThresholdPolicy, ThresholdPolicyVersion
from referrals.models.keys import instant
from referrals.services import threshold_policy

HERE = "/tracker/policies/declare/conveyance/"
OURS = [
    {"text": "Has a crime occurred?", "clause": "NPA: crime", "source": "NPA", "decisive": "on",
     "code": "crime"},
    {"text": "Must the person be held while they are moved?", "clause": "Common law", "source": "Policy 12"},
    {"text": "Is anybody's life at risk?", "clause": "Art 2", "source": "ECHR", "decisive": "on",
     "code": "risk_to_life"},
    {"text": "Is serious harm likely?", "clause": "Art 3", "source": "ECHR", "decisive": "on",
     "code": "serious_harm"},
]  # fmt: skip


def typed(*asked, **more):
    """What a director sends: these questions, and empty places after them."""
    said = {"live_from": "2099-04-01T09:00", "adopted": "yes", "reason": "Phase 3, as agreed.", **more}
    for place in range(MOST_QUESTIONS):
        question = asked[place] if place < len(asked) else {"text": ""}
        said |= {f"q{place}_{name}": text for name, text in question.items()}
    return said


def declared(world):
    """The versions of the force's own, the first first."""
    with acting_for(world.police.agency_id):
        own = ThresholdPolicyVersion.objects.filter(policy__agency=world.police.agency_id)
        return list(own.prefetch_related("go_lives").order_by("number"))


@pytest.fixture
def director(desk):
    return desk("police", Role.DIRECTOR)


class TestTheForm:
    """It begins with what is asked now, and says how the force stands."""

    def test_it_begins_with_what_every_force_asks(self, director):
        form = director.get(HERE).context["form"]
        asked = [said for said, _, _ in form.rows() if said]
        assert asked == [question.text for question in questions_for("conveyance")]

    def test_it_begins_with_what_the_force_declared_last(self, director):
        director.post(HERE, typed(*OURS))
        assert [said for said, _, _ in director.get(HERE).context["form"].rows() if said] == [
            question["text"] for question in OURS
        ]

    def test_a_first_version_is_said_to_leave_what_holds_for_all(self, director):
        leaves = "until the version below goes live, police attend these calls as before"
        assert leaves in director.get(HERE).content.decode()
        director.post(HERE, typed(*OURS))
        assert leaves not in director.get(HERE).content.decode()

    @pytest.mark.parametrize(
        ("agency", "role"),
        [("police", Role.MANAGER), ("police", Role.SUPERVISOR), ("trust", Role.DIRECTOR)],
    )
    def test_nobody_else_declares(self, world, desk, agency, role):
        browser = desk(agency, role)
        assert "a director of a police force declares" in browser.get(HERE).content.decode()
        assert browser.post(HERE, typed(*OURS)).status_code == 403
        assert HERE not in browser.get("/tracker/policies/?force=police").content.decode()
        assert declared(world) == []

    def test_there_is_room_for_three_questions_more_up_to_twelve(self, director):
        assert len(list(director.get(HERE).context["form"].rows())) == len(questions_for("conveyance")) + 3
        eight = [*OURS, *({**OURS[0], "code": f"crime_{place}"} for place in range(4))]
        director.post(HERE, typed(*eight))
        assert len(list(director.get(HERE).context["form"].rows())) == 11

    def test_there_is_no_other_kind_of_call(self, director):
        assert director.get("/tracker/policies/declare/weather/").status_code == 404

    def test_it_costs_the_same_however_many_versions_there_are(self, director):
        counts = set()
        for _ in range(3):
            director.post(HERE, typed(*OURS))
            with CaptureQueriesContext(connection) as asked:
                director.get(HERE)
            counts.add(len(asked))
        assert len(counts) == 1


class TestDeclaring:
    """What is typed is what is asked from then on, and nothing changes it."""

    def test_the_questions_are_asked_from_the_day_on(self, world, director):
        answer = director.post(HERE, typed(*OURS), follow=True)
        [made] = declared(world)
        assert answer.redirect_chain[0][0] == f"/tracker/policies/{made.pk}/"
        assert "Must the person be held while they are moved?" in answer.content.decode()
        with acting_for(world.police.agency_id):
            date = made.go_lives.get().live_from
            before = threshold_policy.in_force(world.police.agency_id, "conveyance", instant())
            then = threshold_policy.in_force(world.police.agency_id, "conveyance", date)
        assert (before.is_live, then.is_live) == (False, True)
        assert [(q.code, q.clause, q.decisive) for q in then.questions] == [
            ("crime", "NPA: crime", True),
            ("must_the_person_be_held_while_they_are_m", "Common law", False),
            ("risk_to_life", "Art 2", True),
            ("serious_harm", "Art 3", True),
        ]

    def test_an_emptied_question_is_left_out(self, world, director):
        director.post(HERE, typed(OURS[0], {**OURS[1], "text": " "}, *OURS[2:]))
        codes = [each["code"] for each in declared(world)[0].questions]
        assert codes == ["crime", "risk_to_life", "serious_harm"]

    def test_a_further_version_leaves_the_one_before_as_it_was(self, world, director):
        director.post(HERE, typed(*OURS))
        before = declared(world)[0].questions
        director.post(HERE, typed(OURS[0], *OURS[2:], live_from="2099-05-01T09:00"))
        first, second = declared(world)
        assert (first.questions, second.number, len(second.questions)) == (before, 2, 3)

    def test_a_force_stands_outside(self, world, director):
        director.post(HERE, typed(*OURS, adopted="no"))
        assert declared(world)[0].adopted is False

    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            ({"live_from": "2020-01-01T09:00"}, "live_from", "This has passed"),
            ({"live_from": ""}, "live_from", "A date and a time"),
            ({"adopted": ""}, "adopted", "Choose one"),
            ({"reason": " "}, "reason", "Say it in a sentence"),
            ({"q1_clause": ""}, "q1_clause", "Name the clause or duty that a yes invokes"),
            ({"q1_source": ""}, "q1_source", "Say where the clause is to be read"),
            ({"q1_code": "Crime!"}, "q1_code", "Small letters, figures and underscores"),
            ({"q1_code": "crime"}, "q1_code", "Another code than crime"),
            ({"q0_text": "x" * 301}, "q0_text", "At most 300"),
            ({"q0_decisive": ""}, "__all__", "keep the question of crime, where not known is never no"),
            ({f"q{place}_text": "" for place in range(4)}, "__all__", "ask from 1 to 12 questions"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_declared(
        self, world, director, wrong, field, words
    ):
        said = {**typed(*OURS), **wrong}
        answer = director.post(HERE, {name: text for name, text in said.items() if text})
        assert list(answer.context["form"].errors) == [field]
        assert words in answer.content.decode()
        assert answer.status_code in (400, 422)
        with acting_for(world.police.agency_id):
            assert not ThresholdPolicy.objects.exclude(agency=None).exists()

    def test_a_question_that_is_wrong_stands_open(self, director):
        answer = director.post(HERE, {**typed(*OURS), "q1_clause": ""})
        assert [wrong for _, wrong, _ in answer.context["form"].rows()][:3] == [False, True, False]


def test_a_director_is_led_there_from_the_list_and_from_a_version(world, director):
    director.post(HERE, typed(*OURS))
    assert HERE in director.get("/tracker/policies/").content.decode()
    assert HERE in director.get(f"/tracker/policies/{declared(world)[0].pk}/").content.decode()
