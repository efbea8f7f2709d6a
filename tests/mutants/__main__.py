"""``make mutants``: put each bug into a copy of the code, and see the tests named in its patch fail.

A patch begins with ``Bug:`` (what it does) and ``Tests:`` (what must notice it). ``python -m tests.mutants
NAME …`` tries those alone. The same tests must pass without the bug, or their failing would mean nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.env import ROOT

PATCHES = Path(__file__).parent
PASSED, FAILED = 0, 1  # what pytest leaves with


@dataclass(frozen=True)
class Bug:
    """One patch, what it does, and the tests that must notice."""

    path: Path
    says: str
    tests: list[str]

    @classmethod
    def read(cls, path: Path) -> "Bug":
        """Read a patch's head."""
        head = dict(line.split(": ", 1) for line in path.read_text().splitlines()[:2])
        return cls(path, head["Bug"], head["Tests"].split())


def main(names: list[str]) -> int:
    """Try them all, or those named; how many went unnoticed."""
    bugs = [Bug.read(path) for path in sorted(PATCHES.glob("*.patch")) if not names or path.stem in names]
    if unknown := {*names} - {bug.path.stem for bug in bugs}:
        print(f"no such bug: {', '.join(sorted(unknown))}")
        return 1
    with tempfile.TemporaryDirectory(prefix="rcrp-mutants-") as folder:
        copy = copied(Path(folder))
        if run(copy, sorted({test for bug in bugs for test in bug.tests})) != PASSED:
            print("the tests fail without any bug: mend that first")
            return 1
        unnoticed = [bug for bug in bugs if not noticed(copy, bug)]
    print(f"{len(bugs) - len(unnoticed)} of {len(bugs)} bugs noticed")
    return len(unnoticed)


def copied(folder: Path) -> Path:
    """What git has, as it stands in the working tree, beside the same environment."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    copy = folder / "code"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    if (ROOT / "build").exists():
        (copy / "build").symlink_to(ROOT / "build")
    return copy


def noticed(copy: Path, bug: Bug) -> bool:
    """Whether the tests fail with the bug in, which is then taken out again."""
    apply(copy, bug.path)
    try:
        left = run(copy, bug.tests)
    finally:
        apply(copy, bug.path, "--reverse")
    told = {PASSED: "NOT NOTICED", FAILED: "noticed"}.get(left, f"NOT TRIED: pytest left with {left}")
    print(f"{bug.path.stem}: {told} ({bug.says})", flush=True)
    return left == FAILED


def apply(copy: Path, patch: Path, *how: str) -> None:
    """Apply a patch to the copy. A patch that no longer fits is an error."""
    subprocess.run(["git", "apply", "-C1", *how, str(patch)], cwd=copy, check=True)


def run(copy: Path, tests: list[str]) -> int:
    """Run these tests in the copy, in one process; what pytest leaves with.

    Several would leave with 2 at the first failure, as they do when a test cannot even be read.
    """
    words = [sys.executable, "-W", "ignore", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*words, *tests], cwd=copy, env=environment, capture_output=True, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
