"""The part of a page that renews itself, and when it has changed.

Looked at every ten seconds, it is put in place of the old only if it says something else: a number, a row,
who has taken an alarm. That time has passed is no change: the page's script counts on by itself.
"""

import re
from hashlib import blake2b

TIMES = re.compile(r'<time [^>]*?(datetime="[^"]*")[^>]*>[^<]*</time>')
UNITS = (" minute", " hour", " day")
LENGTHS = re.compile(r"[0-9]+ (?:minute|hour|day)s?\b\s?")
TOKENS = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>')  # another at each look


def stamp(shown: str) -> str:
    """What changes when the part does, and not when only time passes."""
    said = TOKENS.sub("", TIMES.sub(r"\1", shown))
    if any(unit in said for unit in UNITS):  # most parts have none by now, and the search for figures is slow
        said = LENGTHS.sub("", said)
    return blake2b(said.encode(), digest_size=12).hexdigest()
