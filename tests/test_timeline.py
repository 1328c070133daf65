"""Timelines of hand-made openness curves, with answers that were counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from fer_core.labels import DROWSINESS
from fer_core.timeline import NOBODY, UNKNOWN, Samples, Timeline, TimelineOptions, clock, judge


def curve(
    duration: float,
    fps: float = 15,
    shut: Sequence[tuple[float, float]] = (),
    away: Sequence[tuple[float, float]] = (),
    level: float = 0.9,
    phase: float = 0.0,
    depth: float = 0.0,
) -> Samples:
    """Eyes that are open at ``level`` but for closures.

    Args:
        duration: Seconds.
        fps: Samples a second.
        shut: When openness is below half: the lids take 0.08 s down and 0.16 s up, straight, half of each inside.
        away: When no face is seen.
        level: Openness of the open eyes.
        phase: Of the sampling, in fractions of a sample.
        depth: Relative openness of closed eyes.
    """
    time = (np.arange(int(duration * fps)) + phase) / fps
    relative = np.ones(len(time))
    for start, end in shut:
        down = np.clip((time - (start - 0.04)) / 0.08, 0, 1)
        up = np.clip((end + 0.08 - time) / 0.16, 0, 1)
        relative = np.minimum(relative, 1 - (1 - depth) * np.minimum(down, up))
    openness = np.repeat(relative[:, None] * level, 2, axis=1)
    faces = np.ones(len(time), dtype=np.int64)
    for start, end in away:
        gone = (time >= start) & (time < end)
        openness[gone], faces[gone] = np.nan, 0
    return Samples(time, openness, duration, faces)


def states(timeline: Timeline) -> str:
    """One letter a second: A wake, D rowsy, S leeping, - nobody, ? unknown."""
    letters = dict(zip(DROWSINESS, "SDA", strict=True)) | {NOBODY: "-", UNKNOWN: "?"}
    return "".join(letters[state] for state in timeline.seconds["state"])


BLINKS = [(2.0 + 3 * number, 2.2 + 3 * number) for number in range(9)]


@pytest.mark.parametrize("fps", [10, 12.5, 15, 25, 30, 60])
@pytest.mark.parametrize("phase", [0.0, 0.37, 0.81])
def test_counts_and_shares_do_not_depend_on_the_frame_rate(fps: float, phase: float) -> None:
    """Nine blinks of 0.2 s and one closure of 2 s in 30 s."""
    found = judge(curve(30, fps, [*BLINKS, (11.6, 13.6)], phase=phase))
    assert len(found.blinks) == 9
    assert [one.kind for one in found.closures if one.kind != "blink"] == ["sleep"]
    (sleep,) = (one for one in found.closures if one.kind == "sleep")
    assert sleep.length == pytest.approx(2.0, abs=0.03) and sleep.start == pytest.approx(11.6, abs=0.03)
    assert found.blinks_per_minute == pytest.approx(18, rel=0.02)


def test_perclos_is_the_time_at_most_a_fifth_open() -> None:
    """Lids at 20 % are reached 0.024 s after the half on the way down and left 0.048 s before it on the way up."""
    found = judge(curve(20, 250, [(5.0, 8.0), (12.0, 12.3)]))
    assert found.perclos * found.seen == pytest.approx((3.0 - 0.072) + (0.3 - 0.072), abs=0.005)
    assert found.seen == pytest.approx(20 - 1 / 250)


def test_perclos_leaves_out_what_was_not_seen() -> None:
    found = judge(curve(20, 50, [(2.0, 4.0)], away=[(10.0, 20.0)]))
    assert found.seen == pytest.approx(10, abs=0.05)
    assert found.perclos == pytest.approx((2 - 0.072) / 10, abs=0.005)


def test_the_sliding_share_forgets_what_is_older_than_its_window() -> None:
    found = judge(curve(30, 50, [(2.0, 4.0)]), TimelineOptions(window=10))
    share = found.seconds["perclos"]
    assert share[4] == pytest.approx(1.928 / 5, abs=0.01)
    assert share[9] == pytest.approx(1.928 / 10, abs=0.005)
    assert share[14] == 0


@pytest.mark.parametrize(
    ("length", "depth", "kind"),
    [
        (0.15, 0.0, "blink"),
        (0.45, 0.0, "blink"),
        (0.6, 0.0, "long"),
        (0.95, 0.1, "long"),
        (1.1, 0.1, "sleep"),
        (3.0, 0.42, "lowered"),
    ],
)
def test_a_closure_is_named_by_its_length_and_depth(length: float, depth: float, kind: str) -> None:
    found = judge(curve(20, 30, [(12.0, 12.0 + length)], depth=depth))
    assert [one.kind for one in found.closures] == [kind]


def test_states_follow_table_one() -> None:
    found = judge(curve(20, 30, [(10.0, 13.0), (16.3, 17.1), (18.4, 18.6)]))
    assert states(found) == "AAAAAAAAAASSSAAADDAA"


def test_lids_lower_than_ones_own_are_drowsy() -> None:
    """From second 12 on the lids stand at 0.6 of their level: no closure, but not "always open"."""
    samples = curve(20, 15)
    samples.openness[samples.time >= 12] *= 0.6
    found = judge(samples)
    assert found.closures == ()
    assert states(found) == "A" * 12 + "D" * 8


def test_a_narrow_eye_is_an_open_eye_of_its_own() -> None:
    wide, narrow = (judge(curve(30, 15, BLINKS, level=level)) for level in (0.95, 0.5))
    assert states(narrow) == states(wide) == "A" * 30
    assert len(narrow.blinks) == len(wide.blinks) == 9
    assert narrow.level == pytest.approx(0.5) and narrow.level_from == "first seconds"


def test_who_begins_asleep_is_measured_by_the_whole_clip() -> None:
    found = judge(curve(40, 15, [(-1.0, 12.0)]))
    assert found.level_from == "whole clip" and found.level == pytest.approx(0.9)
    assert states(found) == "S" * 12 + "A" * 28


def test_who_never_opens_the_eyes_is_asleep() -> None:
    samples = curve(20, 15)
    samples.openness[:] = 0.08
    found = judge(samples)
    assert found.level_from == "least level"
    assert states(found) == "S" * 20 and found.verdict == "Asleep"
    assert found.perclos == 1


def test_closed_eyes_that_are_read_as_a_little_open_are_closed() -> None:
    """A reader that says 0.2 for closed and 0.9 for open eyes: 22 % of the level, more than PERCLOS's fifth."""
    found = judge(curve(30, 50, [*BLINKS, (11.6, 13.6)], depth=0.22))
    exact = judge(curve(30, 50, [*BLINKS, (11.6, 13.6)]))
    assert found.shut_level == pytest.approx(0.2, abs=0.01) and exact.shut_level < 0.05
    assert found.perclos == pytest.approx(exact.perclos, rel=0.05) and exact.perclos > 0.1


