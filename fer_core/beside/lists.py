"""Lists of pictures as data sets of occlusion and pose come: which of the judged pictures they name."""

from __future__ import annotations

import re
from pathlib import Path

_EXTENSION = re.compile(r"\.(jpe?g|png|bmp)$", re.IGNORECASE)


def picture_name(path: str) -> str:
    """What a picture is called in every list: no folders, no extension, no label before it.

    ``0/test_0004_aligned.jpg`` is ``test_0004_aligned``, ``1_fer0034656.png`` is ``fer0034656``; where a picture of
    AffectNet has a folder of its own (``val/0/<hash>/``, ``7/<hash>/8.jpg``), the folder's name is the picture's.
    """
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    name = _EXTENSION.sub("", parts[-1]) if parts else ""
    if len(name) == 1 and name.isdigit() and len(parts) > 1:
        name = parts[-2]
    return re.sub(r"^\d_", "", name)


def listed_pictures(path: Path) -> list[str]:
    """The pictures that a list names, by `picture_name`, in its order; one named twice comes twice.

    Args:
        path: A text file: in each line a picture first, whatever else after it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it names nothing.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no list of pictures at {path}")
    named = [picture_name(line.split()[0]) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not named:
        raise ValueError(f"{path} lists no picture")
    return named
