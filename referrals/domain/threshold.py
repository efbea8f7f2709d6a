"""Is a police response required? The question of Right Care, Right Person, and its answer.

Source: National Partnership Agreement (26 July 2023): police respond "to investigate a crime that
has occurred or is occurring; or to protect people, when there is a real and immediate risk to the
life of a person, or of a person being subject to or at risk of serious harm"; and the legal duties
behind it (Articles 2 and 3 ECHR, common-law duty of care, specific statutory duties).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

POLICY_VERSION = "npa-2023-07-26"


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
    """One question. ``decisive``: unknown leaves the decision undetermined."""

    code: str
    text: str
    clause: str
    decisive: bool


QUESTIONS = (
    Question("crime", "Has a crime occurred, or is one occurring?", "NPA: investigate a crime", True),
    Question(
        "risk_to_life", "Is there a real and immediate risk to anybody's life?", "NPA; Art 2 ECHR", True
    ),
    Question("serious_harm", "Is anybody subject to, or at risk of, serious harm?", "NPA; Art 3 ECHR", True),
    Question(
        "duty_of_care", "Have the police already assumed a duty of care?", "Common-law duty of care", False
    ),
    Question("statutory_duty", "Does another statutory duty require the police?", "Statutory duty", False),
)


@dataclass(frozen=True)
class Finding:
    """The computed outcome, with the clauses that produced it."""

    outcome: Outcome
    clauses: tuple[str, ...]


def decide(answers: Mapping[str, str]) -> Finding:
    """The outcome of the answers by question code; a question that was not answered is unknown."""
    given = {q: Answer(answers.get(q.code, Answer.UNKNOWN)) for q in QUESTIONS}
    if met := tuple(f"{q.code}: {q.clause}" for q, answer in given.items() if answer == Answer.YES):
        return Finding(Outcome.POLICE_RESPONSE, met)
    if open_ := tuple(f"{q.code}: unknown" for q, a in given.items() if q.decisive and a == Answer.UNKNOWN):
        return Finding(Outcome.UNDETERMINED, open_)
    return Finding(Outcome.NO_POLICE_RESPONSE, ("threshold not met: no question was answered yes",))
