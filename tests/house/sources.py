"""The project's own Python files, parsed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from config.env import ROOT

FLOORS = ("agencies", "notifications", "referrals", "config")  # from the ground up
WAYS_IN = ("api", "fhir", "mait", "pages", "admin", "screens")


def files(*folders: str) -> Iterator[Path]:
    """Every Python file below these folders, or of that name if it is one file."""
    for folder in folders:
        path = ROOT / folder
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def ways_in() -> list[Path]:
    """The files through which the world comes in: of each floor, its api, pages and admin,
    and what the last two share."""
    named = [f"{floor}/{way}" for floor in FLOORS for way in WAYS_IN]
    return [path for path in files(*named) if path.exists()]


def parsed(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text(), str(path))
