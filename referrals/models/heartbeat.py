"""When each part of the engine last finished its work."""

from django.db import models


class Heartbeat(models.Model):
    """One part of the engine (``tick``, ``deliver``, ``number``) and when it last finished, in UTC."""

    part = models.CharField(max_length=30, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part} at {self.beat_at}"
