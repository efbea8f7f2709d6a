"""The Python environment in .venv: made when absent, filled exactly as the requirement files say."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.progress import step
from config.trouble import Trouble, explain

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BOOTSTRAP = "requirements-bootstrap.txt"
SETS = {
    "run": ["requirements.txt", "requirements-embedded.txt"],
    "dev": ["requirements.txt", "requirements-embedded.txt", "requirements-dev.txt"],
}
LOG = VENV / "install.log"


def fingerprint(files: list[str]) -> str:
    """What the environment should hold: the requirement files, at this place."""
    whole = hashlib.sha256(str(VENV).encode())
    for name in [BOOTSTRAP, *files]:
        whole.update((ROOT / name).read_bytes())
    return whole.hexdigest()


def installed(wanted: str) -> bool:
    """Whether the environment holds exactly the set, going by its stamp."""
    stamp = VENV / f"holds-{wanted}"
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == fingerprint(SETS[wanted])


@contextmanager
def alone() -> Iterator[None]:
    """Two commands started at once take turns."""
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(*words: str | Path, env: dict[str, str] | None = None) -> bool:
    """Run one installing command, its words kept in the log. Whether it succeeded."""
    with LOG.open("a") as log:
        log.write(f"\n$ {' '.join(map(str, words))}\n")
        log.flush()
        done = subprocess.run(
            [str(word) for word in words], cwd=ROOT, stdout=log, stderr=log, env=env, check=False
        )
    return done.returncode == 0


def pip_index() -> dict[str, str]:
    """The index that pip is configured to use, told to uv, which reads no pip configuration."""
    if "UV_DEFAULT_INDEX" in os.environ:
        return {}
    asked = [PYTHON, "-m", "pip", "config", "list"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    for line in told.splitlines():
        name, _, value = line.partition("=")
        if name.endswith(".index-url"):
            return {"UV_DEFAULT_INDEX": value.strip("'\"")}
    return {}


def quick_environment() -> dict[str, str]:
    """uv's environment; without a home that can be written it keeps no cache."""
    home = Path(os.environ.get("HOME", "/nonexistent"))
    cache = {} if os.access(home, os.W_OK) else {"UV_NO_CACHE": "1"}
    return {**os.environ, "UV_LINK_MODE": "copy", **cache, **pip_index()}


def failure() -> Trouble:
    """Why installing failed, as far as the log tells."""
    told = LOG.read_text(errors="replace")
    if "No space left" in told:
        return Trouble(f"The disk is full at {ROOT}. Free some space and start again.")
    if "HASHES" in told or "Hash mismatch" in told:
        return Trouble(f"A package is not the one that was pinned: its hash differs. See {LOG}")
    return Trouble(
        "Packages could not be fetched: there is no network, or the package index does not answer. "
        f"Connect and start again. Details: {LOG}"
    )


def make() -> None:
    """A new environment with its fast installer in it."""
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Trouble(f"{VENV} could not be made: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
    if not run(PYTHON, "-m", "pip", "install", "--require-hashes", "-r", BOOTSTRAP):
        raise failure()


def fill(wanted: str) -> None:
    """Install the set, and stamp it."""
    fill_with(*SETS[wanted])
    (VENV / f"holds-{wanted}").write_text(fingerprint(SETS[wanted]))


def fill_with(*names: str) -> None:
    """Install what the files pin: with uv, which takes seconds, else with pip, which knows every proxy."""
    files = [word for name in names for word in ("-r", name)]
    quick = [VENV / "bin" / "uv", "pip", "install", "--python", PYTHON, "--require-hashes", *files]
    slow = [PYTHON, "-m", "pip", "install", "--require-hashes", *files]
    if not run(*quick, env=quick_environment()) and not run(*slow):
        raise failure()


def works() -> bool:
    """Whether the environment is whole and stands where it was made."""
    tool = VENV / "bin" / "uv"
    if not (PYTHON.exists() and tool.exists()):
        return False
    asked = [PYTHON, "-c", "import sys, pip; print(sys.prefix)"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    return told.returncode == 0 and told.stdout.strip() == str(VENV)


def ensure(wanted: str) -> None:
    """Have the environment hold the set. Costs nothing when it does already."""
    if installed(wanted):
        return
    try:
        with alone():
            if installed(wanted):
                return
            if not works():
                with step("Making the Python environment in .venv"):
                    make()
            with step("Installing packages"):
                fill(wanted)
    except OSError as problem:
        raise explain(problem) from problem
