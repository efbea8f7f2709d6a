"""Codes as words, instants as people say them."""

from collections.abc import Mapping
from datetime import date, datetime

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from referrals.domain.case import Priority
from referrals.domain.detention import PLACE_KINDS
from referrals.domain.nhs_number import in_threes
from referrals.reporting import engine
from referrals.screens import (
    detention_words,
    measure_words,
    missing_words,
    renewing,
    said,
    undo,
    when,
    words,
)

register = template.Library()


@register.simple_tag(takes_context=True)
def link(context: template.Context, name: str, *keys: str) -> str:
    """The address of a page that both doors have, behind the door of whoever reads."""
    return reverse(f"{context['door']}:{name}", args=keys)


@register.simple_tag(takes_context=True)
def hand_back(context: template.Context, reference: str) -> str:
    """The form that gives back what was accepted by mistake, filled in."""
    return undo.hand_back(context["door"], reference)


@register.simple_block_tag(takes_context=True)
def live(context: template.Context, content: SafeString, stamp: str = "") -> SafeString:
    """The part of a page that renews itself, whenever ``stamp`` changes, or else its words."""
    return format_html(
        '<div id="live" data-stamp="{}" hx-get="{}" hx-trigger="every 10s, refresh" hx-swap="outerHTML">'
        "{}</div>",
        stamp or renewing.stamp(content),
        context["request"].get_full_path(),
        content,
    )


@register.filter
def file_type(media_type: str) -> str:
    """JPEG, PNG or PDF."""
    return media_type.rpartition("/")[2].upper()


@register.simple_tag
def engine_silent() -> datetime | None:
    """Since when nobody is chased, for a page that Django's admin makes."""
    return engine.silent_since(timezone.now())


@register.filter
def brief(minutes: int) -> str:
    """A target, in a table."""
    return when.brief(minutes)


@register.simple_tag
def due(target: datetime | None) -> SafeString | str:
    """A countdown in words, which the page's script keeps right."""
    if target is None:
        return ""
    now = timezone.now()
    return format_html(
        '<time class="due due--{}" datetime="{}" data-due>{}</time>',
        when.tone(target, now),
        target.isoformat(),
        when.until(target, now),
    )


