"""The first step of every command: have what it needs, then become it.

    python3 -m config.bootstrap SET COMMAND...

Needs nothing but Python itself. SET is ``run`` or ``dev``; COMMAND is what the environment's
Python is given, such as ``-m config.runner``.
"""

import os
import sys

from config import frontend, machine, packages, standards
from config.progress import say
from config.trouble import Trouble


def main(arguments: list[str]) -> int:
    """Prepare, then replace this process by the command; 1 with a line on what is wrong."""
    wanted, *command = arguments
    try:
        machine.ensure(wanted)
        packages.ensure(wanted)
        frontend.ensure()
        if wanted == "dev":
            standards.ensure()
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        return 130
    if command:
        os.execv(packages.PYTHON, [str(packages.PYTHON), *command])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
