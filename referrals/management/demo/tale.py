"""One case as it is told: who asks whom for what, and each act done by the services."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar, Unpack
from uuid import UUID

from agencies.acting import Actor, acting_for
from agencies.models import Team
from agencies.roles import Role
from referrals.domain.age import is_child
from referrals.domain.case import Category, Priority, SceneSafety
from referrals.domain.clocks import LIMITS, ClockKind
from referrals.domain.referral import TRANSITIONS, Side
from referrals.management.demo import texts
from referrals.management.demo.cast import Cast
from referrals.models import CallBack, Case, Referral, ThresholdDecision
from referrals.models.keys import instant
from referrals.services import (
    call_back,
    case,
    claim,
    contact,
    referral,
    risk,
    support,
    threshold,
    threshold_review,
)

Made = TypeVar("Made")

FLAGS = (
    (),
    (),
    ("repeat_caller",),
    (),
    ("under_18",),
    (),
    ("domestic_abuse",),
    ("repeat_caller", "under_18"),
)
SAFETY = (SceneSafety.UNKNOWN, SceneSafety.SAFE, SceneSafety.SAFE, SceneSafety.UNSAFE)
SPOKE = {"channel": "phone", "with_whom": "person", "outcome": "reached", "note": texts.CONTACT_NOTES[0]}
VISITED = {
    "channel": "in_person",
    "with_whom": "person",
    "outcome": "reached",
    "note": texts.CONTACT_NOTES[1],
}
MISSED = {
    "channel": "phone",
    "with_whom": "person",
    "outcome": "left_message",
    "note": texts.CONTACT_NOTES[2],
}


def flags(n: int, person: dict[str, Any], today: date) -> list[str]:
    """What everybody should know, and nobody an adult and a child at once."""
    born = person.get("date_of_birth")
    young = is_child(
        stated=None,
        age=person.get("age"),
        born=born and date.fromisoformat(born),
        on=today,
    )
    return [flag for flag in FLAGS[n % len(FLAGS)] if flag != "under_18" or young]


@dataclass(frozen=True)
class Plot:
    """What a case is about. ``pace`` is how much of each target they take: above 1 they are late."""

    category: Category
    priority: Priority
    sender: Team
    receiver: Team
    third: Team
    pace: float = 0.45


@dataclass
class Tale:
    """One case while it is told. ``n`` tells it apart from the others in names, texts and choices."""

    n: int
    plot: Plot
    cast: Cast
    person: dict[str, Any]
    referrals: list[Referral] = field(default_factory=list)
    decided: ThresholdDecision | None = None
    owed: CallBack | None = None

    def wait(self, kind: ClockKind) -> float:
        """How many minutes they take for a promise of this kind."""
        return self.plot.pace * LIMITS[kind].minutes[list(Priority).index(self.plot.priority)]

    @property
    def first(self) -> Referral:
        """The referral that began the case."""
        return self.referrals[0]

    @property
    def last(self) -> Referral:
        """The latest referral of the case."""
        return self.referrals[-1]

    def send(self, to: Team | None = None, *, asking: UUID | None = None, **changes: object) -> Referral:
        """Ask a team, the plot's receiver unless another is named; the first ask opens the case."""
        plot, n = self.plot, self.n
        phoned = {"by": "control room", "to": "duty desk", "at": instant().isoformat()}
        asked = referral.Asked(
            **{
                "category": plot.category,
                "priority": plot.priority,
                "from_team": plot.sender,
                "to_team": to or plot.receiver,
                "person": {} if self.referrals or self.decided else self.person,
                "threshold_decision": self.decided.pk if self.decided else None,
                "case": self.referrals[0].case_reference if self.referrals else "",
                "asking": asking,
                "summary": texts.pick(texts.SUMMARIES[plot.category], n),
                "location": {"text": f"{3 + n * 7 % 90} {texts.pick(texts.STREETS, n)}"},
                "scene_safety": SAFETY[n % len(SAFETY)],
                "flags": flags(n, self.person, instant().date()),
                "source_incident_number": f"INC-{20_000 + n}" if n % 4 else "",
                "phone_confirmation": phoned if plot.priority == Priority.P1 and n % 2 else None,
                **changes,
            }
        )
        made = self._act(self._actor(plot.sender), referral.create, asked=asked)
        self.referrals.append(made)
        return made

    def sender(self, action: str, about: Referral | None = None, **details: Unpack[referral.Details]) -> None:
        """The sender's next move, of the first referral unless another is named."""
        self._move(Side.SENDER, action, about or self.first, dict(details))

    def receiver(
        self, action: str, about: Referral | None = None, **details: Unpack[referral.Details]
    ) -> None:
        """The receiver's next move, of the first referral unless another is named."""
        self._move(Side.RECEIVER, action, about or self.first, dict(details))

    def pass_on(self, action: str, side: Side, about: Referral | None = None) -> Referral:
        """Resend or redirect to the plot's third team: the referral that came of it.

        Where that one stands in for a closed receiver and has it already, the plot's receiver is asked.
        """
        about = about or self.first
        asks = about.from_team_id if side == Side.SENDER else about.to_team_id
        to = self.plot.third if self.plot.third.pk != asks else self.plot.receiver
        self._move(side, action, about, {"to_team": to})
        child = Referral.objects.filter(parent=about).select_related("from_team", "to_team")
        self.referrals.append(child.latest("id"))
        return self.last

    def contact(self, said: dict[str, str], about: Referral | None = None) -> None:
        """The receiver logs an attempt to reach somebody."""
        about = about or self.first
        self._act(self._actor(about.to_team), contact.log, referral_id=about.pk, **said)

    def phone(self) -> None:
        """The sender tells the receiver of an emergency by phone."""
        said = {"channel": "phone", "with_whom": "receiver", "outcome": "reached", "note": ""}
        self._act(self._actor(self.plot.sender), contact.log, referral_id=self.first.pk, **said)

    def claim(self) -> None:
        """The sender notes an acceptance that was given by phone."""
        by = {"name": "Nurse at the desk", "role": "shift lead", "contact": self.first.to_team.phone}
        self._act(self._actor(self.plot.sender), claim.claim, referral_id=self.first.pk, accepted_by=by)

    def change_risk(self, direction: str, priority: str) -> None:
        """Raise or lower the risk, as new word comes in."""
        by = self._actor(self.plot.sender, Role.SUPERVISOR)
        said = {"reason": texts.pick(texts.RAISED, self.n), "priority": priority, "direction": direction}
        self._act(by, risk.change, referral_id=self.first.pk, **said)

    def judge(self, *, agrees: bool = True, **answers: str) -> None:
        """The police answer whether they must come, in a case that is opened for it if there is none."""
        no = dict.fromkeys(("crime", "risk_to_life", "serious_harm", "duty_of_care", "statutory_duty"), "no")
        decided = threshold.Decided(
            category=self.plot.category,
            answers={**no, **answers},
            rationale=texts.pick(texts.RATIONALES, self.n),
            caller_told=texts.pick(texts.TOLD, self.n),
            already_tried=texts.TRIED,
            agrees=agrees,
            case=self.decided.case.reference if self.decided and self.decided.case else "",
            person={} if self.decided else self.person,
            priority=self.plot.priority,
        )
        self.decided = self._act(self._actor(self.plot.sender), threshold.record, decided=decided)

    def review(self, verdict: str, outcome: str = "") -> None:
        """Another of the force, who is senior enough, reviews."""
        said = threshold_review.Review(verdict, texts.REVIEWED, outcome)
        boss = self.cast.actor(self.plot.sender, self.n, Role.MANAGER)
        self._act(boss, threshold_review.review, decision_id=self.decided_id, said=said)

    def object(self) -> None:
        """A professional of the receiver's disagrees."""
        by = self._actor(self.plot.receiver)
        words = {"decision_id": self.decided_id, "reason": texts.DISAGREES}
        self._act(by, threshold_review.disagree, **words)

    def news(self) -> None:
        """The receiver knows something new."""
        by = self._actor(self.plot.receiver)
        self._act(by, threshold_review.reopen, decision_id=self.decided_id, reason=texts.NEWS)

    def stay(self, who: str, how: str) -> None:
        """Somebody is with the person, or nobody is."""
        note = texts.STAYS if who != "nobody" else ""
        said = support.Said(who, how, note)
        self._act(self._actor(self.plot.sender), support.log, referral_id=self.first.pk, said=said)

    def owe_call(self) -> None:
        """The caller is promised a call back."""
        owed = call_back.Owed("The neighbour who rang", "020 7946 0991")
        by = self._actor(self.plot.sender)
        self.owed = self._act(by, call_back.owe, reference=self.first.case_reference, owed=owed)

    def ring_back(self) -> None:
        """And is reached at the second try."""
        by, key = self._actor(self.plot.sender), self.owed.pk if self.owed else None
        for outcome, told in (("no_answer", ""), ("reached", texts.pick(texts.TOLD, self.n))):
            self._act(by, call_back.attempt, call_back_id=key, outcome=outcome, told=told)

    @property
    def decided_id(self) -> UUID:
        """The decision that stands."""
        if self.decided is None:
            raise LookupError("nothing was decided yet")
        return self.decided.pk

    def decide(self) -> ThresholdDecision:
        """The police answer anew whether their response is required."""
        decided = threshold.Decided(
            category=self.plot.category,
            answers={"crime": "no", "risk_to_life": "no", "serious_harm": "no", "duty_of_care": "no"},
            rationale=texts.pick(texts.RATIONALES, self.n),
            caller_told=texts.pick(texts.TOLD, self.n),
            case=self.first.case_reference,
        )
        return self._act(self._actor(self.plot.sender), threshold.record, decided=decided)

    def case(self, action: str) -> None:
        """The accountable agency closes, reopens or reviews the case."""
        now = Case.objects.select_related("accountable_team").get(pk=self.first.case_id)
        by = self._actor(now.accountable_team)
        words = {"reference": now.reference, "action": action, "reason": texts.pick(texts.ENDED, self.n)}
        self._act(by, case.move, **words)

    def of_case(self, service: Callable[..., Made], level: Role, **words: object) -> Made:
        """A move of the case, by somebody of this level at the sender's desk."""
        by = self._actor(self.plot.sender, level)
        return self._act(by, service, reference=self.first.case_reference, **words)

    def _actor(self, team: Team, level: Role = Role.WORKER) -> Actor:
        return self.cast.actor(team, self.n, level)

    def _move(self, side: Side, action: str, about: Referral, details: dict[str, Any]) -> None:
        team = about.from_team if side == Side.SENDER else about.to_team
        by = self._actor(team, TRANSITIONS[action].level)
        words = {**needed(action, self.n), **details}
        self._act(by, referral.move, referral_id=about.pk, action=action, **words)

    @staticmethod
    def _act(by: Actor, service: Callable[..., Made], **words: object) -> Made:
        """As a request of this actor does: one transaction, its agency's rows."""
        with acting_for(by.agency_id):
            return service(by=by, **words)


