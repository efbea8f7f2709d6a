"""PDFs are kept as they came, once nothing in them runs, hides another file or unpacks without end."""

import io
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from referrals.domain.attachment import MOST_PAGES, MOST_PIXELS
from referrals.services.cleaning.refusal import Unsafe

MOST_UNPACKED = 200 * 1024 * 1024  # bytes, over all that the file holds
MOST_OBJECTS = 200_000
DEEPEST = 50  # levels of lists and dictionaries within one object

SCRIPT, PROGRAM, FILE, FORM = (
    "a script",
    "something that starts a program or opens another file",
    "another file",
    "a form that sends itself, or that only one program reads",
)
KEYS = {"/JS": SCRIPT, "/JavaScript": SCRIPT, "/EmbeddedFiles": FILE, "/EF": FILE, "/XFA": FORM,
        "/RichMediaContent": FILE}  # fmt: skip
NAMES = {  # of an action (/S) or of an annotation (/Subtype)
    "/JavaScript": SCRIPT, "/Launch": PROGRAM, "/GoToE": PROGRAM, "/GoToR": PROGRAM, "/ImportData": FORM,
    "/SubmitForm": FORM, "/Rendition": FILE, "/RichMediaExecute": SCRIPT, "/FileAttachment": FILE,
    "/RichMedia": FILE, "/Movie": FILE, "/Sound": FILE, "/Screen": FILE, "/3D": FILE,
}  # fmt: skip
VIEWERS = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"}
PLAIN = "print it to a new PDF and send that"


def clean(sent: bytes) -> tuple[bytes, dict[str, int]]:
    """The same bytes; how many pages. Raises Unsafe."""
    try:
        with pikepdf.open(io.BytesIO(sent), suppress_warnings=True, attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise Unsafe(f"this PDF is encrypted: {PLAIN}, without a password")
            pages = len(pdf.pages)
            if not 0 < pages <= MOST_PAGES:
                raise Unsafe(f"this PDF has {pages} pages: send 1 to {MOST_PAGES}")
            _look_through(pdf)
    except pikepdf.PasswordError:
        raise Unsafe(f"this PDF needs a password: {PLAIN}, without one") from None
    except (pikepdf.PdfError, zlib.error, RecursionError):
        raise Unsafe(f"this PDF is damaged: {PLAIN}") from None
    return sent, {"pages": pages}


def _look_through(pdf: pikepdf.Pdf) -> None:
    """Every object of the file, whether or not a page leads to it. Raises Unsafe."""
    if len(pdf.objects) > MOST_OBJECTS:
        raise Unsafe(f"this PDF is made of too many parts: {PLAIN}")
    left = MOST_UNPACKED
    for each in pdf.objects:
        for inner in _dictionaries(each):
            _check(inner)
        if isinstance(each, pikepdf.Stream):
            left -= _unpacked(each, left)
        if left < 0:
            raise Unsafe(f"this PDF unpacks to more than {MOST_UNPACKED // 2**20} MB: {PLAIN}")


def _dictionaries(each: pikepdf.Object, level: int = 0) -> Iterator[pikepdf.Object]:
    """Those within one object; what it only refers to comes by itself. Raises Unsafe."""
    if level > DEEPEST:
        raise Unsafe(f"this PDF is nested too deep: {PLAIN}")
    inner: list[object] = []
    if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
        yield each
        inner = [each.get(key) for key in each.keys()]  # noqa: SIM118  (not a mapping)
    elif isinstance(each, pikepdf.Array):
        inner = list(each)
    for one in inner:
        if isinstance(one, pikepdf.Object) and not one.is_indirect:
            yield from _dictionaries(one, level + 1)


def _check(each: pikepdf.Object) -> None:
    found = next((said for key, said in KEYS.items() if key in each), None)
    for key in ("/S", "/Subtype"):
        found = found or NAMES.get(str(each.get(key, "")))
    if found:
        raise Unsafe(f"this PDF holds {found}: {PLAIN}")
    if each.get("/Subtype") == "/Image" and _pixels(each) > MOST_PIXELS:
        raise Unsafe(f"a picture in this PDF has more than {MOST_PIXELS:,} pixels: {PLAIN}")


def _pixels(image: pikepdf.Object) -> int:
    sides = [image.get(side, 0) for side in ("/Width", "/Height")]
    return int(sides[0]) * int(sides[1]) if all(isinstance(each, int) for each in sides) else 0


def _unpacked(stream: pikepdf.Object, left: int) -> int:
    """Bytes that it becomes when it is read, as far as one more than is left. Raises Unsafe.

    A picture that only a viewer decodes counts as it is: its pixels are counted by themselves.
    """
    said: Any = stream.get("/Filter", [])
    packed = [str(each) for each in ([said] if isinstance(said, pikepdf.Name) else said)]
    content = stream.read_raw_bytes()
    while packed[:1] == ["/FlateDecode"]:
        content, packed = zlib.decompressobj().decompress(content, left + 1), packed[1:]
    if not packed or packed[0] in VIEWERS:
        return len(content)
    return len(stream.read_bytes())
