"""Agreements: which one holds between two agencies at a moment, and what a version of one must say.

Nothing is read here, so that any set of agreements and moments can be tried.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from referrals.domain.case import Priority
from referrals.domain.clocks import LIMITS, ClockKind, target
from referrals.domain.escalation import Ask, Named, Party
from referrals.domain.referral import DECLINE_REASONS

LONGEST = 60_480
"""Minutes that a target may last: six weeks."""
MOST_RUNGS, HIGHEST_PERCENT, MOST_REPEATS, LONGEST_CHANNEL = 10, 5_000, 20, 240
CODE_OF_A_REASON = re.compile(r"[a-z][a-z0-9_]{1,39}")
CHANNELS = ("inbox", "email", "sms")


class Step(StrEnum):
    """What may be done with a draft, by a manager of either side."""

    DRAFTED = "drafted"
    EDITED = "edited"
    REMARKED = "remarked"
    SIGNED = "signed"


@dataclass(frozen=True)
class Between:
    """Who asks whom for what kind of help."""

    from_agency: int
    from_kind: str
    to_agency: int
    to_kind: str
    category: str


@dataclass(frozen=True)
class Scope:
    """For whom and what an agreement holds. What it leaves open holds for all."""

    from_agency: int | None = None
    to_agency: int | None = None
    from_kind: str = ""
    to_kind: str = ""
    category: str = ""

    def covers(self, asked: Between) -> bool:
        """Whether it says anything about this."""
        return (
            self.from_agency in (None, asked.from_agency)
            and self.to_agency in (None, asked.to_agency)
            and self.from_kind in ("", asked.from_kind)
            and self.to_kind in ("", asked.to_kind)
            and self.category in ("", asked.category)
        )

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, bool]:
        """The pair's own goes before their kinds', and that before the default; a category's before all."""
        return (
            self.from_agency is not None,
            self.to_agency is not None,
            bool(self.from_kind),
            bool(self.to_kind),
            bool(self.category),
        )

    @property
    def is_of_kinds(self) -> bool:
        """Whether it is open to every agency of two kinds, and holds between those who signed it."""
        return self.from_agency is None and self.to_agency is None and bool(self.from_kind and self.to_kind)

    def is_made_by(self, agency: int, kind: str) -> bool:
        """Whether an agency is of those who draft, sign and date it."""
        if self.is_of_kinds:
            return kind in (self.from_kind, self.to_kind)
        return agency in (self.from_agency, self.to_agency)

    def is_signed(self, signers: Mapping[int, str]) -> bool:
        """Whether it may be dated: signed by both sides; between kinds, by one agency of each.

        ``signers`` are the kinds of the agencies that have signed it, by key.
        """
        if not self.is_of_kinds:
            return {self.from_agency, self.to_agency} - {None} <= set(signers)
        return any(
            signers[one] == self.from_kind and signers[other] == self.to_kind
            for one in signers
            for other in signers
            if one != other
        )

    @property
    def because(self) -> str:
        """Why it holds, in words."""
        if self.from_agency is not None or self.to_agency is not None:
            who = "agreed between these agencies"
        elif self.from_kind or self.to_kind:
            who = "agreed for these kinds of agency, and signed by both of these"
        else:
            who = "the default, where nothing else is agreed"
        return f"{who}, for this kind of help" if self.category else who


@dataclass(frozen=True)
class Standing:
    """A version with the date (UTC) from which it holds; later ones of the same scope supersede it."""

    version: int
    scope: Scope
    live_from: datetime


@dataclass(frozen=True)
class Resolved:
    """The one version that holds, why, and the next that will hold in its place, if one is agreed."""

    version: int
    because: str
    coming: Standing | None = None


def resolve(versions: Iterable[Standing], asked: Between, at: datetime) -> Resolved | None:
    """The one version that holds at that instant; None if none does, not even a default."""
    found = sorted((each for each in versions if each.scope.covers(asked)), key=_order)
    live = [each for each in found if each.live_from <= at]
    if not live:
        return None
    chosen = live[-1]
    above = [each for each in found if each.live_from > at and each.scope.rank >= chosen.scope.rank]
    coming = min(above, key=lambda each: (each.live_from, each.version), default=None)
    return Resolved(chosen.version, chosen.scope.because, coming)


def _order(each: Standing) -> tuple[tuple[bool, ...], datetime, int]:
    return each.scope.rank, each.live_from, each.version


def as_draft(terms: Mapping[str, Any], asked: Between, *, every_category: bool) -> dict[str, Any]:
    """The terms that hold now, as the first text of an agreement between two agencies.

    What they say of kinds of receiver is written into the targets, since there is one receiver; and what
    they say of categories, if the agreement is about one.
    """
    targets = {
        priority.value: {
            kind.value: target(
                {**terms, "categories": {} if every_category else terms.get("categories", {})},
                kind,
                priority=priority,
                category=asked.category,
                receiver=asked.to_kind,
            )[0]
            for kind in LIMITS
        }
        for priority in Priority
    }
    return {
        "targets": targets,
        "categories": dict(terms.get("categories", {})) if every_category else {},
        "receivers": {},
        "ladder": list(terms["ladder"]),
        **({"ladders": dict(terms["ladders"])} if terms.get("ladders") else {}),
        "decline_reasons": reasons_to_decline(terms),
        "arbiter": terms.get("arbiter") or "",
        "review_on": "",
    }


def reasons_to_decline(terms: Mapping[str, Any]) -> dict[str, str]:
    """The coded reasons for which a receiver may decline, as agreed, else by default."""
    return dict(terms.get("decline_reasons") or DECLINE_REASONS)