def needed(action: str, n: int) -> dict[str, Any]:
    """What the lifecycle's table asks for with an action, in words that fit."""
    code, why, whose = texts.pick_pair(texts.DECLINES, n)
    failure, how = texts.pick_pair(texts.FAILURES, n)
    said: dict[str, dict[str, Any]] = {
        "request_info": {"reason": texts.pick(texts.QUESTIONS, n)},
        "answer_info": {"reason": texts.pick(texts.ANSWERS, n)},
        "decline": {"reason_code": code, "reason": why, "belongs_to": whose},
        "start": {"contact": SPOKE},
        "fail": {"reason_code": failure, "reason": how},
        "complete": {"outcome": texts.pick(texts.OUTCOMES, n)},
        "close": {"caller_told": texts.pick(texts.TOLD, n)},
        "no_further_action": {"reason": texts.NO_FURTHER},
        "redirect": {"reason": texts.pick(texts.REDIRECTS, n)},
        "cancel": {"reason": texts.pick(texts.WITHDRAWN, n)},
        "request_cancel": {"reason": texts.pick(texts.WITHDRAWN, n)},
        "refuse_cancel": {"reason": "We are at the door and would rather see for ourselves."},
        "enter_in_error": {"reason": texts.pick(texts.MISTAKES, n)},
        "reopen": {"reason": "Rang again within the hour: it is not over."},
    }
    return said.get(action, {})
