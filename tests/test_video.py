"""Videos: their frames by their stamps, upright, and whatever is wrong with a file."""

from __future__ import annotations

import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

from fer_core.video import Frame, Frames, decoding, open_video, reading, write_video
from tests.conftest import REPOSITORY
from tests.filmed import counted, damage, film, number_of


def read(path: Path, **how: object) -> list[tuple[float, int]]:
    """Times and drawn numbers."""
    return [(round(frame.time, 3), number_of(frame.picture)) for frame in Frames(open_video(path), **how)]


def test_every_frame_comes_with_its_stamp(tmp_path: Path) -> None:
    times = [0.5, 0.54, 0.6, 1.4, 1.43, 4.0]
    video = open_video(film(tmp_path / "a.mp4", map(counted, range(6)), times))
    frames = Frames(video)
    found = [(round(frame.time, 3), number_of(frame.picture), frame.index) for frame in frames]
    assert found == [(round(time - 0.5, 3), number, number) for number, time in enumerate(times)]
    assert (video.width, video.height, video.rotation) == (96, 64, 0)
    assert frames.fps == pytest.approx(5 / 3.5)
    assert frames.duration == pytest.approx(3.5 + 3.5 / 5)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "avi", "ts"])
def test_the_container_makes_no_difference(tmp_path: Path, ending: str) -> None:
    found = read(film(tmp_path / f"a.{ending}", map(counted, range(20)), 10))
    assert [number for _, number in found] == list(range(20))
    np.testing.assert_allclose([time for time, _ in found], np.arange(20) / 10, atol=0.002)


def test_a_rate_keeps_the_first_frame_of_each_slot_without_drift(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", map(counted, range(120)), 24)
    kept = list(Frames(open_video(path), rate=10))
    assert [frame.index for frame in kept] == list(range(50))
    # Slot k begins at k/10 s; its first frame of 24 a second is number ceil(2.4 k).
    assert [number_of(frame.picture) for frame in kept] == [int(np.ceil(2.4 * slot - 1e-9)) for slot in range(50)]


def test_a_rate_above_the_videos_keeps_everything(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", map(counted, range(25)), 24)
    assert [number for _, number in read(path, rate=240)] == list(range(25))


@pytest.mark.parametrize("start", [0.1, 1.0, 2.95, 4.9])
def test_what_follows_a_start_is_what_the_whole_reading_gives(tmp_path: Path, start: float) -> None:
    path = film(tmp_path / "a.mp4", map(counted, range(100)), 20)
    whole = list(Frames(open_video(path), rate=10))
    later = list(Frames(open_video(path), rate=10, start=start))
    expected = [frame for frame in whole if frame.index >= np.ceil(start * 10 - 1e-6)]
    assert [(one.index, one.time) for one in later] == [(one.index, one.time) for one in expected]
    assert all((one.picture == other.picture).all() for one, other in zip(later, expected, strict=True))


def test_a_start_jumps_instead_of_decoding_everything(tmp_path: Path) -> None:
    frames = Frames(open_video(film(tmp_path / "a.mp4", map(counted, range(200)), 20, key_every=10)), start=9.0)
    assert [number_of(frame.picture) for frame in frames] == list(range(180, 200))
    assert frames.decoded <= 40


def test_a_file_that_cannot_be_jumped_in_is_read_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "a.mp4", map(counted, range(40)), 20)
    monkeypatch.setattr(decoding.Decoder, "jump", lambda self, stamp: False)
    assert [number for _, number in read(path, start=1.5)] == list(range(30, 40))


# Where the red field in the upper left corner is seen under each flag; ffmpeg's own player turns so (checked by hand).
@pytest.mark.parametrize(
    ("rotation", "shape", "row", "column"),
    [(0, (64, 96), 0, 0), (90, (96, 64), -1, 0), (-90, (96, 64), 0, -1), (180, (64, 96), -1, -1)],
)
def test_the_rotation_flag_is_applied(
    tmp_path: Path, rotation: int, shape: tuple[int, int], row: int, column: int
) -> None:
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:32, :48] = (255, 0, 0)
    video = open_video(film(tmp_path / "a.mp4", [picture] * 3, 10, rotation))
    seen = next(iter(Frames(video))).picture
    assert seen.shape[:2] == shape == (video.height, video.width)
    assert seen[row, column, 0] > 150 and seen[-1 - row, -1 - column, 0] < 100


def test_large_frames_are_shrunk_upright(tmp_path: Path) -> None:
    video = open_video(film(tmp_path / "a.mp4", [np.zeros((80, 200, 3), np.uint8)] * 2, 10, 90))
    assert next(iter(Frames(video, long_side=100))).picture.shape == (100, 40, 3)


