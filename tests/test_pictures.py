"""Opening pictures: the right pixels from every encoding, one sentence for everything else, never a crash."""

from __future__ import annotations

import io
import os
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_core.pictures import MAX_PIXELS, UnreadablePicture, open_picture, opening
from tests.drawn_face import face
from tests.mutations import SIDE, bombs, broken, encodings, mutations, png

FACE = face(SIDE)
GREY = np.repeat(np.asarray(Image.fromarray(FACE).convert("L"))[:, :, None], 3, axis=2)
CLEAR = np.linspace(0, 1, SIDE)[:, None, None]

# Encoding -> what a person sees in it, and the mean error its losses may cost.
SEEN = {
    "grey.jpg": (GREY, 5),
    "turned.jpg": (np.rot90(FACE, -1), 5),
    "alpha.png": (FACE * CLEAR + 255 * (1 - CLEAR), 3),
    "grey-alpha.png": (GREY * CLEAR + 255 * (1 - CLEAR), 3),
    "palette.png": (FACE, 20),
    "transparent.png": (FACE, 20),
    "one-bit.png": (GREY, 120),
    "deep.png": (GREY, 0),
    "deep.tif": (GREY, 0),
    "float.tif": (GREY, 0),
    "plain.pgm": (GREY, 0),
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return encodings()


@pytest.fixture(scope="module")
def refused() -> dict[str, bytes]:
    return dict([*broken(), *bombs()])


@pytest.mark.parametrize("name", encodings())
def test_every_encoding_shows_the_drawn_face(files: dict[str, bytes], name: str) -> None:
    wanted, allowed = SEEN.get(name, (FACE, 5))
    got = open_picture(files[name])
    assert (got.shape, got.dtype, got.flags.c_contiguous, got.flags.writeable) == (
        (SIDE, SIDE, 3),
        np.uint8,
        True,
        True,
    )
    assert np.abs(got - wanted.astype(np.float64)).mean() <= allowed


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    """The EXIF standard's table: what the camera did to an upright picture, by orientation."""
    upright = np.kron(
        np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[0, 0, 0], [90, 90, 90], [255, 255, 255]]]),
        np.ones((16, 16, 1)),
    )
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    tags = Image.Exif()
    tags[0x0112] = orientation
    buffer = io.BytesIO()
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    Image.fromarray(np.ascontiguousarray(stored.astype(np.uint8))).save(buffer, kind, exif=tags, **options)
    got = open_picture(buffer.getvalue())
    assert got.shape == upright.shape
    assert np.abs(got - upright).max() <= (12 if kind == "JPEG" else 0)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (np.array([[0, 257, 65535]], np.uint16), [0, 1, 255]),  # sixteen bits
        (np.array([[0, 65535, 32768]], np.int32), [0, 255, 128]),  # sixteen bits in a wider type
        (np.array([[-500, 0, 500]], np.int32), [0, 128, 255]),  # a range that is written nowhere is stretched
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),  # fractions
        (np.array([[0.0, 100.0, 255.0]], np.float32), [0, 100, 255]),  # eight bits as floats
        (np.array([[np.nan, 1.0, np.inf]], np.float32), [0, 255, 0]),  # no number is black
        (np.zeros((1, 3), np.float32), [0, 0, 0]),
    ],
)
def test_deep_greys_become_eight_bits(values: np.ndarray, wanted: list[int]) -> None:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF")
    assert open_picture(buffer.getvalue())[0, :, 0].tolist() == wanted


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("empty.jpg", "the file is empty (0 bytes); save or download it again"),
        ("text.jpg", "not a picture that can be read"),
        ("zeros.jpg", "not a picture that can be read"),
        ("drawing.svg", "SVG drawing"),
        ("paper.pdf", "PDF document"),
        ("phone.heic", "HEIC picture, which cannot be read here; export it as JPEG or PNG"),
        ("film.mp4", "video, not a picture"),
        ("archive.png", "zip archive"),
        ("postscript.eps", "not a picture that can be read"),
        (
            "claims.png",
            "more than the limit of 64 megapixels; save a smaller copy",
        ),
        ("just-too-many.png", "claims 8001 x 8000 pixels"),
        ("real.png", "claims 9000 x 9000 pixels"),
        ("claims.gif", "more than the limit of 64 megapixels"),
        ("claims.bmp", "more than the limit of 64 megapixels"),
        ("claims.pgm", "more than the limit of 64 megapixels"),
        ("claims.jpg", "more than the limit of 64 megapixels"),
        ("claims.tif", "more than the limit of 64 megapixels"),
    ],
)
def test_what_cannot_be_opened_says_why(refused: dict[str, bytes], name: str, sentence: str) -> None:
    with pytest.raises(UnreadablePicture, match=re.escape(sentence)):
        open_picture(refused[name])


def test_bombs_are_refused_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(UnreadablePicture, match="limit of 64 megapixels"):
        open_picture(png(8_001, 8_000))
    with pytest.raises(UnreadablePicture, match="limit of 0.01 megapixels"):
        open_picture(png(200, 100), max_pixels=10_000)
    assert MAX_PIXELS == 64_000_000


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")
def test_no_mutation_crashes() -> None:
    count = opened = 0
    for name, data in mutations():
        count += 1
        try:
            pixels = open_picture(data)
        except UnreadablePicture as fault:
            said = str(fault)
            assert said.startswith("the file ") and "\n" not in said and len(said) < 200, (name, said)
        else:
            opened += 1
            assert pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8 and pixels.size, name
    assert count >= 300
    assert opened >= 100  # what only looks odd is shown


def test_the_content_decides_whatever_the_name_says(tmp_path: Path, files: dict[str, bytes]) -> None:
    for name in ("photo.txt", "photo", "photo.zip.gif", "fötö 🙂.png"):
        (tmp_path / name).write_bytes(files["plain.bmp"])
        assert np.array_equal(open_picture(tmp_path / name), FACE)


def test_open_files_are_read_from_where_they_stand(files: dict[str, bytes]) -> None:
    stream = io.BytesIO(b"before" + files["plain.png"])
    stream.seek(6)
    assert np.array_equal(open_picture(stream), FACE)
    stream.close()
    with pytest.raises(UnreadablePicture, match="could not be read"):
        open_picture(stream)


def test_paths_that_lead_to_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadablePicture, match="^gone.jpg was not found; check the path$"):
        open_picture(tmp_path / "gone.jpg")
    with pytest.raises(UnreadablePicture, match="is a folder, not a picture file"):
        open_picture(tmp_path)
    os.mkfifo(tmp_path / "pipe.jpg")  # opening it would wait for ever
    with pytest.raises(UnreadablePicture, match="is a device, not a picture file"):
        open_picture(tmp_path / "pipe.jpg")
    with pytest.raises(UnreadablePicture, match="could not be read"):
        open_picture(tmp_path / ("n" * 300))
    (tmp_path / "long.jpg").write_bytes(bytes(2_000))
    monkeypatch.setattr(opening, "MAX_BYTES", 1_000)
    for source in (tmp_path / "long.jpg", bytes(2_000), io.BytesIO(bytes(2_000))):
        with pytest.raises(UnreadablePicture, match="has more than 0 MB; save a smaller copy"):
            open_picture(source)


def test_threads_open_alike(files: dict[str, bytes]) -> None:
    wanted = {name: open_picture(data) for name, data in files.items()}
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(name for name, data in files.items() if not np.array_equal(open_picture(data), wanted[name]))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
