"""Photos and PDFs, sound ones and hostile ones, made on the spot; each with what an answer must say of it."""

import io
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image, PngImagePlugin

PAGE = b"<!doctype html><html><script>alert(1)</script></html>"
PLACE = "51 deg 30 north, in the camera's own words"


def picture(format_: str, size=(60, 40), mode="RGB", colour=None, **options) -> bytes:
    """A picture of noise, or of one colour."""
    drawn = (
        Image.new(mode, size, colour) if colour is not None else Image.effect_noise(size, 80).convert(mode)
    )
    written = io.BytesIO()
    drawn.save(written, format_, **options)
    return written.getvalue()


def _half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def photo(**options) -> bytes:
    """A JPEG as a telephone takes it: on its side, with where it was taken, and by what."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn it by a quarter
    exif[0x010E] = PLACE
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    return picture("JPEG", exif=exif, comment=PLACE.encode(), **options)


def png(**options) -> bytes:
    """A PNG with a text in it."""
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", PLACE)
    return picture("PNG", pnginfo=said, **options)


def archive() -> bytes:
    """A small ZIP file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("a.txt", "hello")
    return written.getvalue()


def pdf(change: Callable[[pikepdf.Pdf], object] = lambda made: None, **options) -> bytes:
    """A PDF of one page, changed."""
    made, written = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    change(made)
    made.save(written, **options)
    return written.getvalue()


def animation() -> bytes:
    """A PNG that moves."""
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "PNG", save_all=True, append_images=frames[1:])
    return written.getvalue()


def _opens_with(action: Dictionary) -> Callable[[pikepdf.Pdf], object]:
    return lambda made: setattr(made.Root, "OpenAction", action)


def _root_holds(name: str, value: object) -> Callable[[pikepdf.Pdf], object]:
    return lambda made: made.Root.__setitem__(name, value)


def _page_holds(name: str, value: object) -> Callable[[pikepdf.Pdf], object]:
    return lambda made: made.pages[0].obj.__setitem__(name, value)


def _note(subtype: str, **more: object) -> Callable[[pikepdf.Pdf], object]:
    note = Dictionary(Type=Name.Annot, Subtype=Name("/" + subtype), Rect=[0, 0, 9, 9], **more)
    return _page_holds("/Annots", pikepdf.Array([note]))


def _unpacks_to(size: int, times: int = 1) -> Callable[[pikepdf.Pdf], object]:
    """A stream that is nothing but zeros, packed so many times over."""

    def change(made: pikepdf.Pdf) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
        content = b"\x78\xda" + block * (size // 1_000_000)
        for _ in range(times - 1):
            content = zlib.compress(content, 9)
        stream = pikepdf.Stream(made, content)
        stream.Filter = pikepdf.Array([Name.FlateDecode] * times)
        made.pages[0].obj.Contents = stream

    return change


def _huge_picture(made: pikepdf.Pdf) -> None:
    drawn = pikepdf.Stream(made, b"", Type=Name.XObject, Subtype=Name.Image, Width=50_000, Height=50_000)
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=made.make_indirect(drawn)))


def _slow_to_open() -> bytes:
    """A JPEG with more scans than any camera writes."""
    whole = picture("JPEG", progressive=True)
    first = whole.index(b"\xff\xda")
    return whole[:first] + whole[first:-2] * 60 + whole[-2:]


def beyond_memory() -> bytes:
    """A PDF whose stream only the library itself unpacks: to more than a process may have."""

    def change(made: pikepdf.Pdf) -> None:
        _unpacks_to(500_000_000)(made)
        stream = made.pages[0].obj.Contents
        stream.write(
            stream.read_raw_bytes().hex().encode() + b">",
            filter=pikepdf.Array([Name.ASCIIHexDecode, Name.FlateDecode]),
        )

    return pdf(change, **AS_IT_IS)


AS_IT_IS = {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.none}
SCRIPT = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
PACKED = {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "compress_streams": True}
LOCKED = pikepdf.Encryption(owner="owner", user="user")
UNLOCKED = pikepdf.Encryption(owner="owner", user="")

