"""How patients go missing and come back: stories of the demonstration, in every state and with every flag."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from agencies.models import Team
from agencies.roles import Role
from referrals.management.demo import texts
from referrals.management.demo.patients import TEENAGER
from referrals.management.demo.stories import Story
from referrals.management.demo.tale import Tale
from referrals.models import MissingReport, Referral
from referrals.models.keys import instant
from referrals.services import checklist, missing, missing_moves, referral, sighting, threshold

ADULT = timedelta(days=18 * 366)
SEARCHED = ("ward", "building", "grounds", "cctv", "phone")
KNOWN = {
    "last_seen_place": "the garden behind the unit",
    "last_seen_activity": "smoking with another patient",
    "direction": "towards the canal",
    "ask_of_police": "Look along the canal and at the home address; tell us at once if seen.",
}
MET = {"channel": "in_person", "with_whom": "person", "outcome": "reached", "note": "Calm, and tired."}
MORE = {
    "clothing": "grey track suit, white trainers",
    "hair": "short, brown",
    "height_and_build": "1.75 m, slim",
    "likely_places": "sister's flat; the library by the bridge",
    "next_of_kin": "a sister, 020 7946 0992",
    "next_of_kin_told": "yes",
    "out_of_character": "yes",
    "medication_missed": "evening depot",
    "medication_effect": "may become frightened of strangers within a day",
    "diagnosis": "under assessment",
}


def _grown_up(person: Mapping[str, Any]) -> dict[str, Any]:
    """The person as a patient of an adult ward: whoever is younger is nineteen."""
    born = date.fromisoformat(person.get("date_of_birth") or "1970-01-01")
    young = instant().date() - born < ADULT or person.get("age", 19) < 18
    return {**person, **({"date_of_birth": None, "age": 19} if young else {})}


@dataclass
class Absence:
    """One patient missing from the plot's sender, for whom the plot's receiver is asked to look."""

    t: Tale
    made: MissingReport | None = None

    @property
    def report(self) -> MissingReport:
        """The report that was made."""
        if self.made is None:
            raise LookupError("nothing was reported yet")
        return self.made

    def tell(self, *, draft: bool = False, person: Mapping[str, Any] | None = None, **facts: object) -> None:
        """The unit reports, with what it knows by then."""
        told = missing.Reported(
            unit=self.t.plot.sender,
            police=self.t.plot.receiver,
            person=_grown_up(self.t.person) if person is None else person,
            facts={"last_seen_at": instant() - timedelta(minutes=12), "legal_status": "s3", **facts},
            details=KNOWN,
        )
        self.made = self._act(self.t.plot.sender, missing.create, said=told, draft=draft)

    def unit(self, action: str, level: Role = Role.WORKER, **details: str) -> None:
        """What the unit does next."""
        self._move(self.t.plot.sender, action, level, details)

    def police(self, action: str, level: Role = Role.WORKER, **details: str) -> None:
        """What the police do next."""
        self._move(self.t.plot.receiver, action, level, details)

    def take(self) -> None:
        """The police accept what they were asked."""
        self._referral("accept")

    def reach(self) -> None:
        """The police are with the patient."""
        self._referral("start", contact=MET)

    def bring_back(self) -> None:
        """What was asked is done, and the unit has seen it."""
        self._referral("complete", outcome="Brought back to the ward, calm and tired.")
        told = "The ward was told by the patrol."
        self._act(self.t.plot.sender, referral.move, referral_id=self.report.referral_id, action="close",
                  caller_told=told)  # fmt: skip

    def refuse(self) -> None:
        """The police decline, for a decision that the threshold is not met."""
        asked = Referral.objects.get(pk=self.report.referral_id)
        no = dict.fromkeys(("crime", "risk_to_life", "serious_harm", "duty_of_care", "statutory_duty"), "no")
        decided = threshold.Decided(
            category=asked.category,
            answers=no,
            rationale="Known to be at the sister's; no risk to anybody. Health fetches the patient.",
            caller_told="The ward was told that it fetches the patient.",
            case=asked.case_reference,
        )
        made = self._act(self.t.plot.receiver, threshold.record, decided=decided)
        self._referral(
            "decline",
            reason_code="not_our_criteria",
            reason="Whereabouts known, no risk: returning the patient is the hospital's.",
            belongs_to=self.t.plot.sender.agency.code,
            threshold_decision=made.pk,
        )

    def search(self, *items: str) -> None:
        """The unit ticks what it has done."""
        for item in items or SEARCHED:
            self._act(self.t.plot.sender, checklist.tick, report_id=self.report.pk, item=item)

    def add(self) -> None:
        """The unit adds what it has learnt."""
        self._act(
            self.t.plot.sender, missing.update, report_id=self.report.pk, said=missing.Added(details=MORE)
        )

    def see(self) -> None:
        """Somebody believes to have seen the patient."""
        street = texts.pick(texts.STREETS, self.t.n)
        seen = sighting.Seen(street, instant() - timedelta(minutes=4), "unknown", "a bus driver")
        self._act(self.t.plot.receiver, sighting.log, report_id=self.report.pk, seen=seen)

    def _referral(self, action: str, **details: object) -> None:
        key = self.report.referral_id
        self._act(self.t.plot.receiver, referral.move, referral_id=key, action=action, **details)

    def _move(self, team: Team, action: str, level: Role, details: Mapping[str, str]) -> None:
        by = self.t.cast.actor(team, self.t.n, level)
        words = {"report_id": self.report.pk, "action": action, **details}
        self.made = self.t._act(by, missing_moves.move, **words)

    def _act(self, team: Team, service: Any, **words: object) -> Any:  # noqa: ANN401  (whatever it makes)
        return self.t._act(self.t.cast.actor(team, self.t.n), service, **words)


def left(t: Tale) -> Story:
    """A draft, and nobody sends it."""
    Absence(t).tell(draft=True)
    yield from ()


def confirmed(t: Tale) -> Story:
    """The absence is confirmed, and nobody reports it."""
    Absence(t).tell(draft=True, absence_confirmed_at=instant())
    yield from ()


def thrown_away(t: Tale) -> Story:
    """Begun, and the patient walks in."""
    a = Absence(t)
    a.tell(draft=True)
    yield 3
    a.unit("discard")


def reported(t: Tale) -> Story:
    """Reported, and not graded yet."""
    a = Absence(t)
    a.tell(draft=True, absence_confirmed_at=instant())
    yield 2
    a.unit("send")
    a.search("ward", "grounds")


def high(t: Tale) -> Story:
    """An immediate risk; the police have not taken it."""
    a = Absence(t)
    a.tell(immediate_risk="yes")
    yield 4
    a.police("grade", grade="high")


def looked_for(t: Tale, a: Absence | None = None) -> Story:
    """High, taken by the police, enriched, and seen."""
    a = a or Absence(t)
    a.tell(immediate_risk="yes")
    yield 3
    a.take()
    a.police("grade", grade="high")
    yield 5
    a.search()
    a.add()
    yield 12
    a.see()


def medium(t: Tale) -> Story:
    """A joint search."""
    a = Absence(t)
    a.tell(legal_status="s2", section_started_at=instant() - timedelta(days=12))
    yield 20
    a.take()
    a.unit("grade", grade="medium")
    a.search()


def held_by_a_nurse(t: Tale) -> Story:
    """A holding power of six hours, of which four are gone."""
    a = Absence(t)
    a.tell(legal_status="s5_4", section_started_at=instant() - timedelta(hours=4))
    yield 6
    a.unit("grade", grade="medium")


def refused(t: Tale) -> Story:
    """Low, and the police decline with a decision."""
    a = Absence(t)
    a.tell(immediate_risk="no", legal_status="informal")
    yield 8
    a.unit("grade", grade="low")
    yield 10
    a.refuse()


def found(t: Tale, a: Absence | None = None) -> Story:
    """Found, and not back yet."""
    a = a or Absence(t)
    yield from looked_for(t, a)
    yield 9
    a.police("locate", place="on a bench by the library", found_by="a patrol")
    a.reach()


def back(t: Tale, a: Absence | None = None) -> Story:
    """Back, and some steps are still to be done."""
    a = a or Absence(t)
    yield from found(t, a)
    yield 35
    a.unit("return", found_by="a patrol", power_used="s3")
    a.bring_back()
    a.search("checked")


def over(t: Tale) -> Story:
    """The whole way."""
    a = Absence(t)
    yield from back(t, a)
    yield 50
    a.search("care_plan_reviewed", "prevention_interview")
    a.unit("debrief")
    yield 15
    a.unit("close")


def mistaken(t: Tale) -> Story:
    """Asleep in another room."""
    a = Absence(t)
    a.tell(immediate_risk="no")
    yield 9
    a.unit("cancel", reason="Found asleep in the quiet room.")


def again(t: Tale) -> Story:
    """Back in the evening, and gone in the morning."""
    a = Absence(t)
    who = {**t.person, "nhs_number": "", "family_name": t.person.get("family_name") or "Merrow",
           "given_name": t.person.get("given_name") or "Ade", "date_of_birth": "1986-04-12"}  # fmt: skip
    a.tell(person=who)
    yield 5
    a.take()
    yield 40
    a.reach()
    a.unit("return", found_by="a taxi driver")
    a.bring_back()
    yield 480
    a.tell(person=who, immediate_risk="yes")


def walked_out(t: Tale) -> Story:
    """From the emergency department, before being seen."""
    a = Absence(t)
    a.tell(legal_status="informal", immediate_risk="unknown")
    yield 12
    a.police("grade", grade="medium")


def child(t: Tale) -> Story:
    """Fifteen years old: children's services and a guardian are told."""
    a = Absence(t)
    seen_as = {"description": TEENAGER} if "description" in t.person else {}
    a.tell(person={**t.person, **seen_as, "date_of_birth": None, "age": 15}, immediate_risk="unknown")
    yield 5
    a.take()
    a.police("grade", grade="high")
    a.take()
    a.search("ward", "children_services", "guardian")
