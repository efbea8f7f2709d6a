"""Where attached files are kept: in Django's storage of that name, each under its hash and its own key.

A file is written before its row, so that no row is ever without its file. What a crash in between leaves has
no row; ``sweep`` finds it. Nothing that has a row is ever removed.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from referrals.models import Attachment

OLD = timedelta(days=1)
BATCH = 500


class Damaged(Exception):
    """A file is gone, or is not what it was. The fault is ours; the text names the attachment's key."""


def storage() -> Storage:
    """Where they are: settings say which."""
    return storages["attachments"]


def keep(content: bytes, sha256: str, key: UUID) -> str:
    """Write the file; the name by which the storage knows it. No two writes share a name."""
    return storage().save(f"{sha256[:2]}/{sha256}-{key.hex}", ContentFile(content))


def read(attachment: Attachment) -> bytes:
    """The file, which is still the one that was attached. Raises Damaged."""
    try:
        with storage().open(attachment.stored) as file:
            content = file.read()
    except FileNotFoundError:
        raise Damaged(str(attachment.pk)) from None
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise Damaged(str(attachment.pk))
    return content


def without_rows(now: datetime) -> Iterator[str]:
    """Files older than a day, by the storage's clock, that no attachment has."""
    names = list(_names())
    for start in range(0, len(names), BATCH):
        some = names[start : start + BATCH]
        known = set(Attachment.objects.filter(stored__in=some).values_list("stored", flat=True))
        yield from (n for n in some if n not in known and storage().get_modified_time(n) < now - OLD)


def sweep(now: datetime) -> int:
    """Remove them; how many. Not after a database was put back from a copy: newer files would have no row."""
    found = list(without_rows(now))
    for name in found:
        storage().delete(name)
    return len(found)


def _names() -> Iterator[str]:
    try:
        folders, _ = storage().listdir("")
    except FileNotFoundError:  # nothing was ever attached
        return
    for folder in sorted(folders):
        yield from (f"{folder}/{name}" for name in storage().listdir(folder)[1])
