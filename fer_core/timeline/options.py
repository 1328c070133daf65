"""Every threshold between openness and alarm, with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EVEN = 0.5
"""The middle of the score's range, where the alarm goes on by default."""


@dataclass(frozen=True)
class TimelineOptions:
    """Every threshold. Openness is relative unless said otherwise: 0 the person's closed eyes, 1 the open ones.

    Raises:
        ValueError: a value out of range, all of them in one sentence.
    """

    baseline: float = 10.0
    """Seconds at the beginning from which the open level is taken: a usual calibration, long enough for several
    blinks; where they are no good example the whole clip counts."""
    open_percentile: float = 90.0
    """Percentile of openness that open eyes surely reach: above blinks and lowered lids, below single mistakes. The
    open level is the median of what is not far below it."""
    least_level: float = 0.35
    """Least open level in absolute openness: who never opens the eyes has no open eyes to be compared with."""
    most_shut: float = 0.25
    """Closed eyes may be read as up to this share of the open level and count as 0: what is between that and the open
    level is stretched. Lids that always hang lower than a third are taken for closed by this; so they are by most."""
    closed: float = 0.2
    """PERCLOS counts time with at most this: at least 80 % closed (Wierwille et al. 1994, in the FHWA's
    technical brief on PERCLOS, 1998, https://rosap.ntl.bts.gov/view/dot/113)."""
    closes: float = 0.5
    """A closure begins below this: durations of blinks are usually taken at half their amplitude."""
    opens: float = 0.6
    """A closure ends above this; the difference to ``closes`` keeps a trembling lid from counting twice."""
    deep: float = 0.35
    """A long closure of which the median lies above this is a lowered lid, not a closed eye; a short one that does not
    reach it is no blink. At 15 samples a second, a blink of 0.24 s is met at 0.28 or less at least once."""
    shortest_blink: float = 0.08
    """Seconds: shorter dips, mostly of one sample, are misreadings. Closing alone takes about a tenth of a second
    (Stern et al., below)."""
    longest_blink: float = 0.5
    """Seconds: the longest blinks (Stern, Walrath & Goldstein 1984, Psychophysiology 21)."""
    sleep: float = 1.0
    """Seconds of closed eyes that are Asleep: Table 1 of paper A."""
    low_lids: float = 0.7
    """A second whose openness outside blinks is on average lower has "eyes not always open" (Table 1)."""
    gap: float = 0.4
    """Seconds between samples beyond which eyes count as not seen: two missed samples at 10 a second."""
    window: float = 60.0
    """Seconds of the sliding PERCLOS: "the proportion of time in a minute" (Wierwille et al. 1994)."""
    least_seen: float = 15.0
    """Seconds of seen eyes that a window needs before its PERCLOS may raise an alarm: one blink would be 5 % of 5 s."""
    alarm_perclos: float = 0.12
    """Sliding PERCLOS that scores `EVEN`, so that the alarm goes on by default. Drivers on a closed course had 0.06 at
    the start, 0.105 at their first microsleep of a second and 0.122 when they gave up or left the lane (abstract of the
    Vision Sciences Society 2012, https://jov.arvojournals.org/article.aspx?articleid=2141193)."""
    drowsy_score: float = 0.6
    """Score of a Drowsy second; an Asleep one has 1, an Awake one 0."""
    smoothing: float = 3.0
    """Seconds: time constant of the smoothed score. One Asleep second gives 0.28, three 0.63; a Drowsy state
    reaches 0.5 after 5.4 s."""
    alarm_on: float = EVEN
    """Smoothed score at which an alarm goes on ..."""
    alarm_off: float = 0.3
    """... and below which it goes off again."""
    shortest_alarm: float = 2.0
    """Seconds: shorter alarms are dropped."""

    @property
    def perclos_on(self) -> float:
        """Sliding PERCLOS at which the alarm goes on under these thresholds."""
        return self.alarm_perclos * self.alarm_on / EVEN

    def __post_init__(self) -> None:
        wrong = [
            f"{name} must lie in ({low:g}, {high:g}], got {getattr(self, name):g}"
            for name, (low, high) in _RANGES.items()
            if not low < getattr(self, name) <= high
        ]
        wrong += [
            f"{low} must not exceed {high}, got {getattr(self, low):g} and {getattr(self, high):g}"
            for low, high in (("closes", "opens"), ("closed", "closes"), ("alarm_off", "alarm_on"))
            if getattr(self, low) > getattr(self, high)
        ]
        if wrong:
            raise ValueError("; ".join(wrong))


_RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("closed", "closes", "opens", "deep", "low_lids", "least_level", "most_shut"), (0, 1)),
    **dict.fromkeys(("drowsy_score", "alarm_on", "alarm_off", "alarm_perclos"), (0, 1)),
    **dict.fromkeys(("baseline", "window", "least_seen", "longest_blink", "sleep", "gap", "smoothing"), (0, 3600)),
    **dict.fromkeys(("shortest_alarm", "shortest_blink"), (-1e-9, 3600)),
    "open_percentile": (0, 100),
}
