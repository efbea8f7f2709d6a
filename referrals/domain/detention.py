"""A detention under section 136 or 135, or a voluntary handover: its milestones, and the clock they make.

What is told here is advice with its basis; nothing acts by itself. Milestones are entered in any order and
corrected by later entries; every time is what somebody said it was. Instants are UTC.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from agencies.roles import Audience
from referrals.domain.case import Category

DETENTION = timedelta(seconds=86_400)  # Mental Health Act 1983, s.136(2A); s.135(3ZA)
LONGEST_EXTENSION = 720  # minutes: Mental Health Act 1983, s.136B(2)
SCENE = timedelta(hours=12)  # ours: longer than any scene that ended in a detention
WARN_AFTER = (12, 18, 22)  # hours from arrival: ours


class Power(StrEnum):
    """By what power somebody is with officers; a voluntary handover has no legal clock."""

    S136 = "s136"
    S135 = "s135"
    VOLUNTARY = "voluntary"


LEGAL = frozenset({Power.S136, Power.S135})
HANDOVER = {
    Power.S136: Category.S136_HANDOVER,
    Power.S135: Category.S135_SUPPORT,
    Power.VOLUNTARY: Category.VOLUNTARY_HANDOVER,
}
"""The kind of referral by which a place of safety takes over."""


class Milestone(StrEnum):
    """What happens in a detention, in the usual order."""

    DETAINED = "detained"
    PROFESSIONAL_CONSULTED = "professional_consulted"
    AMBULANCE_REQUESTED = "ambulance_requested"
    AMBULANCE_ARRIVED = "ambulance_arrived"
    AMBULANCE_NOT_USED = "ambulance_not_used"
    PLACE_CONTACTED = "place_contacted"
    CAPACITY_ANSWERED = "capacity_answered"
    ARRIVED = "arrived"
    HANDOVER_REQUESTED = "handover_requested"
    HEALTH_ACCEPTED = "health_accepted"
    LAST_OFFICER_RELEASED = "last_officer_released"
    AMHP_NOTIFIED = "amhp_notified"
    DOCTOR_NOTIFIED = "doctor_notified"
    ASSESSMENT_STARTED = "assessment_started"
    DECIDED = "decided"
    EXTENDED = "extended"
    BED_REQUESTED = "bed_requested"
    BED_FOUND = "bed_found"
    LEFT = "left"


class Outcome(StrEnum):
    """What a detention came to (ours, after the national monitoring)."""

    DISCHARGED_NO_FOLLOW_UP = "discharged_no_follow_up"
    DISCHARGED_GP_CMHT = "discharged_gp_cmht"
    DISCHARGED_CRISIS_TEAM = "discharged_crisis_team"
    INFORMAL = "informal"
    S2 = "s2"
    S3 = "s3"
    S4 = "s4"
    RECALLED_OR_RETURNED = "recalled_or_returned"
    MEDICAL_ADMISSION = "medical_admission"
    ARRESTED = "arrested"
    TRANSFERRED = "transferred"
    ABSCONDED = "absconded"
    LAPSED_UNASSESSED = "lapsed_unassessed"
    OTHER = "other"


HOME = frozenset(
    {Outcome.DISCHARGED_NO_FOLLOW_UP, Outcome.DISCHARGED_GP_CMHT, Outcome.DISCHARGED_CRISIS_TEAM}
)
ENDS_AT_ONCE = HOME | {Outcome.ARRESTED, Outcome.ABSCONDED, Outcome.LAPSED_UNASSESSED}
"""With these the detention is over; after any other the person is waited with until they have left."""
UNASSESSED = frozenset(
    {
        Outcome.MEDICAL_ADMISSION,
        Outcome.ARRESTED,
        Outcome.TRANSFERRED,
        Outcome.ABSCONDED,
        Outcome.LAPSED_UNASSESSED,
    }
)
"""These are decided of people whom nobody has assessed, too: they say nothing of an assessment (ours)."""

NO_AMBULANCE = {
    "not_available": "none was available in time",
    "risk": "the risk was too high to wait, or to convey so",
    "on_foot": "the place of safety was at hand",
    "person_arrived": "the person was there already",
    "other": "another reason, given in the note",
}
BASES = {
    "through_the_door": "the person came through the door",
    "vehicle_outside": "the vehicle stood outside: the ambulance queue",
    "decided_to_keep": "the constable decided to keep the person there",
    "entered_premises": "the premises were entered under the warrant, and the person kept there",
}
"""What an arrival is told by (Mental Health Act 1983, ss.135(3ZA) and 136(2A)); where two times are, both."""

EXTENSION_REASONS = {
    "condition": "the person's condition: the assessment could not be begun or finished",
    "no_amhp": "no approved mental health professional was available",
    "no_doctor": "no doctor was available",
    "no_bed": "no bed was available",
    "other": "another reason",
}
ONLY_FOR_THE_CONDITION = (
    "a detention is extended only because of the person's condition, not because {why} "
    "(Mental Health Act 1983, s.136B(1))"
)


@dataclass(frozen=True)
class Rule:
    """Who may enter a milestone, what the entry cannot do without, and whether there may be several."""

    by: frozenset[Audience]
    needs: tuple[str, ...] = ()
    many: bool = False


ANYBODY = frozenset(Audience) - {Audience.VOLUNTARY}
POLICE = frozenset({Audience.POLICE})
CARERS = frozenset({Audience.HEALTH, Audience.COUNCIL})  # an approved mental health professional is either's
HEALTH = frozenset({Audience.HEALTH})

RULES: dict[Milestone, Rule] = {
    Milestone.DETAINED: Rule(POLICE),
    Milestone.PROFESSIONAL_CONSULTED: Rule(ANYBODY),
    Milestone.AMBULANCE_REQUESTED: Rule(ANYBODY),
    Milestone.AMBULANCE_ARRIVED: Rule(ANYBODY),
    Milestone.AMBULANCE_NOT_USED: Rule(ANYBODY, ("reason_code",)),
    Milestone.PLACE_CONTACTED: Rule(ANYBODY, ("place",), many=True),
    Milestone.CAPACITY_ANSWERED: Rule(ANYBODY, ("place",), many=True),
    Milestone.ARRIVED: Rule(ANYBODY, many=True),
    Milestone.HANDOVER_REQUESTED: Rule(ANYBODY),
    Milestone.HEALTH_ACCEPTED: Rule(HEALTH),
    Milestone.LAST_OFFICER_RELEASED: Rule(ANYBODY),
    Milestone.AMHP_NOTIFIED: Rule(ANYBODY),
    Milestone.DOCTOR_NOTIFIED: Rule(ANYBODY),
    Milestone.ASSESSMENT_STARTED: Rule(CARERS),
    Milestone.DECIDED: Rule(CARERS, ("outcome",)),
    Milestone.EXTENDED: Rule(HEALTH, ("extension_minutes", "doctor", "reason_code")),
    Milestone.BED_REQUESTED: Rule(CARERS, many=True),
    Milestone.BED_FOUND: Rule(CARERS, many=True),
    Milestone.LEFT: Rule(ANYBODY),
}


PLACE_KINDS = {
    "health_based": "Health-based place of safety",
    "emergency_department": "Emergency department",
    "care_home": "Care home",
    "private_home": "Private home",
    "police_station": "Police station",
    "other": "Another suitable place",
}
"""Kinds of place in words; what the law of each is stands in the database (``models.PlaceKindRule``)."""


@dataclass(frozen=True)
class PlaceKind:
    """A kind of place of safety; the law of it holds ``since`` and ``until`` a day, where one is known."""

    code: str
    name: str
    source: str
    adults_only: bool = False
    since: date | None = None
    until: date | None = None

    def refuses(self, *, under_18: bool | None, on: date) -> str:
        """Why nobody, or not this person, may be taken there that day; empty if they may."""
        if self.adults_only and under_18:
            return f"a {self.name.lower()} is never a place of safety for somebody under 18 ({self.source})"
        if (self.since and on < self.since) or (self.until and on >= self.until):
            return f"a {self.name.lower()} is no place of safety on that day ({self.source})"
        return ""


class Entry(Protocol):
    """One milestone as it was entered: the parts of it on which the clock and the state depend."""

    @property
    def pk(self) -> object:
        """Its key."""

    @property
    def kind(self) -> str:
        """Which milestone."""

    @property
    def at(self) -> datetime:
        """When it happened, as stated."""

    @property
    def disputed_at(self) -> datetime | None:
        """When it happened, as somebody else has it."""

    @property
    def supersedes_id(self) -> object | None:
        """The entry that this one corrects."""

    @property
    def withdrawn(self) -> bool:
        """Whether it only takes that one back."""

    @property
    def place_id(self) -> int | None:
        """Where."""

    @property
    def outcome(self) -> str:
        """What was decided."""

    @property
    def extension_minutes(self) -> int | None:
        """By how long it was extended."""


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that hold: neither corrected nor taken back, by when they happened."""
    entries = list(entries)
    corrected = {each.supersedes_id for each in entries if each.supersedes_id is not None}
    return sorted(
        (each for each in entries if each.pk not in corrected and not each.withdrawn),
        key=lambda each: (each.at.astimezone(UTC), str(each.pk)),
    )


