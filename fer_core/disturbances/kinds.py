"""The kinds of disturbance: a name, five strengths of one physical quantity, where the numbers come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from fer_core.disturbances.covers import corner, left, lower, right, upper
from fer_core.disturbances.hand import hand
from fer_core.disturbances.light import dark
from fer_core.disturbances.optics import blur, low_resolution, rotation
from fer_core.disturbances.worn import mask, sunglasses

Apply = Callable[[np.ndarray, float, np.ndarray, np.ndarray], np.ndarray]
"""Pictures ``(N, H, W, C)`` uint8, the quantity, ``(N, draws)`` numbers in [0, 1), landmarks ``(M, 5, 2)`` as fractions
of the crop with M 1 or N -> ``(N, H, W, C)`` uint8. Pure: a picture's result depends on its own row only."""


@dataclass(frozen=True)
class Kind:
    """One kind of disturbance."""

    name: str
    apply: Apply
    values: tuple[float, float, float, float, float]
    """The quantity at strengths 1 to 5."""
    quantity: str
    """What the quantity is."""
    source: str
    """Why these values."""
    draws: int = 0
    """Numbers drawn per picture: the same at every strength, so that strengths differ by the quantity alone."""
    of_face: bool = False
    """Placed by landmarks, hence senseless on a crop that shows no whole face."""


_HALF = "equal steps to the half that FERMixNet (paper D, section 3.2.1) pastes and tests under"

_ROWS = (
    Kind("upper", upper, (0.1, 0.2, 0.3, 0.4, 0.5), "share of the crop covered", _HALF),
    Kind("lower", lower, (0.1, 0.2, 0.3, 0.4, 0.5), "share of the crop covered", _HALF),
    Kind("left", left, (0.1, 0.2, 0.3, 0.4, 0.5), "share of the crop covered", _HALF),
    Kind("right", right, (0.1, 0.2, 0.3, 0.4, 0.5), "share of the crop covered", _HALF),
    Kind(
        "corner",
        corner,
        (0.05, 0.1, 0.15, 0.2, 0.25),
        "share of the crop covered, in the upper left or upper right corner",
        "equal steps to FERMixNet's quarter (paper D, section 3.2.1)",
        draws=1,
    ),
    Kind(
        "mask",
        mask,
        (-0.15, 0.15, 0.4, 0.6, 0.8),
        "height of the upper edge at the nose: 0 at the mouth's corners, 1 at the eyes",
        "chosen: under the lips, over the lips, to the nose's tip, over the nose as it should be worn, to the eyes",
        of_face=True,
    ),
    Kind(
        "sunglasses",
        sunglasses,
        (0.8, 0.43, 0.18, 0.08, 0.03),
        "share of the light that the lenses let through",
        "the lower limits of filter categories 0 to 4 of ISO 12312-1",
        of_face=True,
    ),
    Kind(
        "hand",
        hand,
        (0.05, 0.1, 0.15, 0.2, 0.25),
        "share of the crop covered by an ellipse in skin tone, at a drawn place on the face",
        "equal steps to an adult's palm, about 8.5 x 10 cm, before a face whose eyes are 6.3 cm apart (FER2013 crops)",
        draws=3,
        of_face=True,
    ),
    Kind(
        "blur",
        blur,
        (0.01, 0.02, 0.03, 0.04, 0.05),
        "sigma of a Gaussian as a fraction of the side",
        "chosen: half a pixel to 2.4 pixels of 48; the idea of five severities is Hendrycks and Dietterich's (2019)",
    ),
    Kind(
        "dark",
        dark,
        (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32),
        "share of the light that is left",
        "one to five photographic stops of underexposure",
    ),
    Kind(
        "rotation",
        rotation,
        (9, 18, 27, 36, 45),
        "degrees, to either side",
        "equal steps to 45 degrees, about as far as a neck bends to the side",
        draws=1,
    ),
    Kind(
        "low-resolution",
        low_resolution,
        (2 / 3, 1 / 2, 1 / 3, 1 / 4, 1 / 6),
        "share of the rows and columns left",
        "chosen: 32, 24, 16, 12 and 8 rows of 48; Hendrycks and Dietterich's (2019) pixelate, enlarged smoothly",
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType({row.name: row for row in _ROWS})
"""Name -> kind."""
