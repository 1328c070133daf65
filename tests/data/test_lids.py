"""Lids lowered over open eyes: what closes, what stays as it was, and that the three pictures of a face go one way.

The oracle are rendered people, whose true lids are known: the same person is rendered with closed eyes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_core.contracts import FaceBox
from fer_core.data import open_data
from fer_core.data.landmarks import COLUMNS, landmarks_of
from fer_core.data.lids import OPENINGS, SIZE, build, close_lids, eye_frame, find_contour, three_states
from fer_core.data.people import openness
from fer_core.faces import FaceFinder
from fer_core.framing import eye_crops
from fer_core.sections import Preprocessing
from tests.drawn_people import shown

PEOPLE = range(4)


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def apart(one: np.ndarray, other: np.ndarray, landmarks: np.ndarray) -> float:
    """Mean difference of two pictures' eyes, the brows left out."""
    crops = [eye_crops(picture, landmarks, 32)[:, 10:26].astype(np.float64) for picture in (one, other)]
    return float(np.abs(crops[0] - crops[1]).mean())


@pytest.mark.parametrize("yaw", [0.0, 0.4])
def test_closed_lids_look_like_the_same_person_with_closed_eyes(yaw: float) -> None:
    left = []
    for number in PEOPLE:
        picture, truth = shown(number, yaw=yaw)
        asleep, _ = shown(number, yaw=yaw, lid_left=0.0, lid_right=0.0)
        closed = close_lids(picture, truth.landmarks, 0.0, rng())
        left.append(apart(closed, asleep, truth.landmarks) / apart(picture, asleep, truth.landmarks))
    assert np.median(left) < 0.4 and max(left) < 0.6


def test_half_closed_lids_lie_between() -> None:
    for number in PEOPLE:
        picture, truth = shown(number)
        asleep, _ = shown(number, lid_left=0.0, lid_right=0.0)
        ways = [apart(close_lids(picture, truth.landmarks, one, rng()), asleep, truth.landmarks) for one in (1, 0.5, 0)]
        assert ways[0] > ways[1] > ways[2]


def test_fully_open_is_the_picture_itself_and_nothing_but_the_eyes_ever_changes() -> None:
    picture, truth = shown(1)
    before = picture.copy()
    same = close_lids(picture, truth.landmarks, 1.0, rng())
    assert np.array_equal(same, picture) and not np.shares_memory(same, picture)
    changed = (close_lids(picture, truth.landmarks, 0.0, rng()) != picture).any(axis=2)
    assert np.array_equal(picture, before)
    distance = np.hypot(*(truth.landmarks[1] - truth.landmarks[0]))
    y, x = np.nonzero(changed)
    away = np.abs(np.stack([x, y], axis=1)[:, None] - truth.landmarks[None, :2]) / distance
    assert changed.any() and ((away[..., 0] < 0.32) & (away[..., 1] < 0.45)).any(axis=1).all()


def test_a_glint_above_the_eye_is_not_drawn_over_it() -> None:
    picture, truth = shown(2)
    x, y = truth.landmarks[0].round().astype(int)
    picture[y - 7 : y - 4, x - 1 : x + 2] = 255
    closed = close_lids(picture, truth.landmarks, 0.0, rng())
    skin = picture[y + 5 : y + 8, x - 4 : x + 5].mean()
    assert closed[y - 3 : y + 5, x - 4 : x + 5].mean(axis=2).max() < 1.4 * skin


