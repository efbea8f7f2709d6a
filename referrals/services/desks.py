"""Changes of a desk, and what waits at it: nothing is left with a clock to hours that hold no more."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

import notifications.services as notifications
from agencies import contacts, desks, duty
from agencies.acting import Actor
from agencies.models import Agency, Team
from agencies.roles import Role
from referrals.domain.referral import ASKED, HELD
from referrals.models import Referral
from referrals.models.keys import instant
from referrals.services import closing, rota_gaps
from referrals.services.finding import find
from referrals.services.writing import Act

WEEKS = timedelta(days=14)
"""As far ahead as nobody's hours are looked for, as on the rota's page."""


@transaction.atomic
def set_hours(
    *, team_id: int, hours: list[desks.Span], always: bool, closed_on_bank_holidays: bool, by: Actor
) -> bool:
    """As ``agencies.desks``; what waits at the desk, or at one for which it stands in, is planned anew.

    A gap of the rota that shorter hours make is told at once.
    """
    answered = _answering(team_id, by)
    closed = closed_on_bank_holidays
    with rota_gaps.telling_new(by.agency_id):
        changed = desks.set_hours(
            team_id=team_id, hours=hours, always=always, closed_on_bank_holidays=closed, by=by
        )
    if changed:
        _plan_anew(answered, by)
    return changed


@transaction.atomic
def set_fallback(*, team_id: int, fallback_id: int | None, by: Actor) -> bool:
    """As ``agencies.desks``; what waits at the desk, or at one for which it stands in, is planned anew."""
    answered = _answering(team_id, by)
    changed = desks.set_fallback(team_id=team_id, fallback_id=fallback_id, by=by)
    if changed:
        _plan_anew(answered, by)
    return changed


@transaction.atomic
def set_contact(*, name: str, email: str, phone: str, by: Actor) -> bool:
    """As ``agencies.contacts``; the new contact is told at once, so that a wrong address is found out now."""
    changed = contacts.set_contact(name=name, email=email, phone=phone, by=by)
    if changed:
        at = instant()
        agency = Agency.objects.get(pk=by.agency_id)
        said = f"This is where {agency.name} is told from now on when nobody else of it can be"
        owed = notifications.Owed(
            key=f"duty-contact:{by.agency_id}:{at.isoformat()}",
            case_id=None,
            opened_on=at.date(),
            about="agency",
            kind="agency.contact_changed",
            recipient=notifications.Recipient(by.agency_id, role="duty contact"),
            data={"heading": "Duty contact", "said": [said]},
        )
        notifications.enqueue([owed], at=at)
    return changed


def waiting(team_id: int, by: Actor) -> int:
    """How many referrals wait at a desk, or are in its hands. One query."""
    return Referral.objects.visible_to(by).filter(to_team=team_id, state__in=ASKED | HELD).count()


def _answering(team_id: int, by: Actor) -> dict[int, int | None]:
    """Each desk of the agency's that hands on to this one, itself among them; who answers for it now."""
    teams = duty.with_fallbacks(set(Team.objects.filter(agency=by.agency_id).values_list("pk", flat=True)))
    now = instant()
    found: dict[int, int | None] = {}
    for key, team in teams.items():
        chain = closing.chain_of(key, teams)
        if team.agency_id == by.agency_id and team_id in [each.pk for each in chain]:
            place = duty.whose_turn([duty.opening(each) for each in chain], now)
            found[key] = None if place is None else chain[place].pk
    return found


def _plan_anew(answered: Mapping[int, int | None], by: Actor) -> None:
    """What is open at these desks, each case locked in turn. Some ten queries an item."""
    teams = duty.with_fallbacks(set(answered))
    waiting = Referral.objects.visible_to(by).filter(to_team__in=list(answered), state__in=ASKED | HELD)
    for key in waiting.order_by("case_id", "pk").values_list("pk", flat=True):
        referral, case = find(key, by)
        if referral.state not in ASKED | HELD:
            continue  # it ended while its case was waited for
        act = Act.on(case, by)
        chain = closing.chain_of(referral.to_team_id, teams)
        closing.watch_anew(act, referral, chain, answered=answered[referral.to_team_id])
        act.write()


def nobody(
    team_id: int, by: Actor, now: datetime, *, fallback: int | None = None, change: bool = False
) -> list[str]:
    """When, in the next two weeks, nobody at all answers for a desk of the agency's, in the rota's words.

    Neither on call nor at the desk, nor where it hands on to: the duty contact alone is left. With
    ``change``, as if ``fallback`` stood in for it.
    """
    plan, teams = duty.plan(by.agency_id, now, now + WEEKS)
    if change:
        behind = {**plan.behind, team_id: (fallback, plan.behind[team_id][1])}
        plan = duty.Plan(plan.openings, plan.members, plan.shifts, plan.changes, behind)
    found: list[duty.Gap] = []
    begins: datetime | None = None
    for at in [*plan.moments(now, now + WEEKS), now + WEEKS]:
        answer = plan.rota(at).answer(team_id, Role.WORKER)
        alone = at < now + WEEKS and answer.gap and answer.recipients[0].membership_id is None
        if alone and begins is None:
            begins = at
        elif not alone and begins is not None:
            found.append(duty.Gap(team_id, Role.WORKER, begins, at))
            begins = None
    return [duty.in_words(gap, teams[team_id].name) for gap in found]