def earliest(entry: Entry) -> datetime:
    """Of two times that are said of one arrival, the earlier: that one warns."""
    told = [entry.at, *([entry.disputed_at] if entry.disputed_at else [])]
    return min(each.astimezone(UTC) for each in told)


def latest(entry: Entry) -> datetime:
    """The later of them, which is told beside it."""
    return max(each for each in (entry.at, entry.disputed_at) if each is not None)


def expiry(starts_at: datetime, extension_minutes: int = 0) -> datetime:
    """When the power to detain ends: exactly 86,400 seconds after arrival, and the extension.

    Counted in UTC: the night on which clocks change has no other length here.
    """
    return starts_at.astimezone(UTC) + DETENTION + timedelta(minutes=extension_minutes)


@dataclass(frozen=True)
class Facts:
    """What a detention's standing entries come to."""

    starts_at: datetime | None
    latest_start: datetime | None
    expires_at: datetime | None
    extension_minutes: int
    accepted_at: datetime | None
    released_at: datetime | None
    assessed_at: datetime | None
    decided_at: datetime | None
    ended_at: datetime | None
    outcome: str
    place_id: int | None

    @property
    def state(self) -> "State":
        """How far it has come."""
        for state, reached in (
            (State.ENDED, self.ended_at),
            (State.DECIDED, self.decided_at),
            (State.ASSESSING, self.assessed_at),
            (State.ACCEPTED, self.accepted_at),
            (State.ARRIVED, self.starts_at),
        ):
            if reached is not None:
                return state
        return State.DETAINED


