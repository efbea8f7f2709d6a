"""Child processes: started so that they end with us, and found again if they did not."""

import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
BOOT = Path("/proc/sys/kernel/random/boot_id")
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """One process for certain: a number alone is given again to another."""

    pid: int
    started: int  # ticks since boot
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """Who has this number now, if anybody."""
        started = start_time(pid)
        return None if started is None else cls(pid, started, BOOT.read_text().strip())

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self


@dataclass(frozen=True)
class Login:
    """The user and group a child runs as when we are root and it must not be."""

    uid: int
    gid: int


def stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, or none if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def start_time(pid: int) -> int | None:
    """When the process started, in ticks since boot. A zombie counts as gone."""
    fields = stat_fields(pid)
    return int(fields[19]) if fields and fields[0] not in "ZX" else None


def session_members(leader: int) -> list[int]:
    """Every live process in the session that ``leader`` leads or led."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if (f := stat_fields(pid)) and f[0] not in "ZX" and f[3] == str(leader)]


def ends_with_parent(sign: signal.Signals, *, parent: int) -> Callable[[], None]:
    """To be called in a child: the kernel shall send it ``sign`` when ``parent`` is gone."""

    def arrange() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:
            os.kill(os.getpid(), sign)

    return arrange


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    stop_signal: signal.Signals = signal.SIGTERM,
    login: Login | None = None,
    cwd: Path = Path("/"),
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches only us.

    It writes to ``log``, and gets ``stop_signal`` if we are killed without a chance to stop it.
    """
    identity = {"user": login.uid, "group": login.gid, "extra_groups": []} if login else {}
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(word) for word in argv],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=ends_with_parent(stop_signal, parent=os.getpid()),
            **identity,
        )


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def kill_session(leader: int) -> None:
    """End at once whatever is left of a leader's session."""
    for pid in session_members(leader):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def stop(child: subprocess.Popen[bytes], *, sign: signal.Signals, seconds: float) -> int:
    """Ask the leader alone to stop; after ``seconds`` end its whole session. Its return code.

    Never the group first: Celery's pool children would die of the signal in mid-task.
    """
    if child.poll() is None:
        child.send_signal(sign)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    kill_session(child.pid)
    return child.returncode


def remember(path: Path, pid: int) -> None:
    """Write down who was started, for a later run to find after a kill -9 of this one."""
    if identity := Identity.of(pid):
        path.write_text(json.dumps(asdict(identity)))


def orphans(leader: int, mark: str) -> list[int]:
    """What a dead leader left in its session, if it carries our mark in its environment."""

    def ours(pid: int) -> bool:
        try:
            return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False

    return [pid for pid in session_members(leader) if ours(pid)]


def stop_remembered(path: Path, *, sign: signal.Signals, seconds: float, mark: str = "") -> bool:
    """Stop the process written down in ``path`` and what it started. Whether anything lived still.

    If it is gone and its children are not, ``mark``, a line of their environment, tells them
    from strangers.
    """
    try:
        identity = Identity(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return False
    lived = identity.alive()
    if lived:
        os.kill(identity.pid, sign)
        wait_until(lambda: not identity.alive(), seconds=seconds)
        kill_session(identity.pid)
    left = orphans(identity.pid, mark) if mark else []
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    path.unlink(missing_ok=True)
    return lived or bool(left)
