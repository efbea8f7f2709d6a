"""Times as people say them, in London's time: how long until, how long since, and when."""

from datetime import datetime, timedelta

from django.utils import timezone

HOUR, DAY = 60, 1_440


def length(minutes: int) -> str:
    """Minutes up to two hours, then hours and minutes, then days."""
    if minutes < 2 * HOUR:
        return _many(minutes, "minute")
    if minutes < 2 * DAY:
        rest = f" {_many(minutes % HOUR, 'minute')}" if minutes % HOUR else ""
        return _many(minutes // HOUR, "hour") + rest
    return _many(minutes // DAY, "day")


def brief(minutes: int) -> str:
    """For a table: ``90 min``, ``24 h``."""
    return f"{minutes // HOUR} h" if minutes >= 2 * HOUR and minutes % HOUR == 0 else f"{minutes} min"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def until(target: datetime, now: datetime) -> str:
    """``in 12 minutes``, ``due now``, ``18 minutes late``."""
    seconds = (target - now).total_seconds()
    minutes = int(abs(seconds) // 60)
    if minutes == 0:
        return "due now"
    return f"in {length(minutes)}" if seconds > 0 else f"{length(minutes)} late"


def since(moment: datetime, now: datetime) -> str:
    """``35 minutes``, at least one."""
    return length(max(1, int((now - moment).total_seconds() // 60)))


def clock_time(moment: datetime, now: datetime) -> str:
    """``21:40`` today, ``21:40 yesterday``, else with the day."""
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    time = local.strftime("%H:%M")
    if local.date() == today:
        return time
    if local.date() == today - timedelta(days=1):
        return f"{time} yesterday"
    if local.date() == today + timedelta(days=1):
        return f"{time} tomorrow"
    return absolute(moment)


def absolute(moment: datetime) -> str:
    """``21:40 on Fri 27 Nov 2026``, whenever it is read: for paper, which today's words outlive."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M} on {local:%a} {local.day} {local:%b %Y}"


def after(end: datetime, beginning: datetime) -> str:
    """An end beside its beginning: ``19:00`` on the same day, else ``07:00 Tue 1 Dec``."""
    local, begun = timezone.localtime(end), timezone.localtime(beginning)
    if local.date() == begun.date():
        return local.strftime("%H:%M")
    year = "" if local.year == begun.year else f" {local.year}"
    return f"{local:%H:%M %a} {local.day} {local:%b}{year}"


def tone(target: datetime, now: datetime) -> str:
    """``late``, ``soon`` (within a quarter of an hour) or ``calm``."""
    if target <= now:
        return "late"
    return "soon" if target - now <= timedelta(minutes=15) else "calm"
