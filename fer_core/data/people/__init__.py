"""People who do not exist: drawn from seeds, with everything about each picture known.

A person is a number and a seed (`identity`), a recording adds hair, clothes, light and camera (`session`), a moment
adds what the face does (`moment` in time, or a `Motion` of one's own), and `render` draws it: a pure function, the same
in any order and process. ``people:`` lines give whole data sets (`open_people`).
"""

from fer_core.data.people.behaviour import CLOSED, moment
from fer_core.data.people.motion import OCCLUDERS, RANGES, Motion
from fer_core.data.people.person import Identity, identity
from fer_core.data.people.render import Truth, openness, render
from fer_core.data.people.rhythm import Recording, blinks
from fer_core.data.people.session import Session, session
from fer_core.data.people.source import SCHEME, Drawings, People, open_people, read_line, subject_name

__all__ = [
    "CLOSED",
    "OCCLUDERS",
    "RANGES",
    "SCHEME",
    "Drawings",
    "Identity",
    "Motion",
    "People",
    "Recording",
    "Session",
    "Truth",
    "blinks",
    "identity",
    "moment",
    "open_people",
    "openness",
    "read_line",
    "render",
    "session",
    "subject_name",
]
