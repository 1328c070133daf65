"""Drowsiness: a clip is watched once, judged by every threshold, and says what `fer clip` says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import colours, markup
from app.charts.timeline import second_of, timeline
from app.components import clip_course
from app.services import clip_film, clip_origin, clip_watching, clips, predicting, uploads
from app.services.clip_watching import Watching
from app.services.predicting import Answer, HeatMap
from fer_core.clip import document, watch
from fer_core.timeline import TimelineOptions, judge
from fer_core.video import write_video
from tests.app import tired_film
from tests.app.conftest import World
from tests.app.stand_in import FACES
from tests.app.tired_film import texts, watched
from tests.test_clip import StandIn

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def tired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tired_film.drawn(tmp_path_factory.mktemp("tired") / "tired.mp4")


@pytest.fixture
def drawn(tired: Path, small_world: World, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A run and an eye reader that read what was drawn; the synthetic person is the drawn clip."""
    monkeypatch.setattr(clip_film, "film", lambda tell: tired.read_bytes())
    return tired_film.read_by_stand_in(monkeypatch)


def test_the_numbers_are_those_of_the_command(drawn: StandIn, tired: Path, open_page: Open) -> None:
    page = open_page("drowsiness")
    assert "No clip yet" in texts(page)
    page = watched(page.button(key="drowsiness.fill").click().run())
    seen = watch(tired, StandIn(), StandIn(), StandIn())
    told = document(seen, judge(seen.samples, TimelineOptions()))
    assert told["verdict"] == "Asleep"
    assert markup.plain(told["sentence"]) in texts(page)
    assert [one.value for one in page.metric] == [
        f"{told['perclos']:.3f}", f"{told['blinks_per_minute']:.1f}", f"{told['baseline']['open']:.3f}"
    ]  # fmt: skip
    found = page.session_state["session.clip"].found
    assert document(found, judge(found.samples))["seconds"] == told["seconds"]
    assert not page.error


def test_thresholds_judge_again_and_watch_nothing(drawn: StandIn, open_page: Open) -> None:
    page = watched(open_page("drowsiness", alarm_off="0.05").button(key="drowsiness.fill").click().run())
    before, asked = page.session_state["session.clip"], drawn.asked
    slow, quick = (judge(before.found.samples, TimelineOptions(alarm_on=on, alarm_off=0.05)) for on in (0.5, 0.1))
    assert quick.sentence != slow.sentence and markup.plain(slow.sentence) in texts(page)
    page.select_slider(key="alarm_on").set_value("0.10").run()
    assert markup.plain(quick.sentence) in texts(page)
    assert page.session_state["session.clip"] is before and drawn.asked == asked


def test_thresholds_that_cannot_be_are_a_sentence(drawn: StandIn, open_page: Open) -> None:
    page = open_page("drowsiness", alarm_on="0.20", alarm_off="0.60")
    page = watched(page.button(key="drowsiness.fill").click().run())
    assert [one.value for one in page.error] == ["Alarm\\_off must not exceed alarm\\_on, got 0.6 and 0.2"]
    assert page.select_slider(key="alarm_on").value == "0.20"


def test_an_address_brings_thresholds_and_second_back(drawn: StandIn, open_page: Open) -> None:
    page = open_page("drowsiness", alarm_on="0.70", alarm_off="0.10", baseline="5", second="3")
    page = watched(page.button(key="drowsiness.fill").click().run())
    assert page.select_slider(key="alarm_on").value == "0.70" and page.select_slider(key="baseline").value == "5"
    assert page.select_slider(key="second").value == "3"
    assert "At 0:03" in [one.value for one in page.subheader]


def test_the_worst_second_is_looked_at_first(drawn: StandIn, open_page: Open) -> None:
    page = watched(open_page("drowsiness").button(key="drowsiness.fill").click().run())
    assert 15 <= int(page.select_slider(key="second").value) <= 18
    assert clip_course.KEY == "second"


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "empty"), (b"no video at all", "not a video"), (b"\x89PNG\r\n\x1a\n", "not a video")]
)
def test_a_file_that_is_no_clip_is_a_sentence(drawn: StandIn, open_page: Open, content: bytes, why: str) -> None:
    page = open_page("drowsiness")
    page.session_state["session.clip"] = Watching(clips.take("<b>x</b>.mp4", content), "drawn")
    page = watched(page)
    assert len(page.error) == 1 and why in page.error[0].value
    page.button(key="drowsiness.forget").click().run()
    assert "No clip yet" in texts(page)


def test_too_long_and_too_large_are_refused(drawn: StandIn, tired: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_watching, "LONGEST", 5.0)
    watching = Watching(clips.take("a.mp4", tired.read_bytes()), "drawn")
    watching._thread.join(20)
    assert watching.found is None and "longer than 0:05" in str(watching.error)
    monkeypatch.setattr(clips, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match="fer clip"):
        clips.take("a.mp4", b"0" * 11)


