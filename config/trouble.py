"""What is wrong, in one line, with the remedy. Only the standard library is needed to say it."""

import errno
import os
import re

LAST_OF_TRACEBACK = re.compile(r"^(?:[\w.]+\.)?(\w*(?:Error|Exception|ImproperlyConfigured)): (.+)$", re.M)


class Trouble(Exception):
    """Ends a command: its text is shown to the person who gave it, without a traceback."""


def explain(problem: OSError) -> Trouble:
    """The line for an error of the operating system."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" at {problem.filename}" if problem.filename else ""
        return Trouble(f"The disk is full{where}. Free some space, or set RUN_DIR to a disk that has room.")
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Trouble(f"{problem.filename} cannot be written. Set RUN_DIR to a folder that is yours.")
    return Trouble(f"{problem.strerror or problem}: {problem.filename or os.getcwd()}")


def reason(log: str) -> str:
    """Why a process ended, from what it wrote: its last error, else its last line."""
    if errors := LAST_OF_TRACEBACK.findall(log):
        kind, text = errors[-1]
        return text if kind in {"ImproperlyConfigured", "CommandError"} else f"{kind}: {text}"
    lines = log.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
