"""What disturbances look like, on people who do not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fer_core.contracts import FaceBox
from fer_core.data.people import Drawings, open_people
from fer_core.disturbances import KINDS, STRENGTHS, disturb
from fer_core.framing import FRAMINGS, crop_face
from fer_core.preprocessing import luminance
from fer_core.robustness.measuring import landmarks_in

PEOPLE = "people:subjects=2,sessions=1,states=expressions,frames=4,size=160,first=54"
"""Who stands on the sheet."""
_MOMENTS = (15, 39)
"""A smile and a surprise in the table of `PEOPLE`."""
_SIDE = 96
_GAP = 4
_HEAD = 20
_LEFT = 104


def disturbance_sheet(
    preprocessing: Mapping[str, Any], kinds: Sequence[str], strengths: Sequence[int] = STRENGTHS, seed: int = 0
) -> np.ndarray:
    """Two rendered people under each kind (a row) and strength, cut and coarse as a network reads them.

    Args:
        preprocessing: A run's ``preprocessing`` section; where it cuts eyes, whole faces are shown.
        kinds: Names in `disturbances.KINDS`.
        strengths: Of 1 to 5.
        seed: Of what is drawn at random.

    Returns:
        ``(H, W, 3)`` uint8.
    """
    crops, landmarks = _people(preprocessing)
    factor = max(1, round(_SIDE / crops.shape[1]))
    wide = len(crops) * crops.shape[2] * factor
    columns: list[int | None] = [None, *strengths]
    size = (_LEFT + len(columns) * (wide + _GAP), _HEAD + len(kinds) * (crops.shape[1] * factor + _GAP))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(12)
    for column, strength in enumerate(columns):
        place = (_LEFT + column * (wide + _GAP) + wide / 2, _HEAD / 2)
        draw.text(
            place, "as it is" if strength is None else f"strength {strength}", fill="black", font=font, anchor="mm"
        )
    for row, kind in enumerate(kinds):
        top = _HEAD + row * (crops.shape[1] * factor + _GAP)
        draw.text((6, top + crops.shape[1] * factor / 2), kind, fill="black", font=font, anchor="lm")
        for column, strength in enumerate(columns):
            shown = crops if strength is None else disturb(crops, kind, strength, landmarks, seed=seed)
            line = np.concatenate(list(shown), axis=1).repeat(factor, axis=0).repeat(factor, axis=1)
            left = _LEFT + column * (wide + _GAP)
            sheet.paste(Image.fromarray(line).convert("RGB"), (left, top))
            if strength is not None:
                told = (left + 3, top + crops.shape[1] * factor - 2)
                value = f"{KINDS[kind].values[strength - 1]:.2g}"
                draw.text(told, value, fill="white", font=font, anchor="ls", stroke_width=1, stroke_fill="black")
    return np.asarray(sheet)


def _people(preprocessing: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Crops of `PEOPLE` by their true landmarks, and where those lie in them."""
    framing = preprocessing["framing"]
    points = landmarks_in(framing)
    if points is None:
        framing, points = "fer2013", FRAMINGS["fer2013"].landmarks
    dataset = open_people(PEOPLE)
    files = dataset.files
    if points is None or not isinstance(files, Drawings):
        raise RuntimeError("people are drawn and FER2013's framing has landmarks")
    crops = []
    for row in _MOMENTS:
        picture, truth = files.draw(str(dataset.table["path"].iloc[row]))
        low, high = truth.landmarks.min(0), truth.landmarks.max(0)
        reach = high - low
        # MTCNN's box about its landmarks, as on FER2013.
        box = (low[0] - 0.6 * reach[0], low[1] - reach[1], high[0] + 0.5 * reach[0], high[1] + 0.6 * reach[1])
        face = FaceBox(tuple(map(float, box)), 1.0, truth.landmarks.astype(np.float32))  # type: ignore[arg-type]
        crop = crop_face(picture, face, FRAMINGS[framing], preprocessing["size"])
        crops.append(luminance(crop) if preprocessing["grey"] else crop)
    return np.stack(crops), points
