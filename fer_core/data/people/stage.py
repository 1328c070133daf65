"""A person put before the camera: every grid placed, drawn and lit. The only module that calls the compiled code."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fer_core.data.people import lens, mesh, raster, shade, wear
from fer_core.data.people.motion import OCCLUDERS, Motion
from fer_core.data.people.person import Identity
from fer_core.data.people.session import Session

PIVOT = (0.0, 0.72, -0.30)
"""What the head turns about, in its own frame: the top of the neck."""


class Camera(NamedTuple):
    """How head and body are placed and seen: what `raster.project` asks for."""

    turn: np.ndarray
    pivot: np.ndarray
    move: np.ndarray
    distance: float
    scale: float
    left: float
    top: float


def turned(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """``(3, 3)`` rotation of a head: first yaw, then pitch, then roll. x right, y down, z to the camera."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    rotation: np.ndarray[Any, Any] = about_z @ about_x @ about_y
    return rotation


def draw(
    who: Identity,
    look: Session,
    motion: Motion,
    size: int,
    palette: np.ndarray,
    lamp: np.ndarray,
    behind: np.ndarray,
    mottle: np.ndarray,
    spots: np.ndarray,
    strands: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Draws the scene.

    Args:
        who: The person.
        look: The session.
        motion: The moment.
        size: M, pixels a side.
        palette: ``(11, 3)`` linear RGB.
        lamp: ``(4, 3)``.
        behind: ``(M, M, 3)`` float32 linear RGB of the background.
        mottle: ``(T, T)`` noise.
        spots: ``(T, T)`` noise.
        strands: ``(T, T)`` noise.

    Returns:
        ``(M, M, 3)`` float32 linear RGB; ``(5, 2)`` landmarks; the face's width; both in pixels, a pixel's corner at 0.
    """
    # Compiled for floats: a whole number among them would have everything compiled once more.
    who, look, motion = (
        Identity._make(map(float, who)),
        Session._make(map(float, look)),
        Motion._make(map(float, motion)),
    )
    turn = turned(motion.yaw, motion.pitch, motion.roll + look.tilt)
    camera = Camera(
        turn=turn,
        pivot=np.array(PIVOT),
        move=np.array([motion.shift_x, motion.shift_y, 0.0]),
        distance=look.distance,
        scale=look.zoom * size,
        left=look.left * size,
        top=look.top * size,
    )
    near = np.zeros((size, size))
    kind = np.zeros((size, size), dtype=np.uint8)
    buffer = np.zeros((size, size, raster.CHANNELS), dtype=np.float32)

    def put(grid: tuple[np.ndarray, np.ndarray], material: int, wrap: bool, two_sided: bool, ragged: float = 0.0,
            flip: float = 1.0) -> None:  # fmt: skip
        points, surface = grid
        placed, screen = raster.project(points, *camera)
        raster.draw(
            screen,
            raster.normals(placed, wrap, flip),
            surface,
            material,
            two_sided,
            strands,
            ragged,
            near,
            kind,
            buffer,
        )

    face = mesh.head(who, motion)
    put(face, raster.FACE, True, False)
    put(mesh.neck(who), raster.NECK, True, False)
    put(mesh.torso(who), raster.CLOTH, True, True)
    hair = int(who.hair_kind)
    hangs = hair in (3, 4) and look.tied == 0
    for side in (-1.0, 1.0):
        put(mesh.ear(who, side), raster.EAR, False, True, 0.0, side)
    if look.hat:
        put(wear.scalp(who, look, True), raster.CAP, True, False)
    if not look.hat or hair >= 2:
        put(wear.scalp(who, look, False), raster.HAIR, True, False, 0.012 if hair < 5 else 0.02)
    if hangs:
        put(wear.curtain(who, look), raster.HAIR, False, True, 0.06)
    if look.tied > 0 and not look.hat:
        put(wear.bun(who, look), raster.HAIR, True, False)
    occluder = OCCLUDERS[int(motion.occluder)]
    if occluder == "mask":
        put(wear.mask(who, motion), raster.MASK, False, False)
    if occluder == "hand":
        for number in range(5):
            put(wear.finger(who, motion, number), raster.HAND, True, False)
    dark = float(occluder == "sunglasses")
    spectacled = look.glasses > 0 or dark > 0
    if spectacled:
        for side in (-1.0, 1.0):
            put(wear.temple(who, side), raster.RIM, False, True)
    scene = behind.copy()
    pixel = 1.0 / camera.scale
    shade.light_up(near, kind, buffer, who, look, motion, palette, mottle, spots, strands, lamp, turn, pixel, scene)
    if spectacled:
        # Last, and through the lenses one sees what was lit before: they only cover where nothing is nearer.
        kind[:] = raster.EMPTY
        put(wear.lenses(who), raster.LENS, False, True)
        lens.glasses(kind, buffer, who, dark, palette, lamp, pixel, scene)
    return scene, *_landmarks(face, who, motion, camera)


def _landmarks(
    face: tuple[np.ndarray, np.ndarray], who: Identity, motion: Motion, camera: Camera
) -> tuple[np.ndarray, float]:
    """Where eyes, nose tip and mouth corners lie on the screen, and the width between the cheeks."""
    points, surface = face
    wide = who.mouth_width * (1 + 0.22 * max(0.0, motion.stretch) + 0.14 * max(0.0, motion.corner))
    wide *= 1 - 0.34 * max(0.0, -motion.stretch)
    corner = who.mouth_y - 0.065 * motion.corner + 0.25 * mesh.opened(who, motion)
    wanted = np.array(
        [
            (-who.eye_x, who.eye_y),
            (who.eye_x, who.eye_y),
            (0.0, who.nose_y - 0.02 - 0.015 * motion.nose),
            (-wide * 0.94, corner),
            (wide * 0.94, corner),
        ]
    )
    front = np.abs(surface[..., 3]) < 1.2
    at = points[front]
    nearest = [int(np.argmin((at[:, 0] - x) ** 2 + (at[:, 1] - y) ** 2)) for x, y in wanted]
    spots = np.column_stack([wanted, at[nearest, 2], np.ones(5)])[None]
    _, screen = raster.project(spots, *camera)
    nearness = float(screen[0, :2, 2].mean()) * camera.distance
    return screen[0, :, :2], 2 * who.width * camera.scale * nearness
