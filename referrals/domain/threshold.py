"""Is a police response required? The question of Right Care, Right Person, and its answer.

Source: National Partnership Agreement (26 July 2023): police respond "to investigate a crime that
has occurred or is occurring; or to protect people, when there is a real and immediate risk to the
life of a person, or of a person being subject to or at risk of serious harm"; and the legal duties
behind it (Articles 2 and 3 ECHR, common-law duty of care, specific statutory duties). It governs
attending; using section 136 stays the officer's decision at the scene, and police may always attend.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from agencies.instants import on_the_wall
from referrals.domain.case import Category

POLICY_VERSION = "npa-2023-07-26"
MOST_QUESTIONS = 12
"""In one version: more are not asked while somebody waits on the phone. The project's."""
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


class Answer(StrEnum):
    """Unknown is never no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What the answers come to."""

    POLICE_RESPONSE = "police_response"
    NO_POLICE_RESPONSE = "no_police_response"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Question:
    """One question, and where it is from. ``decisive``: unknown leaves the decision undetermined."""

    code: str
    text: str
    clause: str
    decisive: bool = False
    source: str = "National Partnership Agreement, 26 July 2023"


# Life, harm and crime are the agreement's own words; the duties are those that it stands on.
QUESTIONS = (
    Question("crime", "Has a crime occurred, or is one occurring?", "NPA: investigate a crime", True),
    Question(
        "risk_to_life", "Is there a real and immediate risk to anybody's life?", "NPA; Art 2 ECHR", True
    ),
    Question("serious_harm", "Is anybody subject to, or at risk of, serious harm?", "NPA; Art 3 ECHR", True),
    Question("duty_of_care", "Have the police already assumed a duty of care?", "Common-law duty of care"),
    Question("statutory_duty", "Does another statutory duty require the police?", "Statutory duty"),
)
_RETAKING = Question(
    "warrant_or_entry",
    "Does retaking the patient need a warrant, or entry to save life or limb?",
    "MHA 1983 s.135(2); PACE 1984 s.17",
    source="Mental Health Act 1983, ss.18 and 135(2); Police and Criminal Evidence Act 1984, s.17",
)
_WARRANT = Question(
    "warrant",
    "Is a warrant under section 135 to be executed?",
    "MHA 1983 s.135: a constable executes it",
    source="Mental Health Act 1983, s.135",
)
_HANDING_OVER = Question(
    "still_detained",
    "Must officers still keep the person safe until health staff take over?",
    "MHA 1983 s.136(2): the person is kept until the handover",
    source="Mental Health Act 1983, s.136(2); NPA: work towards a handover within one hour",
)

# What one category asks besides; the rest ask the five alone.
BESIDES: Mapping[Category, tuple[Question, ...]] = {
    Category.AWOL_DETAINED: (_RETAKING,),
    Category.S135_SUPPORT: (_WARRANT,),
    Category.S136_HANDOVER: (_HANDING_OVER,),
}
EVERY_QUESTION = (*QUESTIONS, *(each for asked in BESIDES.values() for each in asked))

# The usual order of going live; forces vary it (College of Policing, RCRP toolkit, baselining).
PHASES: Mapping[int, tuple[Category, ...]] = {
    1: (Category.CONCERN_FOR_WELFARE,),
    2: (Category.WALKOUT_HEALTHCARE, Category.AWOL_DETAINED, Category.MISSING_INFORMAL),
    3: (Category.CONVEYANCE, Category.MEDICAL_NEED, Category.COMMUNITY_CRISIS),
    4: (
        Category.S136_HANDOVER,
        Category.S135_SUPPORT,
        Category.VOLUNTARY_HANDOVER,
        Category.VULNERABILITY_SAFEGUARDING,
        Category.RETURN_FOLLOWUP,
    ),
}


def questions_for(category: str) -> tuple[Question, ...]:
    """What the shipped policy asks in this category."""
    return QUESTIONS + BESIDES.get(Category(category), ())


