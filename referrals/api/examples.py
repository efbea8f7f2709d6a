"""Examples of what is sent and answered, for the OpenAPI document: people and numbers are invented.

One file of ``docs/examples`` for each operation, called as the operation is. A test holds each against its
schema, and sends what is sent.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

Named = Mapping[str, Any]
"""By what it is an example of, what is sent or answered."""


@cache
def kept() -> dict[str, dict[str, Named]]:
    """By operation, and in it by ``sent`` or the status that is answered."""
    files = sorted(Path(settings.DOCS_DIR, "examples").glob("*.json"))
    return {path.stem: json.loads(path.read_text()) for path in files}


def examples(operation: dict[str, Any]) -> None:
    """Put an operation's examples where they belong in it. Raises KeyError for one that belongs nowhere."""
    for where, named in kept().get(operation["operationId"], {}).items():
        about = operation["requestBody"] if where == "sent" else operation["responses"][where]
        told = {_key(name): {"summary": name, "value": value} for name, value in named.items()}
        for media in about["content"].values():
            media["examples"] = told


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
