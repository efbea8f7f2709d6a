"""How detentions go: on the way, waiting in a corridor, handed over, extended, lapsed; stories of the
demonstration."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Unpack

from agencies.acting import acting_for
from agencies.models import Team
from agencies.roles import Role
from referrals.domain.detention import Milestone, Outcome, Power
from referrals.management.demo import texts
from referrals.management.demo.stories import Story
from referrals.management.demo.tale import Tale
from referrals.models import Detention, Referral
from referrals.models.keys import instant
from referrals.services import case, detention, officers, referral
from referrals.services.detention import Asking, Detained
from referrals.services.milestones import Said
from referrals.services.officers import Waits

DOCTOR = {"name": "Dr Isolde Farrant", "role": "section 12 doctor", "contact": "020 7946 0992"}
WITH_THEM = {"channel": "in_person", "with_whom": "person", "outcome": "reached"}
MANAGER = {"name": "Roswitha Cain", "role": "on-call manager", "contact": "020 7946 0993"}


class Held:
    """Somebody with officers, in a tale: who did what, by the services."""

    def __init__(self, tale: Tale, power: Power = Power.S136, **person: object) -> None:
        self.tale, self.plot, self.n = tale, tale.plot, tale.n
        about = {**tale.person, **person} if person or not tale.referrals else {}
        reference = tale.first.case_reference if tale.referrals else ""
        said = Detained(
            power=power,
            person={} if reference else about,
            case=reference,
            location={"text": texts.pick(texts.STREETS, self.n)},
            source_incident_number=f"INC-{30_000 + self.n}",
            note=texts.DETAINED,
        )
        self.police = tale.first.to_team if reference else tale.plot.sender
        with self._acting(self.police) as by:
            self.row: Detention = detention.record(said=said, by=by)
        self.asked: list[Referral] = []

    @contextmanager
    def _acting(self, team: Team) -> Iterator[Any]:
        """As a request of somebody of this team does: one transaction, its agency's rows."""
        actor = self.tale.cast.actor(team, self.n, Role.WORKER)
        with acting_for(actor.agency_id):
            yield actor

    def enter(self, team: Team, kind: Milestone, **said: object) -> None:
        """A milestone, by somebody of this team."""
        with self._acting(team) as by:
            detention.enter(detention_id=self.row.pk, said=Said(kind, **said), by=by)

    def count(self, number: int) -> None:
        """So many officers are there from now on."""
        with self._acting(self.police) as by:
            officers.wait(detention_id=self.row.pk, said=Waits(number=number), by=by)

    def ask(self, *places: Team) -> None:
        """Places of safety are asked at once."""
        with self._acting(self.police) as by:
            asking = Asking(places or [self.plot.receiver], texts.DETAINED)
            self.asked += detention.ask(detention_id=self.row.pk, asking=asking, by=by)

    def answer(self, action: str, **details: Unpack[referral.Details]) -> None:
        """The place that was asked last answers."""
        asked = self.asked[-1]
        with self._acting(asked.to_team) as by:
            referral.move(referral_id=asked.pk, action=action, by=by, **details)

    def finish(self) -> None:
        """The place has done what was asked; the police have seen what came of it, and the case is closed."""
        self.answer("complete", outcome=texts.pick(texts.OUTCOMES, self.n))
        with self._acting(self.police) as by:
            told = texts.pick(texts.TOLD, self.n)
            referral.move(referral_id=self.asked[-1].pk, action="close", by=by, caller_told=told)
        with self._acting(self.asked[-1].to_team) as by:
            ended = texts.pick(texts.ENDED, self.n)
            case.move(reference=self.row.case.reference, action="close", by=by, reason=ended)

    def arrive(self, **said: object) -> None:
        """They come to the place of safety."""
        self.enter(self.police, Milestone.ARRIVED, **{"place": self.plot.receiver, **said})


def taken(t: Tale) -> Iterator[Held]:
    """Detained, with two officers."""
    held = Held(t)
    held.count(2)
    yield held


def on_the_way(t: Tale) -> Story:
    """Detained, and nobody asked yet."""
    next(taken(t))
    yield from ()


def asked_at_once(t: Tale) -> Story:
    """Two places of safety are asked at once."""
    held = next(taken(t))
    yield 3
    held.ask(t.plot.receiver, t.plot.third)


def _in_the_corridor(t: Tale, held: Held) -> Story:
    yield 5
    held.enter(held.police, Milestone.AMBULANCE_NOT_USED, reason_code="not_available")
    held.ask()
    yield 12
    held.arrive()


def waiting(t: Tale) -> Story:
    """Arrived, and the officers wait with them in the corridor."""
    yield from _in_the_corridor(t, next(taken(t)))


def refused(t: Tale) -> Story:
    """The place refuses by formal escalation; the police ask another."""
    held = next(taken(t))
    yield 4
    held.ask()
    yield 9
    why: Mapping[str, Any] = {"reason_code": "no_capacity", "reason": texts.FULL, "belongs_to": "unknown"}
    held.answer("decline", authorised_by=MANAGER, **why)
    yield 2
    with held._acting(held.police) as by:
        to_team = t.plot.third
        referral.move(referral_id=held.asked[-1].pk, action="resend", by=by, to_team=to_team)