def test_damage_costs_its_frames_and_is_counted(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
    pictures = [np.where(np.arange(64)[:, None, None] > 44, noise, counted(number)) for number in range(100)]
    path = damage(film(tmp_path / "a.mp4", pictures, 20, key_every=5), 0.4, 0.5)
    frames = Frames(open_video(path))
    times = [frame.time for frame in frames]
    assert frames.unreadable > 0
    assert 80 <= len(times) < 100
    assert times[-1] == pytest.approx(4.95)  # what comes after the damage is there
    assert np.all(np.diff(times) > 0)


def test_a_file_that_ends_early_gives_what_it_has(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", map(counted, range(60)), 20)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = [number for _, number in read(path)]
    assert 10 < len(found) < 60
    assert found == list(range(len(found)))


def test_one_frame_is_a_video(tmp_path: Path) -> None:
    frames = Frames(open_video(film(tmp_path / "a.mp4", [counted(7)], 10)))
    assert [(frame.time, number_of(frame.picture)) for frame in frames] == [(0.0, 7)]
    assert 0 < frames.duration <= 0.2


def test_stamps_that_cannot_be_true_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LEAP", 5.0)
    path = film(tmp_path / "a.mp4", map(counted, range(6)), [0.0, 0.1, 0.2, 1000.0, 1000.1, 1000.2])
    frames = Frames(open_video(path))
    times = [frame.time for frame in frames]
    assert frames.leaps == 1
    assert max(times) < 10 and np.all(np.diff(times) > 0)
    assert times[4] - times[3] == pytest.approx(0.1)


def test_a_video_without_end_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST", 2.0)
    assert len(read(film(tmp_path / "a.mp4", map(counted, range(60)), 10))) == 21


def text(path: Path) -> None:
    path.write_text("not a video at all\n" * 100)


def picture(path: Path) -> None:
    from PIL import Image

    Image.fromarray(counted(1)).save(path, "JPEG")


def without_index(path: Path) -> None:
    film(path, map(counted, range(20)), 10)
    path.write_bytes(path.read_bytes()[:1500])


def sound(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", 16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def playlist(path: Path) -> None:
    film(path.with_name("b.mp4"), map(counted, range(5)), 10)
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{path.with_name('b.mp4')}\n#EXT-X-ENDLIST\n")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.write_bytes(b""), "a.mp4 is empty (0 bytes)"),
        (lambda path: path.mkdir(), "a.mp4 is a folder, not a video file"),
        (text, "a.mp4 is not a video that can be read"),
        (picture, "a.mp4 is a picture, not a video; use fer predict"),
        (without_index, "a.mp4 is not a video that can be read, or it is damaged or cut off"),
        (sound, "a.mp4 has no pictures, only sound"),
        (playlist, "a.mp4 is not a video that can be read"),
        (lambda path: damage(film(path, map(counted, range(3)), 10), 0.02, 0.4), "a.mp4 "),
    ],
)
def test_what_is_no_video_is_one_sentence(tmp_path: Path, make: object, sentence: str) -> None:
    make(tmp_path / "a.mp4")  # type: ignore[operator]
    with pytest.raises(ValueError, match=".") as caught:
        open_video(tmp_path / "a.mp4")
    assert str(caught.value).startswith(sentence) and "\n" not in str(caught.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"a\.mp4 was not found"):
        open_video(tmp_path / "a.mp4")


def test_frames_beyond_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "a.mp4", [counted(0)], 10)
    monkeypatch.setattr(decoding, "MOST_PIXELS", 96 * 64 - 1)
    with pytest.raises(ValueError, match=r"claims frames of 96 x 64 pixels"):
        open_video(path)


@pytest.mark.parametrize("how", [{"rate": 0}, {"rate": 2000}, {"start": -1}, {"long_side": 3}])
def test_settings_out_of_range_are_refused(tmp_path: Path, how: dict[str, float]) -> None:
    video = open_video(film(tmp_path / "a.mp4", [counted(0)], 10))
    with pytest.raises(ValueError, match=r"got (0|2000|-1|3)$"):
        Frames(video, **how)


def test_one_frame_at_a_time_is_held(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", map(counted, range(50)), 10)
    alive: list[weakref.ref[Frame]] = []
    most = 0
    for frame in Frames(open_video(path)):
        alive = [one for one in alive if one() is not None] + [weakref.ref(frame)]
        most = max(most, len(alive))
    assert most <= 2


def test_a_written_video_gives_its_pictures_back(tmp_path: Path) -> None:
    pictures = [counted(number, 97, 63) for number in range(10)]  # odd sides
    path = write_video(tmp_path / "a.mp4", iter(pictures), 12.5)
    assert read(path) == [(pytest.approx(number / 12.5, abs=1e-3), number) for number in range(10)]
    assert [one.name for one in tmp_path.iterdir()] == ["a.mp4"]
    assert path.read_bytes().find(b"moov") < path.read_bytes().find(b"mdat")  # browsers play it while it loads


def test_a_video_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"before")
    for pictures, sentence in (
        ([], "at least one frame"),
        ([counted(0), counted(0, 64)], "share one size"),
        ([counted(0).astype(float)], "uint8"),
    ):
        with pytest.raises(ValueError, match=sentence):
            write_video(path, pictures, 10)
    assert path.read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 1


def test_reading_videos_needs_no_torch() -> None:
    code = "import sys, fer_core.video; sys.exit(any(name in sys.modules for name in ('torch', 'av')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=REPOSITORY).returncode == 0
