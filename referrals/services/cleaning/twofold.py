"""Files that are two things at once: a picture that is an archive, a PDF that is a web page."""

import io
import re
import zipfile

from referrals.domain.attachment import BEGINS, TAKEN, MediaType
from referrals.services.cleaning.refusal import Unsafe

ARCHIVES = {"RAR": b"Rar!\x1a\x07", "7-Zip": b"7z\xbc\xaf\x27\x1c"}
ZIP_PARTS = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06")  # a file, the directory, its end
PAGE = re.compile(rb"<(?:!doctype\s+html|html|script|iframe|svg)[\s>][^\0]{4}|<\?php\s", re.IGNORECASE)
SCRIPT = re.compile(rb"\A[\s\0]*GIF8[79]a\s*[=/*]|javascript:", re.IGNORECASE)
PDF = re.compile(rb"%PDF-\d\.\d")
AFTER_PDF = re.compile(rb"%%EOF[\s\0]*\Z")
PNG_ENDS = b"IEND\xae\x42\x60\x82"


def media_type_of(sent: bytes) -> MediaType:
    """What it begins as. Raises Unsafe for anything else."""
    for media_type, begins in BEGINS.items():
        if sent.startswith(begins):
            return media_type
    raise Unsafe(f"this is not {TAKEN}: save it as one of these and send that")


def check(sent: bytes, media_type: MediaType) -> None:
    """Raises Unsafe for a file that is also of another kind, or hides something behind its end."""
    if found := second_nature(sent, media_type):
        raise Unsafe(f"this file is also {found}: send the plain photo or PDF by itself")
    ends = {MediaType.PNG: sent.endswith(PNG_ENDS), MediaType.PDF: bool(AFTER_PDF.search(sent[-2048:]))}
    if not ends.get(media_type, True):
        raise Unsafe("something stands behind the end of this file, or it is cut off: save it anew")


def second_nature(sent: bytes, media_type: MediaType) -> str:
    """What else the file is; nothing if it is one thing."""
    if all(part in sent for part in ZIP_PARTS) or zipfile.is_zipfile(io.BytesIO(sent)):
        return "a ZIP archive"
    for name, begins in ARCHIVES.items():
        if begins in sent:
            return f"a {name} archive"
    if PAGE.search(sent) or SCRIPT.search(sent):
        return "a web page or a script"
    return "a PDF" if media_type != MediaType.PDF and PDF.search(sent) else ""
