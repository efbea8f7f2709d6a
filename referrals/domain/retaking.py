"""What the law says of taking an absent patient back: advice with its basis and source, and never an act.

Sources: Mental Health Act 1983 ss.18, 21, 135(2), 138; Police and Criminal Evidence Act 1984 s.17; the
limits as in the quick guide "Absent or absconded" (mentalhealthcop, 22 January 2013). What is marked
unconfirmed is to be checked before anybody relies on it. England and Wales. Not legal advice.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from agencies.instants import LONDON

GUIDE = 'quick guide "Absent or absconded", mentalhealthcop, 22 January 2013'


class LegalStatus(StrEnum):
    """Under which power of the Mental Health Act 1983 the patient was there."""

    UNKNOWN = "unknown"
    INFORMAL = "informal"
    S2 = "s2"
    S3 = "s3"
    S4 = "s4"
    S5_2 = "s5_2"
    S5_4 = "s5_4"
    S7 = "s7"
    S37 = "s37"
    S37_41 = "s37_41"
    CTO = "cto"
    S135 = "s135"
    S136 = "s136"


FREE = frozenset({LegalStatus.UNKNOWN, LegalStatus.INFORMAL})


def is_detained(status: str) -> bool:
    """Whether a power is named under which the patient may be taken back."""
    return status not in FREE and status != ""


class From(StrEnum):
    """What a limit runs from."""

    START = "the start of the section"
    ABSENCE = "going absent"
    RECALL = "the recall"


@dataclass(frozen=True)
class Limit:
    """How long a patient may be retaken: months or a time; neither means at any time."""

    runs_from: From
    months: int = 0
    time: timedelta | None = None

    def end(self, absent_since: datetime, started_at: datetime | None) -> datetime | None:
        """The end (UTC), if there is one and its beginning is known."""
        begun = absent_since if self.runs_from == From.ABSENCE else started_at
        if begun is None:
            return None
        if self.months:
            return months_later(begun, self.months)
        return begun + self.time if self.time else None

    @property
    def said(self) -> str:
        """In words."""
        if self.months:
            return f"{self.months} months from {self.runs_from}"
        if self.time is None:
            return "at any time"
        hours = self.time // timedelta(hours=1)
        return f"{hours} hours from {self.runs_from}" if hours <= 72 else f"28 days from {self.runs_from}"


LIMITS: dict[LegalStatus, Limit] = {
    LegalStatus.S2: Limit(From.START, time=timedelta(days=28)),
    LegalStatus.S3: Limit(From.ABSENCE, months=6),
    LegalStatus.S7: Limit(From.ABSENCE, months=6),
    LegalStatus.S37: Limit(From.ABSENCE, months=6),
    LegalStatus.CTO: Limit(From.RECALL, months=6),
    LegalStatus.S4: Limit(From.START, time=timedelta(hours=72)),
    LegalStatus.S5_2: Limit(From.START, time=timedelta(hours=72)),
    LegalStatus.S5_4: Limit(From.START, time=timedelta(hours=6)),
    LegalStatus.S37_41: Limit(From.ABSENCE),
}
LAST_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Advice:
    """One thing to know. ``until`` is UTC. ``confirmed`` False: check it before relying on it."""

    code: str
    text: str
    basis: str
    source: str
    until: datetime | None = None
    confirmed: bool = True


INFORMAL = Advice(
    "informal",
    "An informal patient cannot be brought back by force under section 18.",
    "the legal status as reported",
    "mentalhealthcop, 18 January 2013; Mental Health Act 1983 s.131",
)
WHO = Advice(
    "who",
    "An approved mental health professional, a constable or authorised hospital staff may retake.",
    "the patient is absent without leave",
    "Mental Health Act 1983 s.18",
)
ENTRY = Advice(
    "entry",
    "Section 18 gives no power of entry: a warrant under section 135(2), or entry to save life or limb.",
    "the patient may be in a private place",
    "Mental Health Act 1983 s.135(2); Police and Criminal Evidence Act 1984 s.17",
)
CUSTODY = Advice(
    "custody",
    "Whoever absconds from a place of safety may be retaken under section 138, in the detention's own time.",
    "the legal status as reported",
    "Mental Health Act 1983 s.138",
)
UNKNOWN = Advice(
    "unknown",
    "The legal status is not known: find it out before anybody is taken back by force.",
    "no legal status was given",
    "Mental Health Act 1983 s.18",
)


def advice(
    status: str, absent_since: datetime, started_at: datetime | None, expires_at: datetime | None
) -> list[Advice]:
    """What to know of this power now, the time limit first."""
    if status in ("", LegalStatus.UNKNOWN):
        return [UNKNOWN]
    if status == LegalStatus.INFORMAL:
        return [INFORMAL]
    if status in (LegalStatus.S135, LegalStatus.S136):
        return [CUSTODY, ENTRY]
    found = [_retake(LegalStatus(status), absent_since, started_at), WHO, ENTRY]
    if expires_at is not None:
        found.insert(1, _expiry(absent_since, expires_at))
    if status == LegalStatus.S3:
        found.append(_LATER)
    return found


_LATER = Advice(
    "later_end",
    "For section 3 the later of six months and the end of the section may hold.",
    "the statute, as some read it",
    "Mental Health Act 1983 s.18(4)",
    confirmed=False,
)


def _retake(status: LegalStatus, absent_since: datetime, started_at: datetime | None) -> Advice:
    limit = LIMITS[status]
    end = limit.end(absent_since, started_at)
    asks = limit.runs_from != From.ABSENCE and started_at is None
    said = f"May be retaken {'' if limit.said == 'at any time' else 'for '}{limit.said}."
    basis = f"{limit.runs_from} is not known yet: give it" if asks else f"{limit.runs_from}, as reported"
    return Advice("retake", said, basis, f"Mental Health Act 1983 s.18(4); {GUIDE}", end)


def _expiry(absent_since: datetime, expires_at: datetime) -> Advice:
    late = expires_at - absent_since <= LAST_WEEK
    more = " Absence in its last week postpones it." if late else ""
    source = "Mental Health Act 1983 s.21" if late else "Mental Health Act 1983 s.20"
    return Advice(
        "expiry",
        f"The section ends as stated.{more}",
        "the end of the section, as reported",
        source,
        expires_at,
    )


def lapses_at(
    status: str, absent_since: datetime, started_at: datetime | None, expires_at: datetime | None
) -> datetime | None:
    """When the power to take the patient back is about to be lost: the limit, else the stated end (UTC)."""
    limit = LIMITS.get(LegalStatus(status)) if is_detained(status) else None
    end = limit.end(absent_since, started_at) if limit else None
    return end or (expires_at if is_detained(status) else None)


def months_later(instant: datetime, months: int) -> datetime:
    """The same day and time of day so many months later, or the last day of a month that is too short for it.

    A day is London's: shortly after midnight in summer, the world's calendar is a day behind.
    """
    local = instant.astimezone(LONDON)
    place = local.month - 1 + months
    year, month = local.year + place // 12, place % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)
