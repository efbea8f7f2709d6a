"""Whatever dies is started again, and what cannot be started stops nobody else."""

import itertools
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config import supervisor
from config.children import Child
from config.processes import wait_until
from config.trouble import Trouble


@dataclass
class Member:
    """A process that is said to run; each start may fail in its own way."""

    name: str = "web"
    log: Path = Path("/dev/null")
    fails: list[Exception] = field(default_factory=list)
    runs: bool = False
    code: int = 0
    started: int = 0

    def start(self):
        self.started += 1
        if self.fails:
            raise self.fails.pop(0)
        self.runs = True

    def stop(self):
        self.runs = False
        return self.code

    def alive(self):
        return self.runs


@pytest.fixture
def watching(monkeypatch):
    """A supervisor with two members, of whom the first has died; each look at the time takes a minute."""
    minutes = itertools.count()
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: 60.0 * next(minutes))
    found, members = supervisor.Supervisor(), [Member("web"), Member("beat")]
    for each in members:
        found.start(each)
    members[0].runs = False
    return found, *members


@pytest.mark.parametrize("trouble", [Trouble("the port is taken"), OSError(28, "No space left on device")])
def test_what_does_not_start_is_tried_again_and_the_others_run_on(watching, trouble, capsys):
    looking, web, beat = watching
    web.fails = [trouble]
    for _ in range(4):
        looking.look()
    assert web.runs
    assert web.started == 3
    assert (beat.runs, beat.started) == (True, 1)
    assert "web does not start" in capsys.readouterr().out


@pytest.mark.parametrize(("code", "said"), [(0, ""), (-15, ""), (-9, "ended with code -9"), (1, "code 1")])
def test_how_one_ended_is_said_unless_it_is_what_was_asked(code, said, capsys):
    stopping = supervisor.Supervisor()
    stopping.start(Member("web", code=code))
    stopping.stop()
    out = capsys.readouterr().out
    assert said in out
    assert bool(out) == bool(said)


# A process that takes a moment to stop, and notes it when it has.
NOTING = """
import os, signal, sys, time
def note(*_):
    time.sleep(0.3)
    with open("{kept}", "a") as out:
        out.write("{name} ")
    sys.exit(0)
signal.signal(signal.SIGTERM, note)
print("up", flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def noting(tmp_path):
    """``noting(name)``: a member that is a process, and notes in a file that it has stopped."""

    def start(name):
        words = ["-c", NOTING.format(kept=tmp_path / "stopped", name=name)]
        return Child(name, words, run_dir=tmp_path, env=os.environ, up=lambda child: "up" in child.said())

    return start


def test_each_has_stopped_before_what_it_needs_is_asked_to(noting, tmp_path):
    running, members = supervisor.Supervisor(), [noting("database"), noting("web"), noting("beat")]
    for each in members:
        running.start(each)
    assert wait_until(lambda: all(each.is_up() for each in members), seconds=30)
    running.stop()
    assert (tmp_path / "stopped").read_text().split() == ["beat", "web", "database"]
