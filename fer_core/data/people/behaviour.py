"""What people do in time: three states of drowsiness as sequences, seven expressions. Pure functions of seeds and time.

The states follow the coding scheme of the drowsiness study (Table 1): Asleep: eyes closed over 1 s. Drowsy: eyes not
always open, pupils do not move, closed under 1 s, movements and head pose uncontrolled. Awake: eyes wide open, pupils
move, movements under control.

Paper: Asaeda & Takemura 2025, VISAPP, Table 1.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from fer_core.data.people.motion import Motion
from fer_core.data.people.person import Identity
from fer_core.data.people.rhythm import (
    MINUTE,
    Recording,
    Spans,
    blinks,
    eased,
    felt,
    minutes_near,
    strongest,
    touches,
    wave,
)
from fer_core.labels import DROWSINESS, EXPRESSIONS, suggestion

CLOSED = 0.2
"""An eye counts as closed below this share of the person's waking opening: P80 of PERCLOS, at least 80 % closed."""


def moment(who: Identity, recording: Recording, time: float, quiet: Spans = ()) -> Motion:
    """What the face does at a time.

    Args:
        who: The person of the recording.
        recording: Its state is a label of drowsiness or an expression.
        time: Seconds since the recording began, 0 or more.
        quiet: Spans that no blink touches.

    Raises:
        ValueError: an unknown state, or a negative time.
    """
    states = (*DROWSINESS, *EXPRESSIONS)
    if recording.state not in states:
        raise ValueError(f"unknown state '{recording.state}'{suggestion(recording.state, states)}")
    if not time >= 0:
        raise ValueError(f"a time must be 0 s or more, got {time}")
    if recording.state == "Asleep":
        return _asleep(who, recording, time)
    return {"Awake": _awake, "Drowsy": _drowsy}.get(recording.state, _expression)(who, recording, time, quiet)


def _lids(who: Identity, recording: Recording, open_to: float, time: float, quiet: Spans) -> tuple[float, float]:
    """Both lids with blinks; a blink closes in 0.07 s and opens in 0.13 s."""
    here = (one for minute in minutes_near(time) for one in blinks(who, recording, minute) if not touches(one, quiet))
    shut = abs(strongest(here, time, 0.07, 0.13))
    lid = open_to * (1 - shut)
    uneven = 0.03 * math.sin(37.0 * who.texture)
    return lid * (1 + uneven), lid * (1 - uneven)


def _awake(who: Identity, recording: Recording, time: float, quiet: Spans) -> Motion:
    open_to = who.lid * (1 + 0.035 * wave("lid", recording, time, 0.1, 1.0))
    left, right = _lids(who, recording, open_to, time, quiet)
    gaze_x, gaze_y = _saccades(recording, time)
    glance = felt("glance", recording, time, 5.0, (0.8, 2.0), (0.4, 0.5))
    speech = abs(felt("speech", recording, time, 1.5, (1.0, 3.0), (0.2, 0.2)))
    talk = speech * (0.09 + 0.09 * math.sin(2 * math.pi * 3.3 * time))
    return Motion(
        lid_left=left,
        lid_right=right,
        gaze_x=gaze_x + 0.3 * glance,
        gaze_y=gaze_y,
        mouth=max(0.0, who.mouth + talk),
        corner=who.corner + 0.05 * wave("corner", recording, time),
        brow=who.brow + 0.10 * wave("brow", recording, time),
        yaw=who.yaw + 0.08 * wave("yaw", recording, time) + 0.38 * glance,
        pitch=who.pitch + 0.022 * wave("pitch", recording, time),
        roll=who.roll + 0.025 * wave("roll", recording, time),
        shift_x=0.03 * wave("x", recording, time),
        shift_y=0.015 * wave("y", recording, time),
    )


def _drowsy(who: Identity, recording: Recording, time: float, quiet: Spans) -> Motion:
    droop = who.lid_droop * (1 + 0.06 * wave("lid", recording, time, 0.03, 0.3))
    yawn = abs(felt("yawn", recording, time, 0.6, (2.0, 3.5), (1.2, 1.0)))
    left, right = _lids(who, recording, who.lid * droop * (1 - 0.35 * yawn), time, quiet)
    nod = abs(felt("nod", recording, time, 2.5, (0.3, 1.2), (2.2, 0.35)))
    # The pupils rest where they are; only the head carries them.
    still = recording.stream("stare").uniform(-1, 1, 2)
    return Motion(
        lid_left=left,
        lid_right=right,
        gaze_x=0.18 * float(still[0]),
        gaze_y=0.22 + 0.12 * float(still[1]),
        mouth=min(1.0, who.mouth + 0.02 + 0.02 * wave("mouth", recording, time, 0.03, 0.2) ** 2 + 0.8 * yawn),
        corner=who.corner - 0.08,
        stretch=-0.3 * yawn,
        # Brows are lifted to hold heavy lids up.
        brow=who.brow + 0.22 + 0.15 * wave("brow", recording, time) + 0.3 * yawn,
        squint=0.7 * yawn,
        yaw=who.yaw + 0.10 * wave("yaw", recording, time, 0.03, 0.25),
        pitch=who.pitch + 0.02 + 0.025 * wave("pitch", recording, time, 0.03, 0.25) + 0.20 * nod - 0.10 * yawn,
        roll=who.roll + 0.07 * wave("roll", recording, time, 0.03, 0.2),
        shift_x=0.05 * wave("x", recording, time, 0.02, 0.15),
        shift_y=0.03 + 0.05 * nod + 0.02 * wave("y", recording, time, 0.02, 0.2),
    )


