"""Pictures are drawn anew: what else their file held (place, camera, comments) stays behind."""

import io

from PIL import Image, ImageFile, ImageOps

from referrals.domain.attachment import MOST_PIXELS, MediaType
from referrals.services.cleaning.refusal import Unsafe

QUALITY = 90  # of 100: no difference that an eye sees
MOST_SCANS = 100  # a progressive JPEG has about ten; thousands would keep a decoder busy for hours
SCAN = b"\xff\xda"
FORMAT = {MediaType.JPEG: "JPEG", MediaType.PNG: "PNG"}
TOO_MANY = f"this picture has more than {MOST_PIXELS // 1_000_000} million pixels: make it smaller"


def clean(sent: bytes, media_type: MediaType) -> tuple[bytes, dict[str, int]]:
    """The same picture, upright, with nothing else in it; its width and height. Raises Unsafe."""
    if sent.count(SCAN) > MOST_SCANS and media_type == MediaType.JPEG:
        raise Unsafe("this picture is made to be slow to open: save it anew")
    image = _opened(sent, FORMAT[media_type])
    upright = _plain(ImageOps.exif_transpose(image))
    upright.info.clear()
    drawn = io.BytesIO()
    upright.save(drawn, FORMAT[media_type], quality=QUALITY)
    return drawn.getvalue(), {"width": upright.width, "height": upright.height}


def _opened(sent: bytes, format_: str) -> Image.Image:
    """Decoded whole, once its size is known to be bearable. Raises Unsafe."""
    try:
        image = Image.open(io.BytesIO(sent), formats=[format_])
        if image.width * image.height > MOST_PIXELS:
            raise Unsafe(TOO_MANY)
        if format_ == "PNG" and getattr(image, "is_animated", False):
            raise Unsafe("this picture moves: send a still one")
        ImageFile.LOAD_TRUNCATED_IMAGES = False  # others that use Pillow switch it on, for everybody
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unsafe(TOO_MANY) from None
    except (OSError, SyntaxError, ValueError):
        raise Unsafe("this picture is damaged: take or save it anew") from None
    return image


def _plain(image: Image.Image) -> Image.Image:
    """In grey or in colours, as both formats have them; transparency where there was some."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    if image.mode.startswith("I"):  # 16 bits of grey, as scanners make
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    see_through = image.mode in ("LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if see_through else "RGB")
