"""What people wear over a face, laid over a crop by its landmarks: a cloth mask, sunglasses."""

from __future__ import annotations

import numpy as np

from fer_core.disturbances.face_grid import coverage, face_grid, smooth
from fer_core.disturbances.light import LINEAR, encoded

CLOTH = np.array([150, 186, 200], dtype=np.float32)
"""RGB of the cloth in a picture of mean value 128."""
CHIN = 1.72
"""Where a chin ends, in the coordinates of `face_grid`: MTCNN's box on FER2013 ends at 1.6."""
CHEEK = 1.04
"""Half a face's width at the cheeks: half of MTCNN's box on FER2013."""
GLARE = 0.04
"""Share of the light that a surface of glass reflects at right angles (Fresnel, refractive index 1.5)."""


def mask(pictures: np.ndarray, height: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A cloth mask from below the chin up to ``height``: 0 at the mouth's corners, 1 at the eyes; see `Kind.apply`."""
    rows, columns = pictures.shape[1:3]

    def shape(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        side = np.abs(u)
        top = 1 - height + 0.24 * smooth(0.1, 0.95, side)
        below = np.clip((v - 0.5) / (CHIN - 0.5), 0, 1)
        return (v >= top) & (v <= CHIN) & (side <= CHEEK * np.sqrt(1 - below * below))

    cover = coverage(shape, landmarks, rows, columns)
    u, v = face_grid(landmarks, rows, columns)
    pleats = 1 - 0.07 * np.cos(2 * np.pi * v / 0.28) ** 2 * smooth(0.4, 0.6, v)
    form = (1 - 0.32 * smooth(0.35, 1.1, np.abs(u))) * (1 - 0.18 * smooth(1.05, CHIN, v)) * pleats
    cloth = (CLOTH if pictures.shape[3] == 3 else CLOTH.mean()) * form[..., None]
    return _laid(pictures, cloth[_place(cover)] * _level(pictures), cover)


def sunglasses(pictures: np.ndarray, transmittance: float, draws: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Rimless sunglasses that let ``transmittance`` of the light through; see `Kind.apply`.

    The light passes the lens twice, to the eye and back, and the lens itself reflects `GLARE` of the scene's. Without a
    rim, which alone costs a model as much as black lenses do, strengths differ by what they name.
    """
    rows, columns = pictures.shape[1:3]
    cover = coverage(_lenses, landmarks, rows, columns)
    _, v = face_grid(landmarks, rows, columns)
    sky = 1.6 - 1.2 * smooth(-0.3, 0.3, v)[..., None]
    scene = LINEAR[pictures].reshape(len(pictures), -1).mean(1)[:, None, None, None]
    place = _place(cover)
    seen = encoded(LINEAR[pictures[place]] * transmittance**2 + GLARE * scene * sky[place])
    return _laid(pictures, seen.astype(np.float32), cover)


def _lenses(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Two lenses, fuller below than above, and the bridge between them."""
    across = np.abs((np.abs(u) - 0.5) / 0.43)
    down = np.abs((v - 0.06) / np.where(v > 0.06, 0.36, 0.29))
    return (across**2.6 + down**2.6 <= 1) | ((np.abs(u) <= 0.15) & (np.abs(v + 0.06) <= 0.05))


def _level(pictures: np.ndarray) -> np.ndarray:
    """``(N, 1, 1, 1)``: how bright a scene is, 1 for a mean value of 128; a cloth in a dark room is dark."""
    means = pictures.reshape(len(pictures), -1).mean(1, dtype=np.float32)
    return np.clip(means / 128, 0.3, 1.25)[:, None, None, None]


def _place(cover: np.ndarray) -> tuple[slice, slice, slice]:
    """All pictures, and the rows and columns that anything is laid over."""
    rows, columns = (np.flatnonzero(cover.any(axes)) for axes in ((0, 2, 3), (0, 1, 3)))
    if not len(rows):
        return slice(None), slice(0, 0), slice(0, 0)
    return slice(None), slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _laid(pictures: np.ndarray, over: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """``over``, a value per pixel of `_place`, laid upon the pictures."""
    place = _place(cover)
    out = pictures.copy()
    below = pictures[place]
    out[place] = np.rint(below + cover[place] * (np.clip(over, 0, 255) - below))
    return out
