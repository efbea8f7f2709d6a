"""A ladder in sentences: when who is told, how, and what is asked of them."""

from referrals.domain.escalation import DEMANDS, Ask, Named, Party, Rung
from referrals.screens import words
from referrals.screens.when import length

CHANNELS = {"inbox": "inbox", "email": "e-mail", "sms": "text"}
ENDS = {Party.HOLDER: "whoever must act", Party.OTHER: "whoever waits"}


def in_words(rung: Rung) -> str:
    """One rung."""
    told = [f"{post_in_words(post)} of {ENDS[party]}" for party, post in rung.tell]
    told += ["the arbiter"] if rung.arbiter else []
    return f"{_when(rung)}: {' and '.join(told)}, {_how(rung)}{_again(rung)}{_asked(rung)}."


def post_in_words(post: str) -> str:
    """Whom a rung names at either end."""
    return words.LEVELS.get(post) or ("the duty contact" if post == Named.DUTY_CONTACT else f"the {post}")


def _when(rung: Rung) -> str:
    if rung.minutes is None:
        return f"At {rung.percent}% of the target"
    side = "after" if rung.minutes >= 0 else "before"
    return f"{length(abs(rung.minutes))} {side} the target"


def _how(rung: Rung) -> str:
    first, *then = rung.channels
    later = [
        f"by {CHANNELS[each.name]} {f'after {length(each.after)}' if each.after else 'at once'}"
        for each in then
    ]
    return ", ".join([f"by {CHANNELS[first.name]}", *later])


def _again(rung: Rung) -> str:
    return f", {rung.repeats} times more" if rung.repeats else ""


def _asked(rung: Rung) -> str:
    if not rung.demand:
        return ""
    said = DEMANDS[Ask(rung.demand)][1] if rung.demand in set(Ask) else rung.demand
    at = f" (at {', '.join(rung.demand_at)})" if rung.demand_at else ""
    return f"; demanded: {said[:1].lower()}{said[1:]}{at}"
