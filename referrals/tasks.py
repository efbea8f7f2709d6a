"""When to look for work. The rows are the truth; these are wake-ups, safe to lose and to repeat."""

from time import monotonic

import structlog
from celery import shared_task

from agencies.locks import Lock, alone
from notifications.services import database_now, deliver_due, webhook_delivery
from referrals.reporting import event
from referrals.reporting.proving import prove
from referrals.services import (
    agreement_dates,
    agreement_reviews,
    agreement_steps,
    canary,
    concordat_steps,
    desk_closes,
    engine,
    feed,
    handback,
    heartbeat,
    idempotency,
    measure,
    rota_gaps,
    typed_code,
    undelivered,
    webhook,
)

HOUR = 3600  # seconds
LONGEST = 10  # seconds of delivering, and a round: the clocks need the process; the next wake-up goes on
DELIVERERS = (Lock.FIRST_DELIVERY, Lock.SECOND_DELIVERY, Lock.THIRD_DELIVERY)
log = structlog.get_logger("engine")


@shared_task
def tick_clocks() -> None:
    """Run by beat every 5 seconds, until nothing is due; the canary last.

    A missed tick delays an alert; it cannot lose one.
    """
    while engine.tick().claimed >= engine.BATCH:
        pass
    canary.tick()
    heartbeat.beat("tick")


@shared_task
def deliver_messages() -> None:
    """Run by beat every 5 seconds, until nothing is due; what was given up is told, the canary last.

    First the codes that people texted back: whoever has taken something is not told of it again. Three may do
    it at once, however slow the mail server is: the other processes are for the clocks.
    """
    with alone(*DELIVERERS) as may:
        if may:
            _deliver_all()


def _deliver_all() -> None:
    while typed_code.judge(now=database_now()) == typed_code.BATCH:
        pass
    began = monotonic()
    while _deliver_some() and monotonic() - began < LONGEST:
        pass
    canary.send()


def _deliver_some() -> int:
    """A round, and at once what it gave up, however much is still due; how many messages.

    It beats each time: who delivers a long backlog is not silent.
    """
    done = deliver_due(now=database_now()) + undelivered.tell(now=database_now())
    heartbeat.beat("deliver")
    return done


@shared_task
def return_work() -> None:
    """Run by beat every minute: what is held by people who went home goes back to their teams, what they took
    rings again, and what waits for a desk that is about to close is named to whoever is there then."""
    while handback.return_work(now=database_now()) == handback.BATCH:
        pass
    while handback.ring_again(now=database_now()) == handback.BATCH:
        pass
    desk_closes.tell(now=database_now())
    heartbeat.beat("return")


@shared_task
def number_events() -> None:
    """Run by beat every second, until nothing waits. Readers of the feed do it too."""
    while feed.number_events() == feed.BATCH:
        pass
    heartbeat.beat("number")


@shared_task
def send_webhooks() -> None:
    """Run by beat every second: what is new is owed to webhooks, and what is owed is sent.

    One worker sends at a time: the others' processes are left to the clocks.
    """
    while webhook.fan_out() >= webhook.BATCH:
        pass
    webhook_delivery.deliver_due(describe=event.documents)
    heartbeat.beat("webhooks")


@shared_task
def forget_answers() -> None:
    """Run by beat every minute: answers that were kept for retries go when nobody tries again any more."""
    while idempotency.forget(now=database_now()) == idempotency.BATCH:
        pass


@shared_task
def prove_standing() -> None:
    """Run by beat every minute: the standing proof, bit by bit, and the figures that are kept.

    Wake-ups that piled up while no worker ran are passed over, by the database's clock.
    """
    if heartbeat.younger("prove", seconds=30):
        return
    for outcome in prove(wait=False):
        if not outcome.well:
            log.error(
                "proof fails",
                check=outcome.name,
                found=outcome.found,
                trouble=outcome.trouble,
                references=[row.reference for row in outcome.rows[:20]],
            )
    measure.take()
    heartbeat.beat("prove")


@shared_task
def tell_gaps() -> None:
    """Run by beat every minute: once an hour gaps of the rota ahead are told to managers, each once.

    Agencies of which they could not be worked out are the heartbeat's trouble, which readiness tells.
    """
    if heartbeat.younger("rota", seconds=HOUR):
        return
    failed = rota_gaps.tell(now=database_now())
    heartbeat.beat("rota", f"the rota of {len(failed)} agencies cannot be worked out" if failed else "")


@shared_task
def tell_dates() -> None:
    """Run by beat every minute: what one side did with an agreement, or the date it gave it, is told to the
    other side's managers, once; and to both that it is to be looked at again."""
    agreement_steps.tell(now=database_now())
    concordat_steps.tell(now=database_now())
    agreement_dates.tell(now=database_now())
    agreement_reviews.tell(now=database_now())
    heartbeat.beat("dates")
