"""What each caller of the API may still ask for in this minute, counted for all processes together.

In PostgreSQL, since it is the one thing that every web process shares: a cache of its own would let a caller
have as many times its share as there are processes, and the broker may be away. The count is one statement,
committed by itself before the request's transaction begins: within it, a caller's requests would wait for
each other.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.http import HttpResponse

from agencies.actor import Actor

WINDOW = 60  # seconds
SPEND = """
insert into agencies_allowance as a (key, minute, used)
values (%s, floor(extract(epoch from clock_timestamp()) / 60), 1)
    on conflict (key) do update set minute = excluded.minute,
       used = case when a.minute = excluded.minute then a.used + 1 else 1 end
returning used, 60 - mod(floor(extract(epoch from clock_timestamp()))::bigint, 60)
"""


@dataclass(frozen=True)
class Allowance:
    """How many requests a minute there are, how many were made, and how many seconds the minute lasts."""

    limit: int
    used: int
    reset: int

    @property
    def is_spent(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit

    def tell(self, response: HttpResponse) -> None:
        """What the caller reads in every answer."""
        response.headers["RateLimit-Policy"] = f"{self.limit};w={WINDOW}"
        response.headers["RateLimit-Limit"] = str(self.limit)
        response.headers["RateLimit-Remaining"] = str(max(0, self.limit - self.used))
        response.headers["RateLimit-Reset"] = str(self.reset)


def spend(actor: Actor) -> Allowance:
    """Count one request of this program, or of this person."""
    key = f"user:{actor.user_id}" if actor.client_id is None else f"client:{actor.client_id}"
    with connection.cursor() as cursor:
        cursor.execute(SPEND, [key])
        used, reset = cursor.fetchone()
    return Allowance(settings.API_REQUESTS_A_MINUTE, used, reset)