# What is sent, and a word of why it is refused.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "text": (lambda: b"hello", "not a photo"),
    "a ZIP": (archive, "not a photo"),
    "a program": (lambda: b"MZ" + bytes(200), "not a photo"),
    "a GIF": (lambda: picture("GIF"), "not a photo"),
    "a GIF that is a script": (lambda: b"GIF89a=1;/*" + bytes(50) + b"*/alert(1)", "not a photo"),
    "a BMP": (lambda: picture("BMP"), "not a photo"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a photo"),
    "a web page": (lambda: PAGE, "not a photo"),
    "more than 10 MB": (lambda: photo() + bytes(10 * 2**20), "larger than 10 MB"),
    "PNG and ZIP": (lambda: png() + archive(), "ZIP"),
    "JPEG and ZIP": (lambda: photo() + archive(), "ZIP"),
    "PDF and ZIP": (lambda: pdf() + archive(), "ZIP"),
    "a ZIP that a comment hides": (lambda: picture("JPEG", comment=archive()) + bytes(70_000), "ZIP"),
    "JPEG and RAR": (lambda: photo() + b"Rar!\x1a\x07\x01\x00" + bytes(20), "RAR"),
    "JPEG and 7-Zip": (lambda: photo() + b"7z\xbc\xaf\x27\x1c" + bytes(20), "7-Zip"),
    "JPEG and web page": (lambda: photo() + PAGE, "web page"),
    "JPEG with a page as its comment": (lambda: picture("JPEG", comment=PAGE), "web page"),
    "JPEG and PHP": (lambda: photo() + b"<?php system($_GET['x']);", "web page"),
    "PNG with a page in it": (lambda: png()[:-12] + PAGE + png()[-12:], "web page"),
    "JPEG and PDF": (lambda: photo() + pdf(), "a PDF"),
    "PDF and web page": (lambda: pdf() + PAGE, "web page"),
    "PNG and something": (lambda: png() + b"more", "behind the end"),
    "PDF and something": (lambda: pdf() + b"x" * 40, "behind the end"),
    "PDF not at its beginning": (lambda: b"\n" + pdf(), "not a photo"),
    "half a JPEG": (lambda: _half(picture("JPEG", (200, 200))), "damaged"),
    "half a PNG": (lambda: png(size=(300, 300))[:5_000], "cut off"),
    "half a PDF": (lambda: pdf()[:-30], "cut off"),
    "a PDF of nonsense": (lambda: b"%PDF-1.7\n" + b"x" * 50 + b"\n%%EOF", "damaged"),
    "a JPEG of nonsense": (lambda: b"\xff\xd8\xff" + b"x" * 500, "damaged"),
    "41 million pixels": (lambda: picture("PNG", (7000, 5900), "1", 0), "40 million pixels"),
    "400 million pixels": (lambda: picture("PNG", (20000, 20000), "1", 0), "40 million pixels"),
    "a picture that moves": (animation, "moves"),
    "a picture of too many scans": (_slow_to_open, "slow to open"),
    "a PDF with a script": (lambda: pdf(_opens_with(SCRIPT)), "script"),
    "a PDF with a packed script": (lambda: pdf(_opens_with(SCRIPT), **PACKED), "script"),
    "a PDF with a named script": (
        lambda: pdf(_root_holds("/Names", Dictionary(JavaScript=Dictionary(Names=[])))),
        "script",
    ),
    "a PDF that starts a program": (
        lambda: pdf(_page_holds("/AA", Dictionary(O=Dictionary(S=Name.Launch, F="calc.exe")))), "program",
    ),
    "a PDF that opens another": (lambda: pdf(_opens_with(Dictionary(S=Name.GoToE))), "program"),
    "a PDF that sends itself": (lambda: pdf(_opens_with(Dictionary(S=Name.SubmitForm))), "sends itself"),
    "a PDF with a file": (lambda: pdf(lambda made: made.attachments.__setitem__("a.txt", b"hello")), "file"),
    "a PDF with a file pinned to it": (lambda: pdf(_note("FileAttachment")), "file"),
    "a PDF with a film": (lambda: pdf(_note("RichMedia")), "file"),
    "a PDF with a dynamic form": (
        lambda: pdf(lambda made: made.Root.__setitem__("/AcroForm", Dictionary(XFA="x"))), "form",
    ),
    "a PDF with a password": (lambda: pdf(encryption=LOCKED), "password"),
    "a PDF that is encrypted": (lambda: pdf(encryption=UNLOCKED), "encrypted"),
    "a PDF of 300 MB": (lambda: pdf(_unpacks_to(300_000_000), **AS_IT_IS), "unpacks"),
    "a PDF of 1 GB": (lambda: pdf(_unpacks_to(1_000_000_000), **AS_IT_IS), "unpacks"),
    "a PDF packed twice": (lambda: pdf(_unpacks_to(250_000_000, 2), **AS_IT_IS), "unpacks"),
    "a PDF with a huge picture": (lambda: pdf(_huge_picture), "pixels"),
    "a PDF of 501 pages": (lambda: pdf(lambda m: [m.add_blank_page() for _ in range(500)]), "501 pages"),
}  # fmt: skip
