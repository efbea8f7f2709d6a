"""The embedded PostgreSQL and broker: what they survive, and who may come in."""

import os
import secrets
import shutil
import signal
import socket
import tempfile
from pathlib import Path

import psycopg
import pytest

from config.embedded import place
from config.embedded.postgres import NOT_DURABLE, Postgres
from config.embedded.services import Database, broker_in
from config.processes import Login, wait_until
from config.trouble import Trouble


@pytest.fixture
def folder():
    """A run directory that PostgreSQL's own user can enter when we are root."""
    made = Path(tempfile.mkdtemp(prefix="rcrp-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def database(folder):
    started = Database(folder)
    started.start()
    yield started
    started.stop()


def note(url):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table if not exists note (told text)")
        connection.execute("insert into note values ('kept')")


def notes(url):
    with psycopg.connect(url) as connection:
        return connection.execute("select told from note").fetchall()


def test_postgres_keeps_what_was_committed_over_a_stop(database):
    note(database.superuser_url())
    assert database.stop() == 0
    database.start()
    assert notes(database.superuser_url()) == [("kept",)]


def test_postgres_recovers_from_a_kill(database):
    note(database.superuser_url())
    database.server.process.kill()
    database.server.process.wait()
    again = Database(database.server.log.parent.parent)
    again.start()
    assert notes(again.superuser_url()) == [("kept",)]
    assert again.stop() == 0


def test_a_server_that_outlived_its_runner_is_stopped_first(database):
    note(database.superuser_url())
    again = Database(database.server.log.parent.parent)
    again.start()
    assert database.server.process.poll() is not None
    assert notes(again.superuser_url()) == [("kept",)]
    again.stop()


def test_the_number_of_a_stranger_in_the_pid_file_stops_nothing(database):
    database.stop()
    (database.server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{database.server.data}\n")
    database.start()
    assert database.alive()


def test_a_password_is_asked_of_everybody(database):
    wrong = database.superuser_url().replace(database.secrets.superuser, "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_only_the_owner_can_make_a_table(database):
    for name, may in {
        "MIGRATE_DATABASE_URL": True,
        "DATABASE_URL": False,
        "WORKER_DATABASE_URL": False,
    }.items():
        with psycopg.connect(database.addresses()[name]) as connection:
            try:
                connection.execute("create table mine (id int)")
                made = True
            except psycopg.errors.InsufficientPrivilege:
                made = False
        assert made is may, name


def test_a_half_made_cluster_is_never_used(folder):
    server = Postgres(folder / "postgres", password=secrets.token_hex(), settings=NOT_DURABLE)
    (server.home / "new-left-by-a-kill" / "data").mkdir(parents=True)
    server.start()
    assert server.stop() == 0


def test_a_server_that_cannot_start_says_why(folder):
    server = Postgres(folder / "postgres", password=secrets.token_hex(), settings={"shared_buffers": "lots"})
    with pytest.raises(Trouble, match="lots"):
        server.start()


def test_the_broker_keeps_its_queue_over_a_kill(folder):
    broker = broker_in(folder)
    broker.start()
    assert speak(broker, "RPUSH queue one two") == "2"
    assert wait_until(lambda: b"two" in append_only_file(folder), seconds=5)
    os.kill(broker.process.pid, signal.SIGKILL)
    broker.process.wait()
    again = broker_in(folder)
    again.start()
    assert speak(again, "LLEN queue") == "2"
    assert again.stop() == 0


def test_the_broker_asks_for_its_password(folder):
    broker = broker_in(folder)
    broker.start()
    right, broker.password = broker.password, "guessed"
    assert "NOAUTH" in speak(broker, "LLEN queue")
    broker.password = right
    broker.stop()


def append_only_file(folder):
    return b"".join(path.read_bytes() for path in folder.glob("broker/data/**/*.aof"))


def speak(broker, words):
    """The broker's answer to one command, as a plain line."""
    with socket.create_connection(("127.0.0.1", broker.port), timeout=5) as line:
        line.sendall(f"AUTH {broker.password}\r\n{words}\r\n".encode())
        heard = ""
        while heard.count("\r\n") < 2:
            heard += line.recv(1000).decode()
    return heard.splitlines()[1].lstrip(":")


def test_data_that_its_user_cannot_reach_goes_to_a_folder_nobody_can_guess(folder, monkeypatch):
    monkeypatch.setattr(place, "can_use", lambda path, login: False)
    me = Login(os.getuid(), os.getgid())
    first = place.reachable_home(folder / "postgres", me)
    try:
        assert folder not in first.parents
        assert first.parent.stat().st_mode & 0o777 == 0o711
        assert place.reachable_home(folder / "postgres", me) == first
    finally:
        shutil.rmtree(first.parent)


def test_data_kept_elsewhere_and_gone_is_said(folder):
    home = folder / "postgres"
    home.mkdir()
    (home / place.ELSEWHERE).write_text(str(folder / "that-is-gone"))
    with pytest.raises(Trouble, match="that-is-gone, which is gone"):
        place.reachable_home(home, None)
