"""What people do in time: the coding scheme of the states, blinks, smooth movements, and no memory."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.data.people import CLOSED, RANGES, Motion, Recording, blinks, identity, moment
from fer_core.labels import DROWSINESS, EXPRESSIONS

FINE = 50
"""Samples a second."""
POSE = ("yaw", "pitch", "roll", "shift_x", "shift_y")


def played(person: int, state: str, seconds: float, rate: float = FINE, start: float = 0.0) -> dict[str, np.ndarray]:
    """Every factor over time."""
    who, recording = identity(person), Recording(0, person, 0, state)
    times = start + np.arange(round(seconds * rate)) / rate
    return dict(zip(Motion._fields, np.array([moment(who, recording, t) for t in times.tolist()]).T, strict=True))


def closures(found: dict[str, np.ndarray], person: int, rate: float = FINE) -> np.ndarray:
    """Seconds of each closure of the eyes that begins and ends within the recording."""
    shut = (found["lid_left"] + found["lid_right"]) / 2 < CLOSED * identity(person).lid
    edges = np.flatnonzero(np.diff(shut.astype(int)))
    edges = edges[1:] if shut[0] else edges
    return np.diff(edges[: len(edges) // 2 * 2].reshape(-1, 2)).ravel() / rate


@pytest.mark.parametrize("state", (*DROWSINESS, *EXPRESSIONS))
def test_a_moment_is_a_function_of_its_time(state: str) -> None:
    who, recording = identity(3), Recording(0, 3, 1, state)
    times = [0.0, 0.3, 59.98, 60.0, 60.4, 3_600.7]
    forwards = [moment(who, recording, time) for time in times]
    assert [moment(who, recording, time) for time in times[::-1]][::-1] == forwards
    assert len(set(forwards)) == len(times) and forwards[0] != moment(who, Recording(0, 3, 0, state), 0.0)


@pytest.mark.parametrize("state", (*DROWSINESS, *EXPRESSIONS))
def test_moments_stay_where_faces_look_like_faces(state: str) -> None:
    for person in (0, 5, 8):
        for name, values in played(person, state, 60, rate=2).items():
            low, high = RANGES[name]
            assert low <= values.min() and values.max() <= high, (name, values.min(), values.max())


@pytest.mark.parametrize("person", [0, 2, 6])
def test_the_awake_blink_at_their_own_rate(person: int) -> None:
    who, recording = identity(person), Recording(0, person, 0, "Awake")
    for minute in (0, 7):
        events = blinks(who, recording, minute)
        assert abs(len(events) - who.blink_rate) <= 0.5
        assert all(60 * minute <= event.start < 60 * (minute + 1) for event in events)
        ends = [event.start + event.length + 0.13 for event in events]
        assert all(end + 0.07 < later.start for end, later in zip(ends, events[1:], strict=False))
    assert blinks(who, recording, 0) != blinks(who, recording, 1)
    expected = [event for event in blinks(who, recording, 0) if event.start < 29.5]
    found = closures(played(person, "Awake", 30), person)
    assert len(found) == len(expected) and (found < 0.5).all()


@pytest.mark.parametrize("person", [0, 5])
def test_the_drowsy_close_their_eyes_longer_but_under_a_second(person: int) -> None:
    found = closures(played(person, "Drowsy", 30), person)
    assert (
        len(found) >= 2
        and (found < 1).all()
        and found.mean() > 1.5 * closures(played(person, "Awake", 30), person).mean()
    )
    who = identity(person)
    lids = played(person, "Drowsy", 30, rate=4)["lid_left"]
    assert np.median(lids) < 0.92 * who.lid


@pytest.mark.parametrize("person", [0, 1, 2, 3])
def test_the_asleep_keep_their_eyes_closed(person: int) -> None:
    found = played(person, "Asleep", 40, rate=10)
    assert (found["lid_left"] < CLOSED * identity(person).lid).all()


def test_pupils_move_only_awake() -> None:
    for person in (0, 4):
        awake, drowsy = (played(person, state, 30, rate=10) for state in ("Awake", "Drowsy"))
        assert awake["gaze_x"].std() > 0.15 and len(np.unique(awake["gaze_x"].round(3))) > 10
        assert np.ptp(drowsy["gaze_x"]) == 0 and np.ptp(drowsy["gaze_y"]) == 0


@pytest.mark.parametrize("state", (*DROWSINESS, "surprise"))
def test_heads_do_not_jump(state: str) -> None:
    """Fastest is a glance aside: 0.38 rad in 0.4 s, 1.5 times as fast in its middle, beside slow swaying."""
    for person in (1, 7):
        for start in (0.0, 57.0):
            found = played(person, state, 6, rate=25, start=start)
            for name in POSE:
                assert np.abs(np.diff(found[name])).max() < 0.38 * 1.5 / 0.4 / 25 + 0.02, (name, start)


def test_a_nod_begins_before_its_minute() -> None:
    """At the turns of minutes, in steps of 0.01 s: a nod that was not felt before would jump by 0.03."""
    steps = [
        np.abs(np.diff(played(person, "Drowsy", 0.06, start=60 * minute - 0.03, rate=100)["pitch"])).max()
        for person in range(40)
        for minute in (1, 2, 3)
    ]
    assert max(steps) < 0.02


def test_the_wakings_of_some_are_the_drowsiness_of_others() -> None:
    people = [identity(number) for number in range(60)]
    awake, drowsy = np.array([who.lid for who in people]), np.array([who.lid * who.lid_droop for who in people])
    assert (drowsy < awake).all()
    assert (awake[:, None] < drowsy[None, :]).mean() > 0.2


@pytest.mark.parametrize("time", [-0.1, float("nan")])
def test_there_is_no_time_before_the_first(time: float) -> None:
    with pytest.raises(ValueError, match="a time must be 0 s or more, got"):
        moment(identity(0), Recording(0, 0, 0, "Awake"), time)


def test_states_have_names() -> None:
    with pytest.raises(ValueError, match="unknown state 'Awke'; did you mean 'Awake'"):
        moment(identity(0), Recording(0, 0, 0, "Awke"), 0.0)
