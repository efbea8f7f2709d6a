"""How many requests a caller has made in the present minute."""

from django.db import models


class Allowance(models.Model):
    """One caller's count. ``key`` is ``client:<id>`` or ``user:<id>``; ``minute`` counts since 1970.

    The table is unlogged: counting costs no write to the log, and a crash forgives everybody.
    """

    key = models.CharField(primary_key=True, max_length=40)
    minute = models.BigIntegerField()
    used = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.used} by {self.key}"
