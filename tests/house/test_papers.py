"""What strangers read first: the example of the environment, the pinned requirements, the factories."""

import ast
import re

import pytest
from django.apps import apps

from agencies.models import AuditEvent
from config.env import ROOT
from tests.factories import agencies as factories
from tests.house.sources import files, parsed

# Set by the runner for its own children, or by make: nobody writes them in a file.
INTERNAL = {"HOME", "MAKELEVEL", "DEMO_JSON", "BASE_URL", "UV_DEFAULT_INDEX", "SUPERUSER_DATABASE_URL"}


def names_given(node):
    """What is asked of the environment here: env.str("X"), required("X"), os.environ["X"]."""
    if isinstance(node, ast.Subscript):
        return [node.slice] if ast.unparse(node.value) == "os.environ" else []
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        return node.args[:1] if re.fullmatch(r"env\.\w+|required|os\.environ\.\w+", called) else []
    return []


def variables_read():
    """Every variable that config reads by its name."""
    for path in files("config"):
        for node in ast.walk(parsed(path)):
            for given in names_given(node):
                if isinstance(value := getattr(given, "value", None), str):
                    yield value


def test_every_variable_is_explained_in_the_example():
    explained = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    read = set(variables_read())
    assert {"PORT", "SECRET_KEY", "PG_BIN", "DEMO"} <= read
    assert read - INTERNAL - explained == set()


REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_with_its_hash_and_names_no_host(path):
    text = path.read_text()
    pins = re.findall(r"^[\w.\[\]-]+==\S+ \\\n +--hash=sha256:", text, re.MULTILINE)
    named = re.findall(r"^[a-zA-Z]", text, re.MULTILINE)
    assert len(pins) == len(named) > 0
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_every_model_of_the_ground_floor_has_a_factory():
    """Higher up, rows come from services alone. The audit log has one writer, ``audit.record``."""
    made = {f._meta.model for f in vars(factories).values() if hasattr(f, "_meta") and hasattr(f, "build")}
    models = set(apps.get_app_config("agencies").get_models()) - {AuditEvent}
    assert models - made == set()