@register.simple_tag
def missing_for(moment: datetime, until: datetime | None = None) -> SafeString:
    """How long somebody is missing, in minutes; while they are, the page's script counts on."""
    now = timezone.now()
    said = when.length(max(0, int(((until or now) - moment).total_seconds() // 60)))
    counts = "" if until else " data-since"
    return format_html('<time datetime="{}"' + counts + ">{}</time>", moment.isoformat(), said)


@register.simple_tag
def grade_tag(grade: str) -> SafeString:
    """A risk grade in words; none yet is said too."""
    if not grade:
        return _tag("Not graded yet", "white")
    return _tag(missing_words.GRADES[grade], missing_words.GRADE_COLOURS[grade])


@register.simple_tag
def missing_tag(state: str) -> SafeString:
    """Where a missing report stands, in words."""
    return _tag(missing_words.STATES[state], missing_words.STATE_COLOURS.get(state, "grey"))


@register.filter
def flag_said(code: str) -> str:
    """What a flag of a missing patient says."""
    return missing_words.FLAGS[code]


@register.filter
def said_of(table: Mapping[str, str], code: str) -> str:
    """What a code is called, in the table at hand."""
    return table.get(code, code)


@register.filter
def decided(outcome: str) -> str:
    """What police do, in words."""
    return words.DECIDED[outcome]


@register.simple_tag(takes_context=True)
def at(context: template.Context, moment: datetime | None) -> SafeString | str:
    """An instant in London's time; on a page made to be printed (``for_paper``) always with its day."""
    if moment is None:
        return ""
    on_paper = context.get("for_paper")
    shown = when.absolute(moment) if on_paper else when.clock_time(moment, timezone.now())
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), shown)


@register.filter
def after(end: datetime, beginning: datetime) -> str:
    """An end beside its beginning: the day too, where it is another."""
    return when.after(end, beginning)


@register.filter
def ago(moment: datetime) -> str:
    """How long since."""
    return when.since(moment, timezone.now())


@register.simple_tag
def state_tag(state: str) -> SafeString:
    """A referral's state in words, coloured alike everywhere."""
    return _tag(words.STATES[state], words.STATE_COLOURS.get(state, "grey"))


@register.simple_tag
def priority_tag(priority: str) -> SafeString:
    """A priority in words."""
    return _tag(words.PRIORITIES[priority], words.PRIORITY_COLOURS[priority])


def _tag(text: str, colour: str) -> SafeString:
    return format_html('<strong class="nhsuk-tag nhsuk-tag--{}">{}</strong>', colour, text)


@register.filter
def category(code: str) -> str:
    """What kind of help."""
    return words.CATEGORIES.get(code, code)


@register.filter
def flag(code: str) -> str:
    """What everybody should know at a glance."""
    return words.FLAGS.get(code, code)


@register.filter
def scene(code: str) -> str:
    """Whether it is safe to go there."""
    return words.SCENE.get(code, code)


@register.filter
def nhs(number: str) -> str:
    """An NHS number as it is read out: 3-3-4."""
    return in_threes(number)


@register.filter
def born(day: date) -> str:
    """A day of birth with the age, as the patient banner shows it."""
    today = timezone.localdate()
    age = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return f"{day.day:02d}-{day:%b-%Y} ({age}y)"


@register.filter
def lower_first(text: str) -> str:
    """A sentence in the middle of another."""
    return text[:1].lower() + text[1:]


@register.filter
def of(found: Mapping[int, object], key: int) -> object:
    """What a table holds for a key."""
    return found.get(key)


@register.filter
def action_name(action: str) -> str:
    """What a button says."""
    return words.ACTIONS[action]


@register.filter
def key(action: str) -> str:
    """The key that does the same, if there is one."""
    return words.KEYS.get(action, "")


@register.simple_tag
def keys(*actions: str) -> list[tuple[str, str]]:
    """Each key with what it does: those of these actions, else all."""
    said = {**words.ACTIONS, **words.ALWAYS, "next": words.ACCEPT_NEXT}
    return [(key, said[each]) for each, key in words.KEYS.items() if not actions or each in actions]


@register.filter
def priority_at(place: int) -> str:
    """The priority of a column, counted from nought: what a cell is called where the row is stacked."""
    return list(Priority)[place]


@register.filter
def in_house(error: object) -> str:
    """What is wrong, in the house's words."""
    return said.said(str(error))


@register.filter
def clock_name(kind: str) -> str:
    """What a clock waits for."""
    return words.CLOCKS.get(kind, kind)


# of a detention


@register.simple_tag
def waited(since: datetime) -> SafeString:
    """How many minutes somebody has waited, which the page's script counts on."""
    minutes = max(0, int((timezone.now() - since).total_seconds() // 60))
    said = f"{minutes} minute{'' if minutes == 1 else 's'}"
    return format_html('<time class="due" datetime="{}" data-waited>{}</time>', since.isoformat(), said)


@register.simple_tag
def officer_minutes(minutes: int, waiting: int, since: datetime | None) -> SafeString | int:
    """What officers' waits sum to; while so many wait, the page's script counts on."""
    if since is None:
        return minutes
    return format_html(
        '<time datetime="{}" data-officers="{}">{}</time>', since.isoformat(), waiting, minutes
    )


@register.simple_tag
def detention_tag(state: str) -> SafeString:
    """How far a detention has come, coloured alike everywhere."""
    return _tag(detention_words.STATES[state], detention_words.STATE_COLOURS[state])


@register.filter
def milestone_name(kind: str) -> str:
    """What a milestone is called."""
    return detention_words.MILESTONES[kind]


@register.filter
def outcome_name(code: str) -> str:
    """What a detention came to."""
    return detention_words.OUTCOMES.get(code, code)


@register.filter
def group_name(said: str, by: str) -> str:
    """What a line of a measure is about, by what its lines are."""
    return measure_words.group(said, by)


@register.filter
def place_name(code: str) -> str:
    """A kind of place of safety."""
    return PLACE_KINDS.get(code, code)


@register.filter
def detention_reason(code: str) -> str:
    """Why something was done, or was not."""
    return detention_words.REASONS.get(code, code)


@register.filter
def basis_name(code: str) -> str:
    """By what an arrival is told."""
    return detention_words.ARRIVED_BY.get(code, code)


@register.filter
def age_name(under_18: bool | None) -> str:
    """Whether somebody is a child, as far as is known."""
    return detention_words.AGES[under_18]


@register.filter
def hours(minutes: int) -> str:
    """A length of time in hours and minutes."""
    return when.length(minutes)
