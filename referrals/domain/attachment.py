"""Files that people attach to a case: what kinds there are, how large they may be, of what they are made.

The limits are ours: a photo of a modern phone has 12 to 50 million pixels and 2 to 8 MB; a form of a few
pages is smaller. What a file is called, or said to be, counts for nothing: only what it holds.
"""

from collections.abc import Mapping
from enum import StrEnum

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_PAGES = 500
LONGEST_NAME = 100  # characters


class Kind(StrEnum):
    """What a file is about, which decides who reads it: see ``domain.disclosure``."""

    PHOTO = "photo"
    DOCUMENT = "document"
    CLINICAL_DOCUMENT = "clinical_document"
    POLICE_DOCUMENT = "police_document"


class MediaType(StrEnum):
    """What a file is made of."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


BEGINS: Mapping[MediaType, bytes] = {
    MediaType.JPEG: b"\xff\xd8\xff",
    MediaType.PNG: b"\x89PNG\r\n\x1a\n",
    MediaType.PDF: b"%PDF-",
}
ENDING: Mapping[MediaType, str] = {MediaType.JPEG: "jpg", MediaType.PNG: "png", MediaType.PDF: "pdf"}
PICTURES = frozenset({MediaType.JPEG, MediaType.PNG})
TAKEN = "a photo (JPEG or PNG) or a PDF"


def file_name(kind: str, media_type: str, reference: str, key: str) -> str:
    """What a file is called when it is saved: nothing of what the sender called it, nor of the person."""
    return f"{reference}-{kind.replace('_', '-')}-{key[-6:]}.{ENDING[MediaType(media_type)]}"
