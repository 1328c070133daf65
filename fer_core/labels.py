"""Label sets, and each data set's coding, by name. Labels travel by name; order never decides.

Source of the codings: the data sets' own documents, collected in the papers' reading guide (file formats).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

EXPRESSIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
EXPRESSIONS_CONTEMPT = (*EXPRESSIONS, "contempt")
DROWSINESS = ("Asleep", "Drowsy", "Awake")
EYES = ("closed", "open")

LABEL_SETS: Mapping[str, tuple[str, ...]] = {
    "expressions": EXPRESSIONS,
    "expressions-contempt": EXPRESSIONS_CONTEMPT,
    "drowsiness": DROWSINESS,
    "eyes": EYES,
}

ALIASES: Mapping[str, str] = {
    "angry": "anger",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "scared": "fear",
    "frightened": "fear",
    "happy": "happiness",
    "joy": "happiness",
    "joyful": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
    "suprise": "surprise",
    "suprised": "surprise",
    "neutrality": "neutral",
    "contemptuous": "contempt",
    "sleepy": "Drowsy",
    "drowsiness": "Drowsy",
    "asleep": "Asleep",
    "sleeping": "Asleep",
    "alert": "Awake",
    "close": "closed",
    "opened": "open",
}
"""What data sets and people also write, lower-case -> our name."""

FER2013_CODES: Mapping[int, str] = dict(
    enumerate(("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"))
)
"""The ``emotion`` column of fer2013.csv: 0 angry 1 disgust 2 fear 3 happy 4 sad 5 surprise 6 neutral."""

RAFDB_CODES: Mapping[int, str] = dict(
    enumerate(("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"), start=1)
)
"""RAF-DB's list: 1 surprise 2 fear 3 disgust 4 happiness 5 sadness 6 anger 7 neutral. RAN's lists write one less."""

FERPLUS_CODES: Mapping[int, str] = dict(
    enumerate(("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"))
)
"""The order of FERPlus's vote columns, which "unknown" and "NF" (no face) follow, and the codes of RAN's lists."""

AFFECTNET_CODES: Mapping[int, str] = dict(
    enumerate(("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt"))
)
"""AffectNet's ``expression``: 0 neutral 1 happiness 2 sadness 3 surprise 4 fear 5 disgust 6 anger 7 contempt."""

AFFECTNET_UNUSABLE: Mapping[int, str] = {8: "none of the expressions", 9: "uncertain", 10: "no face"}
"""AffectNet's codes that are no expression."""

_CANONICAL: Mapping[str, str] = {name.lower(): name for names in LABEL_SETS.values() for name in names}


def canonical(name: str) -> str:
    """The house name of a label: case-insensitive, aliases resolved; an unknown name comes back stripped, unchanged.

    Args:
        name: What a folder, a manifest or a person wrote, e.g. ``Happy``.
    """
    key = str(name).strip().lower()
    key = ALIASES.get(key, key)
    return _CANONICAL.get(key.lower(), str(name).strip())


def label_set(labels: str | Sequence[str]) -> tuple[str, ...]:
    """A label set by its name (``expressions``) or spelled out, in house names.

    Raises:
        ValueError: unknown set name, fewer than two labels, or the same label twice (also through an alias).
    """
    if isinstance(labels, str):
        if labels not in LABEL_SETS:
            raise ValueError(f"unknown label set '{labels}'{suggestion(labels, LABEL_SETS)}")
        return LABEL_SETS[labels]
    names = tuple(canonical(label) for label in labels)
    if len(names) < 2:
        raise ValueError(f"a label set needs at least two labels, got {len(names)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"labels must differ, got {', '.join(twice)} more than once")
    return names


def order(names: Iterable[str]) -> tuple[str, ...]:
    """Labels in a stable order: the order of the smallest known set that holds them all, else alphabetical."""
    found = {canonical(name) for name in names}
    holding = [known for known in LABEL_SETS.values() if found <= set(known)]
    if holding:
        return tuple(name for name in min(holding, key=len) if name in found)
    return tuple(sorted(found))


def index_of(names: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Positions of ``names`` in ``labels``.

    Args:
        names: N labels in house names.
        labels: The K labels of a model.

    Returns:
        ``(N,)`` int64; -1 where a name is not among the labels.
    """
    position = {name: index for index, name in enumerate(labels)}
    return np.array([position.get(name, -1) for name in names], dtype=np.int64)


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'mixup'?`` where something is close, else ``; choose one of ...``: the tail of an error
    sentence.
    """
    known = sorted(known)
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'? (choose one of {', '.join(known)})"
    return f"; choose one of {', '.join(known)}"
