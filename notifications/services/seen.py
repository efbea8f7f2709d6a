"""Noting what was displayed to whom."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from agencies.actor import Actor
from notifications.models import Message


def mark_seen(messages: Iterable[UUID], *, by: Actor) -> int:
    """Note that these were displayed in the signed-in session of somebody they are owed to; how many.

    Seen is neither delivered nor acknowledged. A system that reads on somebody's behalf has seen nothing.
    """
    if by.membership_id is None:
        return 0
    desk = Q(membership=None, team=by.team_id) if by.team_id else Q(pk=None)
    theirs = Q(membership=by.membership_id) | desk | Q(membership=None, team=None)
    shown = Message.objects.visible_to(by).filter(theirs, pk__in=list(messages), seen_at=None)
    return shown.update(seen_at=Now())
