"""Finding pictures: what is named is answered, what lies in folders and zips is chosen, hostile zips harm nobody."""

from __future__ import annotations

import io
import os
import struct
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer_core.pictures import PictureSource, UnreadablePicture, find_in_upload, find_pictures, finding, open_picture
from tests.mutations import encodings

PNG = encodings()["plain.png"]


def said(source: PictureSource) -> str:
    """``ok``, or the sentence why not."""
    try:
        open_picture(source.read())
    except UnreadablePicture as fault:
        return str(fault)
    return "ok"


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def everywhere(data: bytes, offset: int, value: bytes) -> bytes:
    """The zip with bytes of each local header replaced, and of each entry of the table of contents, two further on."""
    changed = bytearray(data)
    for mark, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        start = data.find(mark)
        while start >= 0:
            changed[start + offset + shift : start + offset + shift + len(value)] = value
            start = data.find(mark, start + 4)
    return bytes(changed)


def test_named_files_are_always_answered(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(PNG)
    (tmp_path / "photo.txt").write_bytes(PNG)
    (tmp_path / "photo.zip").write_bytes(PNG)  # a picture that calls itself a zip
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "empty.zip").write_bytes(b"")
    names = ["photo", "photo.txt", "photo.zip", "notes.txt", "empty.zip", "gone.jpg"]
    found = find_pictures([tmp_path / name for name in names])
    assert [source.path for source in found] == [str(tmp_path / name) for name in names]
    answers = [said(source) for source in found]
    assert answers[:3] == ["ok"] * 3
    assert "not a picture that can be read" in answers[3]
    assert "is empty" in answers[4]
    assert answers[5] == "gone.jpg was not found; check the path"