def test_a_clip_that_nobody_waits_for_is_given_up(drawn: StandIn, tired: Path) -> None:
    with clip_watching._WATCHING:
        watching = Watching(clips.take("a.mp4", tired.read_bytes()), "drawn")
        assert watching.busy and "Waiting" in watching.look_in()[1]
        watching.stop()
        watching._thread.join(10)
    assert not watching.busy and watching.found is None and "stopped" in str(watching.error)


def test_a_bug_in_the_thread_stays_loud(drawn: StandIn, tired: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "find", lambda *_: 1 / 0)
    watching = Watching(clips.take("a.mp4", tired.read_bytes()), "drawn")
    watching._thread.join(20)
    with pytest.raises(ZeroDivisionError):
        watching.look_in()


def test_frames_are_those_that_were_watched(tmp_path: Path) -> None:
    shades: Iterator[np.ndarray] = (np.full((32, 32, 3), 10 * number, np.uint8) for number in range(20))
    data = write_video(tmp_path / "a.mp4", shades, 4).read_bytes()
    picture = clips.frame(data, 2.4)
    assert picture is not None and abs(float(picture.mean()) - 100) < 4
    assert clips.frame(data, 9.0) is None


def test_the_worst_seconds_show_face_and_map(drawn: StandIn, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        predicting,
        "answers",
        lambda run, pictures, faces: ((one, Answer(one.name, FACES[:1], uploads.show(one))) for one in pictures),
    )
    asked: list[str] = []

    def heat_map(run: str, crop: np.ndarray, label: str) -> HeatMap:
        asked.append(label)
        return HeatMap(np.ones((6, 6), np.float32), label, "stage4", "Grad-CAM", 1.0)

    monkeypatch.setattr(predicting, "heat_map", heat_map)
    page = watched(open_page("drowsiness").button(key="drowsiness.fill").click().run())
    assert not page.exception and not page.error, [one.value for one in page.error]
    worst = clips.worst(clips.judged(page.session_state["session.clip"].found, 10, 0.5, 0.3).seconds, 4)
    assert len(asked) == len(worst) >= 2  # the second that is looked at is one of them, and asked once
    page.run()
    assert len(asked) == len(worst)


def test_the_worst_seconds_lie_apart() -> None:
    seconds = pd.DataFrame(
        {"t": range(6), "score": [0.0, 0.4, 1.0, 1.0, np.nan, 0.5], "openness": [0.9, 0.5, 0.2, 0.1, np.nan, 0.3]}
    )
    assert clips.worst(seconds, 4) == [3, 5, 1]
    assert clips.worst(seconds, 1) == [3] and clips.worst(seconds.iloc[:1], 4) == []


def test_a_click_chooses_a_second() -> None:
    assert second_of({"selection": {"points": [{"customdata": [7, "Awake"]}]}}, 9) == 7
    assert second_of({"selection": {"points": [{"customdata": [9]}]}}, 9) is None
    assert second_of(None, 9) is None and second_of({"selection": {"points": []}}, 9) is None


def test_the_timeline_draws_what_it_is_given() -> None:
    seconds = pd.DataFrame(
        {"t": [0, 1], "state": ["Awake", "no face"], "openness": [0.9, np.nan], "score": [0.1, np.nan],
         "p_Awake": [0.75, np.nan], "p_Asleep": [0.25, np.nan]}
    )  # fmt: skip
    figure = timeline(
        seconds, pd.DataFrame({"time": [0.1, 0.2], "openness": [0.9, 0.8]}),
        closures=[{"start": 0.1, "end": 0.3, "kind": "blink"}], alarms=[{"start": 0, "end": 1}],
        level=float("nan"), baseline=0.5, on=0.5, off=0.3, chosen=1, subtitle="n = 2 seconds",
    )  # fmt: skip
    assert [trace.name for trace in figure.data[:2]] == ["Awake", "Asleep"]
    assert [(one.x0, one.x1) for one in figure.layout.shapes if one.fillcolor == colours.RIGHT] == [(0, 0.5)]
    assert figure.data[0].y[0] == 0.75 and figure.data[3].x == (0.2,)
    empty = timeline(
        seconds.iloc[:0][["t", "state", "openness", "score"]], pd.DataFrame({"time": [], "openness": []}), closures=[],
        alarms=[], level=float("nan"), baseline=0.0, on=0.5, off=0.3, chosen=0, subtitle="n = 0",
    )  # fmt: skip
    assert not any(len(trace.x) for trace in empty.data)


def test_where_a_clip_comes_from(drawn: StandIn, tired: Path) -> None:
    seen = watch(tired, StandIn(), StandIn(), StandIn())
    told = clips.judged(seen, 5, 0.6, 0.2).told
    own = clip_origin.of_clip("drawn", clips.take("my clip.mp4", b"x"), told)
    assert own.command == "fer clip 'my clip.mp4' --run drawn --baseline 5 --alarm-on 0.6 --alarm-off 0.2 --json"
    assert "your clip" in own.text and "n = 20 seconds" in own.text and "nothing here is a score" in own.text
    synthetic = clip_origin.of_clip("drawn", clips.drawn(), told)
    assert synthetic.command.startswith("fer data people people: --clip person-1.mp4") and "synthetic" in synthetic.text
