"""What is taken of a file: one plain photo or PDF, and of a photo the picture alone."""

import io
import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from referrals.domain.errors import Invalid, MoveNotAllowed
from referrals.services import inspection
from referrals.services.cleaning.__main__ import answer
from referrals.services.inspection import PROGRAM, ROOT, inspected
from tests.files import made

TAKEN = {
    "a photo": (made.photo, "image/jpeg"),
    "a PNG": (made.png, "image/png"),
    "a photo in print colours": (lambda: made.picture("JPEG", mode="CMYK"), "image/jpeg"),
    "a grey photo": (lambda: made.picture("JPEG", mode="L"), "image/jpeg"),
    "a see-through PNG": (lambda: made.picture("PNG", mode="LA"), "image/png"),
    "a PNG with a palette": (lambda: made.picture("PNG", mode="P"), "image/png"),
    "a PNG in black and white": (lambda: made.picture("PNG", mode="1"), "image/png"),
    "a scan of 16 bits": (lambda: made.picture("PNG", mode="I;16", colour=40_000), "image/png"),
    "a photo with bytes behind it": (lambda: made.photo() + b"motion" * 99, "image/jpeg"),
    "39 million pixels": (lambda: made.picture("JPEG", (7000, 5700), colour="red"), "image/jpeg"),
    "a PDF": (made.pdf, "application/pdf"),
    "a packed PDF": (lambda: made.pdf(**made.PACKED), "application/pdf"),
}


@pytest.fixture
def here(monkeypatch):
    """In this process: quicker, and the same code."""
    monkeypatch.setattr(inspection, "_asked", answer)


@pytest.mark.parametrize("name", TAKEN)
def test_a_plain_photo_or_pdf_is_taken(name, here):
    sent, media_type = TAKEN[name][0](), TAKEN[name][1]
    clean = inspected(sent)
    assert clean.media_type == media_type
    if media_type == "application/pdf":
        assert (clean.content, clean.pages, clean.width) == (sent, 1, None)
    else:
        with Image.open(io.BytesIO(clean.content)) as drawn:
            assert drawn.size == (clean.width, clean.height)
            drawn.load()


def test_half_a_picture_is_refused_whatever_others_allow(here, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(Invalid) as refusal:
        inspected(made.HOSTILE["half a JPEG"][0]())
    assert "damaged" in refusal.value.errors["/file"]


@pytest.mark.parametrize("name", made.HOSTILE)
def test_what_is_anything_else_is_refused_with_a_remedy(name, here):
    sent, why = made.HOSTILE[name]
    with pytest.raises(Invalid) as refusal:
        inspected(sent())
    said = refusal.value.errors["/file"]
    assert why in said
    assert ":" in said, "and what to do"


@pytest.mark.parametrize("send", [made.photo, made.png])
def test_nothing_but_the_picture_stays(send):
    sent = send()
    assert made.PLACE.encode() in sent
    kept = inspected(sent + (b"behind the end" if send is made.photo else b"")).content
    assert made.PLACE.encode() not in kept
    assert b"behind the end" not in kept
    with Image.open(io.BytesIO(kept)) as drawn:
        assert not drawn.getexif()
        assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photo_is_turned_upright():
    clean = inspected(made.photo(size=(60, 40)))
    assert (clean.width, clean.height) == (40, 60)


@pytest.mark.parametrize("name", ["a PDF of 1 GB", "400 million pixels", "PDF and ZIP"])
def test_the_process_of_its_own_says_the_same(name):
    sent, why = made.HOSTILE[name]
    with pytest.raises(Invalid, match="cannot be taken") as refusal:
        inspected(sent())
    assert why in refusal.value.errors["/file"]


def test_what_needs_more_memory_than_there_is_is_refused(monkeypatch):
    small = "import referrals.services.cleaning.__main__ as it; it.MEMORY = 300 * 2**20; it.main()"
    monkeypatch.setattr(inspection, "PROGRAM", [*PROGRAM[:-2], "-c", small])
    assert inspected(made.photo()), "it is enough for a photo"
    with pytest.raises(Invalid) as refusal:
        inspected(made.beyond_memory())
    assert "/file" in refusal.value.errors


def test_the_same_photo_is_kept_as_the_same_bytes():
    sent = made.photo()
    assert inspected(sent).sha256 == inspected(sent).sha256


def test_it_is_opened_where_there_is_no_secret_and_nothing_can_be_written(tmp_path):
    spy = (
        "import os, runpy, referrals.services.cleaning.twofold as t\n"
        f"def seen(sent):\n"
        f"    try: open({str(tmp_path / 'x')!r}, 'w').write('x' * 9999)\n"
        "    except OSError: wrote = False\n"
        "    else: wrote = True\n"
        "    raise t.Unsafe(f'{sorted(os.environ)} {wrote}')\n"
        "t.media_type_of = seen\n"
        "runpy.run_module('referrals.services.cleaning', run_name='__main__')\n"
    )
    words = [*PROGRAM[:-2], "-c", spy]
    done = subprocess.run(words, input=b"x", capture_output=True, cwd=ROOT, env={}, check=True)
    said = json.loads(done.stdout)["refused"]
    assert said.endswith("False"), said
    assert not {name for name in said if "URL" in name or "SECRET" in name}
    assert Path(tmp_path / "x").stat().st_size == 0


def test_a_reader_that_dies_or_takes_too_long_refuses_the_file(monkeypatch):
    for program, longest in ((["false"], 5), (["sleep", "9"], 0.2)):
        monkeypatch.setattr(inspection, "PROGRAM", program)
        monkeypatch.setattr(inspection, "LONGEST", longest)
        monkeypatch.setattr(inspection, "ENV", {"PATH": "/usr/bin:/bin"})
        with pytest.raises(Invalid) as refusal:
            inspected(made.photo())
        assert "could not be opened safely" in refusal.value.errors["/file"]


def test_whoever_does_not_get_a_turn_is_told_to_try_again(monkeypatch):
    monkeypatch.setattr(inspection, "PATIENCE", 0.1)
    for _ in range(2):
        assert inspection.AT_ONCE.acquire(blocking=False), "each look before this gave its turn back"
    try:
        with pytest.raises(MoveNotAllowed, match="again in a moment"):
            inspected(made.photo())
    finally:
        inspection.AT_ONCE.release(2)
    assert inspected(made.photo())