def test_lids_that_only_hang_are_not_taken_for_closed() -> None:
    samples = curve(30, 15)
    samples.openness[samples.time >= 12] *= 0.45
    found = judge(samples)
    assert found.shut_level == 0 and found.perclos == 0
    assert [one.kind for one in found.closures] == ["lowered"]


def test_lids_that_do_not_meet_are_no_blink() -> None:
    assert judge(curve(10, 30, [(5.0, 5.2)], depth=0.42)).closures == ()


def test_a_wink_is_no_blink() -> None:
    samples = curve(10, 30, [(5.0, 5.2)])
    samples.openness[:, 1] = 0.9
    assert judge(samples).closures == ()


def test_one_eye_is_enough() -> None:
    samples = curve(30, 15, BLINKS)
    samples.openness[:, 0] = np.nan
    assert len(judge(samples).blinks) == 9


def test_a_trembling_lid_counts_once() -> None:
    samples = curve(10, 30, [(5.0, 5.4)])
    at = (samples.time > 5.15) & (samples.time < 5.25)
    samples.openness[at] = 0.9 * 0.55  # above the threshold of closing, below that of opening
    assert len(judge(samples).closures) == 1


def test_an_eye_that_was_not_seen_for_a_while_did_not_stay_closed() -> None:
    """The eyes close at 5 s, the face is lost at 5.3 s and comes back open at 9 s."""
    found = judge(curve(20, 15, [(5.0, 8.9)], away=[(5.3, 9.0)]))
    (closure,) = found.closures
    assert closure.end <= 5.3
    assert states(found) == "AAAAAA---AAAAAAAAAAA"


def test_a_single_missed_sample_does_not_cut_a_closure() -> None:
    samples = curve(20, 10, [(5.0, 8.0)])
    samples.openness[65] = np.nan
    assert [one.kind for one in judge(samples).closures] == ["sleep"]


def test_faces_without_eyes_are_unknown_and_nobody_is_nobody() -> None:
    samples = curve(10, 15)
    samples.openness[:] = np.nan
    found = judge(samples)
    assert (states(found), found.verdict) == ("?" * 10, UNKNOWN)
    assert np.isnan(found.perclos) and np.isnan(found.level)
    empty = judge(curve(10, 15, away=[(0.0, 10.0)]))
    assert (states(empty), empty.verdict, empty.alarms) == ("-" * 10, NOBODY, ())
    assert "No face" in empty.sentence


