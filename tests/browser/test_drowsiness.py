"""The page Drowsiness by a visitor's hands: a drawn person, the camera picture by picture, and the running camera.

The browser's camera shows a synthetic person who opens and closes the eyes. What the page says is what `fer clip` says
of the clip that it hands out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pandas as pd
import pytest

from fer_core.data.people.film import Film
from tests.browser.visit import CHROMIUM, PATIENCE, Visitor, chromium, commanded, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

SIDE, FPS, EACH = 256, 5, 20
"""Pixels a side, pictures a second, and seconds with open and then with closed eyes."""
LONG = 5 * PATIENCE
"""Milliseconds for a clip to be drawn and watched on a busy machine."""
STATE = """(open) => {
  const video = document.querySelector("[data-testid=stCameraInput] video");
  if (!video || !video.videoWidth) return false;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  return (context.getImageData(canvas.width / 2, 4, 1, 1).data[0] > 128) === open;
}"""
"""Whether the eyes before the camera are open: a light at the picture's upper edge says so."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("runs")) as address:
        yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera films somebody who does not exist."""
    file = tmp_path_factory.mktemp("camera") / "closing.y4m"
    film = Film((("Awake", 10.0), ("Asleep", 10.0)), 1, fps=1, size=SIDE)
    drawn = list(film.pictures())
    with file.open("wb") as out:
        out.write(f"YUV4MPEG2 W{SIDE} H{SIDE} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for picture, light in ((drawn[4], 255), (drawn[16], 0)):
            picture = np.ascontiguousarray(picture)
            picture[:12, SIDE // 2 - 12 : SIDE // 2 + 12] = light
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p").to_ndarray()
            for _ in range(EACH * FPS):
                out.write(b"FRAME\n" + frame.tobytes())
    with chromium(f"--use-file-for-fake-video-capture={file}") as opened:
        yield opened


@pytest.fixture(autouse=True)
def camera(visitor: Visitor) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write", "camera"])


def told(visitor: Visitor, place: Path) -> dict[str, Any]:
    """What the command under the timeline says of the clip that the page hands out."""
    page = visitor.page
    with page.expect_download() as download:
        page.get_by_role("button", name="The whole clip").click()
    clip = place / download.value.suggested_filename
    download.value.save_as(clip)
    words = visitor.copied(".*fer clip")
    assert words[:2] == ["clip", clip.name]
    return commanded("clip", clip, *words[2:])


def compared(visitor: Visitor, place: Path, blinks: bool = True) -> dict[str, Any]:
    """The same, once everything that the page shows was found equal to it."""
    page = visitor.page
    found = told(visitor, place)
    rate = f"{found['blinks_per_minute']:.1f}" if blinks else "–"
    assert page.locator("[data-testid=stMetricValue]").all_inner_texts() == [
        f"{found['perclos']:.3f}", rate, f"{found['baseline']['open']:.3f}",
    ]  # fmt: skip
    assert page.get_by_text(found["sentence"]).count() == 1
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("CSV")).first.click()
    download.value.save_as(place / "seconds.csv")
    rows = pd.read_csv(place / "seconds.csv", float_precision="round_trip")
    for name in ("openness", "perclos", "score"):
        np.testing.assert_array_equal(rows[name], np.array([second[name] for second in found["seconds"]], float))
    shares = [second["probabilities"].get("Asleep", np.nan) for second in found["seconds"]]
    np.testing.assert_array_equal(rows["p_Asleep"], np.float64(shares))
    return found


def watched(visitor: Visitor, verdict: str) -> None:
    """Waits until the clip is watched, the verdict is there, and all that follows from it."""
    visitor.page.wait_for_selector(f"text={verdict}", timeout=LONG)
    visitor.settle()


def shot(visitor: Visitor, is_open: bool) -> None:
    """Takes a picture while the eyes before the camera are open, or closed."""
    steady = False
    while not steady:
        visitor.page.wait_for_function(STATE, arg=is_open, timeout=PATIENCE)
        # A camera that has only just begun gives no picture.
        visitor.page.wait_for_timeout(1500)
        steady = visitor.page.evaluate(STATE, is_open)
    visitor.page.get_by_role("button", name="Take photo").click()


def test_a_drawn_person_falls_asleep_and_a_click_goes_there(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.go("/drowsiness?run=drowsiness&alarm_on=0.60&baseline=5&second=3")
    visitor.press("Draw a synthetic person")
    watched(visitor, "Asleep from 0:1")
    assert page.get_by_role("heading", name="At 0:03").count() == 1
    found = compared(visitor, tmp_path)
    assert found["verdict"] == "Asleep" and found["options"]["alarm_on"] == 0.6
    assert found["alarms"][0]["start"] >= 14  # as the script says
    place = page.locator(".js-plotly-plot .xy2, .js-plotly-plot .x2y2").first.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] * 17.5 / 20, place["y"] + place["height"] / 2)
    page.wait_for_selector("text=At 0:17", timeout=PATIENCE)
    assert "second=17" in page.url and "alarm_on=0.60" in page.url


def test_who_closes_the_eyes_before_the_camera_is_asleep(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.go("/drowsiness?run=drowsiness&bring=Camera%2C+picture+by+picture")
    for number, is_open in enumerate((True, True, True, False, False, False, False), start=1):
        shot(visitor, is_open)
        page.wait_for_selector(f"text={number} of at most 40 pictures", timeout=PATIENCE)
        if number == 3:
            watched(visitor, "Awake: no alarm in 0:03")
    watched(visitor, "Asleep from 0:0")
    page.wait_for_selector("text=single pictures show no blinks")
    found = compared(visitor, tmp_path, blinks=False)
    assert found["verdict"] == "Asleep"
    assert [second["state"] for second in found["seconds"]] == ["Awake"] * 3 + ["Asleep"] * 4
    visitor.press("Remove the last")
    page.wait_for_selector("text=6 of at most 40 pictures", timeout=PATIENCE)
    visitor.press("Forget them all")
    page.wait_for_selector("text=No clip yet", timeout=PATIENCE)


@pytest.mark.skipif(find_spec("streamlit_webrtc") is None, reason="the optional part live is not installed")
def test_a_running_camera_is_judged_as_it_runs_and_then_as_a_clip(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.go("/drowsiness?run=drowsiness&bring=Live+camera")
    frame = page.frame_locator("iframe[title*=webrtc]")
    frame.get_by_role("button", name="Start", exact=False).click()
    page.wait_for_selector("text=the model says", timeout=LONG)
    page.wait_for_selector(".lab-row >> text=Asleep", timeout=PATIENCE)
    page.wait_for_selector(".lab-row >> text=alarm", timeout=PATIENCE)
    frame.get_by_role("button", name="Stop", exact=False).click()
    watched(visitor, "Asleep from")
    found = compared(visitor, tmp_path)
    assert found["verdict"] == "Asleep" and found["frames"]["looked_at"] > 20
