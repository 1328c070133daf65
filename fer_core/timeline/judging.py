"""From samples to seconds, alarms and a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from fer_core.labels import DROWSINESS
from fer_core.timeline.lids import Closure, Pieces, closures, covered, open_level, pieces, shut_level
from fer_core.timeline.options import EVEN, TimelineOptions
from fer_core.timeline.samples import Samples

ASLEEP, DROWSY, AWAKE = DROWSINESS
NOBODY, UNKNOWN = "no face", "unknown"
"""States and verdicts where nobody was seen, and where somebody was, but not the eyes."""

_LEAST_SECOND = 0.2
"""Seconds of seen eyes that a second needs to be judged."""


@dataclass(frozen=True)
class Timeline:
    """What the samples of one person say."""

    level: float
    """The open level in absolute openness; NaN where no eye was read."""
    level_from: str
    """``first seconds``, ``whole clip``, ``least level`` or ``nothing``."""
    shut_level: float
    """What is read from closed eyes, likewise; 0 where they were hardly ever closed."""
    seconds: pd.DataFrame
    """One row a second: ``t faces openness state perclos score`` and ``p_<label>``; see `seconds.by_second`."""
    closures: tuple[Closure, ...]
    perclos: float
    """Share of the seen time; NaN where no eye was read."""
    seen: float
    """Seconds in which eyes were read."""
    alarms: tuple[Mapping[str, Any], ...]
    """``start end peak reason`` each, in seconds."""
    verdict: str
    sentence: str
    """The verdict in words."""
    options: TimelineOptions = field(repr=False, default_factory=TimelineOptions)

    @property
    def blinks(self) -> tuple[Closure, ...]:
        """Closures no longer than a blink."""
        return tuple(one for one in self.closures if one.kind == "blink")

    @property
    def blinks_per_minute(self) -> float:
        """Of seen time; NaN where no eye was read."""
        return 60 * len(self.blinks) / self.seen if self.seen > 0 else float("nan")


def judge(samples: Samples, options: TimelineOptions | None = None) -> Timeline:
    """The timeline of one person.

    Args:
        samples: What was seen.
        options: Thresholds; None takes the defaults.
    """
    options = options or TimelineOptions()
    level, source = open_level(samples, options)
    shut_at = shut_level(samples, level, options)
    relative = np.maximum((samples.eyes - shut_at) / (level - shut_at), 0)
    shut = closures(samples.time, relative, options)
    lids = pieces(samples.time, relative, options.gap)
    table = _seconds(samples, relative, shut, lids, options)
    reasons = _scores(table, samples.labels, options)
    table["score"] = reasons.max(axis=1)
    alarms = _alarms(table, reasons, options)
    seen = float(lids.length.sum())
    perclos = float(lids.below(options.closed).sum() / seen) if seen > 0 else float("nan")
    blinks = 60 * sum(one.kind == "blink" for one in shut) / seen if seen > 0 else float("nan")
    verdict, sentence = _verdict(table, alarms, perclos, blinks)
    return Timeline(level, source, shut_at, table, shut, perclos, seen, alarms, verdict, sentence, options)


def _seconds(
    samples: Samples, relative: np.ndarray, shut: tuple[Closure, ...], lids: Pieces, options: TimelineOptions
) -> pd.DataFrame:
    n = max(1, int(np.ceil(samples.duration - 0.02)), int(samples.time[-1]) + 1 if len(samples.time) else 1)
    where = samples.time.astype(np.int64)
    faces = np.zeros(n, dtype=np.int64)
    np.maximum.at(faces, where, np.ones(len(where), dtype=np.int64) if samples.faces is None else samples.faces)
    seen = np.bincount(lids.second, lids.length, n)[:n]
    closed = np.bincount(lids.second, lids.below(options.closed), n)[:n]
    columns: dict[str, Any] = {
        "t": np.arange(n),
        "faces": faces,
        "openness": _mean(where, samples.eyes, n),
        "state": _states(samples, relative, shut, faces, seen, options),
    }
    width = max(1, round(options.window))
    window_seen, window_closed = (_sliding(values, width) for values in (seen, closed))
    columns["seen"] = seen
    columns["perclos"] = np.where(window_seen > 0, window_closed / np.maximum(window_seen, 1e-12), np.nan)
    columns["window_seen"] = window_seen
    for place, label in enumerate(samples.labels if samples.probabilities is not None else ()):
        columns[f"p_{label}"] = _mean(where, samples.probabilities[:, place], n)  # type: ignore[index]
    return pd.DataFrame(columns)


def _states(
    samples: Samples,
    relative: np.ndarray,
    shut: tuple[Closure, ...],
    faces: np.ndarray,
    seen: np.ndarray,
    options: TimelineOptions,
) -> np.ndarray:
    """``(n,)`` the coding of Table 1, for each second."""
    n = len(faces)
    asleep = covered([one for one in shut if one.kind == "sleep"], n) >= 0.5 * np.maximum(seen, _LEAST_SECOND)
    heavy = covered([one for one in shut if one.kind != "blink"], n) >= 0.1
    resting = np.isfinite(relative)
    for one in shut:
        if one.kind == "blink":
            # Lids on their way are half closed, too.
            resting &= (samples.time < one.start - 0.1) | (samples.time > one.end + 0.1)
    lids = _mean(samples.time.astype(np.int64), np.where(resting, relative, np.nan), n)
    with np.errstate(invalid="ignore"):
        low = lids < options.low_lids
    states = np.where(asleep, ASLEEP, np.where(heavy | low, DROWSY, AWAKE)).astype(object)
    states[seen < _LEAST_SECOND] = UNKNOWN
    states[faces == 0] = NOBODY
    return states


def _scores(table: pd.DataFrame, labels: tuple[str, ...], options: TimelineOptions) -> pd.DataFrame:
    """What may raise the alarm, in [0, 1] for each second: ``eyes``, ``PERCLOS`` and, of a drowsiness run, ``run``."""
    points = {ASLEEP: 1.0, DROWSY: options.drowsy_score, AWAKE: 0.0}
    scores = {"eyes": _smooth(table["state"].map(points).to_numpy(dtype=np.float64), options.smoothing)}
    enough = table["window_seen"] >= options.least_seen
    # Like the others without regard to where the alarm goes on: another threshold must mean another alarm.
    share = table["perclos"].where(enough) / options.alarm_perclos * EVEN
    # Where nobody was seen for long, the last minute's share says nothing about now.
    scores["PERCLOS"] = share.clip(upper=1).where(pd.Series(scores["eyes"]).notna()).to_numpy()
    if set(DROWSINESS) <= set(labels) and f"p_{ASLEEP}" in table:
        said = (table[f"p_{ASLEEP}"] + table[f"p_{DROWSY}"]).to_numpy()
        scores["run"] = _smooth(said, options.smoothing)
    return pd.DataFrame(scores)


def _alarms(table: pd.DataFrame, reasons: pd.DataFrame, options: TimelineOptions) -> tuple[Mapping[str, Any], ...]:
    """Hysteresis over the score: on at one threshold, off below a lower one or where nothing is known."""
    found: list[Mapping[str, Any]] = []
    start: int | None = None
    for second, score in enumerate([*table["score"].tolist(), np.nan]):
        if start is None and score >= options.alarm_on:
            start = second
        elif start is not None and not score >= options.alarm_off:
            # An alarm that the end of the clip cut short is none the less one.
            if second - start >= options.shortest_alarm or second == len(table):
                peaks = reasons.iloc[start:second].max()
                found.append({"start": start, "end": second, "peak": float(peaks.max()), "reason": str(peaks.idxmax())})
            start = None
    return tuple(found)


def _verdict(
    table: pd.DataFrame, alarms: tuple[Mapping[str, Any], ...], perclos: float, blinks: float
) -> tuple[str, str]:
    """One word for the clip, and one sentence."""
    n = len(table)
    if not table["faces"].any():
        return NOBODY, f"No face was found in {clock(n)} of video."
    facts = f"eyes closed {perclos:.0%} of the seen time (PERCLOS), {blinks:.0f} blinks a minute"
    if not alarms:
        judged = table["state"][table["state"].isin(DROWSINESS)]
        if not len(judged) and table["score"].isna().all():
            return UNKNOWN, "There were faces, but no eyes that could be read."
        # In a clip too short for an alarm, what most of it shows.
        word = AWAKE if (judged == AWAKE).mean() >= 0.5 or not len(judged) else str(judged.mode().iloc[0])
        return word, f"{word}: no alarm in {clock(n)}" + (f"; {facts}." if perclos == perclos else ".")
    during = np.zeros(n, dtype=bool)
    for alarm in alarms:
        during[alarm["start"] : alarm["end"]] = True
    asleep = (table["state"] == ASLEEP).to_numpy()
    if f"p_{ASLEEP}" in table:
        asleep = asleep | (table[f"p_{ASLEEP}"] > 0.5).to_numpy()
    word = ASLEEP if (asleep & during).sum() >= 2 else DROWSY
    since = alarms[0]["start"]
    count = "one alarm" if len(alarms) == 1 else f"{len(alarms)} alarms"
    return word, f"{word} from {clock(since)}: {count} over {during.sum()} s; {facts}."


def clock(seconds: float) -> str:
    """``1:05`` or ``1:00:05``."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def _smooth(values: np.ndarray, constant: float) -> np.ndarray:
    """An exponential mean that looks back only and begins at 0; unseen seconds keep it for ``constant`` seconds."""
    gain = 1 - np.exp(-1 / constant)
    smooth, level, missing = np.full(len(values), np.nan), 0.0, np.inf
    for place, value in enumerate(values.tolist()):
        missing = 0.0 if np.isfinite(value) else missing + 1
        if missing > constant:
            level = 0.0
            continue
        level += gain * (value - level) if missing == 0 else 0.0
        smooth[place] = level
    return smooth


def _mean(where: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """``(n,)`` the mean of the finite values of each second; NaN where there are none."""
    finite = np.isfinite(values)
    count = np.bincount(where[finite], minlength=n)[:n]
    total = np.bincount(where[finite], values[finite], n)[:n]
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _sliding(values: np.ndarray, width: int) -> np.ndarray:
    """``(n,)`` sums over the last ``width`` seconds, each including its own."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(1, len(values) + 1)
    return sums[place] - sums[np.maximum(place - width, 0)]
