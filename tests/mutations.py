"""Files as they should not be: what cameras, transfers and hostile people do to pictures. The same files each time."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.drawn_face import face

SIDE = 96


def encodings() -> dict[str, bytes]:
    """One drawn face in every format, mode and habit that people bring: name with extension -> bytes."""
    picture = Image.fromarray(face(SIDE))
    grey = picture.convert("L")
    clear = picture.copy()
    clear.putalpha(Image.linear_gradient("L").resize((SIDE, SIDE)))
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    float_grey = Image.fromarray(np.asarray(grey).astype(np.float32) / 255)
    turned = Image.Exif()
    turned[0x0112] = 6
    frames = {"save_all": True, "append_images": [grey.convert("RGB"), picture.rotate(90)]}
    transparent = picture.convert("P")
    transparent.info["transparency"] = 0
    return {
        "plain.jpg": _saved(picture, "JPEG", quality=90),
        "progressive.jpg": _saved(picture, "JPEG", progressive=True),
        "grey.jpg": _saved(grey, "JPEG"),
        "cmyk.jpg": _saved(picture.convert("CMYK"), "JPEG"),
        "turned.jpg": _saved(picture, "JPEG", exif=turned),
        "pair.mpo": _saved(picture, "MPO", save_all=True, append_images=[picture]),
        "plain.png": _saved(picture, "PNG"),
        "alpha.png": _saved(clear, "PNG"),
        "grey-alpha.png": _saved(clear.convert("LA"), "PNG"),
        "palette.png": _saved(picture.convert("P"), "PNG"),
        "transparent.png": _saved(transparent, "PNG", transparency=0),
        "one-bit.png": _saved(grey.convert("1"), "PNG"),
        "deep.png": _saved(deep, "PNG"),
        "animated.png": _saved(picture, "PNG", **frames),
        "plain.webp": _saved(picture, "WEBP"),
        "animated.webp": _saved(picture, "WEBP", **frames),
        "plain.gif": _saved(picture, "GIF"),
        "animated.gif": _saved(picture, "GIF", **frames),
        "plain.bmp": _saved(picture, "BMP"),
        "plain.tif": _saved(picture, "TIFF"),
        "packed.tif": _saved(picture, "TIFF", compression="tiff_lzw"),
        "deep.tif": _saved(deep, "TIFF"),
        "float.tif": _saved(float_grey, "TIFF"),
        "camera.tif": _saved(picture.convert("YCbCr"), "TIFF", compression="jpeg"),
        "plain.ppm": _saved(picture, "PPM"),
        "plain.pgm": _saved(grey, "PPM"),
        "plain.avif": _saved(picture, "AVIF", speed=10),
        "plain.jp2": _saved(picture, "JPEG2000"),
    }


def mutations() -> Iterator[tuple[str, bytes]]:
    """More than 300 files: each encoding cut, flipped, zeroed, headless, misnamed, followed by rubbish; and bombs."""
    rng = np.random.default_rng(7)
    whole = encodings()
    names = list(whole)
    for position, (name, data) in enumerate(whole.items()):
        stem, extension = name.split(".")
        yield name, data
        for part in (0.02, 0.3, 0.7, 0.97):
            yield f"{stem}-cut-{part}.{extension}", data[: int(len(data) * part)]
        for many in (1, 8, 200):
            yield f"{stem}-flipped-{many}.{extension}", _flipped(data, many, rng)
        yield f"{stem}-header-flipped.{extension}", _flipped(data[:64], 6, rng) + data[64:]
        start = int(rng.integers(20, len(data) // 2))
        yield f"{stem}-zeroed.{extension}", data[:start] + bytes(len(data) // 4) + data[start + len(data) // 4 :]
        yield f"{stem}-headless.{extension}", data[40:]
        yield f"{stem}-rubbish.{extension}", data + rng.bytes(500)
        other = names[(position + 5) % len(names)].rpartition(".")[2]
        yield f"{stem}-from-{extension}.{other}", data
    yield from broken()
    yield from bombs()


def broken() -> Iterator[tuple[str, bytes]]:
    """Files that are no pictures, whatever they are called."""
    yield "empty.jpg", b""
    yield "one-byte.png", b"\x89"
    yield "text.jpg", b"This is not a picture.\n" * 40
    yield "noise.png", np.random.default_rng(1).bytes(4000)
    yield "zeros.jpg", bytes(4000)
    yield "only-header.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
    yield "only-header.png", b"\x89PNG\r\n\x1a\n"
    yield "drawing.svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    yield "paper.pdf", b"%PDF-1.7\n1 0 obj << >> endobj\n" * 20
    yield "phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(400)
    yield "film.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(400)
    yield "archive.png", b"PK\x05\x06" + bytes(18)
    yield "postscript.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
    yield (
        "exif-rubbish.jpg",
        _saved(Image.fromarray(face(SIDE)), "JPEG", exif=b"Exif\x00\x00II*\x00" + bytes(range(200))),
    )


def bombs() -> Iterator[tuple[str, bytes]]:
    """Small files that claim, or really hold, far more pixels than anybody could use."""
    yield "claims.png", png(60_000, 60_000)
    yield "claims-most.png", png(2**31 - 1, 2**31 - 1)
    yield "just-too-many.png", png(8_001, 8_000)
    yield "no-pixels.png", png(0, 10)
    yield "real.png", png(9_000, 9_000, rows=9_000)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02\x4c\x01\x00;"
    yield "claims.gif", b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + bytes(6) + frame
    header = struct.pack("<IiiHHIIiiII", 40, 50_000, 50_000, 1, 24, 0, 0, 2835, 2835, 0, 0)
    yield "claims.bmp", b"BM" + struct.pack("<IHHI", 200, 0, 0, 54) + header + bytes(100)
    yield "claims.pgm", b"P5 100000 100000 255\n" + bytes(100)
    jpeg = bytearray(_saved(Image.fromarray(face(SIDE)), "JPEG"))
    start = jpeg.index(b"\xff\xc0")
    jpeg[start + 5 : start + 9] = struct.pack(">HH", 65_000, 65_000)
    yield "claims.jpg", bytes(jpeg)
    tags = [(256, 4, 70_000), (257, 4, 70_000), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1)]
    tags += [(278, 4, 70_000), (279, 4, 10)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    yield "claims.tif", b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(100)
    text = zlib.compress(bytes(70_000_000), 1)
    yield "text-chunk.png", png(8, 8, rows=8, extra=_chunk(b"zTXt", b"Comment\x00\x00" + text))


def png(width: int, height: int, rows: int = 0, extra: bytes = b"") -> bytes:
    """A black grey PNG that claims a size and holds so many rows, whatever the claim."""
    packer, line = zlib.compressobj(1), bytes(width + 1) if rows else b""
    pixels = b"".join(packer.compress(line) for _ in range(rows)) + packer.flush()
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _flipped(data: bytes, many: int, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for position in rng.integers(0, len(data), many):
        changed[position] ^= 1 << int(rng.integers(8))
    return bytes(changed)
