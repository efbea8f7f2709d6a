"""What only the tests need: the published definitions of FHIR R4, fetched by npm and checked by their digest.

The package holds 5,300 files (191 MB); those that say what a type or a set of codes is are picked from it
into build/fhir-r4, and the rest is not kept.
"""

import base64
import hashlib
import json
import re
import shutil
import tarfile
from pathlib import Path

from config.frontend import npm
from config.packages import ROOT, alone
from config.progress import step
from config.trouble import Trouble

PACKAGE = "hl7.fhir.r4.examples@4.0.1"
# As the registry gives it; npm checks what it fetches against the registry, and this checks the registry.
INTEGRITY = "sha512-DXBdIZOeQaSKIgCU7w6HOC7sw/6BzylmipLkBW4f//pT+Bc94x+8LImwTdvaNThPJoOzpBzvxAzNqjeu3X/zLw=="
PICKED = ROOT / "build" / "fhir-r4"
STAMP = PICKED / "made-from"
WANTED = re.compile(r"package/((StructureDefinition|ValueSet|CodeSystem)-[\w.-]+\.json)")


def ready() -> bool:
    """Whether the definitions are there, going by their stamp."""
    return STAMP.exists() and STAMP.read_text() == INTEGRITY


def check(archive: Path) -> None:
    """Raises Trouble if it is not what was published."""
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        raise Trouble(f"{PACKAGE} is not what it was when the tests were written: its digest differs.")


def pick(archive: Path) -> None:
    """Copy what defines a type or codes into place; the stamp comes last, so half a copy never counts."""
    shutil.rmtree(PICKED, ignore_errors=True)
    PICKED.mkdir(parents=True)
    with tarfile.open(archive) as package:
        for member in package:
            if named := WANTED.fullmatch(member.name):
                found = json.load(package.extractfile(member))
                found.pop("text", None)
                (PICKED / named[1]).write_text(json.dumps(found))
    STAMP.write_text(INTEGRITY)


def ensure() -> None:
    """Have the definitions. Costs nothing when they are there already."""
    if ready():
        return
    with alone(), step("Fetching the definitions of FHIR R4"):
        if not ready():
            place = ROOT / "build" / "fetched"
            place.mkdir(parents=True, exist_ok=True)
            npm("pack", PACKAGE, "--ignore-scripts", "--pack-destination", str(place))
            archive = place / f"{PACKAGE.replace('@', '-')}.tgz"
            check(archive)
            pick(archive)
            shutil.rmtree(place)
