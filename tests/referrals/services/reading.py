"""What stands in the database after an act, as one of the parties reads it."""

from agencies.acting import Actor, acting_for
from notifications.models import Message
from referrals.models import Case, Clock, Event, Party, Referral
from tests.factories.world import World


def again(by: Actor, referral: Referral) -> Referral:
    """The referral as it is now."""
    with acting_for(by.agency_id):
        return Referral.objects.visible_to(by).get(pk=referral.pk)


def case_of(by: Actor, referral: Referral) -> Case:
    """Its case as it is now."""
    with acting_for(by.agency_id):
        return Case.objects.visible_to(by).get(pk=referral.case_id)


def owner_of(world: World, referral: Referral) -> str:
    """Which of the world's agencies is accountable, in the words of the whole world."""
    case = case_of(world.police, referral)
    names = ("police", "trust", "other_trust", "ambulance", "stranger")
    return next(name for name in names if getattr(world, name).agency_id == case.accountable_agency_id)


def child_of(by: Actor, parent: Referral) -> Referral:
    """The newest referral that was made of this one."""
    with acting_for(by.agency_id):
        return Referral.objects.visible_to(by).filter(parent=parent).latest("id")


def told(world: World, name: str) -> list[str]:
    """The kinds of message that this agency has been owed, oldest first."""
    with acting_for(getattr(world, name).agency_id):
        return list(Message.objects.order_by("created_at", "id").values_list("kind", flat=True))


def events(by: Actor, referral: Referral) -> list[str]:
    """The types of the case's events that this actor sees, in order."""
    with acting_for(by.agency_id):
        found = Event.objects.visible_to(by).filter(case_id=referral.case_id)
        return list(found.order_by("seq").values_list("type", flat=True))


def running(by: Actor, referral: Referral | None = None, case: Case | None = None) -> dict[str, Clock]:
    """The clocks of a referral that run now, or those of a case alone, by kind."""
    with acting_for(by.agency_id):
        clocks = Clock.objects.visible_to(by).running()
        mine = clocks.filter(referral=referral) if referral else clocks.filter(referral=None, case=case)
        return {clock.kind: clock for clock in mine}


def stopped(by: Actor, referral: Referral, kind: str) -> Clock:
    """The last clock of this kind in the referral's case that has stopped."""
    with acting_for(by.agency_id):
        found = Clock.objects.filter(case_id=referral.case_id, kind=kind, stopped_at__isnull=False)
        return found.latest("id")


def parties(world: World, referral: Referral) -> set[str]:
    """Which agencies are parties to the case now."""
    names = ("police", "trust", "other_trust", "ambulance", "stranger")
    with acting_for(world.police.agency_id):
        present = set(
            Party.objects.filter(case_id=referral.case_id, until=None).values_list("agency_id", flat=True)
        )
    return {name for name in names if getattr(world, name).agency_id in present}
