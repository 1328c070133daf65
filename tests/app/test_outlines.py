"""Outlines of what came from another picture: rectangles, triangles, irregular masks with holes."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

from app import markup
from app.services.outlines import outline_of


def test_a_rectangle_keeps_its_corners() -> None:
    taken = np.zeros((40, 80))
    taken[10:20, 20:60] = 1
    (line,) = outline_of(taken)
    corners = np.array([(0.25, 0.25), (0.25, 0.5), (0.75, 0.25), (0.75, 0.5)])
    assert np.array(sorted(line)) == pytest.approx(corners, abs=0.0125)  # half a pixel


def test_half_of_a_picture_ends_at_its_edges() -> None:
    taken = np.zeros((48, 48))
    taken[:24] = 1
    (line,) = outline_of(taken)
    x, y = np.array(line).T
    assert (x.min(), x.max(), y.min()) == (0, 1, 0) and y.max() == pytest.approx(0.5, abs=0.0125)  # half a pixel


def test_a_slanted_edge_is_a_line() -> None:
    across, down = np.meshgrid(np.arange(48), np.arange(48))
    (line,) = outline_of(np.clip(0.5 + (across - down), 0, 1))
    assert len(line) <= 7  # a triangle, but for pixels at its tips


def test_islands_and_holes_are_lines_of_their_own() -> None:
    taken = np.zeros((48, 48))
    taken[4:20, 4:20], taken[8:14, 8:14], taken[30:40, 30:44] = 1, 0, 1
    assert len(outline_of(taken)) == 3
    assert outline_of(np.zeros((8, 8))) == () and outline_of(np.full((8, 8), 0.4)) == ()


def test_it_is_drawn_over_the_picture() -> None:
    line = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5))
    shown = markup.samples([("data:x", "a", [], [line], "b", "c"), ("data:x", "a", [], (), "b", "c")])
    assert shown.count("lab-region") == 1
    drawing = base64.b64decode(re.findall(r"svg.xml;base64,([^\"]+)", shown)[0]).decode()
    assert drawing.count("M0.0 0.0L50.0 0.0L0.0 50.0Z") == 2
