"""Which rows of a table are selected, as a short text that fits into an address: ``12-40.77.90-95``.

Scattered rows would make a long line of ranges; then a compressed list of bits stands there instead, after a ``z``.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import numpy as np

LONGEST = 600
"""Letters of ranges; a longer list is compressed."""

_RANGES = re.compile(r"\d{1,9}(-\d{1,9})?([.,\s]+\d{1,9}(-\d{1,9})?)*")


def to_text(rows: np.ndarray, count: int) -> str:
    """Rows as text; empty for none.

    Args:
        rows: Positions in any order.
        count: Rows of the table.
    """
    rows = np.unique(np.asarray(rows, dtype=np.int64))
    if not len(rows):
        return ""
    breaks = np.flatnonzero(np.diff(rows) > 1)
    starts, ends = rows[np.r_[0, breaks + 1]], rows[np.r_[breaks, len(rows) - 1]]
    text = ".".join(f"{low}-{high}" if high > low else f"{low}" for low, high in zip(starts, ends, strict=True))
    if len(text) <= LONGEST:
        return text
    bits = np.zeros(count, dtype=bool)
    bits[rows] = True
    packed = zlib.compress(np.packbits(bits).tobytes(), 9)
    return "z" + base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def from_text(text: str, count: int) -> np.ndarray:
    """``(m,)`` ascending rows behind a text; none behind an empty one.

    Args:
        text: Of `to_text`, or typed; commas and spaces may stand for the dots.
        count: Rows of the table.

    Raises:
        ValueError: it is no such text, or names rows that the table does not have.
    """
    text = text.strip()
    if not text:
        return np.empty(0, dtype=np.int64)
    if text.startswith("z"):
        return np.flatnonzero(_bits(text[1:], count))
    if not _RANGES.fullmatch(text):
        raise ValueError(f"rows must read like 12-40.77, got '{text[:40]}'")
    chosen = np.zeros(count, dtype=bool)
    for part in re.split(r"[.,\s]+", text):
        low, _, high = part.partition("-")
        first, last = int(low), int(high or low)
        if last < first or last >= count:
            raise ValueError(f"rows must lie between 0 and {count - 1:,}, the lower one first, got '{part}'")
        chosen[first : last + 1] = True
    return np.flatnonzero(chosen)


def _bits(text: str, count: int) -> np.ndarray:
    size = (count + 7) // 8
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        # A small text may unpack to very much: no more is taken than the table has rows.
        unpacked = zlib.decompressobj().decompress(packed, size + 1)
    except (binascii.Error, zlib.error, ValueError):
        raise ValueError("the selection in this address is damaged; select again") from None
    if len(unpacked) != size:
        raise ValueError("the selection in this address belongs to a table of another size; select again")
    return np.unpackbits(np.frombuffer(unpacked, dtype=np.uint8), count=count).astype(bool)
