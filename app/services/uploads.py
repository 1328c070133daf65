"""Pictures that somebody brought: taken into memory, opened for display, never written to the disk."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from fer_core.pictures import UnreadablePicture, find_in_upload, open_picture

Origin = Literal["upload", "camera", "synthetic"]

MAX_PICTURES = 200
"""So many pictures one session holds at a time: at one second each, about three minutes of work."""
MAX_HELD = 500 * 10**6
"""Bytes one session holds at a time: a small zip may unpack to very much."""
LONG_SIDE = 1400
"""Pixels of the shown copy: twice its width on the page, for sharp screens."""
THUMBNAIL = 160


@dataclass(frozen=True)
class Held:
    """One picture in memory, as it came."""

    key: str
    """Differs when name or bytes differ."""
    name: str
    origin: Origin
    data: bytes | None = field(repr=False)
    error: str | None = None
    """Why there are no bytes: a video in a zip, a damaged member ..."""

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.data or b"")


@dataclass(frozen=True)
class Shown:
    """A picture small enough for a page."""

    uri: str = field(repr=False)
    thumbnail: str = field(repr=False)
    width: int
    """Of the upright original, in pixels: boxes count in these."""
    height: int

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.uri) + len(self.thumbnail)


def take(name: str, data: bytes, origin: Origin, held: Sequence[Held] = ()) -> tuple[list[Held], int]:
    """The pictures in one upload: itself, or the members of a zip.

    Args:
        name: The file's name.
        data: Its bytes.
        origin: Where it came from.
        held: What the session holds already; no more than `MAX_PICTURES` and `MAX_HELD` come together.

    Returns:
        What was taken, and how many more there were.
    """
    found = find_in_upload(name, data)
    taken: list[Held] = []
    size = sum(picture.size for picture in held)
    for source in found[: max(0, MAX_PICTURES - len(held))]:
        if size > MAX_HELD:
            break
        try:
            content, error = source.read(), None
        except UnreadablePicture as fault:
            content, error = None, str(fault)
        digest = hashlib.sha1(source.path.encode() + b"\0" + (content or b""), usedforsecurity=False).hexdigest()
        taken.append(Held(digest, source.path, origin, content, error))
        size += taken[-1].size
    return taken, len(found) - len(taken)


def show(held: Held) -> Shown:
    """The upright picture, scaled down for the page.

    Raises:
        ValueError: one sentence why it cannot be opened.
    """
    if held.data is None:
        raise UnreadablePicture(held.error or f"{held.name} has no content")
    pixels = open_picture(held.data)
    height, width = pixels.shape[:2]
    return Shown(address(pixels, LONG_SIDE, "JPEG"), address(pixels, THUMBNAIL, "JPEG"), width, height)


def address(pixels: np.ndarray, long_side: int, kind: Literal["JPEG", "PNG"], framed: bool = False) -> str:
    """A picture in an address (``data:image/...``), scaled down to a long side.

    Args:
        pixels: ``(H, W, 3)`` uint8.
        long_side: Pixels; smaller pictures stay as they are.
        kind: JPEG for photos, PNG where every pixel counts.
        framed: Make it square with grey bars.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((long_side, long_side))
    if framed and image.width != image.height:
        # Cards show squares and would cut the outer halves of two eyes off.
        image = ImageOps.pad(image, (max(image.size),) * 2, color=(127, 127, 127))
    buffer = io.BytesIO()
    image.save(buffer, format=kind, quality=88)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def megabytes(sizes: Sequence[int]) -> float:
    """Their sum in MB of a million bytes."""
    return sum(sizes) / 1e6
