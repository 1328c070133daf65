"""The real lists of the data sets with tiny made pictures, in memory and on disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import cv2
import numpy as np


@cache
def picture(shade: int = 90, size: int = 6) -> bytes:
    """A tiny grey PNG."""
    return cv2.imencode(".png", np.full((size, size), shade, np.uint8))[1].tobytes()


def real_list(shared_data: Path, name: str) -> bytes:
    """A member of ``lists.zip``."""
    with zipfile.ZipFile(shared_data / "lists.zip") as archive:
        return archive.read(name)


def write(root: Path, files: dict[str, bytes]) -> Path:
    """The files below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def write_zip(path: Path, files: dict[str, bytes], prefix: str = "") -> Path:
    """The files in a zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(prefix + name, content)
    return path


def rafdb(rows: Iterable[str], kind: str = "aligned") -> dict[str, bytes]:
    """RAF-DB's tree for the rows of its list."""
    rows = list(rows)
    end = "_aligned.jpg" if kind == "aligned" else ".jpg"
    pictures = {
        f"Image/{kind}/{row.split()[0][:-4]}{end}": picture(40 + number % 200) for number, row in enumerate(rows)
    }
    return {"EmoLabel/list_patition_label.txt": "\n".join(rows).encode(), **pictures}


VOTES = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def fer2013(usages: Iterable[str]) -> bytes:
    """fer2013.csv of which every row is one shade, its own."""
    rows = [f"0,{' '.join([str(number % 256)] * 2304)},{usage}" for number, usage in enumerate(usages)]
    return "\n".join(["emotion,pixels,Usage", *rows]).encode()


def affectnet(rows: Iterable[tuple[str, int]]) -> bytes:
    """A table of AffectNet's old release."""
    header = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
    return "\n".join([header, *(f"{path},1,2,30,40,1.5;2.5,{code},0.1,-0.2" for path, code in rows)]).encode()
