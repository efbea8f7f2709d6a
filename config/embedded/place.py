"""Where PostgreSQL's programs and data may lie when we are root.

PostgreSQL refuses to run as root, so it runs as another user; and that user may not be able to
enter root's folders. Then programs and data go to an unguessable folder that root owns, and the
folder's name is kept in the run directory: a name that can be guessed, another could plant.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from config.processes import Login
from config.trouble import Trouble

USERS = ("postgres", "nobody")
ELSEWHERE = "elsewhere"


def other_login() -> Login | None:
    """Whom PostgreSQL runs as: ourselves, or an unprivileged user if we are root."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Login(user.pw_uid, user.pw_gid)
    raise Trouble("PostgreSQL refuses to run as root and there is no user nobody. Run as another user.")


def can_use(path: Path, login: Login | None) -> bool:
    """Whether PostgreSQL's user can enter the folder or run the program."""
    if login is None:
        return os.access(path, os.X_OK)
    asked = ["/usr/bin/test", "-x", str(path)]
    done = subprocess.run(asked, cwd="/", user=login.uid, group=login.gid, extra_groups=[], check=False)
    return done.returncode == 0


def owned(folder: Path, login: Login | None) -> Path:
    """The folder, made if need be, belonging to PostgreSQL's user alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if login:
        os.chown(folder, login.uid, login.gid)
    return folder


def elsewhere(home: Path) -> Path:
    """The folder outside the run directory, made on first use and remembered."""
    note = home / ELSEWHERE
    if note.exists():
        place = Path(note.read_text())
        if place.is_dir() and not place.is_symlink() and place.stat().st_uid == os.geteuid():
            return place
        raise Trouble(f"The database of this run directory was kept in {place}, which is gone.")
    place = Path(tempfile.mkdtemp(prefix="rcrp-", dir="/var/tmp"))
    place.chmod(0o711)  # others may pass through to what they own, and list nothing
    note.write_text(str(place))
    return place


def forget(home: Path) -> None:
    """Remove the folder outside the run directory, if there is one, and all in it."""
    if (home / ELSEWHERE).exists():
        shutil.rmtree(elsewhere(home))
        (home / ELSEWHERE).unlink()


def reachable_programs(programs: Path, home: Path, login: Login | None) -> Path:
    """The programs themselves, or a copy that PostgreSQL's user can run."""
    if can_use(programs / "postgres", login):
        return programs
    tree = programs.parent
    copy = elsewhere(home) / f"programs-{tree.stat().st_mtime_ns}"
    if not copy.exists():
        part = Path(tempfile.mkdtemp(dir=copy.parent))
        shutil.copytree(tree, part, symlinks=True, dirs_exist_ok=True)
        part.chmod(0o755)
        part.rename(copy)
    return copy / programs.name


def reachable_home(home: Path, login: Login | None) -> Path:
    """The folder for the data: in the run directory unless PostgreSQL's user cannot enter it."""
    if (home / ELSEWHERE).exists() and (elsewhere(home) / "home").exists():
        return elsewhere(home) / "home"
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    inside = owned(home / "server", login)
    if can_use(inside, login):
        return inside
    inside.rmdir()
    return owned(elsewhere(home) / "home", login)