def test_folders_are_searched_in_order_for_pictures(tmp_path: Path) -> None:
    for name in ("b/2.PNG", "b/10.png", "a.jpg", "c.txt", "labels.csv", ".hidden.png", ".git/x.png", "__MACOSX/a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PNG)
    (tmp_path / "clip.mp4").write_bytes(b"video")
    (tmp_path / "more.zip").write_bytes(packed(("x.png", PNG)))
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.png")
    answers = {source.path.removeprefix(f"{tmp_path}/"): said(source) for source in find_pictures([tmp_path])}
    assert answers == {
        "a.jpg": "ok",
        "clip.mp4": "clip.mp4 is a video, not a picture; export a frame as JPEG or PNG",
        "dangling.png": "dangling.png was not found; check the path",
        "more.zip": "more.zip is an archive, which is only opened where it is named by itself",
        "pipe.png": "pipe.png is a device, not a picture file",
        "b/10.png": "ok",
        "b/2.PNG": "ok",
    }
    assert list(answers) == sorted(answers, key=lambda path: (path.count("/"), path))


def test_places_without_pictures_are_answered_too(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "bare.zip").write_bytes(packed(("notes.txt", b"nothing")))
    (tmp_path / "void.zip").write_bytes(packed())
    found = find_pictures([tmp_path / "folder", tmp_path / "bare.zip", tmp_path / "void.zip"])
    assert [said(one) for one in found] == [f"{name} holds no pictures" for name in ("folder", "bare.zip", "void.zip")]


def test_zips_are_read_member_by_member(tmp_path: Path) -> None:
    members = [("b/2.png", PNG), ("b/1.JPG", PNG), ("manifest.csv", b"path"), ("__MACOSX/b/._2.png", b"x"), ("b/", b"")]
    members += [("../../outside.png", PNG), ("C:\\Users\\me\\photo.png", PNG), ("/etc/photo.png", PNG)]
    members += [("film.mov", b"video"), ("inner.zip", packed(("x.png", PNG))), ("broken.png", PNG[:200])]
    for path in (tmp_path / "photos.zip", tmp_path / "photos.dat"):
        path.write_bytes(packed(*members))
        found = find_pictures([path])
        names = ["b/2.png", "b/1.JPG", "../../outside.png", "C:\\Users\\me\\photo.png", "/etc/photo.png"]
        assert [one.path for one in found[:5]] == [f"{path}/{name}" for name in names]
        assert [said(one) for one in found[:5]] == ["ok"] * 5
        assert ["video" in said(found[5]), "archive" in said(found[6]), "damaged" in said(found[7])] == [True] * 3
        assert len(found) == 8
    assert sorted(os.listdir(tmp_path)) == ["photos.dat", "photos.zip"]  # nothing was unpacked


def test_uploads_are_searched_in_memory() -> None:
    assert [said(one) for one in find_in_upload("photo.jpg", PNG)] == ["ok"]
    found = find_in_upload("photos.zip", packed(("a.png", PNG), ("b.txt", b"")))
    assert [(one.path, said(one)) for one in found] == [("photos.zip/a.png", "ok")]
    assert "cut off" in said(find_in_upload("photos.zip", packed(("a.png", PNG))[:-30])[0])


def _encrypted(good: bytes) -> bytes:
    return everywhere(good, 6, b"\x01\x00")


def _unknown_packing(good: bytes) -> bytes:
    return everywhere(good, 8, b"\x63\x00")


def _wrong_checksum(good: bytes) -> bytes:
    return everywhere(good, 14, b"\x00\x00\x00\x00")


def _claims_gigabytes(good: bytes) -> bytes:
    return everywhere(good, 22, struct.pack("<I", 4_000_000_000))


def _claims_little(good: bytes) -> bytes:
    return everywhere(good, 22, struct.pack("<I", 10))


@pytest.mark.parametrize(
    ("hostile", "sentence"),
    [
        (_encrypted, "a.png is encrypted; unpack the zip with its password first"),
        (_unknown_packing, "a.png is damaged inside the zip"),
        (_wrong_checksum, "a.png is damaged inside the zip"),
        (_claims_gigabytes, "a.png has more than 200 MB; save a smaller copy"),
        (_claims_little, "a.png is damaged inside the zip"),
        (lambda good: good[:-30], "photos.zip is a zip that is damaged or cut off; save or download it again"),
        (lambda good: good[:100], "photos.zip is a zip that is damaged or cut off; save or download it again"),
        (lambda good: good[:60] + bytes(200) + good[260:], "a.png is damaged inside the zip"),
    ],
)
def test_hostile_zips_get_a_sentence(tmp_path: Path, hostile: Callable[[bytes], bytes], sentence: str) -> None:
    (tmp_path / "photos.zip").write_bytes(hostile(packed(("a.png", PNG))))
    (found,) = find_pictures([tmp_path / "photos.zip"])
    assert said(found).startswith(sentence)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_flipped_bits_in_a_zip_crash_nothing(tmp_path: Path, method: int) -> None:
    good = packed(("a.png", PNG), ("b.png", PNG), method=method)
    rng = np.random.default_rng(method)
    for _ in range(40):
        changed = bytearray(good)
        where = rng.integers(0, len(good), 12) if rng.random() < 0.5 else rng.integers(len(good) - 130, len(good), 4)
        for position in where:
            changed[position] ^= 1 << int(rng.integers(8))
        (tmp_path / "photos.zip").write_bytes(changed)
        assert all(said(one) for one in find_pictures([tmp_path / "photos.zip"]))


def test_members_are_bounded_by_what_they_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MAX_BYTES", 50_000)
    (tmp_path / "bomb.zip").write_bytes(packed(("zeros.png", bytes(10_000_000)), ("a.png", PNG)))
    bomb, picture = find_pictures([tmp_path / "bomb.zip"])
    assert (said(bomb), said(picture)) == ("zeros.png has more than 0 MB; save a smaller copy", "ok")
    monkeypatch.setattr(finding, "MAX_MEMBERS", 1)
    (found,) = find_pictures([tmp_path / "bomb.zip"])
    assert said(found) == "bomb.zip has more than 1 entries; split it"


def test_names_that_are_no_text_can_still_be_shown(tmp_path: Path) -> None:
    name = os.fsdecode(b"f\xe9lix.png")
    (tmp_path / name).write_bytes(PNG)
    (found,) = find_pictures([tmp_path])
    assert said(found) == "ok"
    assert found.path.encode("utf-8").endswith(b"lix.png")


def test_threads_read_members_of_one_zip(tmp_path: Path) -> None:
    data = {f"{number}.png": np.random.default_rng(number).bytes(20_000) for number in range(30)}
    (tmp_path / "many.zip").write_bytes(packed(*data.items()))
    found = find_pictures([tmp_path / "many.zip"])
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(one.path for one in found if one.read() != data[Path(one.path).name])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