def handed_over(t: Tale) -> Story:
    """Accepted, and the officers are released after a while."""
    held = next(taken(t))
    yield from _in_the_corridor(t, held)
    yield from _accepted(t, held)


def _accepted(t: Tale, held: Held) -> Story:
    yield 20
    held.answer("accept")
    yield 12 + t.n * 11 % 60
    held.enter(held.police, Milestone.LAST_OFFICER_RELEASED)
    held.answer("start", contact=WITH_THEM)
    held.enter(t.plot.receiver, Milestone.AMHP_NOTIFIED)


def _assessed(t: Tale, held: Held) -> Story:
    yield 70 + t.n * 7 % 50
    held.enter(t.plot.receiver, Milestone.ASSESSMENT_STARTED, note=texts.ASSESSED)


def assessing(t: Tale) -> Story:
    """The doctor and the AMHP are there."""
    held = next(taken(t))
    yield from _in_the_corridor(t, held)
    yield from _accepted(t, held)
    yield from _assessed(t, held)


def home(t: Tale) -> Story:
    """Assessed, and discharged home: as most are."""
    held = next(taken(t))
    yield from _in_the_corridor(t, held)
    yield from _accepted(t, held)
    yield from _assessed(t, held)
    yield 55
    outcomes = (Outcome.DISCHARGED_GP_CMHT, Outcome.DISCHARGED_CRISIS_TEAM, Outcome.DISCHARGED_NO_FOLLOW_UP)
    held.enter(t.plot.receiver, Milestone.DECIDED, outcome=outcomes[t.n % 3])
    yield 5
    held.finish()


def admitted(t: Tale) -> Story:
    """Decided, and a bed is looked for."""
    yield from _admitted(t, next(taken(t)))


def _admitted(t: Tale, held: Held) -> Story:
    yield from _in_the_corridor(t, held)
    yield from _accepted(t, held)
    yield from _assessed(t, held)
    yield 40
    held.enter(t.plot.receiver, Milestone.DECIDED, outcome=Outcome.S2)
    held.enter(t.plot.receiver, Milestone.BED_REQUESTED)


def left(t: Tale) -> Story:
    """A bed is found, and they have left for it."""
    held = next(taken(t))
    yield from _admitted(t, held)
    yield 180
    held.enter(t.plot.receiver, Milestone.BED_FOUND)
    held.enter(t.plot.receiver, Milestone.LEFT)
    held.finish()


def extended(t: Tale) -> Story:
    """A doctor extends it, since the person could not be assessed."""
    held = next(taken(t))
    yield from _in_the_corridor(t, held)
    yield from _accepted(t, held)
    yield 19 * 60
    said = {"extension_minutes": 480, "doctor": DOCTOR, "reason_code": "condition", "note": texts.EXTENDED}
    held.enter(t.plot.receiver, Milestone.EXTENDED, **said)


def lapsed(t: Tale) -> Story:
    """Nobody has assessed them within the day: directors were told."""
    yield from handed_over(t)


def disputed(t: Tale) -> Story:
    """The ambulance stood outside for half an hour: two times of arrival are kept."""
    held = next(taken(t))
    yield 5
    held.ask(t.plot.third)
    yield 60
    earlier = instant() - timedelta(minutes=25)
    held.arrive(place=t.plot.third, place_kind="emergency_department", disputed_at=earlier,
                disputed_basis="vehicle_outside")  # fmt: skip


def child(t: Tale) -> Story:
    """Somebody of fifteen."""
    held = Held(t, date_of_birth=None, age=15)
    held.count(2)
    yield from _in_the_corridor(t, held)


def warrant(t: Tale) -> Story:
    """A warrant under section 135."""
    held = Held(t, Power.S135)
    held.count(2)
    yield from _in_the_corridor(t, held)


def voluntary(t: Tale) -> Story:
    """They came of their own accord: no legal clock."""
    held = Held(t, Power.VOLUNTARY)
    held.count(1)
    yield from _in_the_corridor(t, held)


def relieved(t: Tale) -> Story:
    """One officer relieves another after an hour."""
    held = Held(t)
    with held._acting(held.police) as by:
        officers.wait(detention_id=held.row.pk, said=Waits(identifier="GTC 4417"), by=by)
    yield from _in_the_corridor(t, held)
    yield 60
    with held._acting(held.police) as by:
        relief = Waits(identifier="GTC 2093", relieves="GTC 4417")
        officers.wait(detention_id=held.row.pk, said=relief, by=by)


def found(t: Tale) -> Story:
    """A trust's missing patient is found by police, and detained: the case becomes the police's."""
    t.send()
    yield 4
    t.receiver("acknowledge")
    yield 41
    held = Held(t)
    held.count(2)
