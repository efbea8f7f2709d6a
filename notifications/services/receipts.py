"""What became of what a provider took: its receipts, taken in once, and our question where none came."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from notifications.channels import CHANNELS, notify
from notifications.models import Message, Receipt
from notifications.services.clock import database_now
from notifications.services.next_channel import hurry

BATCH = 200
ASKED_AGAIN = timedelta(minutes=2)  # while the provider itself does not answer
KEPT = timedelta(days=30)
FINAL = frozenset(Receipt.Status.values)


def take_in(*, provider_id: str, reference: str, status: str) -> None:
    """Keep a receipt. The same one again changes nothing; whether the reference is ours is judged later."""
    if status in FINAL:
        row = Receipt(provider_id=provider_id, reference=reference, status=status)
        Receipt.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def apply(*, now: datetime) -> int:
    """Say of the messages what their receipts say; how many receipts. Repeating is safe."""
    waiting = Receipt.objects.filter(applied_at=None).order_by("received_at", "id")
    found = list(waiting.select_for_update(skip_locked=True)[:BATCH])
    if not found:
        return 0
    for each in found:
        _apply(each.reference, each.provider_id, each.status, now)
    Receipt.objects.filter(pk__in=[each.pk for each in found]).update(applied_at=now)
    Receipt.objects.filter(applied_at__lt=now - KEPT).delete()
    return len(found)


def _apply(reference: str, provider_id: str, status: str, now: datetime) -> None:
    """What shared an envelope shares its fate. A receipt also tells what a dead worker could not."""
    try:
        same = Message.objects.filter(reference=UUID(reference))
    except ValueError:  # not one of ours
        return
    same = same.select_for_update(no_key=True).filter(delivered_at=None)
    rest = {
        "provider_id": provider_id,
        "receipt_due_at": None,
        "claimed_until": None,
        "next_attempt_at": None,
    }
    if status == Receipt.Status.DELIVERED:
        same.filter(failed_at=None, sent_at=None).update(sent_at=now, **rest)
        same.update(delivered_at=now, receipt_due_at=None)
        return
    failed = list(same.filter(failed_at=None).values_list("pk", flat=True))
    same.filter(pk__in=failed).update(failed_at=now, sent_at=None, **rest)
    hurry(failed, now)


def ask(*, now: datetime) -> int:
    """Ask after one message whose receipt did not come in time: what is not delivered by now has failed.

    Notify would go on for 72 hours; whoever waits at the other end of a ladder cannot.
    """
    found = _to_ask(now) if notify.is_used() else None
    if found is None:
        return 0
    try:
        status = notify.status(found.provider_id, CHANNELS[found.channel].time_out)
    except Exception:  # a provider may fail in any way; what is due besides must not wait for it
        return 0
    judged = status if status in FINAL else Receipt.Status.TEMPORARY_FAILURE.value
    with transaction.atomic():
        _apply(str(found.reference), found.provider_id, judged, database_now())
    return 1


@transaction.atomic
def _to_ask(now: datetime) -> Message | None:
    """The one that has waited longest; another worker asks after another."""
    due = Message.objects.filter(receipt_due_at__lte=now).order_by("receipt_due_at")
    found = due.select_for_update(skip_locked=True, no_key=True).first()
    if found is not None and found.reference is not None:
        Message.objects.filter(reference=found.reference).update(receipt_due_at=now + ASKED_AGAIN)
    return found
