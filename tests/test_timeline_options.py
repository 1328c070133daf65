"""Thresholds of a timeline: they hold for what they say, and mistakes among them are named."""

from __future__ import annotations

import pytest

from fer_core.timeline import TimelineOptions, judge
from tests.test_timeline import curve


@pytest.mark.parametrize(("on", "alarms"), [(0.5, 1), (0.6, 1), (0.95, 0)])
def test_where_the_alarm_goes_on_holds_for_perclos_too(on: float, alarms: int) -> None:
    """A sixth of the time nearly closed, by blinks: at 0.12 the score is 0.5 whatever the threshold."""
    options = TimelineOptions(alarm_on=on)
    found = judge(curve(60, 30, [(1.0 + 2.5 * number, 1.49 + 2.5 * number) for number in range(23)]), options)
    assert len(found.alarms) == alarms
    assert found.seconds["score"].iloc[-1] == pytest.approx(found.seconds["perclos"].iloc[-1] / 0.24)
    assert found.seconds["perclos"].max() < options.perclos_on or alarms


def test_other_thresholds_give_another_timeline_from_the_same_samples() -> None:
    samples = curve(30, 30, [(12.0, 13.5)])
    assert [one.kind for one in judge(samples).closures] == ["sleep"]
    assert [one.kind for one in judge(samples, TimelineOptions(sleep=2.0)).closures] == ["long"]


def test_all_mistakes_of_the_options_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"closed must lie in \(0, 1\], got 2.*window must.*got 0.*alarm_off must not"):
        TimelineOptions(closed=2, window=0, alarm_on=0.2, alarm_off=0.4)
