"""One colour for one meaning, on every page and in every report. Plain data: imports nothing.

Labels follow Okabe and Ito's set, which stays apart under the common kinds of colour blindness
(https://jfly.uni-koeln.de/color/). Colour is never the only sign: names and shapes stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "anger": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happiness": "#E69F00",
    "sadness": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#8A8F98",
    "contempt": "#A6761D",
    "Awake": "#2A9DB5",
    "Drowsy": "#F2A900",
    "Asleep": "#6A4FB3",
    "open": "#2A9DB5",
    "closed": "#6A4FB3",
}

SPARE = ("#4450B5", "#B5446E", "#4F8A10", "#8C564B", "#0B7A75", "#7A6BB8", "#B8860B", "#5B6B7B")
"""For labels of data sets that nobody named here, in the order of the run's labels."""

RIGHT = "#009E73"
WRONG = "#D55E00"
QUIET = "#8A8F98"
ACCENT = "#6672D8"
CHOSEN = "#E69F00"
SYNTHETIC = "#CC79A7"
REAL = "#0072B2"

SPACES: Mapping[str, str] = {"v_face": "#0072B2", "v_id": "#8A8F98", "v_state": "#009E73"}
"""Feature spaces: what the face is, who it is, how it is."""
ERASED = "#0B7A75"
"""A space after erasure."""


def of_label(label: str, labels: tuple[str, ...] = ()) -> str:
    """The colour of a label, ``#RRGGBB``.

    Args:
        label: A label in house names, or any other name.
        labels: The run's labels; they decide which spare colour an unnamed label gets.
    """
    if label in LABELS:
        return LABELS[label]
    unnamed = [name for name in labels if name not in LABELS]
    return SPARE[unnamed.index(label) % len(SPARE)] if label in unnamed else QUIET


def of_space(name: str) -> str:
    """The colour of a feature space, ``#RRGGBB``; one that ends in ``_erased`` has that of erasure.

    Args:
        name: The space.
    """
    return ERASED if name.endswith("_erased") else SPACES.get(name, ACCENT)


def ink_on(colour: str) -> str:
    """Black-blue or white, whichever reads better on a colour.

    Args:
        colour: ``#RRGGBB``.
    """
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    # Relative luminance with the exponent 2.2; above 0.2 dark ink has the higher contrast.
    return "#141A28" if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.2 else "#FFFFFF"
