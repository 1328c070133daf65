"""Drowsiness with a camera: single pictures as a clip that grows, and a running camera; both without a browser."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app import markup
from app.services import camera, clip_origin, clip_watching, clips, live
from app.services.clip_watching import Watching
from app.services.live import Live
from fer_core.clip import document, watch
from fer_core.data.people.film import Film
from fer_core.runs import SHIPPED
from fer_core.timeline import TimelineOptions, judge
from tests.app.conftest import World
from tests.app.tired_film import read_by_stand_in, texts, watched
from tests.test_clip import StandIn, drawn

Open = Callable[..., AppTest]
OPEN, CLOSED = 0.9, 0.05
WAY = "Camera, picture by picture"


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def reads(small_world: World, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    return read_by_stand_in(monkeypatch)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://localhost:8501/drowsiness", None),
        ("http://127.0.0.1:8501", None),
        ("http://[::1]:8501/", None),
        ("https://lab.example.org/drowsiness", None),
        (None, None),
        ("http://192.168.1.5:8501/drowsiness", "from http://192.168.1.5. Serve it by HTTPS"),
        ("http://localhost.example.org", "from http://localhost.example.org."),
    ],
)
def test_where_browsers_give_a_camera(address: str | None, why: str | None) -> None:
    said = camera.forbidden(address)
    assert said is None if why is None else why in str(said)


def test_each_picture_stands_still_for_its_time() -> None:
    shades = [png(np.full((64, 96, 3), shade, np.uint8)) for shade in (40, 120)]
    turned = png(np.full((96, 64, 3), 200, np.uint8))
    told: list[tuple[float, float]] = []
    held = camera.joined([*shades, turned])
    assert held.make is not None and held.origin == "snapshots"
    film = held.make(lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    frames = [clips.frame(film, second) for second in (0.0, 0.8, 1.0, 1.8, 2.0, 2.8)]
    assert [one.shape for one in frames if one is not None] == [(64, 96, 3)] * 6
    middles = [float(one[:, 44:52].mean()) for one in frames if one is not None]
    assert middles == pytest.approx([40, 40, 120, 120, 200, 200], abs=5)
    assert camera.joined(shades).key != held.key == camera.joined([*shades, turned]).key
    for count in (0, camera.MOST + 1):
        with pytest.raises(ValueError, match=f"1 to {camera.MOST} pictures, got {count}"):
            camera.joined(shades[:1] * count)


def test_what_the_camera_hands_over_is_a_picture_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    small = png(drawn(OPEN))
    assert camera.taken(small) is small
    assert Image.open(io.BytesIO(camera.taken(png(np.zeros((30, 2000, 3), np.uint8))))).size == (960, 14)
    monkeypatch.setattr(camera, "MAX_BYTES", 10)
    assert camera.taken(small)[:2] == b"\xff\xd8"
    with pytest.raises(ValueError, match="not a picture"):
        camera.taken(b"<script>")


def taken(page: AppTest, *openness: float) -> AppTest:
    """The page with pictures of these eyes; one more was taken and is removed, which has the others watched."""
    page.session_state["session.snapshots"] = [png(drawn(one)) for one in (*openness, OPEN)]
    page.run()
    return watched(page.button(key="drowsiness.undo").click().run())


def test_closed_eyes_in_some_pictures_raise_the_alarm_and_in_one_do_not(reads: StandIn, open_page: Open) -> None:
    page = open_page("drowsiness", bring=WAY, alarm_off="0.20", run="drawn")
    assert "0 of at most 40 pictures" in texts(page) and page.button(key="drowsiness.undo").disabled
    page = taken(page, OPEN, OPEN, OPEN, CLOSED, OPEN)
    assert markup.plain("Awake: no alarm in 0:05") in texts(page) and "single pictures show no blinks" in texts(page)
    page = taken(page, *[OPEN] * 4, *[CLOSED] * 4)
    watching = page.session_state["session.clip"]
    found = clips.judged(watching.found, 10, 0.5, 0.2)
    assert found.timeline.verdict == "Asleep" and found.timeline.alarms[0]["start"] in (5, 6)
    assert markup.plain(found.timeline.sentence) in texts(page)
    assert found.seconds["state"].tolist() == ["Awake"] * 4 + ["Asleep"] * 4
    assert page.select_slider(key="alarm_off").value == "0.20"
    told = clip_origin.of_clip("drawn", watching.held, found.told)
    assert "your camera's pictures" in told.text and told.command.startswith("fer clip snapshots.mp4 --run drawn")
    page.button(key="drowsiness.clear").click().run()
    assert "No clip yet" in texts(page)


def test_the_clip_of_pictures_says_what_the_command_says_of_it(reads: StandIn, tmp_path: Path) -> None:
    watching = Watching(camera.joined([png(drawn(one)) for one in (OPEN, OPEN, CLOSED, CLOSED)]), "drawn")
    watching._thread.join(30)
    assert watching.found is not None and watching.data is not None, watching.error
    (tmp_path / "snapshots.mp4").write_bytes(watching.data)
    again = watch(tmp_path / "snapshots.mp4", StandIn(), StandIn(), StandIn())
    told = document(again, judge(again.samples, TimelineOptions(baseline=5)))
    assert clips.judged(watching.found, 5, 0.5, 0.3).told["seconds"] == told["seconds"]


def test_forgetting_pictures_leaves_another_clip_alone(reads: StandIn, open_page: Open) -> None:
    page = open_page("drowsiness", bring=WAY, run="drawn")
    page.session_state["session.snapshots"] = [png(drawn(OPEN))]
    page.session_state["session.clip"] = other = Watching(clips.take("a.mp4", b"no clip"), "drawn")
    page = watched(page)
    page.button(key="drowsiness.clear").click().run()
    assert page.session_state["session.snapshots"] == [] and page.session_state["session.clip"] is other
    page.session_state["session.snapshots"] = [png(drawn(OPEN))]
    page.button(key="drowsiness.forget").click().run()
    assert page.session_state["session.clip"] is None and "0 of at most 40" in texts(page)


@pytest.mark.parametrize("way", [WAY, "Live camera"])
def test_a_browser_that_forbids_is_a_clear_word(
    way: str, small_world: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "missing", lambda: None)
    monkeypatch.setattr(camera, "forbidden", lambda address: "Browsers give a camera only by HTTPS.")
    page = open_page("drowsiness", bring=way)
    assert [one.value for one in page.warning] == ["Browsers give a camera only by HTTPS."]
    assert "No clip yet" in texts(page)


def test_without_the_part_live_the_page_says_so(
    small_world: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = live.missing()
    monkeypatch.undo()
    assert "pip install -e '.[live]'" in str(said)
    monkeypatch.setattr(live, "missing", lambda: said)
    page = open_page("drowsiness", bring="Live camera")
    assert [one.value for one in page.warning] == [markup.plain(str(said))] and not page.exception


class Filmed:
    """A camera's frame."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    def to_ndarray(self, format: str) -> np.ndarray:
        assert format == "rgb24"
        return self.pixels