def _asleep(who: Identity, recording: Recording, time: float) -> Motion:
    lean, slack, aside = recording.stream("sleep").uniform(-1, 1, 3).tolist()
    breath = math.sin(2 * math.pi * 0.23 * time + 3 * slack)
    flutter = 0.03 * who.lid * max(0.0, wave("flutter", recording, time, 0.2, 2.0))
    lid = max(0.0, who.lid_asleep + flutter)
    return Motion(
        lid_left=lid,
        lid_right=lid,
        gaze_y=0.6,
        mouth=min(1.0, who.mouth + 0.05 + 0.08 * max(0.0, slack) + 0.008 * breath),
        corner=who.corner - 0.12,
        brow=who.brow + 0.05,
        yaw=who.yaw + 0.22 * aside + 0.01 * wave("yaw", recording, time, 0.01, 0.1),
        pitch=who.pitch + who.sleep_pitch + 0.012 * breath + 0.01 * wave("pitch", recording, time, 0.01, 0.1),
        roll=who.roll + 0.16 * lean,
        shift_x=0.08 * lean,
        shift_y=0.06 + 0.006 * breath,
    )


@lru_cache(maxsize=65536)
def _fixations(recording: Recording, minute: int) -> np.ndarray:
    """``(F, 3)`` start time, x, y of where the eyes rest, 0.5 to 2 s each."""
    rng = recording.stream("gaze", minute)
    starts = np.cumsum(rng.uniform(0.5, 2.0, 120))
    starts = MINUTE * minute + np.concatenate([[0.0], starts[starts < MINUTE]])
    places = np.clip(rng.normal(0, (0.38, 0.22), (len(starts), 2)), -0.9, 0.9)
    return np.column_stack([starts, places])


def _saccades(recording: Recording, time: float) -> tuple[float, float]:
    """Where the eyes look: they rest, then jump within 0.05 s."""
    found = _fixations(recording, int(time // MINUTE))
    place = int(np.searchsorted(found[:, 0], time, side="right")) - 1
    minute = int(time // MINUTE)
    here = found[place]
    before = found[place - 1] if place else _fixations(recording, minute - 1)[-1] if minute else here
    share = eased((time - here[0]) / 0.05)
    return tuple((before[1:] + (here[1:] - before[1:]) * share).tolist())


_FACES: dict[str, dict[str, float]] = {
    "anger": {"brow": -0.8, "inner": -1.0, "press": 0.75, "corner": -0.35, "nose": 0.25},
    "disgust": {"nose": 1.0, "brow": -0.45, "inner": -0.45, "corner": -0.40, "squint": 0.55, "mouth": 0.08},
    "fear": {"brow": 0.75, "inner": 0.8, "mouth": 0.30, "stretch": 0.55, "corner": -0.25, "wide": 0.8},
    "happiness": {"corner": 1.0, "squint": 0.65, "mouth": 0.26, "stretch": 0.30},
    "sadness": {"inner": 1.0, "brow": 0.12, "corner": -0.85, "wide": -0.35, "pitch": 0.06, "gaze_y": 0.25},
    "surprise": {"brow": 1.0, "mouth": 0.80, "stretch": -0.25, "wide": 1.0},
    "neutral": {},
}
"""What each expression moves, at full strength; ``wide``: eyes torn open, or half closed."""


def _expression(who: Identity, recording: Recording, time: float, quiet: Spans) -> Motion:
    rng = recording.stream("style")
    style = {name: float(rng.uniform(0.65, 1.25)) for name in ("corner", "mouth", "brow", "inner", "wide", "nose")}
    strength = 0.72 + 0.28 * math.tanh(wave("strength", recording, time, 0.1, 0.6))
    moved = {name: value * style.get(name, 1.0) * strength for name, value in _FACES[recording.state].items()}
    wide = moved.pop("wide", 0.0)
    lid = who.lid + (1.2 - who.lid) * wide if wide > 0 else who.lid * (1 + wide)
    left, right = _lids(who, recording, lid * (1 + 0.03 * wave("lid", recording, time)), time, quiet)
    return Motion(
        lid_left=left,
        lid_right=right,
        gaze_x=0.12 * wave("gaze", recording, time),
        gaze_y=0.08 * wave("look", recording, time) + moved.get("gaze_y", 0.0),
        mouth=min(1.0, max(0.0, who.mouth * (1 - 0.5 * strength) + moved.get("mouth", 0.0))),
        corner=min(1.0, max(-1.0, who.corner * (1 - 0.5 * abs(moved.get("corner", 0.0))) + moved.get("corner", 0.0))),
        stretch=moved.get("stretch", 0.0),
        press=moved.get("press", 0.0),
        brow=min(1.2, max(-1.2, who.brow + moved.get("brow", 0.0))),
        inner=min(1.2, max(-1.2, moved.get("inner", 0.0))),
        squint=moved.get("squint", 0.0),
        nose=moved.get("nose", 0.0),
        yaw=who.yaw + 0.14 * wave("yaw", recording, time),
        pitch=who.pitch * 0.6 + 0.05 * wave("pitch", recording, time) + moved.get("pitch", 0.0),
        roll=who.roll + 0.05 * wave("roll", recording, time),
        shift_x=0.04 * wave("x", recording, time),
        shift_y=0.02 * wave("y", recording, time),
    )
