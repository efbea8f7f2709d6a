"""Anchors: the heads of the chains, written to files outside the database, and compared with it ever after.

Whoever can rewrite the database can make a chain of other events that is whole. They cannot make it agree
with a file they do not hold. Each anchor is two files: ``000001.heads``, one line for every case with events
since the anchor before (case, number and hash of its last event); and ``000001.json``, which has the digest
of those lines, of all heads together, and of the anchor before. Keep the directory on another machine's disk
or copy it there. A series is of one database; every node that runs the proof must see the same directory.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

EVERY = timedelta(hours=1)
LINE = 36 + 1 + 10 + 1 + 64 + 1  # bytes: case, number, hash, a space between, a newline
AT_ONCE = 10_000

HEADS = """
select id, event_seq, event_hash from referrals_case where event_seq > 0
   and (%(after)s = 0 or id in (select case_id from referrals_event where id > %(after)s)) order by id
"""
STAND = """
select clock_timestamp(), coalesce((select max(id) from referrals_event), 0),
       coalesce((select min(id) - 1 from referrals_event
                  where id > %(after)s and recorded_at > now() - interval '2 minutes'),
                (select max(id) from referrals_event), 0),
       (select sha256(string_agg(part, '' order by opened_on)) from (
          select opened_on, sha256(string_agg(event_hash, '' order by id)) as part
            from referrals_case where event_seq > 0 group by opened_on) days)
"""


@dataclass(frozen=True)
class Manifest:
    """What an anchor says of itself. Digests are SHA-256, in hexadecimal.

    ``all_heads`` is over the digests of each opening day's heads, in order.
    """

    number: int
    written_at: str
    previous: str
    after_event: int
    up_to_event: int
    heads: int
    heads_digest: str
    all_heads: str


class Head(NamedTuple):
    """One anchored head, and where it is written: the anchor's number and the line."""

    case_id: UUID
    seq: int
    hash: bytes
    place: str


class Newest(NamedTuple):
    """What the database knows of the last anchor."""

    series: str
    number: int
    digest: str
    up_to_event: int
    last_event: int
    written_at: datetime


def newest(position: str | None) -> Newest | None:
    """The last anchor, from the proof's cursor."""
    if position is None:
        return None
    series, number, digest, up_to, last, at = position.split()
    return Newest(series, int(number), digest, int(up_to), int(last), datetime.fromisoformat(at))


def due(last: Newest | None, now: datetime) -> bool:
    """Whether it is time for another."""
    return last is None or now - last.written_at >= EVERY


def _path(series: str, number: int, kind: str) -> Path:
    return Path(settings.ANCHOR_DIR) / series / f"{number:06}.{kind}"


def write(last: Newest | None) -> str | None:
    """Write the next anchor, if there are heads to write; the proof's new cursor."""
    after = last.up_to_event if last else 0
    number = last.number + 1 if last else 1
    series = last.series if last else str(uuid4())
    heads = _path(series, number, "heads")
    heads.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
            cursor.execute(STAND, {"after": after})
            at, last_event, settled, all_heads = cursor.fetchone()
        if last and last_event == last.last_event:
            return None
        count, digest = _write_heads(heads, after)
    manifest = Manifest(
        number, at.isoformat(), last.digest if last else "", after, settled, count, digest,
        bytes(all_heads or b"").hex(),
    )  # fmt: skip
    said = json.dumps(asdict(manifest), indent=1).encode()
    _put(_path(series, number, "json"), [said])
    return f"{series} {number} {hashlib.sha256(said).hexdigest()} {settled} {last_event} {at.isoformat()}"


def _write_heads(path: Path, after: int) -> tuple[int, str]:
    whole, count = hashlib.sha256(), 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        with connection.chunked_cursor() as cursor:
            cursor.execute(HEADS, {"after": after})
            while found := cursor.fetchmany(AT_ONCE):
                count += len(found)
                block = "".join(
                    f"{case} {seq:010} {bytes(head).hex()}\n" for case, seq, head in found
                ).encode()
                whole.update(block)
                yield block

    _put(path, lines())
    return count, whole.hexdigest()


def _put(path: Path, blocks: Iterable[bytes]) -> None:
    """Whole and on the disk, or not there."""
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        out.writelines(blocks)
        out.flush()
        os.fsync(out.fileno())
    part.chmod(0o440)
    part.replace(path)


def altered(last: Newest) -> str:
    """What is wrong with the newest anchor's own file, if anything."""
    path = _path(last.series, last.number, "json")
    if not path.exists():
        return f"anchor {last.number} is missing"
    said = hashlib.sha256(path.read_bytes()).hexdigest()
    return "" if said == last.digest else f"anchor {last.number} has been altered"


def link_broken(last: Newest, number: int) -> str:
    """What is wrong with one anchor's files and its link to the one before, if anything."""
    here, before = _path(last.series, number, "json"), _path(last.series, number - 1, "json")
    heads = _path(last.series, number, "heads")
    if not here.exists() or not heads.exists() or (number > 1 and not before.exists()):
        return f"anchor {number} or the one before is missing"
    said = _read(here)
    with heads.open("rb") as lines:
        whole = hashlib.file_digest(lines, "sha256").hexdigest()
    previous = hashlib.sha256(before.read_bytes()).hexdigest() if number > 1 else ""
    well = [said.get(name) for name in ("heads_digest", "previous", "number")] == [whole, previous, number]
    return "" if well else f"anchor {number} has been altered"


def _read(path: Path) -> dict[str, Any]:
    """A manifest; nothing if it is none."""
    try:
        return dict(json.loads(path.read_bytes()))
    except ValueError:
        return {}


def heads(last: Newest, number: int, line: int, most: int) -> list[Head]:
    """Up to so many anchored heads of one anchor, from one line on."""
    path = _path(last.series, number, "heads")
    if not path.exists():
        return []
    with path.open("rb") as lines:
        lines.seek(line * LINE)
        block = lines.read(most * LINE).decode()
    found = [text.split(" ") for text in block.splitlines()]
    return [
        Head(UUID(case), int(seq), bytes.fromhex(head), f"{number}:{line + place}")
        for place, (case, seq, head) in enumerate(found)
    ]


def portion(last: Newest, place: str, most: int | None) -> tuple[list[Head], dict[int, str], str]:
    """The next heads in order, from as many anchors as it takes, from the first if ``most`` is None.

    Besides, what is wrong with the files begun on, by number; and where to go on.
    """
    number, line = map(int, (place if most is not None else "1:0").split(":"))
    found: list[Head] = []
    broken: dict[int, str] = {}
    while number <= last.number and (most is None or len(found) < most):
        if line == 0 and (said := link_broken(last, number)):
            broken[number] = said
        some = heads(last, number, line, AT_ONCE if most is None else min(most - len(found), AT_ONCE))
        found += some
        number, line = (number, line + len(some)) if some else (number + 1, 0)
    return found, broken, f"{number}:{line}" if number <= last.number else "1:0"
