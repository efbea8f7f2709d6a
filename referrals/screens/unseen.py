"""Messages that wait to be seen by whoever is signed in."""

from django.db.models import Q, QuerySet

from agencies.acting import Actor
from agencies.roles import Role
from notifications.models import Message

# What is owed to an agency's duty contact is not noise on every desk.
ANSWERING = frozenset({Role.MANAGER, Role.DIRECTOR, Role.LIAISON})
MOST = 99


def mine(actor: Actor) -> QuerySet[Message]:
    """Owed to this person, to their team's desk, or, for who answers for it, to their agency as a whole.

    The same again by e-mail, when nobody saw it in time, is not one more.
    """
    theirs = Q(membership_id=actor.membership_id) if actor.membership_id else Q(pk=None)
    desk = Q(membership_id=None, team_id=actor.team_id) if actor.team_id else Q(pk=None)
    whole = Q(membership_id=None, team_id=None) if actor.role in ANSWERING else Q(pk=None)
    inbox = Message.objects.visible_to(actor).filter(channel=Message.Channel.INBOX)
    return inbox.filter(theirs | desk | whole)


def unseen(actor: Actor | None) -> str:
    """How many of them nobody has seen: "0" to "99", and "99+"; nobody counts further at night."""
    found = () if actor is None else mine(actor).filter(seen_at=None).values_list("pk")[: MOST + 1]
    waiting = len(found)
    return str(waiting) if waiting <= MOST else f"{MOST}+"