class State(StrEnum):
    """How far a detention has come: the furthest of its milestones."""

    DETAINED = "detained"
    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    ASSESSING = "assessing"
    DECIDED = "decided"
    ENDED = "ended"


def facts(power: str, entries: Iterable[Entry]) -> Facts:
    """What the entries come to, in whatever order they were entered."""
    held = standing(entries)
    arrivals = _of(held, Milestone.ARRIVED)
    starts_at = min((earliest(each) for each in arrivals), default=None)
    first = next((each for each in arrivals if earliest(each) == starts_at), None)
    given = next((e for e in _of(held, Milestone.EXTENDED) if not _is_too_late(e, starts_at)), None)
    extension = given.extension_minutes or 0 if given else 0
    legal = power in LEGAL and starts_at is not None
    assessed = [
        *_of(held, Milestone.ASSESSMENT_STARTED),
        *(each for each in _of(held, Milestone.DECIDED) if each.outcome not in UNASSESSED),
    ]
    decided = next(reversed(_of(held, Milestone.DECIDED)), None)
    return Facts(
        starts_at=starts_at,
        latest_start=latest(first) if first else None,
        expires_at=expiry(starts_at, extension) if legal and starts_at else None,
        extension_minutes=extension,
        accepted_at=_first(held, Milestone.HEALTH_ACCEPTED),
        released_at=_first(held, Milestone.LAST_OFFICER_RELEASED),
        assessed_at=min((each.at for each in assessed), default=None),
        decided_at=decided.at if decided else None,
        ended_at=_ended(held, decided),
        outcome=next((e.outcome for e in [decided, *_of(held, Milestone.LEFT)] if e and e.outcome), ""),
        place_id=arrivals[-1].place_id if arrivals else None,
    )


def _is_too_late(extension: Entry, starts_at: datetime | None) -> bool:
    """A power that has ended is not extended (Mental Health Act 1983, s.136B(3): before it expires)."""
    return starts_at is not None and extension.at >= expiry(starts_at)


