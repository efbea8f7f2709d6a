"""``python -m tests.faults storm broker clocks``: each fault in full, on its own system; all without a name.

``--short`` plays short forms, one after the other on one system. Prints one JSON object for each: what was
struck, and what was lost. Leaves with 1 if anything was, or if a fault did not strike.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence
from types import ModuleType

from tests.faults import broker, clocks, crowd, mail, mute, provider, retries, storm
from tests.faults.stage import Stage, bad, stage

FAULTS: dict[str, ModuleType] = {
    "storm": storm,
    "broker": broker,
    "clocks": clocks,
    "crowd": crowd,
    "mail": mail,
    "mute": mute,
    "provider": provider,
    "retries": retries,
}


def main(arguments: Sequence[str]) -> int:
    """Play those named, or all."""
    options = read(arguments)
    names = options.faults or [name for name in FAULTS if not options.short or hasattr(FAULTS[name], "SHORT")]
    if options.short:
        with stage(options.seed) as shared:
            return sum(play(shared, name, FAULTS[name].SHORT, options.seed) for name in names)
    if len(names) > 1:
        given = [each for each in arguments if each not in FAULTS]
        return sum(_by_itself(name, given) for name in names)
    size = dataclasses.replace(FAULTS[names[0]].Size(), **changes(options, FAULTS[names[0]]))
    with stage(options.seed) as alone:
        return play(alone, names[0], size, options.seed)


def _by_itself(name: str, given: Sequence[str]) -> int:
    """In a process of its own: Django reads once where its servers are, and each stage has others."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.faults", name, *given]
    return int(subprocess.run(command, check=False).returncode != 0)


def play(on: Stage, name: str, size: object, seed: int) -> int:
    """Play one, and say it; 1 if it was not well."""
    report = FAULTS[name].play(on, size)
    wrong = bad(report)
    sys.stdout.write(json.dumps({"fault": name, "seed": seed, "bad": wrong, **report}) + "\n")
    sys.stdout.flush()
    return int(bool(wrong))


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """Which, and how large: every field of a fault's Size is an option."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("faults", nargs="*", choices=[*FAULTS, []])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="the forms of `make test`")
    sizes = {field.name: field.type for each in FAULTS.values() for field in dataclasses.fields(each.Size)}
    for name, kind in sizes.items():
        if kind is not bool:
            parser.add_argument(f"--{name}", type=kind)
    return parser.parse_args(arguments)


def changes(options: argparse.Namespace, fault: ModuleType) -> dict[str, object]:
    """The sizes that were given."""
    names = [field.name for field in dataclasses.fields(fault.Size)]
    return {name: given for name in names if (given := getattr(options, name, None)) is not None}


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
