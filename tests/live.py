"""The whole system as `make run` starts it, for journeys: web, a Celery worker and beat."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import children
from config.children import Child
from config.embedded.postgres import free_port
from config.processes import wait_until
from tests.database import Database, environment, point_django_at
from tests.services import FOLDER

TICK_SECONDS = "0.5"  # a journey does not wait for five
PATIENCE = 90  # seconds for all three to be up


class LiveStack:
    """Three real processes on a database and a broker's number of their own."""

    def __init__(self, name: str, *, home: Database, broker_number: int) -> None:
        self.home = home  # where this process's Django goes back to
        self.database = Database(name)
        self.run_dir = Path(os.environ[FOLDER]) / name
        self.run_dir.mkdir()
        port = free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        env = {
            **environment(name),
            "CELERY_BROKER_URL": f"{os.environ['CELERY_BROKER_URL'].rpartition('/')[0]}/{broker_number}",
            "TICK_SECONDS": TICK_SECONDS,
            "WORKER_PROCESSES": "2",
            "DEMO": "1",
        }
        env = children.environment(env, self.run_dir)
        made = [
            ("web", children.web(port), children.serving(port)),
            ("worker", children.worker(), children.consuming),
            ("beat", children.beat(self.run_dir), children.running),
        ]
        self.children = {
            name: Child(name, words, run_dir=self.run_dir, env=env, up=up) for name, words, up in made
        }

    def start(self) -> None:
        """All three, at once; up when each says so."""
        for child in self.children.values():
            child.start()
        up = wait_until(
            lambda: all(child.is_up() for child in self.children.values()), seconds=PATIENCE, every=0.1
        )
        assert up, "\n".join(f"{name}: {child.said()[-2000:]}" for name, child in self.children.items())

    def stop(self) -> None:
        """In the order of the runner: beat, worker, web."""
        for child in reversed(self.children.values()):
            child.stop()
        self.database.cleaner.close()

    @contextmanager
    def django(self, role: str = "web") -> Iterator[None]:
        """This process's Django on the live database, to make what a journey begins with."""
        point_django_at(role, self.database.name)
        try:
            yield
        finally:
            point_django_at("web", self.home.name)
