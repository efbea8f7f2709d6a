"""What is wrong, in one line, with the remedy. Only the standard library is needed to say it."""

import errno
import os
import re
from pathlib import Path

REMEDY = "Free some space, or set RUN_DIR to a disk that has room."
LAST_OF_TRACEBACK = re.compile(r"^(?:[\w.]+\.)?(\w*(?:Error|Exception|ImproperlyConfigured)): (.+)$", re.M)


class Trouble(Exception):
    """Ends a command: its text is shown to the person who gave it, without a traceback."""


def explain(problem: OSError) -> Trouble:
    """The line for an error of the operating system."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" at {problem.filename}" if problem.filename else ""
        return Trouble(f"The disk is full{where}. {REMEDY}")
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Trouble(f"{problem.filename} cannot be written. Set RUN_DIR to a folder that is yours.")
    return Trouble(f"{problem.strerror or problem}: {problem.filename or os.getcwd()}")


def ended(what: str, said: str, log: Path) -> Trouble:
    """The line for a process that ended when it should not have, from what it said."""
    if "No space left on device" in said:
        return Trouble(f"The disk is full: {what}. {REMEDY} Its log is {log}")
    return Trouble(f"{what}: {reason(said).rstrip('.')}. Its log is {log}")


def reason(log: str) -> str:
    """Why a process ended, from what it wrote: its last error, else its last line."""
    if errors := LAST_OF_TRACEBACK.findall(log):
        kind, text = errors[-1]
        return text if kind in {"ImproperlyConfigured", "CommandError"} else f"{kind}: {text}"
    lines = log.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
