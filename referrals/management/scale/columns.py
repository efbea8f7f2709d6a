"""How each column of a copied row is made from the pattern's: by its type, and by what it points at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from referrals.management.scale.patterns import Row, select
from referrals.management.scale.texts import LEFT, MARK, RIGHT, Marks, is_counted

COLUMNS = """
select a.attname as name, t.typname as type, a.attidentity <> '' as drawn,
       (select c.confrelid::regclass::text from pg_constraint c
         where c.conrelid = a.attrelid and c.contype = 'f' and c.conkey = array[a.attnum]) as target
  from pg_attribute a join pg_type t on t.oid = a.atttypid
 where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
 order by a.attnum
"""
# b is the copy, t the pattern's row. A key is made of the copy's beginning and of its number in the pattern.
NEW_KEY = "(b.stem || {0})::uuid"
ISO = """to_char((b.began + {0}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
COUNTED = {
    "u": ("text", f"{NEW_KEY}::text"),
    "d": ("interval", ISO),
    "k": ("integer", "(b.clocks + {0})"),
    "e": ("integer", "(b.rungs + {0})"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table: what the pattern's rows keep for it, and the SQL of a copy's value.

    ``kept`` is the columns of the pattern's table as (name, type); ``values`` gives theirs by row;
    ``beside`` is what the statement joins for it.
    """

    name: str
    kept: tuple[tuple[str, str], ...]
    values: Sequence[Sequence[Any]]
    made: str
    beside: str = ""


@dataclass
class Sayings:
    """Details that say who acted and nothing else: made once for each agency, not for each row."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """Which one this is."""
        return self.numbers.setdefault(text, len(self.numbers))


Marked = Sequence[tuple[Marks, Row]]


def columns(table: str, rows: Marked, sayings: Sayings) -> list[Column]:
    """How every column of a table is made, from all the patterns' rows of it."""
    return [
        _said(found["name"], rows, sayings) or _column(table, found, rows)
        for found in select(COLUMNS, table)
        if not (found["drawn"] and found["name"] == "id" and table not in OWN_IDS)
    ]


# Ids that other rows name: drawn for a whole batch, and counted on from the copy's first.
OWN_IDS = {"referrals_clock": "clock", "referrals_escalation": "rung"}
POINTS_AT = {
    "agencies_agency": "agency",
    "agencies_team": "team",
    "agencies_membership": "member",
    "referrals_clock": "clock",
    "referrals_escalation": "rung",
}
UNCHECKED = {"escalation_id": "rung"}  # a message points without a foreign key
THREE = "case t.{0} when 1 then b.{1}1 when 2 then b.{1}2 when 3 then b.{1}3 end"
MEMBERS = [f"{side}{tier}" for side in (1, 2, 3) for tier in (1, 2, 3, 4)]


def _column(table: str, found: Row, rows: Marked) -> Column:
    name, kind = found["name"], found["type"]
    points_at = POINTS_AT.get(found["target"]) or UNCHECKED.get(name)
    if name == "id" and table in OWN_IDS:
        points_at = OWN_IDS[table]
    if (table, name) in MADE:
        return Column(name, *_as_is(name, kind, rows)[1:3], MADE[table, name])
    if points_at:
        return _pointer(name, points_at, rows)
    return BY_TYPE.get(kind, _as_is_column)(name, kind, rows)


def _values(name: str, rows: Marked) -> list[Any]:
    return [row[name] for _, row in rows]


def _as_is(name: str, kind: str, rows: Marked) -> tuple[str, tuple[tuple[str, str], ...], list[list[Any]]]:
    return name, ((name, kind),), [[value] for value in _values(name, rows)]


def _as_is_column(name: str, kind: str, rows: Marked) -> Column:
    return Column(*_as_is(name, kind, rows), f"t.{name}")


def _pointer(name: str, points_at: str, rows: Marked) -> Column:
    """An id of somebody or something: which of the copy's it is."""
    kept = [_place(marks, points_at, row[name]) for marks, row in rows]
    made = {
        "agency": THREE.format(name, "a"),
        "team": THREE.format(name, "t"),
        "member": f"case t.{name} {' '.join(f'when {m} then b.m{m}' for m in MEMBERS)} end",
        "clock": f"b.clocks + t.{name}",
        "rung": f"b.rungs + t.{name}",
    }[points_at]
    return Column(name, ((name, "integer"),), [[value] for value in kept], made)


def _place(marks: Marks, points_at: str, value: int | None) -> int | None:
    """The number in a mark: 2 in ``a2``, 14 in ``m14``, 3 in ``k:3``."""
    return None if value is None else int(marks.ids[points_at][value].lstrip("atmke:"))


def _key(name: str, kind: str, rows: Marked) -> Column:
    """A key: the case's and its referrals' are at hand, any other is made."""
    kept = [None if row[name] is None else marks.key(row[name]) for marks, row in rows]
    met = {value for value in kept if value is not None}
    if met == {0}:
        return Column(name, (), [[] for _ in rows], "b.key0")
    if met <= {0, 1, 2}:
        made = f"case t.{name} when 0 then b.key0 when 1 then b.key1 when 2 then b.key2 end"
        return Column(name, ((name, "smallint"),), [[value] for value in kept], made)
    ends = [[None if value is None else ending(value)] for value in kept]
    return Column(name, ((name, "text"),), ends, NEW_KEY.format(f"t.{name}"))


def ending(number: int) -> str:
    """The last two figures of a key, by which the keys of one case differ."""
    return f"{number:02x}"


def _instant(name: str, kind: str, rows: Marked) -> Column:
    kept = [[row[name] and row[name] - marks.began] for marks, row in rows]
    return Column(name, ((name, "interval"),), kept, f"b.began + t.{name}")


def _range(name: str, kind: str, rows: Marked) -> Column:
    ends = [[end and end - marks.began for end in (row[name].lower, row[name].upper)] for marks, row in rows]
    kept = ((f"{name}_from", "interval"), (f"{name}_until", "interval"))
    return Column(name, kept, ends, f"tstzrange(b.began + t.{name}_from, b.began + t.{name}_until)")


def _day(name: str, kind: str, rows: Marked) -> Column:
    """A day: the case's first, or the one on which the person was born."""
    return Column(name, (), [[] for _ in rows], "b.born" if name == "date_of_birth" else "b.opened_on")


def _text(name: str, kind: str, rows: Marked) -> Column:
    return _words(name, kind, [row[name] and marks.text(row[name]) for marks, row in rows])


def _details(name: str, kind: str, rows: Marked) -> Column:
    return _words(name, kind, [row[name] and marks.details(row[name]) for marks, row in rows])


def _words(name: str, kind: str, marked: list[str | None]) -> Column:
    """A text, made by PostgreSQL's ``format`` where a copy's differs from the pattern's."""
    found = [MARK.findall(text or "") for text in marked]
    own = sorted({mark for marks in found for mark in marks if not is_counted(mark)})
    most = {
        sort: max(len({m for m in marks if m.startswith(f"{sort}:")}) for marks in found) for sort in COUNTED
    }
    if not own and not any(most.values()):
        return Column(name, ((name, kind),), [[text] for text in marked], f"t.{name}")
    places = [*own, *(f"{sort}{n}" for sort in COUNTED for n in range(most[sort]))]
    counted = places[len(own) :]
    kept = ((name, "text"), *((f"{name}_{place}", COUNTED[place[0]][0]) for place in counted))
    values = [_filled(text, marks, places, counted) for text, marks in zip(marked, found, strict=True)]
    given = [f"b.{mark}" for mark in own]
    given += [COUNTED[place[0]][1].format(f"t.{name}_{place}") for place in counted]
    return Column(name, kept, values, f"format(t.{name}, {', '.join(given)})::{kind}")


def _filled(text: str | None, marks: list[str], places: list[str], counted: list[str]) -> list[Any]:
    """One row's text for ``format``, and what its counted marks are counted from."""
    if text is None:
        return [None, *(None for _ in counted)]
    names, values, met = {}, dict.fromkeys(counted), dict.fromkeys(COUNTED, 0)
    for mark in dict.fromkeys(marks):
        names[mark] = mark
        if is_counted(mark):
            sort, number = mark.split(":")
            names[mark] = f"{sort}{met[sort]}"
            values[names[mark]] = COUNTS[sort](int(number))
            met[sort] += 1
    filled = text.replace("%", "%%")
    for mark, place in names.items():
        filled = filled.replace(f"{LEFT}{mark}{RIGHT}", f"%{places.index(place) + 1}$s")
    return [filled, *values.values()]


COUNTS: dict[str, Callable[[int], Any]] = {
    "u": ending,
    "d": lambda microseconds: timedelta(microseconds=microseconds),
    "k": int,
    "e": int,
}


def _said(name: str, rows: Marked, sayings: Sayings) -> Column | None:
    """Details that name one side of the case at most, and nothing else of it."""
    if name not in SAID:
        return None
    kept = []
    for marks, row in rows:
        text = row[name] and marks.details(row[name])
        found = MARK.findall(text or "")
        sides = {mark[1] for mark in found}
        if len(sides) > 1 or any(is_counted(mark) for mark in found):
            return None
        side = int(sides.pop()) if sides else None
        plain = MARK.sub(lambda mark: f"{LEFT}{mark[1][0]}{mark[1][2:]}{RIGHT}", text or "")
        kept.append([sayings.number(plain) if text else None, side])
    beside = f"""left join scale.said said_{name} on said_{name}.number = t.{name}
      and said_{name}.agency_id = coalesce({THREE.format(f"{name}_side", "a")}, 0)"""
    return Column(
        name, ((name, "smallint"), (f"{name}_side", "smallint")), kept, f"said_{name}.details", beside
    )


SAID = {"actor", "provider"}

BY_TYPE = {
    "uuid": _key,
    "timestamptz": _instant,
    "tstzrange": _range,
    "date": _day,
    "text": _text,
    "varchar": _text,
    "jsonb": _details,
}

# What a copy does not have from its pattern.
MADE = {
    ("referrals_case", "event_hash"): """(select e.hash from referrals_event e
        where e.id = b.events + t.event_seq and e.opened_on = b.opened_on)""",
    ("referrals_event", "id"): "b.events + t.seq",
    ("referrals_event", "hash"): "null::bytea",  # chained when all of a batch are there
    ("referrals_referral", "category"): "b.category",
    ("notifications_message", "key"): "'copied:' || b.stem || t.id",
}
