"""Clips whose closures, blinks and PERCLOS can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.data.people import CLOSED, Motion, Recording, blinks, identity
from fer_core.data.people import film as films
from fer_core.data.people.film import Closure, Film, read_script


def test_closures_are_counted_where_lids_are_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two blinks of 0.2 and 0.5 s and a closure of 1.3 s, which runs into the end: 2 of 10 s closed."""
    spans = [(1.0, 1.2), (3.0, 3.5), (8.7, 10.0)]
    waking = identity(0).lid

    def scripted(_who: object, _recording: Recording, time: float, _quiet: object) -> Motion:
        down = any(start <= time < end for start, end in spans)
        return Motion(lid_left=0.9 * CLOSED * waking if down else waking, lid_right=CLOSED * waking * 0.9)

    monkeypatch.setattr(films, "moment", scripted)
    film = Film((("Awake", 10.0),), size=64)
    found = [(one.start, one.end) for one in film.closures]
    np.testing.assert_allclose(found, spans, atol=0.0051)
    truth = film.truth()
    assert truth["blinks"] == 2 and truth["perclos"] == pytest.approx(0.2, abs=0.002)
    assert film.truth(longest_blink=0.3)["blinks"] == 1 and film.truth(longest_blink=2.0)["blinks"] == 3
    assert truth["closures"][0].keys() == {"start", "end"} and truth["synthetic"] is True


def test_the_sleeping_have_one_closure() -> None:
    film = Film((("Asleep", 4.0),), person=1)
    assert film.closures == (Closure(0.0, 4.0),)
    truth = film.truth()
    assert (truth["blinks"], truth["perclos"], truth["duration"]) == (0, 1.0, 4.0)
    assert truth["seconds"] == [{"t": t, "label": "Asleep"} for t in range(4)]


def test_the_awake_blink_as_they_were_drawn_to() -> None:
    """A blink falls in 0.07 s and rises in 0.13 s along x * x * (3 - 2 * x), which is 0.8 at 0.713: at 80 % of the way
    the eye is closed, so a closure is as long as its blink and 0.287 of both."""
    film = Film((("Awake", 12.0),), person=2)
    recording = Recording(0, 2, 0, "Awake")
    expected = [one for one in blinks(film.who, recording, 0) if one.start + one.length < 11.8]
    assert len(film.closures) == len(expected) == film.truth()["blinks"] >= 1
    for event, closure in zip(expected, film.closures, strict=True):
        assert closure.start == pytest.approx(event.start - 0.287 * 0.07, abs=0.012)
        assert closure.end - closure.start == pytest.approx(event.length + 0.287 * 0.2, abs=0.015)
    assert film.truth()["perclos"] == pytest.approx(sum(one.length + 0.0574 for one in expected) / 12, rel=0.1)


def test_states_follow_each_other_and_fade() -> None:
    film = Film((("Awake", 2.0), ("Asleep", 2.5)), person=1, fps=10)
    assert (film.duration, film.frames) == (4.5, 45)
    assert [one["label"] for one in film.truth()["seconds"]] == ["Awake", "Awake", "Asleep", "Asleep", "Asleep"]
    assert [film.state(time) for time in (0.0, 1.99, 2.0, 99.0)] == ["Awake", "Awake", "Asleep", "Asleep"]
    final = film.closures[-1]
    assert 1.5 < final.start < 2.5 and final.end == 4.5
    lids = [film.motion(time).lid_left for time in (1.45, 1.8, 2.1, 2.4, 2.6)]
    assert lids == sorted(lids, reverse=True)


def test_frames_are_drawn_one_by_one() -> None:
    film = Film((("Drowsy", 0.5),), person=3, session=1, seed=2, fps=8, size=48)
    frames = list(film.pictures())
    assert len(frames) == 4 and all(frame.shape == (48, 48, 3) for frame in frames)
    assert all(not np.array_equal(one, other) for one, other in zip(frames, frames[1:], strict=False))
    again = Film((("Drowsy", 0.5),), person=3, session=1, seed=2, fps=8, size=48)
    assert all(np.array_equal(one, other) for one, other in zip(frames, again.pictures(), strict=True))


def test_scripts_are_read() -> None:
    assert read_script("Awake:20,drowsy:2.5, Happy:1") == (("Awake", 20.0), ("Drowsy", 2.5), ("happiness", 1.0))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", ["a script names states and seconds, as in Awake:20,Drowsy:20,Asleep:10"]),
        ("Awke:2,Drowsy", ["unknown state 'Awke'; did you mean 'Awake'", "'Drowsy' needs seconds, as in Drowsy:20"]),
        ("Awake:soon", ["'Awake:soon' needs seconds"]),
    ],
)
def test_mistakes_of_a_script_are_told_together(text: str, sentences: list[str]) -> None:
    with pytest.raises(ValueError) as told:
        read_script(text)
    assert all(sentence in str(told.value) for sentence in sentences)


@pytest.mark.parametrize(
    ("script", "fps", "sentence"),
    [
        ((), 25, "states of more than 0 s each"),
        ((("Awake", 0.0),), 25, "states of more than 0 s each"),
        ((("Awake", float("nan")),), 25, "states of more than 0 s each"),
        ((("Awake", 15_000.0),), 25, "at most 14400 s"),
        ((("Awake", 1.0),), 0.5, r"fps must lie in \[1, 120\], got 0.5"),
    ],
)
def test_films_that_cannot_be_made(script: tuple, fps: float, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Film(script, fps=fps)
