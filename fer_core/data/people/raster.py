"""Grids of vertices drawn into buffers of what is visible at each pixel. Compiled by numba, exact in float64.

Everything is a pure function of its arguments: one machine gives one result whatever ran before or beside it.
"""

from __future__ import annotations

import math

import numpy as np

from fer_core.data.people.compiled import compiled

EMPTY, FACE, EAR, NECK, CLOTH, HAIR, CAP, MASK, HAND, RIM, LENS = range(11)
"""What a pixel shows."""

CHANNELS = 7
"""Of a pixel: four of the surface (u, v, cover, extra), three of its normal."""


@compiled
def project(
    points: np.ndarray,
    turn: np.ndarray,
    pivot: np.ndarray,
    move: np.ndarray,
    distance: float,
    scale: float,
    left: float,
    top: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Camera coordinates and screen places of grid points.

    Args:
        points: ``(R, C, 4)`` x, y, z in the head's frame and the share 0 to 1 by which the point follows the head.
        turn: ``(3, 3)`` the head's rotation about ``pivot``.
        pivot: ``(3,)``.
        move: ``(3,)`` the head's shift.
        distance: Of the camera from the head's middle.
        scale: Pixels of a unit at the head's middle.
        left: Column of the optical axis, in pixels.
        top: Row of the optical axis, in pixels.

    Returns:
        ``(R, C, 3)`` camera coordinates; ``(R, C, 3)`` column, row and nearness 1 / (distance - z).
    """
    rows, columns = points.shape[:2]
    camera = np.empty((rows, columns, 3))
    screen = np.empty((rows, columns, 3))
    for i in range(rows):
        for j in range(columns):
            follow = points[i, j, 3]
            x, y, z = points[i, j, 0] - pivot[0], points[i, j, 1] - pivot[1], points[i, j, 2] - pivot[2]
            for k in range(3):
                with_head = turn[k, 0] * x + turn[k, 1] * y + turn[k, 2] * z + pivot[k] + move[k]
                # The body does not turn with the head, but goes along where it leans.
                with_body = points[i, j, k] + 0.6 * move[k]
                camera[i, j, k] = follow * with_head + (1 - follow) * with_body
            near = 1.0 / (distance - camera[i, j, 2])
            screen[i, j, 0] = left + scale * camera[i, j, 0] * distance * near
            screen[i, j, 1] = top + scale * camera[i, j, 1] * distance * near
            screen[i, j, 2] = near
    return camera, screen


@compiled
def normals(camera: np.ndarray, wrap: bool, flip: float) -> np.ndarray:
    """``(R, C, 3)`` unit normals of a grid, towards the outside.

    Args:
        camera: ``(R, C, 3)``.
        wrap: Whether the last column is the first one again.
        flip: -1 where rows and columns run the other way round, else 1.
    """
    rows, columns = camera.shape[:2]
    out = np.empty((rows, columns, 3))
    for i in range(rows):
        above, below = max(i - 1, 0), min(i + 1, rows - 1)
        for j in range(columns):
            before, after = j - 1, j + 1
            if wrap:
                if before < 0:
                    before = columns - 2
                if after >= columns:
                    after = 1
            else:
                before, after = max(before, 0), min(after, columns - 1)
            ax = camera[below, j, 0] - camera[above, j, 0]
            ay = camera[below, j, 1] - camera[above, j, 1]
            az = camera[below, j, 2] - camera[above, j, 2]
            bx = camera[i, after, 0] - camera[i, before, 0]
            by = camera[i, after, 1] - camera[i, before, 1]
            bz = camera[i, after, 2] - camera[i, before, 2]
            nx, ny, nz = az * by - ay * bz, ax * bz - az * bx, ay * bx - ax * by
            size = math.sqrt(nx * nx + ny * ny + nz * nz)
            if size < 1e-12:
                nx, ny, nz, size = 0.0, -1.0 if i < rows // 2 else 1.0, 0.0, 1.0
            out[i, j, 0], out[i, j, 1], out[i, j, 2] = flip * nx / size, flip * ny / size, flip * nz / size
    return out


@compiled
def draw(
    screen: np.ndarray,
    normal: np.ndarray,
    surface: np.ndarray,
    material: int,
    two_sided: bool,
    noise: np.ndarray,
    ragged: float,
    near: np.ndarray,
    kind: np.ndarray,
    buffer: np.ndarray,
) -> None:
    """Draws a grid where it is nearer than what is there.

    Args:
        screen: ``(R, C, 3)`` column, row, nearness.
        normal: ``(R, C, 3)``.
        surface: ``(R, C, 4)`` u, v, cover, extra; a pixel whose cover is below 0 is left out.
        material: Written into ``kind``.
        two_sided: Whether the grid's inside shows as well.
        noise: ``(T, T)`` in about -1 to 1, laid over u and v.
        ragged: How much of the noise is added to the cover.
        near: ``(H, W)`` float64 nearness, changed.
        kind: ``(H, W)`` uint8, changed.
        buffer: ``(H, W, 7)`` float32, changed.
    """
    height, width = near.shape
    tile = noise.shape[0]
    for i in range(screen.shape[0] - 1):
        for j in range(screen.shape[1] - 1):
            for half in range(2):
                i0, j0 = (i, j) if half == 0 else (i + 1, j + 1)
                i1, j1 = (i + 1, j) if half == 0 else (i, j + 1)
                i2, j2 = (i, j + 1) if half == 0 else (i + 1, j)
                x0, y0 = screen[i0, j0, 0], screen[i0, j0, 1]
                x1, y1 = screen[i1, j1, 0], screen[i1, j1, 1]
                x2, y2 = screen[i2, j2, 0], screen[i2, j2, 1]
                area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
                if area == 0.0 or (area > 0 and not two_sided):
                    continue
                first_row = max(0, math.ceil(min(y0, y1, y2) - 0.5))
                last_row = min(height - 1, math.floor(max(y0, y1, y2) - 0.5))
                first = max(0, math.ceil(min(x0, x1, x2) - 0.5))
                last = min(width - 1, math.floor(max(x0, x1, x2) - 0.5))
                if first_row > last_row or first > last:
                    continue
                inverse = 1.0 / area
                for row in range(first_row, last_row + 1):
                    py = row + 0.5
                    for column in range(first, last + 1):
                        px = column + 0.5
                        b1 = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) * inverse
                        b2 = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) * inverse
                        b0 = 1.0 - b1 - b2
                        if b0 < 0 or b1 < 0 or b2 < 0:
                            continue
                        depth = b0 * screen[i0, j0, 2] + b1 * screen[i1, j1, 2] + b2 * screen[i2, j2, 2]
                        if depth <= near[row, column]:
                            continue
                        cover = b0 * surface[i0, j0, 2] + b1 * surface[i1, j1, 2] + b2 * surface[i2, j2, 2]
                        u = b0 * surface[i0, j0, 0] + b1 * surface[i1, j1, 0] + b2 * surface[i2, j2, 0]
                        v = b0 * surface[i0, j0, 1] + b1 * surface[i1, j1, 1] + b2 * surface[i2, j2, 1]
                        if ragged > 0:
                            cover += ragged * noise[int(v * 40.0) % tile, int(u * 160.0) % tile]
                        if cover < 0:
                            continue
                        near[row, column] = depth
                        kind[row, column] = material
                        buffer[row, column, 0] = u
                        buffer[row, column, 1] = v
                        buffer[row, column, 2] = cover
                        buffer[row, column, 3] = (
                            b0 * surface[i0, j0, 3] + b1 * surface[i1, j1, 3] + b2 * surface[i2, j2, 3]
                        )
                        for k in range(3):
                            buffer[row, column, 4 + k] = (
                                b0 * normal[i0, j0, k] + b1 * normal[i1, j1, k] + b2 * normal[i2, j2, k]
                            )
