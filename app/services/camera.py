"""Cameras of visitors: who may use one, and single pictures of one as a clip."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image, ImageOps

from app.services import clips, uploads
from app.services.clips import Held, Tell
from fer_core.clip import LONG_SIDE
from fer_core.pictures import open_picture
from fer_core.timeline import clock
from fer_core.video import write_video

MOST = 40
"""Pictures of one sequence."""
SECONDS = 1
"""What one picture stands for: one of closed eyes, which may have met a blink, raises no alarm; three in a row do."""
FPS = 10.0
"""So many that the way from one picture's openness to the next one's, which runs straight, takes a tenth of a second:
else a second of open eyes before one of closed ones would be called Drowsy."""
MAX_BYTES = 10**6
"""Of one picture; a larger one is packed again."""
NAME = "snapshots.mp4"


def forbidden(address: str | None) -> str | None:
    """Why a browser gives no camera to a page that came from an address; None where it does.

    Args:
        address: Of the app, as the browser sees it; None where nobody knows it.
    """
    parts = urlsplit(address or "")
    host = parts.hostname or ""
    if parts.scheme != "http" or host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost"):
        return None
    return (
        f"Browsers give a camera only to pages that come by HTTPS or from the machine itself, and this one came from "
        f"http://{host}. Serve it by HTTPS, or open it on the machine where it runs, at http://localhost."
    )


def taken(picture: bytes) -> bytes:
    """A picture from the camera, at most as large as clips are watched.

    Args:
        picture: JPEG or PNG.

    Raises:
        ValueError: one sentence why it cannot be opened.
    """
    pixels = open_picture(picture)
    if max(pixels.shape[:2]) <= LONG_SIDE and len(picture) <= MAX_BYTES:
        return picture
    image = Image.fromarray(pixels)
    image.thumbnail((LONG_SIDE, LONG_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=95)
    return buffer.getvalue()


def tiles(pictures: Sequence[bytes], latest: int) -> list[tuple[str, str, str]]:
    """The latest pictures for a page, the newest first: address, alternative text, and when in the clip they stand.

    Args:
        pictures: From `taken`.
        latest: How many at most.
    """
    found = []
    for place in range(len(pictures) - 1, max(-1, len(pictures) - 1 - latest), -1):
        begin = SECONDS * place
        when = f"{clock(begin)} to {clock(begin + SECONDS)}"
        address = uploads.address(open_picture(pictures[place]), 160, "JPEG", framed=True)
        found.append((address, f"Picture {place + 1} of {len(pictures)}, {when}", when))
    return found


def joined(pictures: Sequence[bytes]) -> Held:
    """Single pictures as a clip in which each of them stands still for `SECONDS`.

    It is a clip like any other: watched, judged and looked at as one, and it can be taken along for the command.

    Args:
        pictures: From `taken`, at least one and at most `MOST`; all are brought to the first one's size.

    Raises:
        ValueError: there are none or too many.
    """
    if not 0 < len(pictures) <= MOST:
        raise ValueError(f"a sequence has 1 to {MOST} pictures, got {len(pictures)}")
    kept = tuple(pictures)
    key = clips.key_of(NAME, *kept)
    return Held(key, NAME, "snapshots", None, lambda tell: _film(kept, tell), "Putting the pictures in a row")


def _film(pictures: Sequence[bytes], tell: Tell) -> bytes:
    with tempfile.TemporaryDirectory() as place:
        return write_video(Path(place) / NAME, _still(pictures, tell), FPS).read_bytes()


def _still(pictures: Sequence[bytes], tell: Tell) -> Iterator[np.ndarray]:
    size: tuple[int, int] | None = None
    for place, picture in enumerate(pictures, start=1):
        image = Image.fromarray(open_picture(picture))
        size = size or image.size
        if image.size != size:
            # A camera that was turned: its picture is not stretched.
            image = ImageOps.pad(image, size)
        yield from [np.asarray(image)] * round(SECONDS * FPS)
        tell(float(SECONDS * place), float(SECONDS * len(pictures)))