Problems = dict[str, str]
"""What is wrong with a text, and what to do, by JSON Pointer into it."""


def problems(terms: Mapping[str, Any]) -> Problems:
    """Everything that is wrong with these terms; of terms that may be signed, nothing."""
    return {
        **_in_targets(terms.get("targets", {})),
        **_in_ladder("/ladder", terms.get("ladder", [])),
        **_in_own_ladders(terms.get("ladders", {})),
        **_in_reasons(terms.get("decline_reasons", {})),
        **_in_date(terms.get("review_on", "")),
    }


def _in_targets(targets: Mapping[str, Mapping[str, Any]]) -> Problems:
    found: Problems = {}
    for kind in LIMITS:
        before = 0
        for priority in Priority:
            minutes = targets.get(priority, {}).get(kind)
            where = f"/targets/{priority}/{kind}"
            if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= LONGEST:
                found[where] = f"a whole number of minutes from 1 to {LONGEST}"
            elif minutes < before:
                found[where] = f"at least {before} minutes: what is less urgent is not promised sooner"
            else:
                before = minutes
    return found | _in_order(targets, found)


def _in_order(targets: Mapping[str, Mapping[str, Any]], wrong: Problems) -> Problems:
    """Nobody decides before they acknowledge."""
    kinds = (ClockKind.ACKNOWLEDGE, ClockKind.DECIDE)
    return {
        f"/targets/{priority}/{ClockKind.DECIDE}": "at least as long as the target to acknowledge"
        for priority in Priority
        if not any(f"/targets/{priority}/{kind}" in wrong for kind in kinds)
        and targets[priority][ClockKind.DECIDE] < targets[priority][ClockKind.ACKNOWLEDGE]
    }


def _in_own_ladders(ladders: Mapping[str, Sequence[Mapping[str, Any]]]) -> Problems:
    """Those of single kinds of clock: they go before the ladder. A first rung may be at the start itself."""
    unknown = {f"/ladders/{kind}": "a kind of clock" for kind in ladders if kind not in set(ClockKind)}
    each = [_in_ladder(f"/ladders/{kind}", ladder, least=0) for kind, ladder in ladders.items()]
    return {where: remedy for found in (*each, unknown) for where, remedy in found.items()}


def _in_ladder(where: str, ladder: Sequence[Mapping[str, Any]], least: int = 1) -> Problems:
    if not 1 <= len(ladder) <= MOST_RUNGS:
        return {where: f"from 1 to {MOST_RUNGS} rungs"}
    found: Problems = {}
    before = least - 1
    for place, rung in enumerate(ladder):
        percent = rung.get("percent")
        if not isinstance(percent, int) or not before < percent <= HIGHEST_PERCENT:
            found[f"{where}/{place}/percent"] = f"a whole number above {before}, at most {HIGHEST_PERCENT}"
        else:
            before = percent
        found |= {f"{where}/{place}/{name}": remedy for name, remedy in _in_rung(rung).items()}
    if f"{where}/0/percent" not in found and ladder[0]["percent"] > 100:
        found[f"{where}/0/percent"] = "at most 100: somebody is told when the target is missed"
    last = _in_last_rung(ladder[-1])
    return found | {f"{where}/{len(ladder) - 1}/{name}": remedy for name, remedy in last.items()}


def _in_rung(rung: Mapping[str, Any]) -> Problems:
    found: Problems = {}
    if not rung.get("tell"):
        found["tell"] = "somebody to tell"
    if not 0 <= rung.get("repeats", 0) <= MOST_REPEATS:
        found["repeats"] = f"from 0 to {MOST_REPEATS} times"
    if any(name not in CHANNELS for name, _ in rung.get("channels", [])):
        found["channels"] = f"of {', '.join(CHANNELS)}"
    if any(not 0 <= after <= LONGEST_CHANNEL for _, after in rung.get("channels", [])):
        found["channels"] = f"from 0 to {LONGEST_CHANNEL} minutes"
    if rung.get("demand") and rung["demand"] not in set(Ask):
        found["demand"] = f"one of {', '.join(Ask)}, or nothing"
    return found


def _in_last_rung(rung: Mapping[str, Any]) -> Problems:
    """It must reach somebody, whatever the promise: not every one has another side that waits."""
    found: Problems = {}
    if not _arrives(rung):
        found["channels"] = "by e-mail too: the last rung must reach somebody"
    if not any(party == Party.HOLDER for party, _ in rung.get("tell", [])):
        found["tell"] = "somebody of the team that must act: not every promise has another side"
    return found


def _arrives(rung: Mapping[str, Any]) -> bool:
    """An inbox that nobody opens is no end of a ladder, nor a text to who has proved no phone."""
    return any(name == "email" for name, _ in rung.get("channels", []))


def _in_reasons(reasons: Mapping[str, str]) -> Problems:
    where = "/decline_reasons"
    wrong = [code for code, text in reasons.items() if not CODE_OF_A_REASON.fullmatch(code) or not text]
    if wrong:
        return {where: f"a code in small letters, a colon and its meaning: {wrong[0]!r} is not"}
    if "other" not in reasons:
        return {where: "with a line for other: nobody can foresee every reason"}
    return {}


def _in_date(review_on: str) -> Problems:
    try:
        date.fromisoformat(review_on)
    except ValueError:
        return {"/review_on": "a day by which both look at it again"}
    return {}


POSTS: tuple[tuple[Party, str], ...] = tuple(
    (party, post)
    for party in Party
    for post in ("worker", "supervisor", "manager", "director", "liaison", Named.DUTY_CONTACT.value)
)
"""Whom a rung may tell: a tier, the liaison beside them, or the post that each agency names."""
