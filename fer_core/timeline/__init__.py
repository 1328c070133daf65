"""From eye openness by time to closures, blinks, PERCLOS, a state for each second, and alarms. Pure and torch-free.

Everything here is a function of samples and options, cheap enough to be computed again for another threshold: an hour
of video at 15 samples a second takes a fraction of a second.

Lids are judged against the person's own open and closed eyes, because eyes differ and squinting is no sleep: openness
is taken relative to the level of the first seconds, and to what is read when the eyes are closed. Between samples
openness runs straight, so that times of closing and opening, and with them counts and shares, do not depend on the
frame rate.

Paper: Asaeda & Takemura, VISAPP 2025, Table 1: Asleep = eyes closed for more than 1 s; Drowsy = eyes not always open,
closed for less than 1 s; Awake = eyes wide open.
Departs: pupils, movements and head pose, which Table 1 also names, are not measured.
"""

from fer_core.timeline.judging import NOBODY, UNKNOWN, Timeline, clock, judge
from fer_core.timeline.lids import Closure
from fer_core.timeline.options import TimelineOptions
from fer_core.timeline.samples import Samples

__all__ = ["NOBODY", "UNKNOWN", "Closure", "Samples", "Timeline", "TimelineOptions", "clock", "judge"]
