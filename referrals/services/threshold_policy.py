"""Which policy a force's call handlers are prompted by, and since when: versions and their go-live dates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from agencies.acting import Actor
from agencies.instants import on_the_wall
from agencies.roles import AgencyKind, Role
from referrals import policies
from referrals.domain.case import Category
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.threshold import (
    Question,
    Standing,
    as_stored,
    from_stored,
    questions_for,
    wrong_with,
)
from referrals.models import ThresholdGoLive, ThresholdPolicy, ThresholdPolicyVersion
from referrals.models.keys import instant

NONE_LIVE = "none"

# A force's own policy goes before the one shipped for all; of each version the go-live set last holds.
VERSIONS = """
select p.category, v.id, v.number, v.code, v.adopted, v.questions, g.live_from, p.agency_id is not null
  from referrals_thresholdpolicy p join referrals_thresholdpolicyversion v on v.policy_id = p.id
  join lateral (select live_from from referrals_thresholdgolive
                 where version_id = v.id order by id desc limit 1) g on true
 where (%(category)s = '' or p.category = %(category)s)
   and (p.agency_id is null or p.agency_id = %(agency)s)
 order by g.live_from, v.number
"""


class Dated(NamedTuple):
    """A version with the date that holds for it (UTC); ``own`` says that it is the force's, not all's."""

    category: str
    version_id: int
    number: int
    code: str
    adopted: bool
    questions: str
    live_from: datetime
    own: bool

    @property
    def asked(self) -> tuple[Question, ...]:
        """Its questions."""
        return from_stored(json.loads(self.questions))


class Plan(NamedTuple):
    """How a force stands in one category: the version in force, if any, and those to come, in order."""

    in_force: Dated | None
    coming: list[Dated]

    @property
    def last(self) -> Dated | None:
        """The one from which a further version is made."""
        return self.coming[-1] if self.coming else self.in_force


def plans(agency_id: int | None, at: datetime) -> dict[str, Plan]:
    """How a force stands in every category at that instant (UTC); None: one with no policy of its own.

    One query.
    """
    found: dict[str, list[Dated]] = {category: [] for category in Category}
    for row in _versions(agency_id, ""):
        found[row.category].append(row)
    return {category: _plan(rows, at) for category, rows in found.items()}


def _versions(agency_id: int | None, category: str) -> list[Dated]:
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, {"agency": agency_id, "category": category})
        return [Dated(*row) for row in cursor]


def _plan(found: list[Dated], at: datetime) -> Plan:
    own = [row for row in found if row.own] or found
    live = [row for row in own if row.live_from <= at]
    return Plan(live[-1] if live else None, [row for row in own if row.live_from > at])


def in_force(agency_id: int, category: str, at: datetime) -> Standing:
    """How the force stands in this category at that instant (UTC). One query."""
    live, coming = _plan(_versions(agency_id, category), at)
    if live is not None:
        return Standing(live.code, live.asked, live.version_id, live.adopted, live.live_from)
    if coming:
        return Standing(coming[0].code, coming[0].asked, live_from=coming[0].live_from)
    return Standing(NONE_LIVE, questions_for(category))


@dataclass(frozen=True)
class Declared:
    """A version as its force declares it, live from an instant to come (UTC).

    ``adopted`` False says that the force stands outside. Without ``questions``, the shipped ones.
    """

    category: str
    live_from: datetime
    reason: str
    adopted: bool = True
    code: str = ""
    questions: Sequence[Question] | None = None


@transaction.atomic
def declare(*, declared: Declared, by: Actor) -> ThresholdPolicyVersion:
    """A further version of the force's own policy in this category.

    Raises NotYourMove (a director of a police force declares), ReasonNeeded, Invalid (the time, a question),
    MoveNotAllowed (another director declares at this moment).
    """
    at = _check(by, declared.reason, Role.DIRECTOR)
    _check_ahead(declared.live_from, at)
    asked = questions_for(declared.category) if declared.questions is None else declared.questions
    if wrong := wrong_with(asked):
        raise Invalid("these questions cannot be declared", wrong)
    policy, _ = ThresholdPolicy.objects.get_or_create(agency_id=by.agency_id, category=declared.category)
    number = policy.versions.count() + 1
    try:
        with transaction.atomic():
            version = ThresholdPolicyVersion.objects.create(
                policy=policy,
                number=number,
                code=declared.code or f"{by.agency_code}-{declared.category}-{number}"[:60],
                adopted=declared.adopted,
                questions=as_stored(asked),
                made_by=by.as_event(),
                made_at=at,
            )
    except IntegrityError:
        raise MoveNotAllowed("another version is declared at this moment: look at it first") from None
    _set(version, declared.live_from, by, at, declared.reason)
    return version


@transaction.atomic
def move_go_live(*, version_id: int, by: Actor, live_from: datetime, reason: str) -> ThresholdGoLive:
    """Move the date at which a version goes live, while it has not been reached. The old date is kept.

    A manager of the force moves it, as one moves an agreement's; what is to be asked, its director declares.

    Raises NotThere, NotYourMove, ReasonNeeded, Invalid, MoveNotAllowed (it is live).
    """
    at = _check(by, reason, Role.MANAGER)
    version = ThresholdPolicyVersion.objects.filter(pk=version_id).select_related("policy").first()
    if version is None:
        raise NotThere("there is no such version of a policy")
    if version.policy.agency_id != by.agency_id:
        raise NotYourMove("a force moves the dates of its own policies")
    now_set = version.go_lives.order_by("-id").first()
    if now_set is not None and now_set.live_from <= at:
        reached = on_the_wall(now_set.live_from)
        raise MoveNotAllowed(f"it went live at {reached}, and that date stays: declare a further version")
    _check_ahead(live_from, at)
    return _set(version, live_from, by, at, reason)


def _check(by: Actor, reason: str, level: Role) -> datetime:
    if by.agency_kind != AgencyKind.POLICE:
        raise NotYourMove("a police force decides when it answers by which policy")
    policies.check_level(by, level, "set a threshold policy")
    if not reason:
        raise ReasonNeeded("a policy needs a reason", {"/reason": "say why, and who agreed to it"})
    return instant()


def _check_ahead(live_from: datetime, at: datetime) -> None:
    if live_from < at:
        raise Invalid(
            "a policy goes live at a time to come",
            {"/live_from": "a time that has not passed, with its offset"},
        )


def _set(
    version: ThresholdPolicyVersion, live_from: datetime, by: Actor, at: datetime, reason: str
) -> ThresholdGoLive:
    return ThresholdGoLive.objects.create(
        version=version, live_from=live_from, reason=reason, set_by=by.as_event(), set_at=at
    )