def run_camera(pictures: list[np.ndarray], apart: float = 0.06) -> Live:
    found = Live("drawn")
    assert not found.begun and found.samples is None
    for picture in pictures:
        frame = Filmed(picture)
        assert found.put(frame) is frame
        time.sleep(apart)
    return found


def test_a_running_camera_is_watched_and_recorded(reads: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_TOLD", 0.1)
    found = run_camera([drawn(OPEN)] * 10 + [np.zeros((192, 320, 3), np.uint8), *[drawn(CLOSED)] * 6])
    assert found.begun and found.busy and found.samples is not None
    timeline, openness = clips.timed(found.samples, 10, 0.5, 0.3)
    assert openness["openness"].max() == pytest.approx(OPEN, abs=0.01) and timeline.seconds["faces"].max() == 1
    found.stop(10)
    assert not found.busy and found.error is None and found.recorded is not None
    assert found.recorded.origin == "live" and found.size == len(found.recorded.data or b"") > 500
    first = clips.frame(found.recorded.data or b"", 0.0)
    assert first is not None and first.shape == (96, 160, 3)
    watching = Watching(found.recorded, "drawn")
    watching._thread.join(20)
    assert watching.found is not None and 5 <= watching.found.looked_at <= 17
    eyes = watching.found.samples.eyes
    assert np.nanmax(eyes) > 0.8 and np.nanmin(eyes) < 0.2


def ended(found: Live, seconds: float = 10) -> Live:
    for _ in range(int(seconds / 0.02)):
        if not found.busy:
            return found
        time.sleep(0.02)
    raise AssertionError("the camera is still being watched")


def test_a_camera_that_went_away_or_runs_for_too_long_is_let_go(
    reads: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PATIENCE", 0.1)
    assert ended(run_camera([drawn(OPEN)] * 2)).recorded is not None
    monkeypatch.setattr(live, "LONGEST", -1.0)
    late = ended(run_camera([drawn(OPEN)]))
    assert late.recorded is None and "before one picture was watched" in str(late.error)
    late.put(Filmed(drawn(OPEN)))
    assert not late.busy


def test_too_many_cameras_are_refused_and_a_bug_stays_loud(reads: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    taken_places = [live._CAMERAS.acquire(blocking=False) for _ in range(live.MOST)]
    try:
        assert all(taken_places) and "2 cameras" in str(ended(run_camera([drawn(OPEN)])).error)
    finally:
        live._CAMERAS.release(live.MOST)
    monkeypatch.setattr(reads, "find", lambda *_: 1 / 0)
    broken = ended(run_camera([drawn(OPEN)]))
    with pytest.raises(ZeroDivisionError):
        broken.look_in()
    broken.stop()


class Streamer:
    """Stands for the optional part live: keeps what it is told, and says whether the camera runs."""

    WebRtcMode = SimpleNamespace(SENDRECV="sendrecv")

    def __init__(self) -> None:
        self.state = SimpleNamespace(playing=False, signalling=False)
        self.told: dict[str, Any] = {}

    def webrtc_streamer(self, key: str, mode: str, **told: Any) -> Streamer:
        self.told = told
        return self


def test_a_running_camera_is_shown_and_becomes_the_clip(
    reads: StandIn, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer = Streamer()
    monkeypatch.setitem(sys.modules, "streamlit_webrtc", streamer)
    monkeypatch.setattr(live, "missing", lambda: None)
    page = open_page("drowsiness", bring="Live camera", run="drawn")
    assert "No clip yet" in texts(page)
    assert streamer.told["rtc_configuration"] == {"iceServers": []}, "a server of others would be asked"
    assert streamer.told["media_stream_constraints"]["audio"] is False
    streamer.state.playing = True
    for _ in range(5):
        streamer.told["video_frame_callback"](Filmed(drawn(OPEN)))
        time.sleep(0.05)
    page.run()
    assert "the model says" in texts(page) and "90 % open" in texts(page) and "No clip yet" not in texts(page)
    streamer.state.playing = False
    page = watched(page.run())
    assert page.session_state["session.clip"].held.name == "camera.mp4"
    assert markup.plain("Awake: no alarm in 0:01") in texts(page)
    assert not page.session_state["session.live"].begun and streamer.told["desired_playing_state"] is None
    streamer.state.playing = True
    streamer.told["video_frame_callback"](Filmed(drawn(OPEN)))
    page.button(key="drowsiness.forget").click().run()
    assert streamer.told["desired_playing_state"] is False, "who forgets does not go on recording"
    streamer.told["video_frame_callback"](Filmed(drawn(OPEN)))
    assert not page.session_state["session.live"].begun and not page.exception


def test_where_a_running_camera_comes_from(small_world: World) -> None:
    told = clip_origin.of_live("drawn", 7, 63, TimelineOptions(alarm_on=0.6))
    assert "your running camera" in told.text and "n = 7 seconds, 63 pictures" in told.text
    assert told.command.startswith("fer clip camera.mp4 --run drawn") and "--alarm-on 0.6" in told.command


@pytest.mark.slow
@pytest.mark.parametrize("person", [0, 1, 2, 4])
def test_a_synthetic_person_who_closes_the_eyes_is_asleep(person: int) -> None:
    """Three pictures with open and four with closed eyes, by the shipped runs."""
    assert (SHIPPED / "drowsiness").is_dir()
    film = Film((("Awake", 10.0), ("Asleep", 10.0)), person, fps=1, size=256)
    pictures = list(film.pictures())
    chosen: list[Any] = [pictures[place] for place in (4, 5, 6, 13, 15, 17, 18)]  # between blinks
    watching = Watching(camera.joined([png(one) for one in chosen]), "drowsiness")
    watching._thread.join(clip_watching.PATIENCE)
    assert watching.found is not None, watching.error
    found = clips.judged(watching.found, 10, 0.5, 0.3)
    assert found.timeline.verdict == "Asleep"
    assert found.seconds["state"].tolist() == ["Awake"] * 3 + ["Asleep"] * 4
