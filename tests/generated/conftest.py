"""The access matrix's story is what generated calls are about."""

from tests.access.conftest import quiet, story

__all__ = ["quiet", "story"]
