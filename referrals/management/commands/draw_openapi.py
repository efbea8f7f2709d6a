"""Write the API's OpenAPI document down, or check that what is written is what is served."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from drf_spectacular.settings import spectacular_settings

from referrals.management import contract

PAGE = Path("docs/openapi.json")


class Command(BaseCommand):
    """Writes docs/openapi.json, unless that would break programs; ``--check`` fails if it is stale."""

    help = "Write docs/openapi.json; a breaking change needs a higher VERSION; --check only compares"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Compare only, or begin."""
        parser.add_argument("--check", action="store_true", help="fail if the document is stale")
        parser.add_argument("--first", action="store_true", help="there has never been one to compare with")

    def handle(self, *args: str, check: bool, first: bool, **options: object) -> None:
        """Write or check; a change that breaks is named either way."""
        served, written = drawn(), json.loads(PAGE.read_text()) if PAGE.exists() else None
        if written is not None and (found := broken(written, served)):
            raise CommandError("\n".join(["This breaks programs: raise VERSION, or undo it.", *found]))
        if written is None and not first:
            raise CommandError(f"{PAGE} is missing: bring it back, since nothing can be compared without it")
        if not check:
            PAGE.write_text(text(served))
        elif written != served:
            raise CommandError(f"{PAGE} is stale: run python manage.py draw_openapi")


def broken(written: contract.Document, served: contract.Document) -> list[str]:
    """What would break programs; nothing if the version says so."""
    raised = contract.version(served) > contract.version(written)
    return [] if raised else contract.breaks(written, served)


def drawn() -> dict[str, Any]:
    """The document as it is served."""
    generator = spectacular_settings.DEFAULT_GENERATOR_CLASS()
    return json.loads(json.dumps(generator.get_schema(request=None, public=True), default=str))


def text(document: dict[str, Any]) -> str:
    """As it is kept: a line for each thing, so that changes can be read."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
