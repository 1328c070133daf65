"""Eyelids over time: the person's open level, closures, closed time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_core.timeline.options import TimelineOptions
from fer_core.timeline.samples import Samples


@dataclass(frozen=True)
class Closure:
    """Eyes that went shut and opened again."""

    start: float
    """Seconds; both ends where openness crosses its threshold."""
    end: float
    kind: str
    """``blink``, ``long`` (up to the length of sleep), ``sleep``, or ``lowered`` (long, but not shut)."""
    depth: float
    """The least relative openness."""

    @property
    def length(self) -> float:
        """In seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Pieces:
    """Openness as straight lines between neighbouring samples, cut at whole seconds, without what was not seen."""

    start: np.ndarray
    """``(m,)`` seconds."""
    length: np.ndarray
    """``(m,)`` seconds."""
    first: np.ndarray
    """``(m,)`` relative openness where the piece begins ..."""
    last: np.ndarray
    """... and where it ends."""

    @property
    def second(self) -> np.ndarray:
        """``(m,)`` int64: the whole second each piece lies in."""
        return np.floor(self.start + self.length / 2).astype(np.int64)

    def below(self, threshold: float) -> np.ndarray:
        """``(m,)`` seconds of each piece at or below a threshold."""
        low, high = np.minimum(self.first, self.last), np.maximum(self.first, self.last)
        span = np.maximum(high - low, 1e-12)
        share = np.where(high <= threshold, 1.0, np.clip((threshold - low) / span, 0, 1))
        return self.length * share


def open_level(samples: Samples, options: TimelineOptions) -> tuple[float, str]:
    """The openness of this person's open eyes, and where it comes from.

    The first seconds count, unless they hold few samples or the eyes are further open later: then somebody began with
    closed or lowered lids, and the whole clip counts.

    Returns:
        The level in absolute openness (NaN where no eye was read), and ``first seconds``, ``whole clip``, ``least
        level`` or ``nothing``.
    """
    eyes = samples.eyes
    read = np.isfinite(eyes)
    if not read.any():
        return float("nan"), "nothing"
    level, source = _usual(eyes[read], options), "whole clip"
    early = eyes[read & (samples.time <= samples.time[read][0] + options.baseline)]
    first = _usual(early, options)
    if len(early) >= 10 and first >= 0.75 * level:
        level, source = first, "first seconds"
    return (level, source) if level >= options.least_level else (options.least_level, "least level")


def _usual(eyes: np.ndarray, options: TimelineOptions) -> float:
    """The median of open eyes: of what is not far below the percentile that blinks and lowered lids do not reach."""
    high = np.percentile(eyes, options.open_percentile)
    return float(np.median(eyes[eyes >= options.opens * high]))


def shut_level(samples: Samples, level: float, options: TimelineOptions) -> float:
    """The openness that is read from this person's closed eyes, which is not quite 0 with every person, light and lens.

    A low value of the samples that are nearly closed at any rate; where there are fewer than three of them, nobody
    knows, and 0 is taken.

    Args:
        samples: What was seen.
        level: From `open_level`.
        options: Thresholds.

    Returns:
        In absolute openness, at most `TimelineOptions.most_shut` of the open level.
    """
    eyes = samples.eyes
    with np.errstate(invalid="ignore"):
        closed = eyes[eyes < options.deep * level]
    if len(closed) < 3:
        return 0.0
    return float(min(np.percentile(closed, 25), options.most_shut * level))


def pieces(time: np.ndarray, values: np.ndarray, gap: float) -> Pieces:
    """Straight pieces between samples that are at most ``gap`` seconds apart.

    Args:
        time: ``(n,)`` seconds, increasing.
        values: ``(n,)`` relative openness; NaN where no eye was read.
        gap: Seconds.
    """
    read = np.isfinite(values)
    time, values = time[read], values[read]
    if len(time) < 2:
        nothing = np.zeros(0)
        return Pieces(nothing, nothing, nothing, nothing)
    near = np.diff(time) <= gap
    whole = np.arange(np.ceil(time[0]), np.floor(time[-1]) + 1)
    whole = whole[~np.isin(whole, time)]
    places = np.concatenate([time, whole])
    order = np.argsort(places, kind="stable")
    places = places[order]
    heights = np.interp(places, time, values)
    lengths = np.diff(places)
    # A piece counts where the two samples around it are near each other.
    around = np.clip(np.searchsorted(time, places[:-1], side="right") - 1, 0, len(near) - 1)
    kept = near[around] & (lengths > 0)
    return Pieces(places[:-1][kept], lengths[kept], heights[:-1][kept], heights[1:][kept])


def closures(time: np.ndarray, values: np.ndarray, options: TimelineOptions) -> tuple[Closure, ...]:
    """When eyes were closed, from the crossing of half openness down to the one up; hysteresis in between.

    A closure ends where the eyes are not seen any more; one that had begun unseen begins with the first sample.

    Args:
        time: ``(n,)`` seconds, increasing.
        values: ``(n,)`` relative openness; NaN where no eye was read.
        options: Thresholds.
    """
    read = np.isfinite(values)
    found: list[Closure] = []
    shut: _Shut | None = None
    before: tuple[float, float] | None = None
    for now, value in zip(time[read].tolist(), values[read].tolist(), strict=True):
        if before is not None and now - before[0] > options.gap:
            found += shut.over(options) if shut else []
            shut, before = None, None
        if shut is None and value < options.closes:
            begin = now if before is None else _crossing(before, (now, value), options.closes)
            shut = _Shut(begin, now, [])
        if shut is not None:
            if value < options.closes:
                shut.seen.append(value)
                shut.end = now
            elif before is not None and before[1] < options.closes:
                shut.end = _crossing(before, (now, value), options.closes)
            if value >= options.opens:
                found += shut.over(options)
                shut = None
        before = (now, value)
    found += shut.over(options) if shut else []
    return tuple(found)


@dataclass
class _Shut:
    """A closure that is not over yet."""

    start: float
    end: float
    seen: list[float]

    def over(self, options: TimelineOptions) -> list[Closure]:
        """As a closure; nothing where it was too short, or short and the lids came not near each other."""
        length = self.end - self.start
        if length < options.shortest_blink or (length <= options.longest_blink and min(self.seen) > options.deep):
            return []
        if length <= options.longest_blink:
            kind = "blink"
        elif float(np.median(self.seen)) > options.deep:
            kind = "lowered"
        else:
            kind = "long" if length <= options.sleep else "sleep"
        return [Closure(self.start, self.end, kind, min(self.seen))]


def covered(found: Sequence[Closure], seconds: int) -> np.ndarray:
    """``(seconds,)`` float64: how much of each second lies inside some closures."""
    shares = np.zeros(seconds)
    for one in found:
        for second in range(max(0, int(one.start)), min(seconds, int(np.ceil(one.end)))):
            shares[second] += max(0.0, min(one.end, second + 1) - max(one.start, second))
    return shares


def _crossing(one: tuple[float, float], other: tuple[float, float], threshold: float) -> float:
    """When the line through two (time, value) points meets a threshold that lies between them."""
    (start, low), (end, high) = one, other
    return start + (end - start) * (threshold - low) / (high - low) if high != low else end