def test_no_sample_at_all_is_nobody() -> None:
    found = judge(Samples(np.zeros(0), np.zeros((0, 2), np.float32), 2.5))
    assert (states(found), found.verdict) == ("---", NOBODY)


def test_the_alarm_goes_on_late_and_off_later() -> None:
    """Eyes closed from 10 to 16 s. By hand: with 1 - exp(-1/3) = 0.2835 the score is 0.28, 0.49, 0.63 after one, two
    and three seconds: on in second 12. It is 0.865 after six, and 0.62, 0.44, 0.32, 0.23 after: off in second 19."""
    found = judge(curve(30, 15, [(10.0, 16.0)]), TimelineOptions(least_seen=1000))
    (alarm,) = found.alarms
    assert (alarm["start"], alarm["end"], alarm["reason"]) == (12, 19, "eyes")
    assert alarm["peak"] == pytest.approx(1 - np.exp(-6 / 3), abs=0.005)
    np.testing.assert_allclose(found.seconds["score"][9:13], [0, 0.2835, 0.4866, 0.6321], atol=0.001)
    assert found.verdict == "Asleep" and "from 0:12" in found.sentence


def test_an_alarm_that_is_too_short_is_dropped() -> None:
    samples = curve(30, 15, [(10.0, 12.9)])
    # The score is above 0.6 in one second only.
    options = {"least_seen": 1000, "alarm_on": 0.6, "alarm_off": 0.5}
    assert len(judge(samples, TimelineOptions(**options, shortest_alarm=1)).alarms) == 1
    assert judge(samples, TimelineOptions(**options)).alarms == ()


def test_blinking_is_no_alarm() -> None:
    """Twenty blinks of 0.25 s a minute."""
    found = judge(curve(120, 15, [(1.0 + 3 * number, 1.25 + 3 * number) for number in range(39)]))
    assert found.alarms == () and found.verdict == "Awake"
    assert found.perclos < 0.08


def test_many_long_blinks_raise_the_alarm_by_their_share() -> None:
    """A closure of 0.49 s every 2.5 s: each is a blink, together they are a fifth of the time."""
    found = judge(curve(60, 30, [(1.0 + 2.5 * number, 1.49 + 2.5 * number) for number in range(23)]))
    assert all(one.kind == "blink" for one in found.closures)
    (alarm,) = found.alarms
    assert alarm["reason"] == "PERCLOS" and alarm["start"] == 14  # with second 14, 15 were seen
    assert found.verdict == "Drowsy"


def test_the_alarm_ends_where_nobody_is_seen_any_more() -> None:
    found = judge(curve(60, 15, [(10.0, 20.0)], away=[(20.0, 60.0)]))
    (alarm,) = found.alarms
    assert 20 <= alarm["end"] <= 24
    assert found.seconds["score"][30:].isna().all()


def asked(samples: Samples, labels: tuple[str, ...], rows: np.ndarray) -> Samples:
    return Samples(samples.time, samples.openness, samples.duration, samples.faces, labels, rows)


def test_a_drowsiness_run_has_its_say() -> None:
    samples = curve(30, 10)
    rows = np.full((300, 3), np.nan, np.float32)
    rows[::4] = [0.05, 0.05, 0.9]
    rows[100:200:4] = [0.1, 0.8, 0.1]
    found = judge(asked(samples, DROWSINESS, rows))
    (alarm,) = found.alarms
    assert alarm["reason"] == "run" and alarm["start"] in (11, 12)
    assert found.verdict == "Drowsy"
    assert found.seconds["p_Drowsy"][15] == pytest.approx(0.8)


def test_other_runs_are_shown_and_raise_no_alarm() -> None:
    samples = curve(10, 10)
    rows = np.tile(np.array([[0.9, 0.1]], np.float32), (100, 1))
    found = judge(asked(samples, ("sadness", "happiness"), rows))
    assert found.seconds["p_sadness"].tolist() == pytest.approx([0.9] * 10)
    assert found.alarms == ()


def test_samples_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="increase"):
        Samples(np.array([0.0, 0.0]), np.zeros((2, 2)), 1.0)
    with pytest.raises(ValueError, match=r"openness must be \(2, 2\)"):
        Samples(np.array([0.0, 1.0]), np.zeros((3, 2)), 1.0)


def test_clocks() -> None:
    assert [clock(value) for value in (0, 65.9, 3605)] == ["0:00", "1:05", "1:00:05"]
