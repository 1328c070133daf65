"""One colour for one meaning, on every page: the palette of `fer_core.colours`, which reports use too."""

from __future__ import annotations

from fer_core.colours import (
    ACCENT,
    CHOSEN,
    ERASED,
    LABELS,
    QUIET,
    REAL,
    RIGHT,
    SPACES,
    SPARE,
    SYNTHETIC,
    WRONG,
    ink_on,
    of_label,
    of_space,
)

__all__ = [
    "ACCENT",
    "CHOSEN",
    "ERASED",
    "LABELS",
    "QUIET",
    "REAL",
    "RIGHT",
    "SPACES",
    "SPARE",
    "SYNTHETIC",
    "WRONG",
    "ink_on",
    "of_label",
    "of_space",
]
