"""Real faces with closed and half-closed lids, made of faces that are awake: `close_lids`, and data sets of them."""

from __future__ import annotations

from fer_core.data.lids.building import build
from fer_core.data.lids.closing import close_lids
from fer_core.data.lids.contour import Contour, eye_frame, find_contour
from fer_core.data.lids.states import OPENINGS, SIZE, State, three_states

__all__ = ["OPENINGS", "SIZE", "Contour", "State", "build", "close_lids", "eye_frame", "find_contour", "three_states"]
