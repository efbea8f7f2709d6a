"""The Celery application. It carries wake-ups only: what is due stands in the database."""

import os

import structlog
from celery import Celery, Task

from config.node import Keeping


class LoggedTask(Task):
    """A task whose every log line says which task it was, and which run of it."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(task=self.name, request_id=self.request.id):
            return super().__call__(*args, **kwargs)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
os.environ.setdefault("DATABASE_ROLE", "worker")

app = Celery("config", task_cls=LoggedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(Keeping)
