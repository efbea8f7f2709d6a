"""What is wrong before a start is said in one line, with the remedy."""

import errno
import os
import shutil
import socket

import pytest

from config import machine, packages, preflight
from config.trouble import Trouble, explain


def test_a_port_that_is_taken_is_named_with_one_that_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Trouble, match=rf"Port {port} is taken.* make run PORT=\d+"):
            preflight.check_port(port)
    preflight.check_port(port)


@pytest.mark.parametrize("given", ["eight", "0", "65536", "-1"])
def test_a_port_that_is_no_port_is_refused(given, monkeypatch):
    monkeypatch.setenv("PORT", given)
    with pytest.raises(Trouble, match="give a number from 1 to 65535"):
        preflight.wanted_port()


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2**30, 2**30 - 2**20, 2**20)
    )
    with pytest.raises(Trouble, match=f"disk is full at {tmp_path}: 1 MB are free .* RUN_DIR"):
        preflight.check_room(tmp_path)


def test_a_run_directory_has_one_system_at_a_time(tmp_path):
    who = rf"already at http://127.0.0.1:8000 \(process {os.getpid()}\)"
    with preflight.held(tmp_path, "http://127.0.0.1:8000"), pytest.raises(Trouble, match=who):
        preflight.held(tmp_path, "http://127.0.0.1:8001").__enter__()
    with preflight.held(tmp_path, "http://127.0.0.1:8001"):
        pass


def test_one_login_of_a_database_without_the_others_is_refused(monkeypatch):
    for name in preflight.ADDRESSES:
        monkeypatch.delenv(name, raising=False)
    preflight.check_addresses()
    monkeypatch.setenv("DATABASE_URL", "postgres://rcrp_web@host/rcrp")
    with pytest.raises(Trouble, match="WORKER_DATABASE_URL and MIGRATE_DATABASE_URL is not: set all three"):
        preflight.check_addresses()


def test_a_missing_system_package_is_named_to_whoever_may_not_install(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "ZONE", tmp_path / "London")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Trouble, match="sudo apt-get install tzdata"):
        machine.ensure("run")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("error: Failed to fetch: dns error", "no network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "hash differs"),
    ],
)
def test_why_packages_could_not_be_installed_is_said(log, said, monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "LOG", tmp_path / "install.log")
    packages.LOG.write_text(log)
    assert said in str(packages.failure())


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "disk is full at data"), (errno.EACCES, "data cannot be written"), (errno.EIO, "data")],
)
def test_an_error_of_the_machine_is_one_line(number, said):
    line = str(explain(OSError(number, os.strerror(number), "data")))
    assert said in line
    assert "\n" not in line