def as_stored(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Questions as a policy's version stores them."""
    return [asdict(question) for question in questions]


def from_stored(stored: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions out of a policy's version."""
    return tuple(Question(**each) for each in stored)


def code_of(text: str) -> str:
    """A code made of a question's own words, by which programs answer it."""
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return words[:40].strip("_") if CODE.fullmatch(words[:2]) else f"q_{words[:38]}".strip("_")


NEVER_NO = ("crime", "risk_to_life", "serious_harm")
"""What every policy asks, and where not known is never no. Source: National Partnership Agreement, 26 July
2023; Articles 2 and 3 ECHR."""


def wrong_with(questions: Sequence[Question]) -> dict[str, str]:
    """What is wrong, and what to do, by JSON Pointer; with questions that may be declared, nothing."""
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        return {"/questions": f"ask from 1 to {MOST_QUESTIONS} questions"}
    found: dict[str, str] = {}
    asked = {each.code for each in questions if each.decisive}
    if lacking := [code for code in NEVER_NO if code not in asked]:
        named = " and ".join(code.replace("_", " ") for code in lacking)
        found["/questions"] = f"keep the question of {named}, where not known is never no"
    for place, each in enumerate(questions):
        found |= {f"/questions/{place}/{name}": remedy for name, remedy in _wrong_with(each).items()}
        if each.code in {other.code for other in questions[:place]}:
            found[f"/questions/{place}/code"] = (
                f"another code than {each.code}, which a question before it has"
            )
    return found


def _wrong_with(question: Question) -> dict[str, str]:
    said = {"text": "say what the call handler asks", "clause": "name the clause or duty that a yes invokes",
            "source": "say where the clause is to be read"}  # fmt: skip
    found = {name: remedy for name, remedy in said.items() if not getattr(question, name).strip()}
    if not CODE.fullmatch(question.code):
        found["code"] = "small letters, figures and underscores, beginning with a letter: risk_to_life"
    return found


@dataclass(frozen=True)
class Finding:
    """The computed outcome, with the clauses that produced it."""

    outcome: Outcome
    clauses: tuple[str, ...]


def decide(answers: Mapping[str, str], questions: Sequence[Question] = QUESTIONS) -> Finding:
    """The outcome of the answers by question code; a question that was not answered is unknown."""
    given = {q: Answer(answers.get(q.code, Answer.UNKNOWN)) for q in questions}
    if met := tuple(f"{q.text} Yes ({q.clause})" for q, answer in given.items() if answer == Answer.YES):
        return Finding(Outcome.POLICE_RESPONSE, met)
    unknown = [q for q, answer in given.items() if answer == Answer.UNKNOWN]
    if open_ := tuple(f"{q.text} Not known" for q in unknown if q.decisive):
        return Finding(Outcome.UNDETERMINED, open_)
    left = (f"{q.text} Not known: to be found out" for q in unknown)
    return Finding(Outcome.NO_POLICE_RESPONSE, ("Threshold not met: no question was answered yes", *left))


@dataclass(frozen=True)
class Standing:
    """How a force stands to the scheme in one category at one moment.

    ``version_id`` is the policy's version in force, None where none is; ``live_from`` (UTC) when one
    went, or will go, live. Without a live version that the force has adopted, police attend as before.
    """

    code: str
    questions: tuple[Question, ...]
    version_id: int | None = None
    adopted: bool = True
    live_from: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether the answers decide."""
        return self.version_id is not None and self.adopted

    def find(self, answers: Mapping[str, str]) -> Finding:
        """The answers' outcome where the policy is live; else police attend as before, and why."""
        if self.is_live:
            return decide(answers, self.questions)
        return Finding(Outcome.POLICE_RESPONSE, (f"{self._why()}: police attend as before",))

    def _why(self) -> str:
        if self.version_id is not None:
            return f"{self.code}: the force has not adopted Right Care, Right Person here"
        if self.live_from is None:
            return "no policy of the force is live here"
        return f"{self.code}: not live before {on_the_wall(self.live_from)}"


class Step(StrEnum):
    """What may become of a decision after it was made."""

    RATIFIED = "ratified"
    OVERTURNED = "overturned"
    DISAGREED = "disagreed"
    REOPENED = "reopened"


REVIEWS = frozenset({Step.RATIFIED, Step.OVERTURNED})


class Stand(StrEnum):
    """Where a decision stands now."""

    DECIDED = "decided"
    AWAITING_REVIEW = "awaiting_review"
    UNDETERMINED = "undetermined"
    DISAGREED = "disagreed"
    REOPENED = "reopened"
    RATIFIED = "ratified"
    OVERTURNED = "overturned"
    SUPERSEDED = "superseded"


class Taken(NamedTuple):
    """One step as it counts here: its kind, and the outcome that a review left."""

    kind: str
    outcome: str = ""


def outcome_now(outcome: str, steps: Iterable[Taken]) -> Outcome:
    """What holds: the last review's outcome, else the decision's own."""
    reviewed = [step.outcome for step in steps if step.kind in REVIEWS]
    return Outcome(reviewed[-1] if reviewed else outcome)


def stand(outcome: str, *, overridden: bool, steps: Sequence[Taken], superseded: bool) -> Stand:
    """Where it stands, after these steps in their order. A later decision of the agency supersedes it."""
    if superseded:
        return Stand.SUPERSEDED
    last_review = max((n for n, step in enumerate(steps) if step.kind in REVIEWS), default=-1)
    since = {step.kind for step in steps[last_review + 1 :]}
    for kind, waits in ((Step.REOPENED, Stand.REOPENED), (Step.DISAGREED, Stand.DISAGREED)):
        if kind in since:
            return waits
    if last_review >= 0:
        return Stand(steps[last_review].kind)
    if outcome == Outcome.UNDETERMINED:
        return Stand.UNDETERMINED
    return Stand.AWAITING_REVIEW if overridden else Stand.DECIDED


WAITING = (Stand.UNDETERMINED, Stand.REOPENED, Stand.DISAGREED, Stand.AWAITING_REVIEW)
"""Those that wait for a supervisor, or for the decision to be made again."""
