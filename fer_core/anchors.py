"""Five anchors of a face (eyes, nose, mouth corners), a frontal template for them, and the maps that lead there."""

from __future__ import annotations

import numpy as np

TEMPLATE = (
    np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]) / 112
)
"""``(5, 2)`` where the anchors lie in a frontal crop, as fractions of its side.

Source: InsightFace's public template for crops of 112 x 112 (``arcface_dst`` in
https://github.com/deepinsight/insightface/blob/master/python-package/insightface/utils/face_align.py). At 100 x 100 the
same fractions hold. Paper B, section 4.3, names the anchors and both sizes but prints no coordinates.
"""

MOST_STRETCH = 2.0
"""Most that an affine map may stretch one direction against the other. Of 119 photos of people half needed less than
1.08, 95 % less than 1.3; the anchors of a profile lie almost on a line, and what pulls them apart draws no face."""


def similarity(points: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The ``(2, 3)`` scale, turn and shift that bring ``points`` closest to ``goal`` in the least-squares sense.

    With centred points as complex numbers p and goals g, the best factor is sum(g * conj(p)) / sum(|p|^2): its size is
    the scale, its angle the turn.

    Args:
        points: ``(P, 2)``, not all the same.
        goal: ``(P, 2)``.
    """
    centre, goal_centre = points.mean(axis=0), goal.mean(axis=0)
    p = (points - centre) @ np.array([1, 1j])
    g = (goal - goal_centre) @ np.array([1, 1j])
    factor = np.vdot(p, g) / max(np.vdot(p, p).real, 1e-12)
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, goal_centre - turn @ centre])


def affine(points: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The ``(2, 3)`` affine map that brings ``points`` closest to ``goal`` in the least-squares sense.

    "Affinity transformations between the coordinates of these 5 landmarks and the coordinates of the 5 landmarks of the
    frontal face are computed" (Paper B: Psaroudakis & Kollias, section 4.3).

    Departs: where that map would mirror the face or stretch it by more than `MOST_STRETCH`, the similarity is taken.

    Args:
        points: ``(P, 2)``, not all the same.
        goal: ``(P, 2)``.
    """
    around = np.column_stack([points, np.ones(len(points))])
    found = np.linalg.lstsq(around, goal, rcond=None)[0].T
    large, small = np.linalg.svd(found[:, :2], compute_uv=False)
    sound = np.linalg.det(found[:, :2]) > 0 and large <= MOST_STRETCH * small
    return found if sound else similarity(points, goal)
