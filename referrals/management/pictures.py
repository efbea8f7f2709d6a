"""States and the moves between them as a picture: Mermaid for the repository, SVG for pages.

An SVG is drawn by Graphviz, which npm brings for whoever draws it anew. It holds a digest of what it was
drawn from, so that a check needs neither.
"""

import hashlib
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.management.base import CommandError

FOLDER = Path("referrals/static/referrals/api")
DRAW = """
import { instance } from "@viz-js/viz";
let dot = "";
for await (const part of process.stdin) dot += part;
process.stdout.write((await instance()).renderString(dot, { format: "svg" }));
"""
ASKED = "ask for Graphviz with `npm ci --ignore-scripts`, then draw again"
INK = 'color="#4c6272" fontcolor="#212b32" fontname="Arial"'
FILLED = {"sender": "#fff5d9", "receiver": "#d9e9f9"}
DRAWN_FROM = re.compile(r"<!-- drawn from ([0-9a-f]{64}) -->")


@dataclass(frozen=True)
class Picture:
    """Arrows as (state, action, state), the states that end it, and who answers in each, if it says so."""

    name: str
    title: str
    arrows: Collection[tuple[str, str, str]]
    ends: Collection[str]
    owners: Mapping[str, str]

    @property
    def path(self) -> Path:
        """Where the SVG is kept."""
        return FOLDER / f"{self.name}.svg"

    def mermaid(self) -> list[str]:
        """As Markdown has it."""
        lines = [f"    {source} --> {to}: {action}" for source, action, to in self.arrows]
        ends = [f"    {state} --> [*]" for state in sorted(self.ends)]
        return ["```mermaid", "stateDiagram-v2", "    [*] --> draft", *lines, *ends, "```"]

    def dot(self) -> str:
        """As Graphviz has it: one arrow between two states, with all that goes that way."""
        ways: dict[tuple[str, str], list[str]] = defaultdict(list)
        for source, action, to in self.arrows:
            ways[source, to].append(_plain(action))
        states = dict.fromkeys(state for way in ways for state in way)
        nodes = [self._node(state) for state in states]
        edges = [f'"{a}" -> "{b}" [label="{_lines(said)}"]' for (a, b), said in ways.items()]
        return "\n".join([*_head(self.title), 'begin -> "draft"', *nodes, *edges, "}"])

    def _node(self, state: str) -> str:
        owner = self.owners.get(state, "")
        under = r"\nends" if state in self.ends else rf"\n{owner} answers" if owner else ""
        twice = " peripheries=2" if state in self.ends else ""
        filled = "#ffffff" if state in self.ends else FILLED.get(owner, "#f0f4f5")
        return f'"{state}" [label="{_plain(state)}{under}" fillcolor="{filled}"{twice}]'

    def draw(self) -> None:
        """Write the SVG. Raises CommandError if there is no Graphviz to draw with."""
        self.path.write_text(self.svg(Path.cwd(), shutil.which("node") or "node"))

    def svg(self, folder: Path, *node: str) -> str:
        """Drawn by the Graphviz that npm has put into this folder."""
        dot = self.dot()
        words = [*node, "--input-type=module", "--eval", DRAW]
        try:
            done = subprocess.run(words, cwd=folder, input=dot, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
        except (OSError, subprocess.CalledProcessError) as trouble:
            raise CommandError(f"{self.path} cannot be drawn: {ASKED}") from trouble
        return f"<!-- drawn from {_digest(dot)} -->\n{done.stdout[done.stdout.index('<svg') :]}"

    def is_stale(self) -> bool:
        """Whether the SVG was drawn from something else, or is not there."""
        found = DRAWN_FROM.match(self.path.read_text()) if self.path.exists() else None
        return found is None or found[1] != _digest(self.dot())


def _digest(dot: str) -> str:
    return hashlib.sha256((DRAW + dot).encode()).hexdigest()


def _head(title: str) -> Iterable[str]:
    yield f'digraph "{title}" {{'
    yield 'graph [rankdir=TB nodesep=0.35 ranksep=0.55 bgcolor="transparent" pad=0.2]'
    yield f'node [shape=box style="rounded,filled" {INK} fontsize=13]'
    yield f"edge [{INK} fontsize=11 arrowsize=0.7]"
    yield 'begin [shape=circle label="" width=0.15 fillcolor="#212b32" style=filled fixedsize=true]'


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _lines(said: Iterable[str]) -> str:
    return "".join(rf"{each}\l" for each in said)