def test_a_turned_picture_is_closed_along_its_own_eyes() -> None:
    picture, truth = shown(2, size=224)
    turn = cv2.getRotationMatrix2D((112.0, 112.0), 25, 1.0)
    turned = cv2.warpAffine(picture, turn, (224, 224), borderMode=cv2.BORDER_REPLICATE)
    points = (truth.landmarks @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    upright = close_lids(picture, truth.landmarks, 0.0, rng())
    expected = cv2.warpAffine(upright, turn, (224, 224), borderMode=cv2.BORDER_REPLICATE)
    found = close_lids(turned, points, 0.0, rng())
    assert apart(found, expected, points) < 0.25 * apart(turned, expected, points)


def test_grey_pictures_stay_grey_and_small_ones_close_too() -> None:
    picture, truth = shown(0)
    small = cv2.resize(picture, (80, 80), interpolation=cv2.INTER_AREA)
    grey = np.repeat(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    closed = close_lids(grey, truth.landmarks / 2, 0.0, rng())
    assert (closed == closed[..., :1]).all() and (closed != grey).any()


def test_what_cannot_be_closed_is_refused() -> None:
    picture, truth = shown(0)
    for opening in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match=r"opening must lie in \[0, 1\], got"):
            close_lids(picture, truth.landmarks, opening, rng())
    for points in (np.full((5, 2), np.nan), np.full((5, 2), 40.0)):
        with pytest.raises(ValueError, match="eye points must be numbers and at least a pixel apart"):
            close_lids(picture, points, 0.5, rng())
    # Eyes beyond the edge are nobody's mistake: there is nothing to draw.
    assert np.array_equal(close_lids(picture, truth.landmarks + 900, 0.0, rng()), picture)


@pytest.mark.parametrize(("above", "below", "shift"), [(0.06, 0.05, 0.0), (0.10, 0.08, 0.02), (0.08, 0.05, -0.03)])
def test_lids_are_found_where_they_were_drawn(above: float, below: float, shift: float) -> None:
    """Two almonds with an iris and a dark upper lid, 100 pixels apart, drawn point by point."""
    picture = np.full((200, 260, 3), 180, np.uint8)
    landmarks = np.array([[80.0, 100.0], [180.0, 100.0], [130, 140], [90, 170], [170, 170]])
    for x in range(260):
        for y in range(200):
            for eye in landmarks[:2]:
                u, v = (x - eye[0]) / 100, (y - eye[1]) / 100 - shift
                arc = max(0.0, 1 - (u / 0.245) ** 2)
                if -above * arc**0.75 < v < below * arc**0.9:
                    dark = u * u + v * v < 0.09**2 or v < -above * arc**0.75 + 0.02
                    picture[y, x] = 60 if dark else 200
    for which in (0, 1):
        found = find_contour(picture, eye_frame(landmarks, which))
        upper, lower, _ = found.arcs(np.array(0.0))
        assert abs(upper - (shift - above)) <= 0.021 and abs(lower - (shift + below)) <= 0.026
        assert abs(found.iris) <= 0.02


def test_the_three_pictures_of_a_face_differ_in_nothing_but_lids() -> None:
    picture, truth = shown(3, size=480)
    states = three_states(picture, truth.landmarks, rng())
    assert [one.label for one in states] == list(OPENINGS)
    for one in states:
        least, most = OPENINGS[one.label]
        assert least <= one.opening <= most and one.pixels.shape == (SIZE, SIZE, 3)
    files = [Image.open(io.BytesIO(one.packed)) for one in states]
    assert files[0].quantization == files[1].quantization == files[2].quantization
    points = states[0].landmarks * SIZE
    distance = np.hypot(*(points[1] - points[0]))
    y, x = np.mgrid[:SIZE, :SIZE]
    # JPEG works in squares of 16 pixels: as far as that the eyes reach beyond themselves.
    far = np.min([np.hypot(x - a, y - b) for a, b in points[:2]], axis=0) > 0.5 * distance + 23
    assert far.mean() > 0.4
    for one in states[1:]:
        assert np.array_equal(one.pixels[far], states[0].pixels[far])
        assert np.array_equal(one.landmarks, states[0].landmarks)
    again = three_states(picture, truth.landmarks, rng())
    assert [one.packed for one in again] == [one.packed for one in states]
    # The eyes stay where the landmarks say: the cut is compared with one made by another way.
    crops = [eye_crops(picture, truth.landmarks, 32), eye_crops(states[0].pixels, points - 0.5, 32)]
    assert np.abs(crops[0].astype(float) - crops[1]).mean() < 12


class Knowing(FaceFinder):
    """Knows the rendered people's landmarks as shares of any picture; the black one shows nobody."""

    def __init__(self, number: int = 0) -> None:
        super().__init__()
        self.shares = (shown(number)[1].landmarks + 0.5) / 160

    def find(self, picture: np.ndarray, smallest: float = 20) -> tuple[FaceBox, ...]:
        side = float(len(picture))
        if picture.max() == 0:
            return ()
        return (FaceBox((0, 0, side, side), 0.99, (self.shares * side - 0.5).astype(np.float32)),)


def read(picture: np.ndarray, faces: Sequence[FaceBox]) -> np.ndarray:
    """How near a picture of person 0 is to their waking face rather than to their sleeping one.

    A blue nose marks a face that sleeps already, a red one a face whose lids are never read as closed.
    """
    points = faces[0].landmarks
    assert points is not None
    x, y = points[2].round().astype(int)
    nose = picture[y, x].astype(int)
    if nose[2] - nose[0] > 100:
        return np.full((1, 2), 0.2)
    if nose[0] - nose[2] > 100:
        return np.full((1, 2), 0.95)
    eyes = eye_crops(picture, points, 32)[:, 10:26].astype(float)
    ways = []
    for lid in (0.0, 0.8):
        known, truth = shown(0, lid_left=lid, lid_right=lid)
        ways.append(np.abs(eyes - eye_crops(known, truth.landmarks, 32)[:, 10:26]).mean(axis=(1, 2, 3)))
    return (ways[0] / (ways[0] + ways[1]))[None]


def collection(root: Path, subjects: bool) -> Path:
    """Six pictures of two people, of which two can be used of each at most; one broken, one black, one asleep."""
    root.mkdir()
    picture, truth = shown(0)
    x, y = truth.landmarks[2].round().astype(int)
    rows = []
    for number in range(6):
        one = picture.copy()
        if number in (1, 2):
            one[y - 4 : y + 5, x - 4 : x + 5] = ((40, 40, 255), (255, 40, 40))[number - 1]
        name = f"q{number % 2}_{number}.png"
        Image.fromarray(one).save(root / name)
        rows.append({"path": name, "label": "happiness" if subjects else f"q{number % 2}"})
        if subjects:
            rows[-1] |= {"subject": f"q{number % 2}", "split": "test"}
    (root / "broken.png").write_bytes(b"")
    Image.fromarray(np.zeros((160, 160, 3), np.uint8)).save(root / "nobody.png")
    rows += [rows[0] | {"path": "broken.png"}, rows[0] | {"path": "nobody.png"}]
    pd.DataFrame(rows).to_csv(root / "manifest.csv", index=False)
    return root


@pytest.mark.parametrize("subjects", [True, False])
def test_a_data_set_of_three_states_is_written_and_read(tmp_path: Path, subjects: bool) -> None:
    data = open_data(collection(tmp_path / "real", subjects))
    told = build([data], tmp_path / "out", read, finder=Knowing())
    lost = {"unreadable": 1, "no face found": 1, "eyes not clearly open": 1, "closed lids not read as closed": 1}
    source = told["sources"]["real"]
    assert source["left_out"] == lost and (source["pictures"], source["faces"], source["people"]) == (8, 4, 2)
    assert source["shut"] == 4 / 5
    assert told["n"] == 12 and {label: one["n"] for label, one in told["labels"].items()} == dict.fromkeys(OPENINGS, 4)
    assert told["labels"]["Awake"]["found"] == 4 and told["labels"]["Asleep"]["read_closed"] == 1
    table = open_data(tmp_path / "out").table
    assert set(table["subject"]) == {"q0", "q1"} and set(table["split"]) == ({"test"} if subjects else {None})
    assert set(table["source"]) == {"real"} and table.groupby("session")["label"].nunique().eq(3).all()
    assert np.allclose(table["openness_left"], [openness(one) for one in table["opening"]], atol=1e-4)
    places, counts = landmarks_of(table, Preprocessing(faces="whole", framing="fer2013", size=64))
    assert counts["own"] == 12 and len(np.unique(places[:, 0, 0])) == 1
    assert table.loc[table["label"] == "Asleep", "opening"].eq(0).all() and len(COLUMNS) == 10


def test_limits_and_seeds(tmp_path: Path) -> None:
    data, finder = open_data(collection(tmp_path / "real", True)), Knowing()
    one = build([data], tmp_path / "a", read, each=1, finder=finder)
    assert one["sources"]["real"]["faces"] == one["sources"]["real"]["people"] == 2
    assert build([data], tmp_path / "b", read, limit=1, finder=finder)["n"] == 3
    build([data], tmp_path / "c", read, each=1, finder=finder)
    build([data], tmp_path / "d", read, each=1, seed=1, finder=finder)
    same, other = ((tmp_path / name / "manifest.csv").read_text() for name in "cd")
    assert same == (tmp_path / "a/manifest.csv").read_text() != other


def test_what_cannot_be_built_is_refused(tmp_path: Path) -> None:
    data = open_data(collection(tmp_path / "real", True))
    for given, sentence in (
        ({"datasets": [data, data]}, "data sets must differ in name, got real, real"),
        ({"datasets": [open_data("people:subjects=2,frames=1")]}, "people who do not exist"),
        ({"datasets": [data], "limit": 0}, "limit must be at least 1, got 0"),
        ({"datasets": [data], "each": 0}, "each must be at least 1, got 0"),
    ):
        with pytest.raises(ValueError, match=sentence):
            build(**{"out": tmp_path / "out", "reader": read, "finder": Knowing(), **given})
    with pytest.raises(FileExistsError, match="already holds something"):
        build([data], tmp_path / "real", read, finder=Knowing())


def test_the_command_reads_with_the_shipped_run(fer: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_core.data.lids.building.FaceFinder", lambda: Knowing(4))
    root = tmp_path / "real"
    root.mkdir()
    picture, _ = shown(4, size=224)
    Image.fromarray(picture).save(root / "q0.png")
    pd.DataFrame([{"path": "q0.png", "label": "neutral", "subject": "q0"}]).to_csv(root / "manifest.csv", index=False)
    ran = fer("data", "lids", root, "--out", tmp_path / "out", "--json")
    assert ran.code == 0, ran.err
    labels = ran.document["labels"]
    awake, drowsy, asleep = (labels[label]["read"] for label in OPENINGS)
    assert awake > 0.85 and awake > drowsy > asleep < 0.5
    said = fer("data", "lids", root, "--out", tmp_path / "said").out
    assert "real: 1 faces of 1 pictures, 1 people; of all eyes closed 100.0% read as closed" in said
    assert fer("data", "lids", root, "--out", tmp_path / "out").code == 2
