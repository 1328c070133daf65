"""What one visitor's session holds: pictures, answers, maps. In memory only, gone with the tab or the forget button."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from typing import Any

import streamlit as st

from app.services.clip_watching import Watching
from app.services.labelled import LabelledZip
from app.services.live import Live
from app.services.own_tables import OwnTable
from app.services.predicting import Answer, HeatMap
from app.services.uploads import Held

_HELD, _CHOSEN, _ANSWERS, _MAPS = "session.held", "session.chosen", "session.answers", "session.maps"
_LAB = "session.lab"
_EXPLAINED = "session.explained"
_TABLE = "session.table"
_ZIP = "session.zip"
_CLIP, _FRAMES = "session.clip", "session.frames"
_SNAPSHOTS, _LIVE = "session.snapshots", "session.live"
_ROUND = "session.round"
_MAX_MAPS = 200
"""Maps of 48 x 48 floats are 9 kB each; the oldest make room."""
_MAX_FRAMES = 40
"""A frame of a clip and what a run says about it are about 2 MB."""
_MAX_EXPLAINED = 40
"""A dozen maps of 224 x 224 floats beside each other are 2.4 MB."""


def held() -> list[Held]:
    """The pictures of this session, in the order they came."""
    return st.session_state.setdefault(_HELD, [])


def add(pictures: Iterable[Held]) -> None:
    """Keeps pictures that are not held yet; the first of the new ones is the one looked at."""
    known = {picture.key for picture in held()}
    fresh = {picture.key: picture for picture in pictures if picture.key not in known}
    held().extend(fresh.values())
    if fresh:
        choose(next(iter(fresh)))


def choose(key: str) -> None:
    """Makes a picture the one that is looked at."""
    st.session_state[_CHOSEN] = key


def chosen(keys: Sequence[str]) -> int:
    """Which of some pictures is looked at; the first where the chosen one is not among them.

    Args:
        keys: Of the pictures that can be looked at.
    """
    key = st.session_state.get(_CHOSEN)
    return list(keys).index(key) if key in keys else 0


def answers(run: str, changed: int, faces: str) -> MutableMapping[str, Answer]:
    """What a run said about the pictures, by their key; empty at first, and when the run's files were written again.

    Args:
        run: Its name.
        changed: Of `services.runs.stamped`.
        faces: How faces were found.
    """
    # Two at a time, beside each other: more would keep crops of the same faces in memory.
    kept: dict[tuple[str, int, str], MutableMapping[str, Answer]] = st.session_state.setdefault(_ANSWERS, {})
    name = (run, changed, faces)
    kept[name] = kept.pop(name, {})
    while len(kept) > 2:
        del kept[next(iter(kept))]
    return kept[name]


def maps() -> MutableMapping[tuple[Any, ...], HeatMap]:
    """Heat maps by (run, picture, face, label)."""
    store: dict[tuple[Any, ...], HeatMap] = st.session_state.setdefault(_MAPS, {})
    while len(store) > _MAX_MAPS:
        del store[next(iter(store))]
    return store


def lab() -> MutableMapping[tuple[Any, ...], tuple[Any, int]]:
    """What the mixing lab made of this session's faces, with its bytes, by all that it depends on."""
    store: dict[tuple[Any, ...], tuple[Any, int]] = st.session_state.setdefault(_LAB, {})
    while len(store) > _MAX_MAPS:
        del store[next(iter(store))]
    return store


def explained() -> MutableMapping[tuple[Any, ...], tuple[Any, int]]:
    """Maps beside each other and their tests, with their bytes, by all that they depend on."""
    store: dict[tuple[Any, ...], tuple[Any, int]] = st.session_state.setdefault(_EXPLAINED, {})
    while len(store) > _MAX_EXPLAINED:
        del store[next(iter(store))]
    return store


def table() -> OwnTable | None:
    """The feature table that this visitor brought; one at a time."""
    return st.session_state.get(_TABLE)


def hold_table(taken: OwnTable | None) -> None:
    """Holds another table, or none; the upload widget is empty again."""
    st.session_state[_TABLE] = taken
    next_round()


def clip() -> Watching | None:
    """The clip that this visitor brought, watched or on its way; one at a time."""
    return st.session_state.get(_CLIP)


def hold_clip(taken: Watching | None) -> None:
    """Holds another clip, or none, and stops watching the one before."""
    before = clip()
    if before is not None and before is not taken:
        before.stop()
    st.session_state[_CLIP] = taken


def snapshots() -> list[bytes]:
    """Single pictures of this visitor's camera, in the order they came."""
    return st.session_state.setdefault(_SNAPSHOTS, [])


def live() -> Live | None:
    """This visitor's running camera."""
    return st.session_state.get(_LIVE)


def hold_live(camera: Live | None) -> None:
    """Holds another running camera, or none, and lets the one before go."""
    before = live()
    if before is not None and before is not camera:
        before.stop()
    st.session_state[_LIVE] = camera


def frames() -> MutableMapping[tuple[Any, ...], tuple[Held, Answer]]:
    """Frames of clips with what a run says about them, by (run, clip, time)."""
    store: dict[tuple[Any, ...], tuple[Held, Answer]] = st.session_state.setdefault(_FRAMES, {})
    while len(store) > _MAX_FRAMES:
        del store[next(iter(store))]
    return store


def labelled() -> LabelledZip | None:
    """The labelled zip that this visitor brought last."""
    return st.session_state.get(_ZIP)


def hold_labelled(taken: LabelledZip) -> None:
    """Holds a labelled zip in place of an earlier one."""
    st.session_state[_ZIP] = taken


def upload_round() -> int:
    """Counts up whenever uploads were taken or forgotten: the upload widget's key, so that it starts empty again."""
    return st.session_state.setdefault(_ROUND, 0)


def next_round() -> None:
    """Empties the upload widget."""
    st.session_state[_ROUND] = upload_round() + 1


def bytes_held() -> list[int]:
    """Sizes of everything that this visitor brought, and of what was made of it."""
    kept = st.session_state.get(_ANSWERS) or {}
    sizes = [picture.size for picture in held()]
    sizes += [answer.size for found in kept.values() for answer in found.values()]
    sizes += [size for made in (lab(), explained()) for _, size in made.values()]
    own = table()
    sizes += [one.size for one in (own, labelled()) if one]
    watched = clip()
    sizes += [one.size for one in (watched, live()) if one] + [len(picture) for picture in snapshots()]
    sizes += [picture.size + answer.size for picture, answer in frames().values()]
    return sizes + [found.magnitude.nbytes for found in maps().values()]


def forget() -> None:
    """Drops pictures, table, zip, clip, camera, answers and maps."""
    hold_clip(None)
    hold_live(None)
    for name in (_HELD, _CHOSEN, _ANSWERS, _MAPS, _LAB, _EXPLAINED, _TABLE, _ZIP, _FRAMES, _SNAPSHOTS):
        st.session_state.pop(name, None)
    next_round()


def settle(key: str, options: Sequence[str], default: str) -> str:
    """Gives a control that is bound to the address a value it can have, before it is drawn.

    The control itself must have no default: Streamlit keeps only what differs from the default in the address, and a
    link should name everything that it shows.

    Args:
        key: Of the control, and its name in the address.
        options: What it offers.
        default: Taken where neither the session nor the address names one of them.
    """
    value = st.session_state.get(key)
    if value not in options:
        asked = st.query_params.get(key)
        value = asked if asked in options else default
        st.session_state[key] = value
    elif st.query_params.get(key) != value:
        # Said again: Streamlit writes to the address only what is set after a control's first drawing.
        st.session_state[key] = value
    return value