def _of(held: Sequence[Entry], kind: Milestone) -> list[Entry]:
    return [each for each in held if each.kind == kind]


def _first(held: Sequence[Entry], kind: Milestone) -> datetime | None:
    return next((each.at for each in _of(held, kind)), None)


def _ended(held: Sequence[Entry], decided: Entry | None) -> datetime | None:
    """When the person left; or when it was decided, if with that it was over."""
    over = [decided.at] if decided and decided.outcome in ENDS_AT_ONCE else []
    return min([*over, *(each.at for each in _of(held, Milestone.LEFT))], default=None)


@dataclass(frozen=True)
class Advice:
    """A sentence for whoever decides, and what it stands on."""

    text: str
    basis: str


ORDER = (
    (Milestone.DETAINED, Milestone.ARRIVED),
    (Milestone.ARRIVED, Milestone.HEALTH_ACCEPTED),
    (Milestone.ARRIVED, Milestone.LAST_OFFICER_RELEASED),
    (Milestone.ARRIVED, Milestone.ASSESSMENT_STARTED),
    (Milestone.ASSESSMENT_STARTED, Milestone.DECIDED),
    (Milestone.DECIDED, Milestone.LEFT),
)


def of_a_child(*, under_18: bool | None, in_station: bool) -> list[Advice]:
    """What is said while somebody who is a child, or may be, is in a police station. Unknown is never no."""
    if not in_station or under_18 is False:
        return []
    basis = "Mental Health Act 1983, s.136A(1): a police station is never a place of safety for a child"
    if under_18:
        return [Advice("They are under 18: they cannot be kept in a police station. Move them now", basis)]
    return [
        Advice("Nobody knows whether they are under 18: find out now, they are in a police station", basis)
    ]


CLOCK_BASIS = "Mental Health Act 1983, ss.135(3ZA) and 136(2A): 24 hours from arrival"


def advice(power: str, entries: Iterable[Entry], now: datetime) -> list[Advice]:
    """What a person should know before they rely on the clock; empty where nothing is out of the way."""
    entries = list(entries)
    held, found = standing(entries), facts(power, entries)
    said = [make(found, now) for make in _ADVICE] if power in LEGAL else []
    said += [_late_extension(held, found), *_out_of_order(held)]
    return [each for each in said if each]


def _disputed(found: Facts, now: datetime) -> Advice | None:
    if found.starts_at is None or found.latest_start is None or found.latest_start <= found.starts_at:
        return None
    minutes = int((found.latest_start - found.starts_at).total_seconds() // 60)
    text = f"The arrival is disputed by {minutes} minutes: the clock runs from the earlier time"
    return Advice(text, f"{CLOCK_BASIS}; views differ on an ambulance that waits outside")


def _expired(found: Facts, now: datetime) -> Advice | None:
    if found.expires_at is None or found.ended_at is not None or now < found.expires_at:
        return None
    if found.assessed_at is None or found.assessed_at >= found.expires_at:
        return Advice("The power to detain has lapsed, and nobody has assessed the person", CLOCK_BASIS)
    return Advice("The power to detain has lapsed: decide what the person is held by now", CLOCK_BASIS)


_ADVICE: tuple[Callable[[Facts, datetime], Advice | None], ...] = (_disputed, _expired)


def _late_extension(held: Sequence[Entry], found: Facts) -> Advice | None:
    given = next(iter(_of(held, Milestone.EXTENDED)), None)
    if given is None or not _is_too_late(given, found.starts_at):
        return None
    text = "The extension was given after the first 24 hours had ended: it is kept, and lengthens nothing"
    return Advice(text, "Mental Health Act 1983, s.136B(3)")


def _out_of_order(held: Sequence[Entry]) -> list[Advice]:
    found = []
    for before, after in ORDER:
        one, other = _first(held, before), _first(held, after)
        if one and other and other < one:
            later = _words(after)
            what = f"{later[:2].upper()}{later[2:]} is entered as earlier than {_words(before)}"
            what += ": one of the times is wrong"
            found.append(Advice(what, "the order in which things can happen"))
    return found


def _words(milestone: Milestone) -> str:
    return f"“{milestone.replace('_', ' ')}”"
