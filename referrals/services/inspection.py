"""What a file that somebody sends really is, and what is kept of it: seen in a process of its own."""

import hashlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from referrals.domain.attachment import MOST_BYTES, TAKEN
from referrals.domain.errors import Invalid, MoveNotAllowed

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-s", "-E", "-B", "-m", "referrals.services.cleaning"]
ENV: dict[str, str] = {}  # no address, no key
LONGEST = 40  # seconds by the clock, of which it may use 20 of the processor
PATIENCE = 15  # seconds for one's turn; with LONGEST, less than a transaction may stand idle
AT_ONCE = threading.BoundedSemaphore(2)  # by one process: each may take a gigabyte and a half


@dataclass(frozen=True)
class Clean:
    """What is kept of a file. ``width`` and ``height`` in pixels, or ``pages``; the others are None."""

    content: bytes
    media_type: str
    width: int | None = None
    height: int | None = None
    pages: int | None = None

    @property
    def sha256(self) -> str:
        """Of what is kept, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def inspected(sent: bytes) -> Clean:
    """The file, if it is a photo or a PDF and nothing else besides. Raises Invalid, naming ``/file``.

    Raises MoveNotAllowed where too many files are being looked at: it is worth trying again.
    """
    if not sent:
        raise refused(f"this file is empty: send {TAKEN}")
    if len(sent) > MOST_BYTES:
        raise refused(f"this file is larger than {MOST_BYTES // 2**20} MB: send a smaller one")
    told, kept = _asked(sent)
    if why := told.pop("refused", None):
        raise refused(why)
    return Clean(kept, **told)


def refused(why: str) -> Invalid:
    """The refusal of a file."""
    return Invalid("this file cannot be taken", {"/file": why})


def _asked(sent: bytes) -> tuple[dict, bytes]:
    """The other process's answer. Raises Invalid where it gave none: it was killed, or was too slow."""
    if not AT_ONCE.acquire(timeout=PATIENCE):
        raise MoveNotAllowed("many files are being looked at just now: send it again in a moment", ["attach"])
    try:
        done = subprocess.run(
            PROGRAM, input=sent, capture_output=True, timeout=LONGEST, cwd=ROOT, env=ENV, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise refused("this file could not be opened safely: save it anew and send that") from None
    finally:
        AT_ONCE.release()
    line, _, kept = done.stdout.partition(b"\n")
    return json.loads(line), kept
