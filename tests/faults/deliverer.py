"""A worker that delivers and nothing else: for each line it reads it forks a child, which may be killed.

A line says how many minutes ahead of the database's clock the child lives. It writes the child's number, and
then, when the child has ended, how.
"""

import os
import sys
from datetime import timedelta


def main() -> None:
    """Until there are no more lines. Nothing here touches the database: each child has its own line to it."""
    import django

    django.setup()
    from notifications.services import database_now, deliver_due

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            now = database_now() + timedelta(minutes=float(line))
            while deliver_due(now=now):
                pass
            os._exit(0)
        _say(child)
        _say(os.waitpid(child, 0)[1])


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
