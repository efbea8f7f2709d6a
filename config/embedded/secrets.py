"""The passwords of one running system, made once and kept where only its owner can read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

NAME = "secrets.json"


def token() -> str:
    """A password that nobody has to type, safe in an address."""
    return secrets.token_urlsafe(36)


@dataclass(frozen=True)
class Secrets:
    """One password for each login, and the key that signs sessions."""

    superuser: str = field(default_factory=token)
    migrate: str = field(default_factory=token)
    web: str = field(default_factory=token)
    worker: str = field(default_factory=token)
    broker: str = field(default_factory=token)
    signing_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)


def kept(run_dir: Path) -> Secrets:
    """This system's secrets, made on first use."""
    path = run_dir / NAME
    if path.exists():
        known = json.loads(path.read_text())
        return Secrets(**{f.name: known[f.name] for f in fields(Secrets)})
    made = Secrets()
    write_private(path, json.dumps(asdict(made), indent=1))
    return made
