"""What the machine itself must have: Python 3.11 and a few system packages."""

import ctypes
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from config.progress import step
from config.trouble import Trouble

WANTED_PYTHON = (3, 11)
# What WeasyPrint draws PDFs with, by Debian's package.
DRAWING = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
# Debian's Chromium: without a window it does the same in less time and memory.
BROWSERS = ["chromium-headless-shell", "chromium"]
ZONE = Path("/usr/share/zoneinfo/Europe/London")  # PostgreSQL reads the machine's time zones


def check_python() -> None:
    """The requirements are pinned for one version of Python."""
    if sys.version_info[:2] != WANTED_PYTHON:
        wanted = ".".join(map(str, WANTED_PYTHON))
        mine = ".".join(map(str, sys.version_info[:2]))
        raise Trouble(
            f"This is Python {mine}; Python {wanted} is needed. Say which: make PYTHON=python{wanted}"
        )


def browser() -> str | None:
    """The path of the Chromium that tests drive, if there is one; ``CHROMIUM`` names another."""
    found = (shutil.which(name) for name in BROWSERS)
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


def missing_packages(wanted: str) -> list[str]:
    """The system packages that are absent and needed; only the tests need a browser."""
    venv = all(find_spec(module) for module in ("venv", "ensurepip"))
    needed = {"python3-venv": venv, "tzdata": ZONE.exists()}
    needed |= {package: _loads(library) for package, library in DRAWING.items()}
    if wanted == "dev":
        needed[BROWSERS[0]] = browser() is not None
    return [name for name, there in needed.items() if not there]


def _loads(library: str) -> bool:
    """Whether a shared library is there."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install(packages: list[str]) -> None:
    """Install system packages, as root on Debian; the index of packages is fetched first."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", *words], env=env, capture_output=True, text=True, check=False
        )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Trouble(f"System packages could not be installed ({', '.join(packages)}): {last}")


def ensure(wanted: str) -> None:
    """Have what is needed, or say in one line what to install."""
    check_python()
    absent = missing_packages(wanted)
    if not absent:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Trouble(
            f"A system package is missing. Install it first: sudo apt-get install {' '.join(absent)}"
        )
    with step(f"Installing system packages: {', '.join(absent)}"):
        install(absent)
    if still := missing_packages(wanted):
        raise Trouble(f"Installed, and still missing: {', '.join(still)}. Install them by hand.")
