"""Pictures opened safely: any file a person may bring becomes upright RGB, or one sentence why not.

What is decided here, once:

- The content decides the format, never the file's name. Only the formats in `FORMATS` are tried.
- The pixel count is read from the header and refused above `MAX_PIXELS` *before* anything is decoded.
- A file that ends early is refused: half a picture would be judged like a whole one. (Pillow's switch for showing
  what is there is a global of the process, which a server with several visitors must not flip.)
- Transparency is laid on white; of an animation the first frame counts; EXIF orientation is applied; deeper pixels are
  scaled to eight bits. Colour profiles are not applied.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

MAX_PIXELS = 64_000_000
"""Above this many pixels a picture is refused: 64 million RGB pixels are 192 MB, and no 48-megapixel phone is locked
out."""

MAX_BYTES = 200 * 2**20
"""Above this many bytes a file or a member of a zip is refused; the dashboard's upload limit is the same 200 MB."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000")
"""Pillow's names of the formats that are tried (JPEG covers the stereo pairs of MPO). Left out are those that start
other programs or have many holes."""

_FORMATS_IN_WORDS = "JPEG, PNG, WebP, GIF, BMP, TIFF, PPM, AVIF, JPEG 2000"

_DECODER_FAULTS = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    MemoryError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    Warning,
)
"""What Pillow's readers were seen to raise on damaged files; warnings count where the caller turns them into errors."""

_ORIENTATION_TAG = 0x0112


class UnreadablePicture(ValueError):
    """A picture that cannot be used; the message is one sentence for the person who brought it."""


def open_picture(source: Path | bytes | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The picture as upright RGB.

    Args:
        source: A path, the file's bytes, or an open binary file (read from where it stands).
        max_pixels: Refuse pictures with more pixels than this, before decoding.

    Returns:
        ``(H, W, 3)`` uint8, contiguous, the caller's own.

    Raises:
        UnreadablePicture: one sentence: missing, empty, too large, not a picture, damaged or cut off.
    """
    name = source.name if isinstance(source, Path) else "the file"
    data = read_bytes(source)
    if not data:
        raise UnreadablePicture(f"{name} is empty (0 bytes); save or download it again")
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as fault:
        raise UnreadablePicture(_too_many_pixels(name, None, max_pixels)) from fault
    except _DECODER_FAULTS as fault:
        raise UnreadablePicture(f"{name} {_what_it_is(data)}") from fault
    with image:
        width, height = image.size
        if width * height > max_pixels:
            raise UnreadablePicture(_too_many_pixels(name, image.size, max_pixels))
        if width < 1 or height < 1:
            raise UnreadablePicture(f"{name} has no pixels ({width} x {height})")
        try:
            # Before the orientation: TIFF turns itself upright while decoding, PNG may carry its EXIF block at the end.
            image.load()
            orientation = _orientation(image)
            pixels = _rgb(image)
        except _DECODER_FAULTS as fault:
            raise UnreadablePicture(
                f"{name} is damaged or cut off ({image.format}); save or download it again"
            ) from fault
    return _upright(pixels, orientation)


def read_bytes(source: Path | bytes | BinaryIO) -> bytes:
    """The bytes of a picture file, at most `MAX_BYTES`.

    Raises:
        UnreadablePicture: the path is missing, no regular file or not permitted, or there are too many bytes.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    elif isinstance(source, Path):
        data = _read_path(source)
    else:
        try:
            data = source.read(MAX_BYTES + 1)
        except (OSError, ValueError) as fault:
            raise UnreadablePicture(f"the file could not be read: {fault}") from fault
    if len(data) > MAX_BYTES:
        raise UnreadablePicture(f"the file has more than {MAX_BYTES // 2**20} MB; save a smaller copy")
    return data


def _read_path(path: Path) -> bytes:
    try:
        if not path.exists():
            raise UnreadablePicture(f"{path.name} was not found; check the path")
        # A pipe or a device would never end, or never begin.
        if not path.is_file():
            raise UnreadablePicture(f"{path.name} is a {'folder' if path.is_dir() else 'device'}, not a picture file")
        if path.stat().st_size > MAX_BYTES:
            raise UnreadablePicture(f"{path.name} has more than {MAX_BYTES // 2**20} MB; save a smaller copy")
        return path.read_bytes()
    except OSError as fault:
        raise UnreadablePicture(f"{path.name} could not be read: {fault.strerror or fault}") from fault


def _too_many_pixels(name: str, size: tuple[int, int] | None, limit: int) -> str:
    claim = f"{size[0]} x {size[1]} pixels" if size else "an extreme number of pixels"
    return f"{name} claims {claim}, more than the limit of {limit / 1e6:g} megapixels; save a smaller copy"


def _what_it_is(data: bytes) -> str:
    """The rest of the sentence for bytes that no reader wants."""
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"):
        return "is a HEIC picture, which cannot be read here; export it as JPEG or PNG"
    if brand or data[:4] == b"\x1aE\xdf\xa3" or (data[:4] == b"RIFF" and data[8:12] == b"AVI "):
        return "is a video, not a picture; export a frame as JPEG or PNG"
    if data[:4] == b"%PDF":
        return "is a PDF document, not a picture; export the page as JPEG or PNG"
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "is a zip archive, not a picture"
    if b"<svg" in data[:1024].lower():
        return "is an SVG drawing, which has no pixels; export it as PNG"
    return f"is not a picture that can be read, or its beginning is damaged; use one of {_FORMATS_IN_WORDS}"


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; a damaged or missing block counts as upright."""
    # Pillow parses for milliseconds what most small pictures do not have; other formats keep orientation elsewhere.
    if image.format == "JPEG" and "exif" not in image.info and "xmp" not in image.info:
        return 1
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except _DECODER_FAULTS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _rgb(image: Image.Image) -> np.ndarray:
    """Decodes: ``(H, W, 3)`` uint8, not yet turned upright."""
    if image.mode.startswith("I") or image.mode == "F":
        grey = _eight_bits(np.asarray(image))
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return np.array(Image.alpha_composite(white, rgba).convert("RGB"))
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _eight_bits(deep: np.ndarray) -> np.ndarray:
    """Grey values of 16 or 32 bits as uint8.

    Integers up to 65535 are taken as 16-bit (divided by 257), floats within [0, 1] as fractions; what fits neither is
    stretched from its least to its greatest value, because its range is written nowhere.

    Args:
        deep: ``(H, W)`` integers or floats.
    """
    if deep.dtype == np.uint16:
        return (deep // np.uint16(257)).astype(np.uint8)
    values = np.nan_to_num(deep.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    least, greatest = float(values.min()), float(values.max())
    integers = np.issubdtype(deep.dtype, np.integer)
    if integers and least >= 0 and greatest <= 65535:
        values = values / 257
    elif not integers and least >= 0 and greatest <= 1:
        values = values * 255
    elif not (least >= 0 and greatest <= 255):
        values = (values - least) * (255 / max(greatest - least, 1e-12))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes what the EXIF orientation says the camera did; even numbers up to 4 and 5, 7 mirror as well."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
